//! `gpuwa waves`: what a reaction allows, and which law forbids the rest.

use std::collections::BTreeMap;

use miette::{IntoDiagnostic, Result, miette};
use pwa_core::config::{Defaults, of_waves, print};
use pwa_core::decay::LsCoupling;
use pwa_core::particle::ParticleTable;
use pwa_core::wave_set::{Forbidden, Options, Reaction, Reason, Vertex, Wave, WaveSet, wave_set};
use serde_json::json;

use crate::exit::Status;
use crate::table::table;

/// A reaction, and which of its waves are meant.
#[derive(Debug, clap::Args)]
pub struct WaveOptions {
    /// E.g. "J/psi -> gamma K+ K-"
    pub reaction: String,

    /// Highest orbital angular momentum of a decay
    #[arg(long, value_name = "L", default_value_t = 4)]
    max_l: u32,

    /// How many widths a resonance may be away from its pole
    #[arg(
        long,
        value_name = "N",
        default_value_t = 1.0,
        allow_negative_numbers = true
    )]
    reach: f64,

    /// The initial particle decays weakly [default: where a flavour changes]
    #[arg(long, conflicts_with = "strong")]
    weak: bool,

    /// The initial particle does not decay weakly
    #[arg(long)]
    strong: bool,

    /// Laws that do not hold: parity, c-parity, isospin, g-parity, identical-daughters, kaon-pair
    #[arg(long, value_name = "LAW", value_delimiter = ',')]
    without: Vec<String>,
}

#[derive(Debug, clap::Args)]
pub struct Waves {
    #[command(flatten)]
    set: WaveOptions,

    /// Print a config block instead
    #[arg(long)]
    toml: bool,

    /// Print JSON instead
    #[arg(long, conflicts_with = "toml")]
    json: bool,
}

impl Waves {
    pub fn run(self) -> Result<Status> {
        let particles = ParticleTable::pdg();
        let reaction = Reaction::parse(&self.set.reaction, &particles)?;
        let set = wave_set(&particles, &reaction, &self.set.options()?);
        if set.waves.is_empty() && !self.json {
            print_forbidden(&set);
            return Err(miette!("no wave of `{}` is allowed", self.set.reaction));
        }
        if self.json {
            let text = serde_json::to_string_pretty(&as_json(&set)).into_diagnostic()?;
            say!("{text}");
        } else if self.toml {
            let (document, left_out) = of_waves(&reaction, &set);
            if document.decay.iter().all(|decay| decay.chain.is_empty()) {
                return Err(miette!(
                    "no wave is left for a config: {}",
                    left_out.join("; ")
                ));
            }
            let mut comments = vec![format!(
                "The waves of {} with l <= {}.",
                self.set.reaction, self.set.max_l
            )];
            comments.extend(left_out);
            let text = print(&document, &comments, Defaults::LeaveOut).into_diagnostic()?;
            say_part!("{text}");
        } else {
            print_allowed(&set);
            print_forbidden(&set);
        }
        Ok(Status::Good)
    }
}

impl WaveOptions {
    /// As the search takes them.
    pub fn options(&self) -> Result<Options> {
        if !(self.reach.is_finite() && self.reach >= 0.0) {
            return Err(miette!(
                "--reach {}: a number of widths, 0 or more",
                self.reach
            ));
        }
        let mut options = Options {
            max_l: self.max_l,
            reach: self.reach,
            weak: (self.weak || self.strong).then_some(self.weak),
            ..Options::default()
        };
        for law in &self.without {
            options.leave_out(law)?;
        }
        Ok(options)
    }
}

fn print_allowed(set: &WaveSet) {
    let rows = set.waves.iter().map(|wave| {
        let resonances = || wave.resonances().iter();
        let of_each = |text: &dyn Fn(&Vertex) -> String| {
            resonances().map(text).collect::<Vec<_>>().join("\n")
        };
        let couplings = wave.vertices.iter().map(couplings);
        vec![
            wave.to_string().replace(", ", "\n"),
            of_each(&|vertex| vertex.numbers[0].to_string()),
            of_each(&|vertex| {
                vertex
                    .mass
                    .map_or("?".to_owned(), |mass| format!("{mass:.4}"))
            }),
            of_each(&|vertex| {
                vertex
                    .width
                    .map_or("?".to_owned(), |width| format!("{width:.4}"))
            }),
            couplings.collect::<Vec<_>>().join("\n"),
        ]
    });
    say!(
        "{}",
        table(&["wave", "J^PC", "mass", "width", "(l,s)"], rows.collect())
    );
    let kind = if set.weak {
        "a weak decay"
    } else {
        "not a weak decay"
    };
    say!("{} waves; {kind} of the initial particle", set.waves.len());
}

fn couplings(vertex: &Vertex) -> String {
    let list = vertex
        .couplings
        .iter()
        .map(|ls: &LsCoupling| format!("({ls})"));
    list.collect::<Vec<_>>().join(" ")
}

/// Laws one a line; those out of reach by name.
fn print_forbidden(set: &WaveSet) {
    let mut too_light: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut rows = Vec::new();
    for Forbidden { decay, reason } in &set.forbidden {
        match (reason, decay.split_once(" -> ")) {
            (Reason::Mass(_), Some((mother, daughters))) => {
                too_light.entry(daughters).or_default().push(mother);
            }
            _ => rows.push(format!("{decay}: {reason}")),
        }
    }
    if !rows.is_empty() {
        say!("\nforbidden:");
    }
    for row in rows {
        say!("  {row}");
    }
    if !too_light.is_empty() {
        say!("\nout of reach by mass:");
    }
    for (daughters, mothers) in too_light {
        say!("  to {daughters}: {}", mothers.join(", "));
    }
}

fn as_json(set: &WaveSet) -> serde_json::Value {
    let vertex = |vertex: &Vertex| {
        let pair = |ls: &LsCoupling| json!({"l": ls.orbital_l, "s": 0.5 * f64::from(ls.two_s)});
        json!({
            "mother": vertex.mother,
            "daughters": vertex.daughters,
            "jpc": vertex.numbers[0].to_string(),
            "mass": vertex.mass,
            "width": vertex.width,
            "couplings": vertex.couplings.iter().map(pair).collect::<Vec<_>>(),
        })
    };
    let wave = |wave: &Wave| {
        json!({
            "decay": wave.to_string(),
            "vertices": wave.vertices.iter().map(vertex).collect::<Vec<_>>(),
        })
    };
    let forbidden = |entry: &Forbidden| {
        let kind = match entry.reason {
            Reason::Mass(_) => "mass",
            Reason::Law(_) => "law",
            Reason::HighL(_) => "high-l",
            Reason::Unknown(_) => "unknown",
        };
        json!({"decay": entry.decay, "kind": kind, "reason": entry.reason.to_string()})
    };
    json!({
        "weak": set.weak,
        "waves": set.waves.iter().map(wave).collect::<Vec<_>>(),
        "forbidden": set.forbidden.iter().map(forbidden).collect::<Vec<_>>(),
    })
}
