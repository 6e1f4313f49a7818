//! Options as they were typed, to type them again for other processes.

use std::any::TypeId;
use std::path::PathBuf;

use clap::error::Error;
use clap::parser::ValueSource;
use clap::{ArgMatches, Args, Command, FromArgMatches};

/// Options, and what of them was typed.
#[derive(Debug)]
pub struct Typed<W> {
    pub given: W,
    pub words: Vec<Typing>,
}

/// One option with its value, or one argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Typing {
    id: String,
    /// None of an argument that is told by its place.
    pub option: Option<String>,
    /// None of a switch.
    pub value: Option<String>,
    pub is_path: bool,
}

impl Typing {
    /// Whether it is one of these options.
    pub fn is_of<O: Args>(&self) -> bool {
        let options = O::augment_args(Command::new(""));
        options.get_arguments().any(|one| *one.get_id() == self.id)
    }
}

impl<W: Args> Args for Typed<W> {
    fn augment_args(command: Command) -> Command {
        W::augment_args(command)
    }

    fn augment_args_for_update(command: Command) -> Command {
        W::augment_args_for_update(command)
    }
}

impl<W: Args> FromArgMatches for Typed<W> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        Ok(Self {
            words: words::<W>(matches),
            given: W::from_arg_matches(matches)?,
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        self.words = words::<W>(matches);
        self.given.update_from_arg_matches(matches)
    }
}

/// Arguments told by their places first, each in the order of its options.
fn words<W: Args>(matches: &ArgMatches) -> Vec<Typing> {
    let options = W::augment_args(Command::new(""));
    let mut all = Vec::new();
    for one in options.get_arguments() {
        let id = one.get_id().as_str();
        if matches.value_source(id) != Some(ValueSource::CommandLine) {
            continue;
        }
        let typing = |value| Typing {
            id: id.to_owned(),
            option: one.get_long().map(|name| format!("--{name}")),
            value,
            is_path: one.get_value_parser().type_id() == TypeId::of::<PathBuf>(),
        };
        if !one.get_action().takes_values() {
            all.push(typing(None));
            continue;
        }
        let values = matches.get_raw(id).into_iter().flatten();
        all.extend(values.map(|value| typing(Some(value.to_string_lossy().into_owned()))));
    }
    all.sort_by_key(|typing| typing.option.is_some());
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::OutputOptions;

    #[derive(Debug, Args)]
    struct Options {
        file: PathBuf,
        names: Vec<String>,
        #[arg(long, allow_hyphen_values = true)]
        range: Vec<String>,
        #[arg(long, default_value_t = 3)]
        points: usize,
        #[arg(long)]
        fast: bool,
        #[command(flatten)]
        output: OutputOptions,
    }

    #[test]
    fn what_was_typed_is_typed_again_and_no_default() {
        let command = Typed::<Options>::augment_args(Command::new("x"));
        let line = "x --range -1..2 f.json a --fast b --range 3..4 --out there";
        let matches = command.get_matches_from(line.split(' '));
        let typed = Typed::<Options>::from_arg_matches(&matches).unwrap();
        assert!(typed.given.fast && typed.given.points == 3);
        let mut words = Vec::new();
        for typing in typed
            .words
            .iter()
            .filter(|one| !one.is_of::<OutputOptions>())
        {
            assert_eq!(typing.is_path, typing.value.as_deref() == Some("f.json"));
            words.extend(
                [&typing.option, &typing.value]
                    .into_iter()
                    .flatten()
                    .cloned(),
            );
        }
        assert_eq!(
            words.join(" "),
            "f.json a b --range -1..2 --range 3..4 --fast"
        );
    }
}
