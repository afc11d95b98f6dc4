//! Who may act: suspended, revoked, reinstated, suspect, confirmed; and with which key.

use clap::Subcommand;

use crate::cli::commands::Answered;
use crate::cli::commands::done;
use crate::cli::parse::start;
use crate::ops::Context;
use crate::ops::Standing;
use crate::ops::amend;
use crate::ops::amend::Amendment;
use crate::ops::rotate;
use crate::ops::rotate::NewKey;
use crate::ops::start::Start;
use crate::ui;

#[derive(Debug, Subcommand)]
pub(crate) enum PrincipalsVerb {
    /// Let somebody act no more until root members reinstate it
    Suspend {
        /// Its id, or its name
        #[arg(value_name = "PRINCIPAL")]
        who: String,
        /// Its key is suspect since then: `7d`, `2026-11-21`, a time, a height, or a commit
        #[arg(long, value_name = "WHEN")]
        suspect_since: Option<String>,
    },
    /// Let somebody never act again
    Revoke {
        /// Its id, or its name
        #[arg(value_name = "PRINCIPAL")]
        who: String,
        /// Its key is suspect since then: `7d`, `2026-11-21`, a time, a height, or a commit
        #[arg(long, value_name = "WHEN")]
        suspect_since: Option<String>,
    },
    /// Let somebody who is suspended act again
    Reinstate {
        /// Its id, or its name
        #[arg(value_name = "PRINCIPAL")]
        who: String,
    },
    /// Say that somebody's key may be in other hands
    ///
    /// What it signs since then is nobody's word.
    Suspect {
        /// Its id, or its name
        #[arg(value_name = "PRINCIPAL")]
        who: String,
        /// Since when: `7d`, `2026-11-21`, a time, a height, or a commit; from now on if nothing is said
        #[arg(long, value_name = "WHEN")]
        since: Option<String>,
    },
    /// Say that somebody's key is not suspect any more
    Clear {
        /// Its id, or its name
        #[arg(value_name = "PRINCIPAL")]
        who: String,
    },
    /// Put another key in the place of your own
    ///
    /// The old key signs the change, and the new one signs that it takes over.
    Rotate {
        /// The new key's file, or a public key that ssh-agent holds; without it a key is made here
        #[arg(long)]
        key: Option<String>,
    },
    /// Vouch for somebody's role, vendor and operator
    Confirm {
        /// Its id, or its name
        #[arg(value_name = "PRINCIPAL")]
        who: String,
    },
}

pub(crate) fn run_principals(context: &mut Context, verb: PrincipalsVerb) -> Answered {
    if let PrincipalsVerb::Rotate { key } = &verb {
        let new = match key {
            None => NewKey::Made,
            Some(key) if key.contains(' ') => NewKey::Line(key.clone()),
            Some(key) => NewKey::File(key.into()),
        };
        let outcome = rotate::run(context, &new)?;
        return done(ui::rotation_report(&outcome, &Standing::of(context)?));
    }
    let now = context.now();
    let since = |text: Option<String>| -> Option<Start> { text.map(|text| start(&text, now)) };
    let (who, amendment) = match verb {
        PrincipalsVerb::Suspend { who, suspect_since } => (who, Amendment::Suspend(since(suspect_since))),
        PrincipalsVerb::Revoke { who, suspect_since } => (who, Amendment::Revoke(since(suspect_since))),
        PrincipalsVerb::Reinstate { who } => (who, Amendment::Reinstate),
        PrincipalsVerb::Suspect { who, since: told } => (who, Amendment::Suspect(since(told))),
        PrincipalsVerb::Clear { who } => (who, Amendment::Clear),
        PrincipalsVerb::Confirm { who } => (who, Amendment::Confirm),
        PrincipalsVerb::Rotate { .. } => unreachable!("it is about the caller alone"),
    };
    let outcome = amend::run(context, &who, amendment)?;
    done(ui::amendment_report(&outcome, &Standing::of(context)?))
}
