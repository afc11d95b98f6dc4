//! Blanks out what is not code: comments, texts and letters keep their length and lose their content.

/// Returns the code with every comment and every literal text turned into spaces; line breaks stay.
pub fn blank(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let mut code = String::with_capacity(text.len());
    let mut at = 0;
    while at < letters.len() {
        let end = at + span(&letters[at..], at.checked_sub(1).map(|before| letters[before]));
        if end == at {
            code.push(letters[at]);
            at += 1;
        } else {
            code.extend(letters[at..end].iter().map(|letter| if *letter == '\n' { '\n' } else { ' ' }));
            at = end;
        }
    }
    code
}

/// Returns how many letters from here on are a comment or a literal; 0 if code stands here.
fn span(rest: &[char], before: Option<char>) -> usize {
    if !matches!(rest[0], '/' | '"' | '\'' | 'r' | 'b') {
        return 0;
    }
    let starts = |text: &str| rest.len() >= text.len() && text.chars().zip(rest).all(|(one, other)| one == *other);
    let is_word = before.is_some_and(|letter| letter.is_alphanumeric() || letter == '_');
    if starts("//") {
        return rest.iter().position(|letter| *letter == '\n').unwrap_or(rest.len());
    }
    if starts("/*") {
        let ends = rest.windows(2).position(|pair| pair == ['*', '/']);
        return ends.map_or(rest.len(), |end| end + 2);
    }
    if !is_word && (starts("r\"") || starts("r#") || starts("br\"") || starts("br#")) {
        return raw(rest);
    }
    if starts("\"") {
        return quoted(rest, '"');
    }
    // A quote begins a letter only if it ends right behind it; otherwise it begins the name of a lifetime.
    if starts("'\\") || (rest.len() > 2 && rest[0] == '\'' && rest[2] == '\'') {
        return quoted(rest, '\'');
    }
    0
}

fn quoted(rest: &[char], quote: char) -> usize {
    let mut at = 1;
    while at < rest.len() && rest[at] != quote {
        at += if rest[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(rest.len())
}

fn raw(rest: &[char]) -> usize {
    let open = rest.iter().position(|letter| *letter == '"').unwrap_or(0);
    let hashes = rest[..open].iter().filter(|letter| **letter == '#').count();
    if open == 0 || rest[..open].iter().any(|letter| !"br#".contains(*letter)) {
        // A name that is written as `r#name`.
        return 0;
    }
    let close: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
    let ends = rest[open + 1..].windows(close.len()).position(|window| window == close);
    ends.map_or(rest.len(), |end| open + 1 + end + close.len())
}

#[test]
fn comments_and_literals_are_blanked() {
    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(blank(text), expected);
    }
    check("a // b\nc", "a     \nc");
    check("a /* \"b */ c", "a          c");
    check("f(\"a\\\"b\", '\"', 'x')", "f(      ,    ,    )");
    check("r#\"a\"b\"# + br\"c\"", "         +      ");
    check("fn f<'a>(b: &'a str)", "fn f<'a>(b: &'a str)");
    check("r#type", "r#type");
    check("a \"b\nc\" d", "a   \n   d");
}
