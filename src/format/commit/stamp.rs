//! Author and committer lines. They say nothing that can be relied on but the time, which the chain judges.

use std::fmt;

use super::CommitFault;

/// The latest time that a stamp may carry, in Unix seconds: some 34,000 years ahead, and far from any overflow.
const TIME_MAX: i64 = 1 << 40;

/// A name, a mail address and a time, as git writes them for an author or a committer. Decoration, never identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    name: String,
    mail: String,
    time: i64,
    zone: String,
}

impl Stamp {
    /// Returns the stamp, if git could have written it. The time is in Unix seconds, the zone looks like `+0000`.
    pub fn new(name: &str, mail: &str, time: i64, zone: &str) -> Result<Self, CommitFault> {
        let plain = |text: &str| !text.contains(|c: char| c.is_control() || matches!(c, '<' | '>'));
        if name.is_empty() || name.trim() != name || !plain(name) {
            return Err(CommitFault::NonCanonical("name in an author or committer line"));
        }
        if mail.trim() != mail || !plain(mail) {
            return Err(CommitFault::NonCanonical("mail address in an author or committer line"));
        }
        if !(0..=TIME_MAX).contains(&time) {
            return Err(CommitFault::NonCanonical("time out of range"));
        }
        let zone_digits = zone.strip_prefix(['+', '-']).unwrap_or_default();
        if zone_digits.len() != 4 || !is_digits(zone_digits) {
            return Err(CommitFault::NonCanonical("time zone"));
        }
        Ok(Self { name: name.to_owned(), mail: mail.to_owned(), time, zone: zone.to_owned() })
    }

    pub(super) fn parse(text: &str) -> Result<Self, CommitFault> {
        let malformed = CommitFault::NonCanonical("author or committer line");
        let (name, rest) = text.split_once(" <").ok_or(malformed.clone())?;
        let (mail, rest) = rest.split_once("> ").ok_or(malformed.clone())?;
        let (time, zone) = rest.split_once(' ').ok_or(malformed)?;
        let leading_zero = time.len() > 1 && time.starts_with('0');
        let seconds = time.parse().ok().filter(|_| is_digits(time) && !leading_zero);
        Self::new(name, mail, seconds.ok_or(CommitFault::NonCanonical("time out of range"))?, zone)
    }

    /// Returns the name. It proves nothing.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the mail address. It proves nothing.
    pub fn mail(&self) -> &str {
        &self.mail
    }

    /// Returns the time in Unix seconds.
    pub fn time(&self) -> i64 {
        self.time
    }

    /// Returns the time zone as git writes it.
    pub fn zone(&self) -> &str {
        &self.zone
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} <{}> {} {}", self.name, self.mail, self.time, self.zone)
    }
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}
