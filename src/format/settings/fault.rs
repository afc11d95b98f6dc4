//! Why a settings file is left as it is.

/// Why a settings file is left as it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsFault {
    #[error("it is not UTF-8")]
    Encoding,
    #[error("it is not valid: {0}")]
    Syntax(String),
    #[error("`{0}` is not what it is to hold: an object or a list was expected")]
    Shape(String),
    #[error("`{0}` stands in it twice, and which one counts is for its program to say")]
    Twice(String),
    #[error("`{0}` stands in it already, and is not of git coord")]
    Taken(String),
    #[error("the marks of git coord in it do not stand in a pair")]
    Marks,
    #[error("what git coord wrote in it was changed by somebody")]
    Changed,
    #[error("what would be put in could not be taken out again without a trace")]
    OneWay,
}
