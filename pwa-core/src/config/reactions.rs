//! The reactions of a document: `[decay]` alone, or each `[reaction.NAME]`.

use super::{ConfigError, DecayEntry, Document, Source, Step};

/// A decay with its chains, and the name it goes by where there are several.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reaction<'a> {
    pub name: Option<&'a str>,
    pub entry: &'a DecayEntry,
}

impl<'a> Reaction<'a> {
    /// The name of its table.
    pub fn table(self) -> String {
        match self.name {
            None => "decay".to_owned(),
            Some(name) => format!("reaction.{name}"),
        }
    }

    /// The path of an entry of this reaction.
    pub fn at<'s>(self, inside: &[Step<'s>]) -> Vec<Step<'s>>
    where
        'a: 's,
    {
        let root: &[Step] = match self.name {
            None => &[Step::Key("decay")],
            Some(name) => &[Step::Key("reaction"), Step::Key(name)],
        };
        [root, inside].concat()
    }
}

impl Reaction<'_> {
    /// The name of something that each reaction has of its own.
    pub fn own(self, name: String) -> String {
        match self.name {
            None => name,
            Some(reaction) => format!("{reaction}:{name}"),
        }
    }
}

impl Document {
    /// In the order of the models that [`resolve`](super::resolve) makes of them.
    pub(super) fn reactions(&self) -> Vec<Reaction<'_>> {
        let only = self
            .decay
            .iter()
            .map(|entry| Reaction { name: None, entry });
        let named = self.reaction.iter().map(|(name, entry)| Reaction {
            name: Some(name),
            entry,
        });
        only.chain(named).collect()
    }

    /// That it is said which reaction what is of.
    pub(super) fn check_reactions(&self, source: &Source) -> Result<(), ConfigError> {
        let names = || self.reaction.keys().map(String::as_str);
        let refuse = |path: &[Step], problem: String, help: Option<String>| {
            Err(source.error(path, problem, help))
        };
        if self.decay.is_some() && !self.reaction.is_empty() {
            let help = "write the decay as [reaction.NAME] too, with the data sets that are of it";
            let problem = "a config has [decay] or [reaction.NAME], not both".to_owned();
            return refuse(&["decay".into()], problem, Some(help.to_owned()));
        }
        for (number, set) in self.dataset.iter().enumerate() {
            let path: [Step; 3] = ["dataset".into(), number.into(), "reaction".into()];
            match &set.reaction {
                Some(name) if !self.reaction.contains_key(name) => {
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
        }
        if self.decay.is_some() {
            return Ok(());
        }
        let of_one = [
            ("data", self.data.is_some()),
            ("mc", self.mc.is_some()),
            ("background", self.background.is_some()),
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
