//! How often experiments without a wave have as high a likelihood ratio as the data: what Wilks' theorem says of large samples,
//! by counting.
//!
//! ```text
//! p = (k + 1) / (n + 1),     k of n experiments have ΔNLL at least as high as the data
//! ```
//!
//! The data are one more experiment of the smaller model if that is true, so p is never 0. Source: A. C. Davison and
//! D. V. Hinkley, Bootstrap Methods and their Application, section 4.2.

use miette::Result;
use pwa_core::analysis::sigmas_of;
use pwa_core::fit::Steps;
use pwa_core::setup::{Move, Population, Row};
use serde_json::{Value, json};

use crate::model_building::Building;
use crate::table::table;

/// The experiments of one wave.
pub struct NullToys {
    pub wave: usize,
    /// Of the data.
    rise: f64,
    degrees: usize,
    /// Of each experiment, or why it has none.
    rises: Vec<Result<f64, String>>,
}

impl NullToys {
    /// So many experiments for each wave whose likelihood ratio is known; none where work was interrupted.
    ///
    /// `on`: the waves of the model that was compared, which `point` is the minimum of.
    pub fn of(
        building: &Building,
        (on, point): (&[bool], &[f64]),
        rows: &[Row],
        toys: u32,
        steps: &mut Steps,
    ) -> Result<Option<Vec<Self>>> {
        let mut all: Vec<(Self, Population, Vec<bool>, &[f64])> = Vec::new();
        for row in rows.iter().filter(|row| row.degrees > 0) {
            let Ok(found) = &row.found else { continue };
            let null = match row.what {
                Move::Remove => &found.point[..],
                Move::Add => point,
            };
            let mut without = on.to_vec();
            without[row.wave] = false;
            let of_wave = Self {
                wave: row.wave,
                rise: row.rise,
                degrees: row.degrees,
                rises: Vec::new(),
            };
            all.push((of_wave, building.population(null)?, without, null));
        }
        for toy in 0..toys {
            for (of_wave, population, without, null) in &mut all {
                let wave = of_wave.wave;
                let name = format!("toy {toy} of {}", building.switches.names[wave]);
                let rise = steps.step(&name, || {
                    let number = u64::from(toy) * without.len() as u64 + wave as u64;
                    let experiment = population.experiment(building.seed(), number)?;
                    let selection = building.selection_in(&experiment);
                    selection.rise(without, null, wave)
                });
                match rise? {
                    Some(rise) => of_wave.rises.push(rise),
                    None => return Ok(None),
                }
            }
        }
        Ok(Some(all.into_iter().map(|(of_wave, ..)| of_wave).collect()))
    }

    fn fitted(&self) -> impl Iterator<Item = f64> {
        self.rises.iter().flatten().copied()
    }

    pub fn any_failed(&self) -> bool {
        self.rises.iter().any(Result::is_err)
    }

    fn above(&self) -> usize {
        self.fitted().filter(|&rise| rise >= self.rise).count()
    }

    /// None where no experiment has a ΔNLL.
    fn p_value(&self) -> Option<f64> {
        let fitted = self.fitted().count();
        (fitted > 0).then(|| (self.above() + 1) as f64 / (fitted + 1) as f64)
    }

    fn mean(&self) -> f64 {
        self.fitted().sum::<f64>() / self.fitted().count() as f64
    }

    pub fn document(&self) -> Value {
        let failed = self.rises.iter().enumerate();
        let failed = failed
            .filter_map(|(toy, rise)| Some(json!({"toy": toy, "reason": rise.as_ref().err()?})));
        json!({
            "fitted": self.fitted().count(),
            "above": self.above(),
            "p_value": self.p_value(),
            "sigmas": self.p_value().map(sigmas_of),
            "rises": self.fitted().collect::<Vec<f64>>(),
            "failed": failed.collect::<Vec<Value>>(),
        })
    }

    /// The table of all waves.
    pub fn print(all: &[Self], names: &[String]) {
        let lines = all.iter().map(|of| {
            let at_least = if of.above() == 0 { "> " } else { "" };
            let numbers = of.p_value().map(|p| {
                let mean = format!("{:.2}", 2.0 * of.mean());
                let sigmas = format!("{at_least}{:.2}", sigmas_of(p));
                [mean, of.degrees.to_string(), format!("{p:.4}"), sigmas]
            });
            let none = || std::array::from_fn(|_| "-".to_owned());
            let mut line = vec![
                names[of.wave].clone(),
                format!("{} of {}", of.above(), of.fitted().count()),
            ];
            line.extend(numbers.unwrap_or_else(none));
            line
        });
        let header = ["wave", "toys as high", "mean of 2 ΔNLL", "dof", "p", "σ"];
        say!("{}", table(&header, lines.collect()));
        for of in all {
            let mut failed = of.rises.iter().filter_map(|rise| rise.as_ref().err());
            if let Some(reason) = failed.next() {
                let (wave, count) = (&names[of.wave], 1 + failed.count());
                say!(
                    "{wave}: {count} of {} toys failed: {reason}",
                    of.rises.len()
                );
            }
        }
    }
}
