//! `gpuwa poles`: where resonances have their poles, sheet by sheet.

use miette::{Result, miette};
use pwa_core::analysis::{Pole, adjacent_sheets, all_sheets, poles};
use pwa_core::lineshape::Sheet;
use pwa_core::model::{Continuation, continuations};
use serde_json::{Value, json};

use crate::exit::Status;
use crate::options::{Common, ModelOptions};
use crate::table::{table, with_error};

/// Poles and residues on the sheets next to the physical axis; errors from a result.json.
///
/// Shapes with an analytic continuation: k-matrix, flatte, flatte-dispersive, breit-wigner-running.
#[derive(Debug, clap::Args)]
pub struct Poles {
    #[command(flatten)]
    model: ModelOptions,

    /// Only this resonance
    #[arg(long, value_name = "NAME")]
    resonance: Option<String>,

    /// All sheets, not only those next to the physical axis
    #[arg(long)]
    all_sheets: bool,

    #[command(flatten)]
    common: Common,
}

/// The poles of one resonance.
struct Found<'a> {
    continuation: &'a Continuation<'a>,
    poles: Vec<Pole>,
}

impl Poles {
    pub fn run(self) -> Result<Status> {
        let backend = self.common.start()?;
        let (job, covariance) = self.model.open_with_covariance(&*backend)?;
        job.refuse_blind("poles")?;
        // A resonance of several reactions has one continuation.
        let mut all: Vec<Continuation> = Vec::new();
        for model in &job.models {
            for found in continuations(model)? {
                if !(all.iter()).any(|known| known.resonance.name == found.resonance.name) {
                    all.push(found);
                }
            }
        }
        let chosen: Vec<&Continuation> = all
            .iter()
            .filter(|c| {
                self.resonance
                    .as_ref()
                    .is_none_or(|name| c.resonance.name == *name)
            })
            .collect();
        if chosen.is_empty() {
            let what = self.resonance.as_deref().unwrap_or("the model");
            return Err(miette!(
                help =
                    "shapes that have: k-matrix, flatte, flatte-dispersive, breit-wigner-running",
                "nothing in {what} has an analytic continuation"
            ));
        }
        let point = job.parameters().start();
        let mut found_of = Vec::new();
        for continuation in chosen {
            let sheets = match self.all_sheets {
                true => all_sheets(continuation),
                false => adjacent_sheets(continuation),
            };
            let mut found = Vec::new();
            for sheet in &sheets {
                found.extend(poles(continuation, sheet, &point, covariance.as_ref())?);
            }
            found_of.push(Found {
                continuation,
                poles: found,
            });
        }
        match self.common.json {
            true => say!("{}", Value::from_iter(found_of.iter().map(document))),
            false => found_of.iter().for_each(print),
        }
        Ok(Status::Good)
    }
}

/// `-` where the channel's cut is crossed, `+` where it is not.
fn signs(sheets: &[Sheet]) -> String {
    let sign = |sheet: &Sheet| match sheet {
        Sheet::Physical => '+',
        Sheet::Unphysical => '-',
    };
    sheets.iter().map(sign).collect()
}

fn document(found: &Found) -> (String, Value) {
    let poles = found.poles.iter().map(|pole| {
        let residues = pole.residues.iter().map(|residue| {
            json!({
                "amplitude": residue.amplitude,
                "re": residue.value.re,
                "im": residue.value.im,
                "errors": residue.errors,
            })
        });
        json!({
            "sheet": signs(&pole.sheets),
            "mass": pole.position.re,
            "width": -2.0 * pole.position.im,
            "errors": pole.errors.map(|[mass, half_width]| [mass, 2.0 * half_width]),
            "residues": residues.collect::<Vec<Value>>(),
        })
    });
    let resonance = &found.continuation.resonance.name;
    (resonance.clone(), poles.collect())
}

fn print(found: &Found) {
    let channels = found.continuation.channels.iter();
    let channels: Vec<String> = channels
        .map(|channel| format!("[{}, {}]", channel.masses[0], channel.masses[1]))
        .collect();
    say!(
        "{}, channels {}",
        found.continuation.resonance.name,
        channels.join(" ")
    );
    if found.poles.is_empty() {
        say!("no pole on these sheets");
        return;
    }
    let rows = found.poles.iter().map(|pole| {
        let (mass, mass_error) = with_error(pole.position.re, pole.errors.map(|e| e[0]));
        let width = -2.0 * pole.position.im;
        let (width, width_error) = with_error(width, pole.errors.map(|e| 2.0 * e[1]));
        let residue = pole.residues.first().map_or_else(String::new, |residue| {
            let modulus = residue.value.norm_sqr().sqrt();
            let phase = residue.value.im.atan2(residue.value.re).to_degrees();
            format!("{modulus:.5} at {phase:.1}°")
        });
        vec![
            signs(&pole.sheets),
            mass,
            mass_error,
            width,
            width_error,
            residue,
        ]
    });
    let amplitude = found.poles.first().and_then(|pole| pole.residues.first());
    let residue = amplitude.map_or_else(String::new, |r| format!("residue of {}", r.amplitude));
    let header = ["sheet", "mass", "error", "width", "error", &residue];
    say!("{}", table(&header, rows.collect()));
}
