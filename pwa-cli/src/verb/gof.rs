//! `gpuwa gof`: how well a result describes the data.

use miette::{IntoDiagnostic, Result, miette};
use pwa_core::setup::{GofRequest, GofTest, Goodness};

use crate::exit::Status;
use crate::options::{Common, ModelOptions};
use crate::table::table;

/// Tests of the fit: χ² in adaptive bins, two comparisons of points with p-values by permutation, and moments of the
/// angles of every decay in bins of its mass.
#[derive(Debug, clap::Args)]
pub struct Gof {
    #[command(flatten)]
    model: ModelOptions,

    /// Do this test, any number of times, in place of all
    #[arg(long, value_enum, value_name = "NAME")]
    test: Vec<Test>,

    /// Compare points in these formulas of event variables, in place of all masses and cosines: "m2(pi+ pi-)"
    #[arg(long, value_name = "FORMULA", allow_hyphen_values = true)]
    x: Vec<String>,

    /// Permutations behind a p-value
    #[arg(long, value_name = "N", default_value_t = GofRequest::default().permutations,
        value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(19..=1_000_000))]
    permutations: usize,

    /// Points of data and of model that are compared at most, drawn at random: time and memory grow with their square
    #[arg(long, value_name = "N", default_value_t = GofRequest::default().points,
        value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(50..=10_000))]
    points: usize,

    /// Seed of the permutations and of what is drawn
    #[arg(long, value_name = "N", default_value_t = GofRequest::default().seed)]
    seed: u64,

    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Test {
    AdaptiveChi2,
    MixedSample,
    Energy,
    Moments,
}

impl From<Test> for GofTest {
    fn from(test: Test) -> Self {
        match test {
            Test::AdaptiveChi2 => Self::AdaptiveChi2,
            Test::MixedSample => Self::MixedSample,
            Test::Energy => Self::Energy,
            Test::Moments => Self::Moments,
        }
    }
}

impl Gof {
    pub fn run(self) -> Result<Status> {
        let backend = self.common.start()?;
        let job = self.model.open(&*backend)?;
        let sets = job.load()?;
        for set in &sets {
            self.common.note(&set.data.notes);
        }
        let tests = match &self.test[..] {
            [] => GofTest::ALL.to_vec(),
            named => named.iter().map(|&test| test.into()).collect(),
        };
        let compares_points =
            |test: &GofTest| matches!(test, GofTest::MixedSample | GofTest::Energy);
        if !self.x.is_empty() && !tests.iter().any(compares_points) {
            return Err(miette!(
                help = "leave --x out, or add --test mixed-sample or --test energy",
                "--x is for tests that compare points, of which none is asked for"
            ));
        }
        let request = GofRequest {
            tests,
            observables: self.x.clone(),
            points: self.points,
            permutations: self.permutations,
            seed: self.seed,
        };
        let goodness = job.goodness(&sets, job.parameters().free().len(), &request)?;
        if self.common.json {
            say!("{}", serde_json::to_string(&goodness).into_diagnostic()?);
        } else {
            print(&goodness);
        }
        Ok(Status::Good)
    }
}

fn print(goodness: &Goodness) {
    if let Some(chi2) = &goodness.adaptive_chi2 {
        say!(
            "adaptive-chi2: {:.1} in {} bins of {}, {:.0} events each; {} to {} degrees of freedom, p {:.3} to {:.3}",
            chi2.chi2,
            chi2.bins,
            chi2.variables.join(", "),
            chi2.expected,
            chi2.ndf[0],
            chi2.ndf[1],
            chi2.p_values[0],
            chi2.p_values[1]
        );
    }
    if !goodness.points.is_empty() {
        let rows = goodness.points.iter().map(|point| {
            let result = &point.result;
            vec![
                point.test.to_owned(),
                point.set.clone(),
                format!("{} of {}", point.compared[0], point.events[0]),
                format!("{} of {}", point.compared[1], point.events[1]),
                format!("{:.6}", result.statistic),
                format!("{:.6} ± {:.6}", result.mean, result.sigma),
                format!("{:.4}", result.p_value),
            ]
        });
        let header = ["test", "set", "data", "model", "statistic", "permuted", "p"];
        say!("{}", table(&header, rows.collect()));
    }
    for decay in &goodness.moments {
        let moments = &decay.moments;
        let title = match &decay.reaction {
            Some(reaction) => format!("{reaction}: {}", moments.cosine.text),
            None => moments.cosine.text.clone(),
        };
        say!("moments of {title} in bins of {}", moments.mass.text);
        let rows = moments.moments.iter().map(|moment| {
            vec![
                moment.of.name(),
                format!("{:.1}", moment.chi2),
                moment.bins.to_string(),
                format!("{:.4}", moment.p_value),
            ]
        });
        say!("{}", table(&["", "chi2", "bins", "p"], rows.collect()));
    }
    for why in &goodness.refused {
        say!("no answer: {why}");
    }
}
