//! Lines of bounded length.

use std::io::BufRead;
use std::io::Result;

/// What was read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// A line without its end.
    Whole(Vec<u8>),
    /// More than a line may have; all of it is gone.
    TooLong,
    End,
}

/// Reads one line. Of one that is too long no more is kept than a line may have.
pub(crate) fn read(input: &mut impl BufRead, bytes_max: usize) -> Result<Line> {
    let (mut line, mut is_too_long, mut has_begun) = (Vec::new(), false, false);
    loop {
        let available = match input.fill_buf() {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            available => available?,
        };
        let end = available.iter().position(|byte| *byte == b'\n');
        let part = &available[..end.unwrap_or(available.len())];
        let taken = end.map_or(available.len(), |end| end + 1);
        if line.len() + part.len() > bytes_max {
            is_too_long = true;
            line = Vec::new();
        }
        if !is_too_long {
            line.extend_from_slice(part);
        }
        input.consume(taken);
        if end.is_none() && taken > 0 {
            has_begun = true;
            continue;
        }
        return Ok(match (is_too_long, end, has_begun) {
            (true, _, _) => Line::TooLong,
            (false, None, false) => Line::End,
            (false, _, _) => Line::Whole(line),
        });
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    fn whole(text: &str) -> Line {
        Line::Whole(text.as_bytes().to_vec())
    }

    #[test]
    fn lines_come_one_by_one_however_the_pieces_fall() {
        for capacity in [1, 2, 3, 4, 5, 100] {
            let text = "ab\n\nabcde\nabcdef\nabcdefgh\nabc\nlast";
            let mut input = BufReader::with_capacity(capacity, text.as_bytes());
            let mut next = || read(&mut input, 5).unwrap();
            assert_eq!(next(), whole("ab"));
            assert_eq!(next(), whole(""));
            assert_eq!(next(), whole("abcde"));
            assert_eq!(next(), Line::TooLong);
            assert_eq!(next(), Line::TooLong);
            assert_eq!(next(), whole("abc"), "what follows a line that was too long is read");
            assert_eq!(next(), whole("last"), "the last line may lack its end");
            assert_eq!((next(), next()), (Line::End, Line::End));
        }
    }

    #[test]
    fn line_that_never_ends_is_too_long_and_then_it_is_over() {
        let mut input = BufReader::new(&[b'x'; 100][..]);
        assert_eq!(read(&mut input, 5).unwrap(), Line::TooLong);
        assert_eq!(read(&mut input, 5).unwrap(), Line::End);
    }
}
