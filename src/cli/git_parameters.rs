//! What `git -c key=value` hands to the programs that git starts: one line of quoted words in the environment.

/// Returns the last value of a key, whose name is in lower case.
pub(crate) fn last(text: &str, key: &str) -> Option<String> {
    let mut words = words(text);
    // Git writes `'key'='value'`; a program of before 2.31 writes `'key=value'`. Both read the same without the quotes.
    words.reverse();
    words.into_iter().find_map(|word| {
        let (name, value) = word.split_once('=')?;
        name.eq_ignore_ascii_case(key).then(|| value.to_owned())
    })
}

/// Takes words apart as a shell would that knows only single quotes and the backslash between them.
fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut is_quoted = false;
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\'' => is_quoted = !is_quoted,
            ' ' if !is_quoted => words.push(String::new()),
            '\\' if !is_quoted => words.last_mut().expect("there is one from the start").extend(letters.next()),
            other => words.last_mut().expect("there is one from the start").push(other),
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn last_value_of_a_key_counts_in_either_form() {
        let text = r"'user.signingKey'='/home/a b/key' 'core.x'='y' 'user.signingkey=/it'\''s'";
        assert_eq!(last(text, "user.signingkey").as_deref(), Some("/it's"));
        assert_eq!(last(text, "core.x").as_deref(), Some("y"));
    }

    #[test]
    fn key_that_was_not_given_has_no_value() {
        assert_eq!(last("'user.signingkeys'='x' 'a'", "user.signingkey"), None);
        assert_eq!(last("", "user.signingkey"), None);
    }
}
