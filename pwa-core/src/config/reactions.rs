//! The reactions of a document: `[decay]` alone, or each `[reaction.NAME]`.

use super::{ConfigError, DecayEntry, Document, SampleEntry, Source, Step};
use crate::model::name_of_reaction;

/// A decay with its chains, and the name it goes by where there are several.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reaction<'a> {
    pub name: Option<&'a str>,
    /// Where it is that of antiparticles: the reaction of the particles.
    pub conjugate_of: Option<&'a str>,
    pub entry: &'a DecayEntry,
}

impl<'a> Reaction<'a> {
    /// The name of its table.
    pub fn table(self) -> String {
        match self.conjugate_of.or(self.name) {
            None => "decay".to_owned(),
            Some(name) => format!("reaction.{name}"),
        }
    }

    /// The path of an entry of this reaction.
    pub fn at<'s>(self, inside: &[Step<'s>]) -> Vec<Step<'s>>
    where
        'a: 's,
    {
        let root: &[Step] = match self.conjugate_of.or(self.name) {
            None => &[Step::Key("decay")],
            Some(name) => &[Step::Key("reaction"), Step::Key(name)],
        };
        [root, inside].concat()
    }
}

impl Reaction<'_> {
    /// The name of something that each reaction has of its own.
    pub fn own(self, name: &str) -> String {
        name_of_reaction(self.name, name)
    }

    /// The particles' name of a coupling of the antiparticles.
    pub fn original(self, coupling: &str) -> Option<String> {
        let name = coupling.strip_prefix(self.name?)?;
        Some(format!("{}{name}", self.conjugate_of?))
    }
}

impl Document {
    /// In the order of the models that [`resolve`](super::resolve) makes of them.
    pub(super) fn reactions(&self) -> Vec<Reaction<'_>> {
        let only = self.decay.iter().map(|entry| Reaction {
            name: None,
            conjugate_of: None,
            entry,
        });
        let named = self.reaction.iter().flat_map(|(name, entry)| {
            let particles = Reaction {
                name: Some(name),
                conjugate_of: None,
                entry,
            };
            let antiparticles = entry.conjugate.as_deref().map(|conjugate| Reaction {
                name: Some(conjugate),
                conjugate_of: Some(name),
                entry,
            });
            std::iter::once(particles).chain(antiparticles)
        });
        only.chain(named).collect()
    }

    /// The names of the reactions, those of antiparticles among them.
    pub fn reaction_names(&self) -> impl Iterator<Item = &str> {
        let reactions = self.reactions().into_iter();
        reactions.filter_map(|reaction| reaction.name)
    }

    /// That it is said which reaction what is of.
    pub(super) fn check_reactions(&self, source: &Source) -> Result<(), ConfigError> {
        let reactions = self.reactions();
        let names = || self.reaction_names();
        let refuse = |path: &[Step], problem: String, help: Option<String>| {
            Err(source.error(path, problem, help))
        };
        if self.decay.is_some() && !self.reaction.is_empty() {
            let help = "write the decay as [reaction.NAME] too, with the data sets that are of it";
            let problem = "a config has [decay] or [reaction.NAME], not both".to_owned();
            return refuse(&["decay".into()], problem, Some(help.to_owned()));
        }
        if self
            .decay
            .as_ref()
            .is_some_and(|decay| decay.conjugate.is_some())
        {
            let help = "write [reaction.NAME] in place of [decay]".to_owned();
            let problem = "a decay with a reaction of antiparticles needs a name too".to_owned();
            return refuse(&["decay".into(), "conjugate".into()], problem, Some(help));
        }
        if let Some(reaction) = reactions
            .iter()
            .find(|r| r.name.is_some_and(|n| n.contains(':')))
        {
            let path = reaction.at(&[]);
            let problem = format!(
                "`{}` is no name of a reaction",
                reaction.name.unwrap_or_default()
            );
            let help =
                "leave the colon out: it stands between a reaction and its couplings".to_owned();
            return refuse(&path, problem, Some(help));
        }
        for reaction in &reactions {
            let same = names().filter(|name| Some(*name) == reaction.name).count();
            if reaction.conjugate_of.is_some() && same > 1 {
                let problem = format!("two reactions are called `{}`", reaction.name.unwrap_or(""));
                return refuse(&reaction.at(&["conjugate".into()]), problem, None);
            }
        }
        for (number, set) in self.dataset.iter().enumerate() {
            let path: [Step; 3] = ["dataset".into(), number.into(), "reaction".into()];
            match &set.reaction {
                Some(name) if !names().any(|known| known == name) => {
                    let help = super::did_you_mean(name, names()).or_else(|| {
                        let known: Vec<&str> = names().collect();
                        Some(match known.is_empty() {
                            true => "leave `reaction` out: [decay] is the only one".to_owned(),
                            false => format!("reactions: {}", known.join(", ")),
                        })
                    });
                    return refuse(&path, format!("no reaction `{name}`"), help);
                }
                None if self.decay.is_none() => {
                    let known: Vec<&str> = names().collect();
                    let help = format!("write `reaction = \"...\"`: {}", known.join(", "));
                    let problem = format!("the data set `{}` is of no reaction", set.name);
                    return refuse(&path, problem, Some(help));
                }
                _ => {}
            }
            let anti = |reaction: &&Reaction| {
                reaction.conjugate_of.is_some() && reaction.name == set.reaction.as_deref()
            };
            let samples = [
                ("data", Some(&set.data)),
                ("mc", set.mc.as_ref()),
                ("background", set.background.as_ref()),
            ];
            let told_again = |(_, sample): &(&str, Option<&SampleEntry>)| {
                sample.is_some_and(|sample| sample.charge.is_some())
            };
            if let Some(reaction) = reactions.iter().find(anti)
                && let Some((key, _)) = samples.into_iter().find(told_again)
            {
                let path = [path[0], path[1], key.into(), "charge".into()];
                let particles = reaction.conjugate_of.unwrap_or_default();
                let problem =
                    format!("all events are charge conjugates of `{particles}`, without a column");
                let help = "leave `charge` out, and `cut` the sample to the antiparticles";
                return refuse(&path, problem, Some(help.to_owned()));
            }
        }
        if self.decay.is_some() {
            return Ok(());
        }
        let of_one = [
            ("data", self.data.is_some()),
            ("mc", self.mc.is_some()),
            ("background", self.background.is_some()),
            ("background_density", self.background_density.is_some()),
        ];
        if let Some((key, _)) = of_one.iter().find(|(_, given)| *given) {
            let help = "write [[dataset]] with `reaction`, `data` and `mc`".to_owned();
            let problem = format!("[{key}] does not say which reaction it is of");
            return refuse(&[Step::Key(key)], problem, Some(help));
        }
        if self.phase_space.sample.is_some() {
            let help = "leave it out: phase space of each reaction is generated".to_owned();
            let problem = "one sample cannot be the phase space of several reactions".to_owned();
            return refuse(
                &["phase_space".into(), "sample".into()],
                problem,
                Some(help),
            );
        }
        Ok(())
    }
}
