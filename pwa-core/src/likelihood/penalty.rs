//! The penalty of a LASSO: it draws waves out of a model that the data do not hold in.
//!
//! ```text
//! M = NLL + λ P,   P = sum_w sqrt(n_w + δ²) - δ,   n_w = sum_m N_m U_w,m / U_m,   δ = 0.1
//! ```
//!
//! n_w are the events of wave w: its fraction of each reaction m times the events of that. Their root is a length along
//! the modulus of its coupling along which NLL bends by numbers of order one, so λ, a slope of NLL along it, says the
//! same in samples of any size. The corner of sqrt(n) at zero holds a wave there unless NLL pulls by more than λ; δ makes
//! it a bowl, narrower than anything data can see: where NLL pulls by r λ, r < 1, a wave ends at n = δ² r² / (1 - r²).
//!
//! Source: B. Guegan et al., JINST 10 (2015) P09002 (arXiv:1505.05133), whose sum is over roots of fractions.
//! Limits: 0 without events. Of one reaction sum sqrt(n_w) ≥ sqrt(N), with equality where one wave is left: by the
//! triangle inequality of amplitudes over phase space.

use std::sync::Arc;

use serde_json::Value;

use super::objective::{memory, remember};
use super::{Amplitudes, Formula, Likelihood, Quantities, Quantity};
use crate::engine::AdaptiveIntegral;
use crate::expr::Expr;
use crate::objective::{Evaluation, EvaluationError, Objective, Order};

/// Root of events. Waves are told from none by tenths of an event, where the data know them to about one.
const SMOOTH: f64 = 0.1;

/// P, with the events of each wave behind it.
pub struct Penalty {
    quantities: Quantities,
}

/// A likelihood with λ times a penalty.
pub struct Penalised<'a> {
    pub likelihood: &'a Likelihood,
    pub penalty: &'a Penalty,
    pub lambda: f64,
}

impl Penalty {
    /// `amplitudes`: of each reaction, their parts the waves in one order; `events`: of each reaction. Waves that `stay`
    /// are not penalised.
    pub fn new(
        amplitudes: Vec<Amplitudes>,
        events: &[f64],
        names: &[String],
        stay: &[bool],
    ) -> Self {
        let integral = |model: usize, place: usize| {
            Expr::parameter((model * (1 + names.len()) + place) as u32)
        };
        let of_wave = |wave: usize| {
            let models = events.iter().enumerate();
            let terms = models.map(|(m, &n)| n * integral(m, 1 + wave) / integral(m, 0));
            sum(terms)
        };
        let quantity = |name: &str, expression: &Expr| Quantity {
            name: name.to_owned(),
            formula: Formula::new(expression),
        };
        let penalised = (0..names.len()).filter(|&wave| !stay[wave]);
        let terms = penalised.map(|wave| (of_wave(wave) + SMOOTH * SMOOTH).sqrt() - SMOOTH);
        let penalty = quantity("penalty", &sum(terms));
        let waves = names.iter().enumerate();
        let waves = waves.map(|(wave, name)| quantity(name, &of_wave(wave)));
        Self {
            quantities: Quantities {
                list: std::iter::once(penalty).chain(waves).collect(),
                amplitudes,
            },
        }
    }

    /// How many events each wave has at a point.
    ///
    /// # Errors
    /// When the intensity has no positive integral.
    pub fn events(&self, point: &[f64]) -> Result<Vec<f64>, EvaluationError> {
        let waves = 1..self.quantities.list.len();
        let found = self.quantities.some(waves, point, Order::Value)?;
        Ok(found.into_iter().map(|wave| wave.value).collect())
    }
}

fn sum(terms: impl Iterator<Item = Expr>) -> Expr {
    let sum = terms.reduce(|sum, term| sum + term);
    sum.unwrap_or_else(|| 0.0.into())
}

