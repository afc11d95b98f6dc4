//! Lines of ours at the end of a file of somebody else, so that they can be taken out again without a trace.

/// Returns how lines end in a file.
pub(super) fn line_end_of(content: &[u8]) -> &'static str {
    let has_returns = content.windows(2).any(|pair| pair == b"\r\n") || content.ends_with(b"\r");
    if has_returns { "\r\n" } else { "\n" }
}

/// Puts lines at the end of a file, or of none.
pub(super) fn attached(before: Option<&[u8]>, lines: &[&str]) -> Vec<u8> {
    let line_end = line_end_of(before.unwrap_or_default());
    let block = lines.join(line_end);
    match before {
        None => format!("{block}\n").into_bytes(),
        // Without an end of its last line it tells that there was an empty file, or a line without an end before it.
        Some(b"") => block.into_bytes(),
        Some(content) if content.ends_with(b"\n") => [content, block.as_bytes(), line_end.as_bytes()].concat(),
        Some(content) => [content, line_end.as_bytes(), block.as_bytes()].concat(),
    }
}

/// Takes lines out that were put in so. Returns the file as it was without, or none if it came with them.
pub(super) fn detached(content: &[u8], (from, to): (usize, usize)) -> Option<Vec<u8>> {
    let (head, block, tail) = (&content[..from], &content[from..to], &content[to..]);
    if head.is_empty() && tail.is_empty() && block.ends_with(b"\n") {
        return None;
    }
    let head = match block.ends_with(b"\n") {
        true => head,
        false => head.strip_suffix(b"\r\n").or_else(|| head.strip_suffix(b"\n")).unwrap_or(head),
    };
    Some([head, tail].concat())
}

/// Puts other lines in the place of some.
pub(super) fn replaced(content: &[u8], (from, to): (usize, usize), lines: &[&str]) -> Vec<u8> {
    let line_end = line_end_of(content);
    let tail = if content[..to].ends_with(b"\n") { line_end } else { "" };
    [&content[..from], lines.join(line_end).as_bytes(), tail.as_bytes(), &content[to..]].concat()
}

/// Returns the lines of a file, each without its end, and where it is with it.
pub(super) fn lines_of(content: &[u8]) -> Vec<(&[u8], (usize, usize))> {
    let mut from = 0;
    let whole = content.split_inclusive(|byte| *byte == b'\n');
    let placed = whole.map(|line| {
        let to = from + line.len();
        let place = (std::mem::replace(&mut from, to), to);
        (line.trim_ascii_end(), place)
    });
    placed.collect()
}
