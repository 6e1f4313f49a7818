//! Which waves the data want: each switched off or on, one after the other, and steps to a better model.
//!
//! ```text
//! ΔNLL = NLL(without) - NLL(with),     n = rank(with) - rank(without)
//! ΔAIC = 2 n - 2 ΔNLL,                 ΔBIC = n ln N - 2 ΔNLL       (with less without: negative speaks for the wave)
//! ```
//!
//! N: events, of weighted ones (sum w)² / sum w². Sources: H. Akaike, IEEE Trans. Autom. Control 19 (1974) 716; G. Schwarz,
//! Ann. Stat. 6 (1978) 461. Limits: NLL of weighted events is no likelihood unless `fit.weight_factor` makes it one on average.

use serde::{Deserialize, Serialize};

use super::{SetupError, Switches};
use crate::analysis::wilks_sigmas;
use crate::fit::{Coordinate, FitError, LOWER, Nested, ProfileError, Steps, lowest, nested};
use crate::likelihood::{DataSet, Likelihood};

/// What decides.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Criterion {
    Aic,
    Bic,
    /// Waves below so many standard deviations go, above them come.
    Sigmas(f64),
}

/// Which steps may be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    Both,
    Backward,
    Forward,
}

/// What happens to a wave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Move {
    Remove,
    Add,
}

/// One wave beside a model.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub wave: usize,
    pub what: Move,
    /// Where the other model ends, or why it does not.
    pub found: Result<Nested, String>,
    /// NLL without the wave less that with it.
    pub rise: f64,
    pub degrees: usize,
    pub sigmas: Option<f64>,
    pub aic: f64,
    pub bic: f64,
}

/// A model, with what each wave does to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    pub on: Vec<bool>,
    pub fit: Nested,
    pub rows: Vec<Row>,
    /// The row that leads to the next model.
    pub taken: Option<usize>,
}

/// How models are compared.
pub struct Selection<'a> {
    pub switches: &'a Switches,
    pub likelihood: &'a Likelihood,
    /// Seed and number of the points that a wave switched on is looked for from.
    pub starts: (u64, usize),
    pub edm_tolerance: f64,
    pub interrupted: &'a dyn Fn() -> bool,
}

