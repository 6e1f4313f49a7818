//! `gpuwa compare`: two results side by side.

use std::path::PathBuf;

use miette::{Result, miette};
use pwa_core::result::{Common, FitResult, SharedData, Status as FitStatus};
use serde_json::{Value, json};

use crate::exit::Status;
use crate::numbers::{Number, numbers};
use crate::options::warn_of_values;
use crate::table::{table, with_error};

/// Differences B - A of the parameters, fit fractions and quantities that two results have, with their errors.
///
/// Where both fits have the same events, or one some of the other's, the error of a difference is |σ_A² - σ_B²|^½
/// (R. Barlow, arXiv:hep-ex/0207026): right for maximum likelihood estimates of large samples without weights, and
/// none where both errors are the same. Without a common event, errors are added in quadrature. Common events are
/// known by the contents of files and by the cuts.
#[derive(Debug, clap::Args)]
pub struct Compare {
    /// The `result.json` of one fit
    a: PathBuf,

    /// And of another
    b: PathBuf,

    /// Print machine-readable JSON on stdout, and nothing else there
    #[arg(long)]
    json: bool,
}

/// Of a number that both have.
struct Difference {
    a: Number,
    b: Number,
    difference: f64,
    error: Option<f64>,
}

impl Compare {
    pub fn run(self) -> Result<Status> {
        let (a, b) = (FitResult::read(&self.a)?, FitResult::read(&self.b)?);
        warn_of_values(&self.a, a.status);
        warn_of_values(&self.b, b.status);
        if a.blind != b.blind {
            return Err(miette!(
                help = "compare fits with the same [blind], or fit both without it",
                "the values of the two results are hidden in different ways"
            ));
        }
        let common = Common::of([&a, &b])?;
        let mut of_b = numbers(&b);
        let mut only_a = Vec::new();
        let mut both = Vec::new();
        for number in numbers(&a) {
            match of_b.iter().position(|other| other.name == number.name) {
                Some(place) => both.push(Difference::new(number, of_b.remove(place), common.data)),
                None => only_a.push(number.name),
            }
        }
        let only_b: Vec<String> = of_b.into_iter().map(|number| number.name).collect();
        let nll = common.likelihood.then_some(b.nll - a.nll);
        let unfinished: Vec<&str> = [(&a, "A"), (&b, "B")]
            .into_iter()
            .filter(|(result, _)| result.status != FitStatus::Converged)
            .map(|(_, name)| name)
            .collect();
        if self.json {
            let document = json!({
                "shared_data": common.data,
                "nll": [a.nll, b.nll],
                "nll_difference": nll,
                "numbers": both.iter().map(Difference::document).collect::<Vec<Value>>(),
                "only_a": only_a,
                "only_b": only_b,
                "rescaled_waves": common.rescaled,
                "not_converged": unfinished,
            });
            say!("{document}");
            return Ok(Status::Good);
        }
        for (name, path, result) in [("A", &self.a, &a), ("B", &self.b, &b)] {
            say!("{name}: {}, NLL {:.6}", path.display(), result.nll);
        }
        let header = ["number", "A", "B", "B - A", "error", "σ"];
        let rows = both.iter().map(Difference::row).collect();
        say!("{}", table(&header, rows));
        say!("{}", rule(common.data));
        for (name, only) in [("A", only_a), ("B", only_b)] {
            if !only.is_empty() {
                say!("only {name} has {}", only.join(", "));
            }
        }
        if !common.rescaled.is_empty() {
            say!(
                "waves are normalised differently, so that their couplings are in other units: {}",
                common.rescaled.join(", ")
            );
        }
        if a.fractions_over != b.fractions_over {
            say!(
                "fractions of A are over {}, of B over {}",
                a.fractions_over,
                b.fractions_over
            );
        }
        for name in unfinished {
            say!("{name} has not converged");
        }
        match nll {
            Some(nll) => say!("NLL of B less that of A: {nll:+.6}"),
            None => {
                say!("NLLs are of different data or normalisations, their difference means nothing")
            }
        }
        Ok(Status::Good)
    }
}

impl Difference {
    fn new(a: Number, b: Number, data: SharedData) -> Self {
        let errors = a.error.zip(b.error);
        Self {
            difference: a.shift(b.value),
            error: errors.and_then(|(a, b)| data.error_of_difference([a, b])),
            a,
            b,
        }
    }

    fn sigmas(&self) -> Option<f64> {
        self.error.map(|error| self.difference / error)
    }

    fn document(&self) -> Value {
        json!({
            "name": self.a.name,
            "a": self.a.value,
            "a_error": self.a.error,
            "b": self.b.value,
            "b_error": self.b.error,
            "difference": self.difference,
            "error": self.error,
            "sigmas": self.sigmas(),
        })
    }

    fn row(&self) -> Vec<String> {
        let [a, b] = [&self.a, &self.b].map(Number::measured);
        // To the digits of the better known one, which the error of the difference may have beyond them.
        let finest = [self.a.error, self.b.error, self.error]
            .into_iter()
            .flatten();
        let finest = finest.reduce(f64::min);
        let (difference, _) = with_error(self.difference, finest);
        let sign = if difference.starts_with('-') { "" } else { "+" };
        let (_, error) = with_error(0.0, self.error);
        let sigmas = self.sigmas().map(|sigmas| format!("{sigmas:+.2}"));
        let name = self.a.name.clone();
        let difference = format!("{sign}{difference}");
        vec![
            name,
            a,
            b,
            difference,
            error,
            sigmas.unwrap_or_else(|| "—".to_owned()),
        ]
    }
}

/// What the errors of differences are, and why.
fn rule(data: SharedData) -> &'static str {
    match data {
        SharedData::Same => {
            "both have the same events: the error of a difference is |σ_A² - σ_B²|^½ (Barlow), none where the errors are the same"
        }
        SharedData::Nested => {
            "one has some of the events of the other: the error of a difference is |σ_A² - σ_B²|^½ (Barlow)"
        }
        SharedData::Partly => {
            "they share some events, and each may have some of its own: the error of a difference is not known"
        }
        SharedData::Independent => {
            "they have no event in common: the error of a difference is (σ_A² + σ_B²)^½"
        }
    }
}
