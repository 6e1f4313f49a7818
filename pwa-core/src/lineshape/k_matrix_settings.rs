//! The options of `k-matrix`, read and checked.

use std::collections::BTreeMap;

use serde_json::Value;

use super::k_matrix_sets::{ParameterSet, SETS};
use super::options::bad;
use super::phase_space::{Closed, PHASE_SPACES, PhaseSpace};
use super::{Channel, LineshapeError, Options};

/// A formula of twice the size costs four times as much; no analysis has more.
const MOST: usize = 6;
const HIGHEST_ORDER: u32 = 4;

pub(super) const OPTIONS: &[&str] = &[
    "parameter_set",
    "channels",
    "l",
    "phase_space",
    "below_threshold",
    "poles",
    "background",
    "background_order",
    "background_elements",
    "adler",
    "pole_offset",
    "production",
    "production_poles",
    "production_background",
    "production_order",
    "production_channels",
    "entrance",
    "channel",
];

pub(super) struct Settings {
    pub channels: Vec<Channel>,
    pub phase_spaces: Vec<PhaseSpace>,
    pub closed: Closed,
    pub poles: usize,
    pub background: Smooth,
    /// Pairs of channels i <= j that have a background.
    pub elements: Vec<(usize, usize)>,
    pub adler: Adler,
    /// GeV².
    pub pole_offset: f64,
    pub production: Production,
    /// The channel whose amplitude this is.
    pub channel: usize,
    pub set: Option<&'static ParameterSet>,
}

/// A term without a pole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Smooth {
    None,
    /// f (1 GeV² - s0)/(s - s0).
    SlowlyVarying,
    /// sum_n f_n (s/s0 - 1)^n.
    Polynomial {
        order: u32,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Adler {
    None,
    /// (s - zero)(1 GeV² - pole)/(s - pole), in GeV².
    Ratio,
    /// (s - zero)/scale.
    Linear,
}

pub(super) enum Production {
    Vector {
        poles: Vec<usize>,
        background: Smooth,
        channels: Vec<usize>,
    },
    /// The scattering amplitude from this channel.
    Scattering { entrance: usize },
}

impl Settings {
    pub(super) fn read(given: &Options) -> Result<Self, LineshapeError> {
        let set = parameter_set(given)?;
        let options = &match set {
            Some(set) => merged(set, given)?,
            None => given.clone(),
        };
        let channels = options.channels()?;
        if channels.len() > MOST {
            return Err(bad("channels", &format!("can be at most {MOST}")));
        }
        let n = channels.len();
        let poles = options.required_count("poles")? as usize;
        if poles > MOST {
            return Err(bad("poles", &format!("can be at most {MOST}")));
        }
        let background = smooth(options, "background", "background_order")?;
        let elements = elements(options, n)?;
        if poles == 0 && background == Smooth::None {
            return Err(bad("poles", "is 0, and there is no background either"));
        }
        Ok(Self {
            phase_spaces: phase_spaces(options, n)?,
            closed: Closed::read(options)?,
            poles,
            background,
            elements,
            adler: options.word(
                "adler",
                &[
                    ("none", Adler::None),
                    ("ratio", Adler::Ratio),
                    ("linear", Adler::Linear),
                ],
            )?,
            pole_offset: options.number("pole_offset", 0.0)?,
            production: production(options, poles, n)?,
            channel: index(options, "channel", n)?,
            channels,
            set,
        })
    }

    /// The value a parameter has in the set.
    pub(super) fn default(&self, parameter: &str) -> Option<f64> {
        let values = self.set?.values;
        let found = values.iter().find(|(name, _)| *name == parameter);
        found.map(|(_, value)| *value)
    }
}

fn parameter_set(options: &Options) -> Result<Option<&'static ParameterSet>, LineshapeError> {
    let Some(value) = options.get("parameter_set") else {
        return Ok(None);
    };
    let found = SETS.iter().find(|set| value.as_str() == Some(set.name));
    found.map(Some).ok_or_else(|| {
        let names: Vec<_> = SETS.iter().map(|set| format!("\"{}\"", set.name)).collect();
        bad("parameter_set", &format!("must be {}", names.join(" or ")))
    })
}

/// The options of the set and what the config gives beside them.
fn merged(set: &ParameterSet, given: &Options) -> Result<Options, LineshapeError> {
    let mut all: BTreeMap<String, Value> = serde_json::from_str(set.options)
        .map_err(|error| bad("parameter_set", &error.to_string()))?;
    for (name, value) in given.iter() {
        if all.insert(name.to_owned(), value.clone()).is_some() {
            let problem = format!("belongs to the set \"{}\": leave it out", set.name);
            return Err(bad(name, &problem));
        }
    }
    Ok(Options::new(all))
}

