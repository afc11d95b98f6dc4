//! Lines of ours between marks, in files that have comments: put in at the end, found and taken out by their marks.

use super::SettingsFault;

/// How a file says that a line is a comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comments {
    /// `# …`
    Hash,
    /// `<!-- … -->`
    Html,
}

impl Comments {
    fn marks(self) -> [&'static str; 2] {
        match self {
            Self::Hash => ["# >>> git-coord >>>", "# <<< git-coord <<<"],
            Self::Html => ["<!-- >>> git-coord >>> -->", "<!-- <<< git-coord <<< -->"],
        }
    }
}

/// Puts lines at the end of a file or of none, or in the place of those that are there.
pub fn put_block(before: Option<&[u8]>, comments: Comments, body: &str) -> Result<Vec<u8>, SettingsFault> {
    let [start, end] = comments.marks();
    let content = before.unwrap_or_default();
    let has_returns = content.windows(2).any(|pair| pair == b"\r\n") || content.ends_with(b"\r");
    let line_end = if has_returns { "\r\n" } else { "\n" };
    let lines = [start, body.trim_end(), end].join("\n");
    let block = lines.lines().collect::<Vec<_>>().join(line_end);
    if let Some((from, to)) = find(content, comments)? {
        let is_last_line_open = !content[..to].ends_with(b"\n");
        let tail = if is_last_line_open { "" } else { line_end };
        return Ok([&content[..from], block.as_bytes(), tail.as_bytes(), &content[to..]].concat());
    }
    Ok(match before {
        None => format!("{block}\n").into_bytes(),
        // Without an end of its last line it tells that there was an empty file, or a line without an end before it.
        Some(b"") => block.into_bytes(),
        Some(content) if content.ends_with(b"\n") => [content, block.as_bytes(), line_end.as_bytes()].concat(),
        Some(content) => [content, line_end.as_bytes(), block.as_bytes()].concat(),
    })
}

/// Takes the lines out. Returns the file as it was without, or none if it came with them.
pub fn take_block(before: &[u8], comments: Comments) -> Result<Option<Vec<u8>>, SettingsFault> {
    let Some((from, to)) = find(before, comments)? else { return Ok(Some(before.to_vec())) };
    let (head, block, tail) = (&before[..from], &before[from..to], &before[to..]);
    if head.is_empty() && tail.is_empty() && block.ends_with(b"\n") {
        return Ok(None);
    }
    let head = match block.ends_with(b"\n") {
        true => head,
        false => head.strip_suffix(b"\r\n").or_else(|| head.strip_suffix(b"\n")).unwrap_or(head),
    };
    Ok(Some([head, tail].concat()))
}

/// Finds the lines with their marks.
fn find(content: &[u8], comments: Comments) -> Result<Option<(usize, usize)>, SettingsFault> {
    let [start, end] = comments.marks();
    let (mut starts, mut ends, mut position) = (Vec::new(), Vec::new(), 0);
    for line in content.split_inclusive(|byte| *byte == b'\n') {
        let next = position + line.len();
        match line.trim_ascii_end() {
            bare if bare == start.as_bytes() => starts.push(position),
            bare if bare == end.as_bytes() => ends.push(next),
            _ => {}
        }
        position = next;
    }
    match (&starts[..], &ends[..]) {
        ([], []) => Ok(None),
        ([from], [to]) if from < to => Ok(Some((*from, *to))),
        _ => Err(SettingsFault::Marks),
    }
}