impl Selection<'_> {
    /// The minimum of a model near a point; none where work was interrupted.
    ///
    /// # Errors
    /// When there is none, or the journal cannot be kept.
    pub fn minimum(
        &self,
        on: &[bool],
        near: &[f64],
        steps: &mut Steps,
    ) -> Result<Option<Nested>, SetupError> {
        let found = self.fit(on, near, None, steps)?;
        found
            .transpose()
            .map_err(|reason| SetupError::NoMinimum { reason })
    }

    /// What these waves do to a model.
    ///
    /// # Errors
    /// When a start cannot be drawn or the journal cannot be kept.
    pub fn compare(
        &self,
        on: &[bool],
        fit: &Nested,
        waves: &[usize],
        steps: &mut Steps,
    ) -> Result<Option<Vec<Row>>, SetupError> {
        let mut rows = Vec::new();
        for &wave in waves {
            let mut other = on.to_vec();
            other[wave] = !on[wave];
            let added = (!on[wave]).then_some(wave);
            let Some(found) = self.fit(&other, &fit.point, added, steps)? else {
                return Ok(None);
            };
            rows.push(self.row(wave, fit, found, added.is_some()));
        }
        Ok(Some(rows))
    }

    /// Steps from a model to the one that no single wave betters. Waves in `stay` are not taken out.
    ///
    /// # Errors
    /// As [`compare`](Self::compare). An interrupted selection returns the steps it has.
    pub fn steps(
        &self,
        (mut on, mut fit): (Vec<bool>, Nested),
        (criterion, direction): (Criterion, Direction),
        stay: &[bool],
        steps: &mut Steps,
    ) -> Result<Vec<Step>, SetupError> {
        let mut way: Vec<Step> = Vec::new();
        loop {
            let may = |&wave: &usize| match (on[wave], direction) {
                (true, Direction::Forward) | (false, Direction::Backward) => false,
                (true, _) => !stay[wave] && on.iter().filter(|on| **on).count() > 1,
                (false, _) => true,
            };
            let waves: Vec<usize> = (0..on.len()).filter(may).collect();
            let Some(rows) = self.compare(&on, &fit, &waves, steps)? else {
                return Ok(way);
            };
            let toggled = |row: &Row| {
                let mut other = on.clone();
                other[row.wave] = !other[row.wave];
                other
            };
            let gains = rows.iter().enumerate().filter(|(_, row)| row.found.is_ok());
            let best = gains
                .map(|(place, row)| (place, row.gain(criterion)))
                .max_by(|a, b| a.1.total_cmp(&b.1))
                .filter(|(_, gain)| *gain > 0.0);
            // A model seen before is no better than it was.
            let taken = best.map(|(place, _)| place).filter(|&place| {
                let next = toggled(&rows[place]);
                way.iter().all(|step| step.on != next)
            });
            let next = taken.and_then(|place| {
                let found = rows[place].found.clone().ok()?;
                Some((toggled(&rows[place]), found))
            });
            way.push(Step {
                on,
                fit,
                rows,
                taken,
            });
            match next {
                Some(next) => (on, fit) = next,
                None => return Ok(way),
            }
        }
    }

    /// AIC and BIC of a minimum.
    #[must_use]
    pub fn criteria(&self, fit: &Nested) -> [f64; 2] {
        let rank = fit.rank as f64;
        [2.0, self.ln_events()].map(|a_number| 2.0 * fit.nll + a_number * rank)
    }

    fn ln_events(&self) -> f64 {
        let sets = self.likelihood.sets().iter();
        libm::log(sets.map(DataSet::effective_events).sum())
    }

    fn row(&self, wave: usize, fit: &Nested, found: Result<Nested, String>, added: bool) -> Row {
        let mut row = Row {
            wave,
            what: if added { Move::Add } else { Move::Remove },
            rise: f64::NAN,
            degrees: 0,
            sigmas: None,
            aic: f64::NAN,
            bic: f64::NAN,
            found,
        };
        if let Ok(found) = &row.found {
            let (with, without) = if added { (found, fit) } else { (fit, found) };
            row.rise = without.nll - with.nll;
            let more = with.rank.checked_sub(without.rank);
            // Without a further number nothing can be described better.
            let Some(degrees) = more.filter(|&n| n > 0 || row.rise.abs() < LOWER) else {
                let (with, without) = (with.rank, without.rank);
                row.found = Err(format!(
                    "the data determine {with} numbers with it and {without} without: one of the minima is degenerate"
                ));
                return row;
            };
            row.degrees = degrees;
            row.sigmas = wilks_sigmas(row.degrees, row.rise);
            let [with, without] = [with, without].map(|fit| self.criteria(fit));
            (row.aic, row.bic) = (with[0] - without[0], with[1] - without[1]);
        }
        row
    }

    pub(super) fn fit(
        &self,
        on: &[bool],
        near: &[f64],
        added: Option<usize>,
        steps: &mut Steps,
    ) -> Result<Option<Result<Nested, String>>, SetupError> {
        let names = self.switches.names.iter().zip(on);
        let off = names.filter(|(_, on)| !**on).map(|(name, _)| &**name);
        let name = format!("without {}", off.collect::<Vec<_>>().join(", "));
        let (coordinates, starts) = self.ways(on, near, added)?;
        let done = steps.step(&name, || {
            let found = nested(
                self.likelihood,
                &coordinates,
                &starts,
                self.edm_tolerance,
                self.interrupted,
            );
            Ok::<_, FitError>(or_why(found))
        });
        Ok(done?)
    }

    /// The coordinates of a model, and the points it is looked for from.
    fn ways(
        &self,
        on: &[bool],
        near: &[f64],
        added: Option<usize>,
    ) -> Result<(Vec<Coordinate>, Vec<Vec<f64>>), SetupError> {
        let coordinates = self.switches.model(on, near);
        let starts = match added {
            Some(wave) => self.switches.starts(wave, &coordinates, self.starts)?,
            None => vec![coordinates.iter().map(|c| c.start).collect()],
        };
        Ok((coordinates, starts))
    }

    /// NLL without a wave less that with it, near a minimum of the model without; or why there is no such number. None
    /// where work was interrupted.
    ///
    /// # Errors
    /// When a start cannot be drawn.
    pub fn rise(
        &self,
        without: &[bool],
        near: &[f64],
        wave: usize,
    ) -> Result<Option<Result<f64, String>>, SetupError> {
        let lowest = |on: &[bool], near: &[f64], added| {
            let (coordinates, starts) = self.ways(on, near, added)?;
            let edm = self.edm_tolerance.max(EDM_OF_RISES);
            let found = lowest(
                self.likelihood,
                &coordinates,
                &starts,
                edm,
                self.interrupted,
            );
            Ok::<_, SetupError>(or_why(found))
        };
        let smaller = match lowest(without, near, None)? {
            Some(Ok(smaller)) => smaller,
            other => return Ok(other.map(|found| found.map(|fit| fit.value))),
        };
        let mut with = without.to_vec();
        with[wave] = true;
        let larger = lowest(&with, &smaller.point, Some(wave))?;
        Ok(larger.map(|larger| {
            let rise = smaller.value - larger?.value;
            match rise > -LOWER {
                true => Ok(rise),
                false => Err(format!(
                    "the lowest minimum found with it is higher by {:.3}",
                    -rise
                )),
            }
        }))
    }
}

