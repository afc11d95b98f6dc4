//! How a reaction is started: with which program, in which surroundings, and what is noted of it.

use std::ffi::OsStr;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use crate::format::format_time;
use crate::model::Argument;
use crate::model::Reaction;
use crate::ops::context::Context;
use crate::ops::failure::Failure;
use crate::ops::fed_command;
use crate::ops::fed_command::End;
use crate::ops::fed_command::Environment;
use crate::ops::fed_command::Given;
use crate::ops::fed_command::Kept;
use crate::ops::identity;
use crate::ops::outside_program::Outside;
use crate::ops::reactions::depth::DEPTH_VARIABLE;
use crate::ops::reactions::letter::Letter;
use crate::ops::reactions::post_box::PostBox;
use crate::ops::reactions::trust::Place;

/// How much of what a reaction says is kept.
const OUTPUT_BYTES_MAX: usize = 16 * 1024;

type Variables = Vec<(OsString, OsString)>;

/// What every reaction of a clone is given besides its event.
#[derive(Clone, Debug)]
pub(super) struct Setting {
    pub(super) post_box: PostBox,
    place: Place,
    common_dir: PathBuf,
    environment: Variables,
}

impl Setting {
    pub(super) fn of(context: &Context) -> Result<Self, Failure> {
        let mut environment = context.surroundings.reaction_environment.clone();
        if let Some(top) = context.repository.work_dir() {
            environment.push(("GIT_COORD_WORKTREE".into(), top.into()));
        }
        if let Ok(enrolled) = identity::whoami(context) {
            environment.push(("GIT_COORD_AS".into(), enrolled.record.id.to_string().into()));
        }
        Ok(Self {
            post_box: PostBox::of(&context.repository),
            place: Place::of(&context.repository, &context.surroundings),
            common_dir: context.repository.common_dir().to_owned(),
            environment,
        })
    }

    /// Starts a reaction for a letter, and waits for its end. Returns what went wrong.
    pub(super) fn start(&self, reaction: &Reaction, letter: &Letter) -> Result<(), String> {
        if let Some(reason) = self.place.refusal(reaction) {
            return Err(reason);
        }
        let (argv, mut environment) = self.outside(reaction)?;
        environment.push((DEPTH_VARIABLE.into(), letter.depth.to_string().into()));
        let argv: Vec<&str> = argv.iter().map(Argument::as_str).collect();
        let given = Given {
            argv: &argv,
            input: &format!("{}\n", letter.event),
            directory: self.post_box.root(),
            environment: Environment::Only(&environment),
            limit: Duration::from_secs(reaction.timeout.seconds()),
            kept: Kept::Beginning { bytes_max: OUTPUT_BYTES_MAX },
        };
        let ran = fed_command::run(&given);
        let outcome = match &ran {
            Ok(done) => match done.end {
                End::Exited(status) => match status.code() {
                    Some(0) => Ok(()),
                    Some(code) => Err(format!("exit code {code}")),
                    None => Err("a signal ended it".to_owned()),
                },
                End::TimedOut => Err(format!("it was killed after {} s", reaction.timeout.seconds())),
                // Of a reaction the beginning is kept, whatever it says.
                End::SaidTooMuch => Err("it said too much".to_owned()),
            },
            Err(error) => Err(format!("it could not be started: {error}")),
        };
        let word = outcome.as_ref().err().map_or("done", String::as_str);
        let took = ran.as_ref().map_or(0, |done| done.took.as_millis());
        let output = ran.map(|done| String::from_utf8_lossy(&done.output).into_owned()).unwrap_or_default();
        let lines: String = output.lines().map(|line| format!("\n    {}", line.escape_debug())).collect();
        self.post_box.log(&format!(
            "{} {} {} {word} ({took} ms){lines}",
            format_time(letter.time),
            letter.id,
            reaction.id
        ));
        outcome
    }

    /// Returns the command of a reaction with its program wherever that lies outside the work trees as they are now, and its
    /// variables with the search path that does.
    fn outside(&self, reaction: &Reaction) -> Result<(Vec<Argument>, Variables), String> {
        let (paths, mut environment): (Variables, Variables) =
            self.environment.iter().cloned().partition(|(name, _)| name == "PATH");
        let search_path = paths.first().map_or(OsStr::new(""), |(_, path)| path);
        let outside = Outside::look(&self.common_dir, search_path)
            .map_err(|error| format!("nobody knows what the work trees are: {error}"))?;
        let program = outside.program(reaction.command[0].as_str())?;
        let spelt = program.to_str().and_then(|program| Argument::parse(program).ok());
        let spelt = spelt.ok_or_else(|| format!("`{}` is no path that can be told", program.display()))?;
        environment.extend(outside.search_path().map(|path| ("PATH".into(), path)));
        Ok(([&[spelt], &reaction.command[1..]].concat(), environment))
    }
}