impl Objective for Penalised<'_> {
    fn dimension(&self) -> usize {
        self.likelihood.dimension()
    }

    fn evaluate(&self, point: &[f64], order: Order) -> Result<Evaluation, EvaluationError> {
        let mut total = self.likelihood.evaluate(point, order)?;
        for penalty in self.penalty.quantities.some(0..1, point, order)? {
            total.value += self.lambda * penalty.value;
            if let Some(gradient) = &mut total.gradient {
                for (total, slope) in gradient.iter_mut().zip(&penalty.gradient) {
                    *total += self.lambda * slope;
                }
            }
            if let (Some(total), Some(bend)) = (&mut total.hessian, &penalty.hessian) {
                total.scaled_add(self.lambda, bend);
            }
        }
        Ok(total)
    }

    fn memory(&self) -> Value {
        memory(self.integrals())
    }

    fn remember(&self, memory: &Value) {
        remember(self.integrals(), memory);
    }
}

impl Penalised<'_> {
    fn integrals(&self) -> impl Iterator<Item = Option<&Arc<AdaptiveIntegral>>> {
        let of_likelihood = self.likelihood.integrals();
        of_likelihood.chain(self.penalty.quantities.integrals())
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{POINT, joint, match_finite_differences, slots, sums};
    use super::*;

    const EVENTS: f64 = 500.0;

    /// Of two waves, the second with a floating mass.
    fn penalty(stay: [bool; 2]) -> Penalty {
        let amplitudes = Amplitudes {
            parts: vec![vec![0], vec![1]],
            sums: sums(400, 5, 0),
            integral: None,
            coefficients: 2,
            slots: slots().as_ref().clone(),
        };
        let names = ["one", "two"].map(str::to_owned);
        Penalty::new(vec![amplitudes], &[EVENTS], &names, &stay)
    }

    /// λ P alone.
    fn of(penalty: &Penalty, point: &[f64]) -> f64 {
        let likelihood = joint();
        let both = Penalised {
            likelihood: &likelihood,
            penalty,
            lambda: 30.0,
        };
        let whole = both.evaluate(point, Order::Value).unwrap().value;
        whole - likelihood.evaluate(point, Order::Value).unwrap().value
    }

    #[test]
    fn derivatives_of_a_penalised_likelihood_match_finite_differences() {
        let likelihood = joint();
        match_finite_differences(&Penalised {
            likelihood: &likelihood,
            penalty: &penalty([false, false]),
            lambda: 30.0,
        });
    }

    #[test]
    fn waves_are_penalised_by_the_roots_of_their_events() {
        let [whole, one, two] = [[true, true], [true, false], [false, true]].map(|on| {
            let mut slots = slots().slots(&POINT);
            for (wave, on) in on.into_iter().enumerate() {
                let factor = f64::from(u8::from(on));
                slots[2 * wave..2 * wave + 2]
                    .iter_mut()
                    .for_each(|c| *c *= factor);
            }
            let intensities = sums(400, 5, 0).intensities(&slots).unwrap();
            intensities.iter().sum::<f64>()
        });
        let want = [one, two].map(|part| EVENTS * part / whole);
        let both = penalty([false, false]);
        let found = both.events(&POINT).unwrap();
        for (found, want) in found.iter().zip(want) {
            assert!((found - want).abs() < 1e-10 * want, "{found} {want}");
        }
        let root = |n: f64| 30.0 * ((n + SMOOTH * SMOOTH).sqrt() - SMOOTH);
        let sum = root(want[0]) + root(want[1]);
        assert!((of(&both, &POINT) - sum).abs() < 1e-8);
        let kept = of(&penalty([true, false]), &POINT);
        assert!((kept - root(want[1])).abs() < 1e-8);
    }

    /// Of all points with these events, one wave alone has the least penalty.
    #[test]
    fn the_penalty_is_least_where_one_wave_is_left() {
        let penalty = penalty([false, false]);
        let alone = of(&penalty, &[0.0, 0.0, 1.1, 0.3, 2.0]);
        let root = 30.0 * ((EVENTS + SMOOTH * SMOOTH).sqrt() - SMOOTH);
        assert!((alone - root).abs() < 1e-8);
        for phase in 0..8 {
            let phase = std::f64::consts::FRAC_PI_4 * f64::from(phase);
            let point = [0.3 * phase.cos(), 0.3 * phase.sin(), 1.1, 0.3, 2.0];
            assert!(of(&penalty, &point) > alone);
        }
    }
}
