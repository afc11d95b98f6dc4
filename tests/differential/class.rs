//! Why we refuse what git takes: each such refusal is of one of these classes.

/// A class: how our words of the refusal begin, and why we are stricter.
pub struct Class {
    pub words: &'static str,
    pub why: &'static str,
}

/// All of them. A refusal that git does not share and that is of none is a fault; so is a class that no commit reaches.
pub const CLASSES: [Class; 20] = [
    class(
        "not in canonical form: header that entries do not have",
        "a header that nobody reads carries what nobody sees (SIG-1, SIG-16)",
    ),
    class("not in canonical form: NUL byte", "what stands behind it is hidden from `git log` (SIG-15)"),
    class("not in canonical form: not UTF-8", "two programs must not read one entry differently"),
    class("not in canonical form: no author line", "headers stand in their order, each once"),
    class("not in canonical form: object id", "an id in upper case is another spelling"),
    class("not in canonical form: carriage return in the headers", "another spelling of the same lines (SIG-2)"),
    class("not in canonical form: author or committer line", "a line that programs read differently (SIG-16)"),
    class(
        "not in canonical form: name in an author or committer line",
        "a name that moves a terminal, or hides a mail address",
    ),
    class(
        "not in canonical form: mail address in an author or committer line",
        "an address that programs read differently",
    ),
    class("not in canonical form: time out of range", "a date that programs read differently (SIG-16)"),
    class("not in canonical form: time zone", "a zone that git does not write"),
    class("more than one signature", "git verifies the first and ignores the others (SIG-4)"),
    class("signature not in canonical form: armour", "re-wrapped armour is a second spelling (SIG-2)"),
    class("signature not in canonical form: version", "OpenSSH takes older versions than there are"),
    class("signature not in canonical form: reserved field", "OpenSSH passes over what stands there"),
    class("signature uses hash", "the profile is sha512 (SIG-6)"),
    class("key type", "RSA and ECDSA are not in the profile (SIG-9)"),
    class("the signing key is weak", "one signature fits many messages (SIG-7)"),
    class("signature could have been made from another one", "the same number plus the order of the group (SIG-3)"),
    class("hardware key signed without its user", "flags and application are checked by us (SIG-10)"),
];

const fn class(words: &'static str, why: &'static str) -> Class {
    Class { words, why }
}

/// Returns the class of a refusal.
pub fn class_of(words: &str) -> Option<&'static Class> {
    CLASSES.iter().find(|class| words.starts_with(class.words))
}