/// A rise counts to about so much: what a model hardly has, such as the couplings of a wave near zero, bends valleys whose bottom
/// no fit needs to reach.
const EDM_OF_RISES: f64 = 1e-2;

/// None where work was interrupted.
fn or_why<T>(found: Result<T, ProfileError>) -> Option<Result<T, String>> {
    match found {
        Err(ProfileError::Interrupted) => None,
        other => Some(other.map_err(|error| error.to_string())),
    }
}

impl Row {
    /// How much the criterion says for the move; positive where it is a gain.
    fn gain(&self, criterion: Criterion) -> f64 {
        let sign = match self.what {
            Move::Add => 1.0,
            Move::Remove => -1.0,
        };
        // What determines no number is not there.
        if self.degrees == 0 {
            return -sign * f64::INFINITY;
        }
        sign * match criterion {
            Criterion::Aic => -self.aic,
            Criterion::Bic => -self.bic,
            Criterion::Sigmas(limit) => self.sigmas.unwrap_or(0.0) - limit,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(what: Move, degrees: usize, rise: f64) -> Row {
        let spent = degrees as f64;
        Row {
            wave: 0,
            what,
            found: Err("not needed".to_owned()),
            rise,
            degrees,
            sigmas: wilks_sigmas(degrees, rise),
            aic: 2.0 * spent - 2.0 * rise,
            bic: 8.0 * spent - 2.0 * rise,
        }
    }

    #[test]
    fn a_wave_that_determines_nothing_goes_whatever_roundings_say() {
        for criterion in [Criterion::Aic, Criterion::Bic, Criterion::Sigmas(5.0)] {
            for rise in [-1e-9, 0.0, 1e-9] {
                let gain = |what| row(what, 0, rise).gain(criterion);
                assert!(gain(Move::Add) < 0.0 && gain(Move::Remove) > 0.0);
            }
            // Large and small rises decide what has degrees of freedom.
            for (rise, wanted) in [(100.0, true), (0.1, false)] {
                let gain = |what| row(what, 2, rise).gain(criterion) > 0.0;
                assert_eq!((gain(Move::Add), gain(Move::Remove)), (wanted, !wanted));
            }
        }
    }
}
