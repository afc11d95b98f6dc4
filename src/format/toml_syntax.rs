//! Whether a text is TOML at all, whatever it says.

/// Returns what is wrong with a text that is to be TOML.
pub fn toml_fault(text: &str) -> Option<String> {
    toml::from_str::<toml::Table>(text).err().map(|error| error.message().to_owned())
}
