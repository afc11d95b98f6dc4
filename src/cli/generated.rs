//! What is generated from the grammar: completions and the manual page.

use clap::CommandFactory;

use crate::cli::arguments::Arguments;
use crate::cli::options::Shell;
use crate::ui;
use crate::ui::Report;

pub(crate) fn completions(shell: Shell) -> Report {
    let mut command = Arguments::command();
    let mut text = Vec::new();
    match shell {
        Shell::Bash => clap_complete::generate(clap_complete::Shell::Bash, &mut command, "git-coord", &mut text),
        Shell::Zsh => clap_complete::generate(clap_complete::Shell::Zsh, &mut command, "git-coord", &mut text),
        Shell::Fish => clap_complete::generate(clap_complete::Shell::Fish, &mut command, "git-coord", &mut text),
    }
    ui::text_report(&String::from_utf8_lossy(&text))
}

pub(crate) fn manual() -> Report {
    let mut text = Vec::new();
    clap_mangen::Man::new(Arguments::command()).render(&mut text).expect("writing to memory does not fail");
    ui::text_report(&String::from_utf8_lossy(&text))
}