fn phase_spaces(options: &Options, n: usize) -> Result<Vec<PhaseSpace>, LineshapeError> {
    let words: Vec<&str> = PHASE_SPACES.iter().map(|(word, _)| *word).collect();
    let form = format!(
        "must be a list of {n} of the words \"{}\"",
        words.join("\", \"")
    );
    let entry = |value: &Value| {
        let known = PHASE_SPACES.iter();
        let mut found = known.filter(|(word, _)| value.as_str() == Some(word));
        found.next().map(|(_, phase_space)| *phase_space)
    };
    match options.list("phase_space", entry, &form)? {
        None => Ok(vec![PhaseSpace::TwoBody; n]),
        Some(list) if list.len() == n => Ok(list),
        Some(_) => Err(bad("phase_space", &form)),
    }
}

fn smooth(options: &Options, name: &str, order: &str) -> Result<Smooth, LineshapeError> {
    let polynomial = match options.count(order, 0)? {
        n if n > HIGHEST_ORDER => {
            return Err(bad(
                order,
                &format!("is {n}, but can be at most {HIGHEST_ORDER}"),
            ));
        }
        order => Smooth::Polynomial { order },
    };
    let found = options.word(
        name,
        &[
            ("none", Smooth::None),
            ("slowly-varying", Smooth::SlowlyVarying),
            ("polynomial", polynomial),
        ],
    )?;
    if options.get(order).is_some() && found != polynomial {
        return Err(bad(order, &format!("needs {name} = \"polynomial\"")));
    }
    Ok(found)
}

fn elements(options: &Options, n: usize) -> Result<Vec<(usize, usize)>, LineshapeError> {
    let form = format!("must be a list of pairs [i, j] with i <= j below {n}");
    let entry = |value: &Value| match value.as_array()?.as_slice() {
        [i, j] => {
            let (i, j) = (i.as_u64()? as usize, j.as_u64()? as usize);
            (i <= j && j < n).then_some((i, j))
        }
        _ => None,
    };
    let all = || (0..n).flat_map(|i| (i..n).map(move |j| (i, j))).collect();
    Ok(options
        .list("background_elements", entry, &form)?
        .unwrap_or_else(all))
}

fn production(options: &Options, poles: usize, n: usize) -> Result<Production, LineshapeError> {
    let words = [("vector", false), ("scattering", true)];
    if options.word("production", &words)? {
        let vector = [
            "production_poles",
            "production_background",
            "production_channels",
        ];
        if let Some(name) = vector.iter().find(|name| options.get(name).is_some()) {
            return Err(bad(name, "needs production = \"vector\""));
        }
        return Ok(Production::Scattering {
            entrance: index(options, "entrance", n)?,
        });
    }
    if options.get("entrance").is_some() {
        return Err(bad("entrance", "needs production = \"scattering\""));
    }
    let background = smooth(options, "production_background", "production_order")?;
    let channels = indices(options, "production_channels", n)?;
    if channels.is_some() && background == Smooth::None {
        return Err(bad("production_channels", "needs a production_background"));
    }
    let poles = indices(options, "production_poles", poles)?.unwrap_or((0..poles).collect());
    if poles.is_empty() && background == Smooth::None {
        return Err(bad(
            "production_poles",
            "is empty, and nothing else is produced",
        ));
    }
    Ok(Production::Vector {
        poles,
        background,
        channels: channels.unwrap_or((0..n).collect()),
    })
}

/// A list of different numbers below `n`.
fn indices(options: &Options, name: &str, n: usize) -> Result<Option<Vec<usize>>, LineshapeError> {
    let Some(list) = options.counts(name)? else {
        return Ok(None);
    };
    let mut list: Vec<usize> = list.into_iter().map(|i| i as usize).collect();
    list.sort_unstable();
    let distinct = list.windows(2).all(|pair| pair[0] < pair[1]);
    match distinct && list.last().is_none_or(|&last| last < n) {
        true => Ok(Some(list)),
        false => Err(bad(name, &format!("must be different numbers below {n}"))),
    }
}

fn index(options: &Options, name: &str, n: usize) -> Result<usize, LineshapeError> {
    match options.count(name, 0)? as usize {
        i if i < n => Ok(i),
        i => Err(bad(
            name,
            &format!("is {i}, but there are {n} channels, from 0"),
        )),
    }
}
