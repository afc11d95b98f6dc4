//! Moments and spans of ledger time, in whole seconds.

use std::fmt;
use std::ops::Add;
use std::ops::Sub;

/// A moment: seconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The first moment: 1970-01-01T00:00:00Z.
    pub const MIN: Self = Self(0);
    /// The latest moment that records may name: 9999-12-31T23:59:59Z.
    pub const MAX: Self = Self(253_402_300_799);

    /// Returns the moment, if it lies between 1970 and 9999.
    pub fn from_unix_s(seconds: i64) -> Option<Self> {
        (0..=Self::MAX.0).contains(&seconds).then_some(Self(seconds))
    }

    /// Returns the seconds since 1970.
    pub const fn unix_s(self) -> i64 {
        self.0
    }

    /// Returns how long ago `earlier` was; zero if it is not earlier.
    pub fn since(self, earlier: Self) -> Span {
        Span(u64::try_from(self.0 - earlier.0).unwrap_or(0))
    }
}

impl Add<Span> for Timestamp {
    type Output = Self;

    fn add(self, span: Span) -> Self {
        let span = i64::try_from(span.0).unwrap_or(i64::MAX);
        Self(self.0.saturating_add(span).min(Self::MAX.0))
    }
}

impl Sub<Span> for Timestamp {
    type Output = Self;

    fn sub(self, span: Span) -> Self {
        let span = i64::try_from(span.0).unwrap_or(i64::MAX);
        Self(self.0.saturating_sub(span).max(0))
    }
}

/// A length of time in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(u64);

impl Span {
    pub const ZERO: Self = Self(0);
    /// How far an entry's date may be ahead of the acceptor's clock.
    pub const SKEW_MAX: Self = Self(60);
    /// The longest span that a record or a policy may name: ten years.
    pub const MAX: Self = Self(10 * 366 * 86_400);

    /// Returns a span of so many seconds.
    pub const fn from_s(seconds: u64) -> Self {
        Self(seconds)
    }

    /// Returns how many seconds it is long.
    pub const fn seconds(self) -> u64 {
        self.0
    }

    /// Parses `90s`, `30m`, `4h` or `7d`: a whole number above zero and one unit, ten years at most.
    pub fn parse(text: &str) -> Option<Self> {
        let unit = text.chars().last()?;
        let scale = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            _ => return None,
        };
        let digits = &text[..text.len() - 1];
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let span = Self(digits.parse::<u64>().ok()?.checked_mul(scale)?);
        (Self::ZERO < span && span <= Self::MAX).then_some(span)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            s if s > 0 && s.is_multiple_of(86_400) => write!(f, "{}d", s / 86_400),
            s if s > 0 && s.is_multiple_of(3_600) => write!(f, "{}h", s / 3_600),
            s if s > 0 && s.is_multiple_of(60) => write!(f, "{}m", s / 60),
            s => write!(f, "{s}s"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn span_is_a_number_and_a_unit() {
        for (text, expected) in [("90s", Some(90)), ("30m", Some(1_800)), ("4h", Some(14_400)), ("7d", Some(604_800))] {
            assert_eq!(Span::parse(text).map(Span::seconds), expected);
        }
        for text in ["", "0s", "-1s", "NaN", "1.5h", "1w", "m", "99999999999999999999s", "4000d", "1 h", "+1h"] {
            assert_eq!(Span::parse(text), None, "{text}");
        }
    }

    #[test]
    fn span_prints_what_it_parses() {
        for text in ["90s", "30m", "4h", "7d", "61s"] {
            assert_eq!(Span::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn moments_saturate() {
        let late = Timestamp::MAX + Span::MAX;
        assert_eq!(late, Timestamp::MAX);
        assert_eq!(Timestamp::from_unix_s(5).unwrap() - Span::from_s(9), Timestamp::from_unix_s(0).unwrap());
        assert_eq!(Timestamp::from_unix_s(-1), None);
        assert_eq!(Timestamp::from_unix_s(Timestamp::MAX.unix_s()), Some(Timestamp::MAX));
        assert_eq!(Timestamp::from_unix_s(Timestamp::MAX.unix_s() + 1), None);
    }
}
