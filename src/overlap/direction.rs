//! What a larger model says of a text, as a direction.

/// A text has at most so many numbers, whoever says them.
pub const NUMBERS_MAX: usize = 4_096;

/// Returns the direction of some numbers: they themselves at length 1, or all zero.
pub fn direction(numbers: Vec<f32>) -> Vec<f32> {
    let length = numbers.iter().map(|number| number * number).sum::<f32>().sqrt();
    if length > 0.0 && length.is_finite() {
        numbers.into_iter().map(|number| number / length).collect()
    } else {
        numbers
    }
}

/// Returns whether these are what [`direction`] makes.
pub fn is_direction(numbers: &[f32]) -> bool {
    let squares: f32 = numbers.iter().map(|number| number * number).sum();
    squares == 0.0 || (squares - 1.0).abs() < 1e-3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn direction_has_length_one_or_none() {
        assert_eq!(direction(vec![3.0, 4.0]), [0.6, 0.8]);
        assert_eq!(direction(vec![0.0, 0.0]), [0.0, 0.0]);
        for numbers in [vec![3.0, 4.0], vec![0.0], vec![1e-3; 4_096]] {
            assert!(is_direction(&direction(numbers.clone())), "{numbers:?}");
        }
        for wrong in [[3.0, 4.0], [f32::NAN, 0.0], [f32::INFINITY, 0.0], [0.5, 0.5]] {
            assert!(!is_direction(&wrong), "{wrong:?}");
        }
    }
}
