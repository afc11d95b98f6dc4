//! Tells which files a shell runs, so that lines of ours may stand in them.

const SHELLS: [&str; 8] = ["sh", "bash", "dash", "ash", "ksh", "mksh", "yash", "zsh"];

/// Returns the first line if it names an interpreter, without its end.
pub(super) fn shebang(content: &[u8]) -> Option<&[u8]> {
    let line = content.split(|byte| *byte == b'\n').next().unwrap_or_default();
    line.starts_with(b"#!").then_some(line)
}

/// Returns whether a shell of the Bourne family runs this file when git starts it.
pub(super) fn is_shell(content: &[u8]) -> bool {
    match shebang(content) {
        // The kernel refuses it, and git then asks `sh`.
        None => !content.contains(&0),
        // The kernel takes the carriage return for a part of the name.
        Some(line) if line.ends_with(b"\r") => false,
        Some(line) => std::str::from_utf8(&line[2..]).is_ok_and(names_shell),
    }
}

fn names_shell(interpreter: &str) -> bool {
    let mut words = interpreter.split_ascii_whitespace().map(|word| word.rsplit('/').next().unwrap_or_default());
    match words.next() {
        Some("env") => {
            let name = words.find(|word| !word.starts_with('-') && !word.contains('='));
            name.is_some_and(|name| SHELLS.contains(&name))
        }
        Some("busybox") => words.next().is_some_and(|name| SHELLS.contains(&name)),
        Some(name) => SHELLS.contains(&name),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shells_are_known_and_others_are_not() {
        let shells = [
            "#!/bin/sh\n",
            "#!/bin/sh",
            "#! /bin/bash -eu\nx",
            "#!/usr/bin/env bash\n",
            "#!/usr/bin/env -S FOO=1 bash -e\n",
            "#!/bin/busybox sh\n",
            "echo\r\n",
            "",
        ];
        for content in shells {
            assert!(is_shell(content.as_bytes()), "{content:?}");
        }
        let others =
            ["#!/usr/bin/env python3\n", "#!/usr/bin/perl\n", "#!/bin/sh\r\n", "#!\n", "#!/bin/fish\n", "\x7fELF\0"];
        for content in others {
            assert!(!is_shell(content.as_bytes()), "{content:?}");
        }
    }
}
