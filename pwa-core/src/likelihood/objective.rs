//! The likelihood and its derivatives: integrals first, because κ may need them, then the data, then
//! back through both.
//!
//! ```text
//! L = Ψ - sum_s α_s D_s(slots, κ_s),   Ψ = Φ(T, θ) and κ_sk = K_sk(T, θ), T_s and slots functions of θ
//! ```

use std::sync::Arc;

use ndarray::{Array1, Array2};
use serde_json::Value;

use super::formula::FormulaValue;
use super::{DataSet, Likelihood, Quantities};
use crate::engine::{AdaptiveIntegral, History, Sums};
use crate::objective::{Evaluation, EvaluationError, Objective, Order};

impl Objective for Likelihood {
    fn dimension(&self) -> usize {
        self.dimension
    }

    fn evaluate(&self, point: &[f64], order: Order) -> Result<Evaluation, EvaluationError> {
        // One point gives one result.
        self.evaluate_many(&[point.to_vec()], order).swap_remove(0)
    }

    fn evaluate_many(
        &self,
        points: &[Vec<f64>],
        order: Order,
    ) -> Vec<Result<Evaluation, EvaluationError>> {
        let of_models = |point: &Vec<f64>| self.slots.iter().map(|map| map.slots(point)).collect();
        let slots: Vec<Vec<Vec<f64>>> = points.iter().map(of_models).collect();
        let mut states: Vec<Result<State, EvaluationError>> = (points.iter().zip(&slots))
            .map(|(point, slots)| {
                Ok(State {
                    point,
                    slots,
                    integrals: Vec::new(),
                    inputs: Vec::new(),
                    backgrounds: Vec::new(),
                    data: Vec::new(),
                })
            })
            .collect();
        for set in &self.sets {
            let batch: Vec<&[f64]> = alive(&states)
                .map(|state| &state.slots[set.model][..])
                .collect();
            let results = set.integrals(&batch, order);
            distribute(&mut states, results, |state, sums| {
                state.integrals.push(sums)
            });
        }
        for state in states.iter_mut().flatten() {
            let integrals = state.integrals.iter().map(|sums| sums.value);
            state.inputs = integrals.chain(state.point.iter().copied()).collect();
        }
        for set in &self.sets {
            let kappas: Vec<Vec<FormulaValue>> = alive(&states)
                .map(|state| set.kappas(&state.inputs))
                .collect();
            let batch: Vec<Vec<f64>> = alive(&states)
                .zip(&kappas)
                .map(|(state, kappas)| {
                    let kappas = kappas.iter().map(|kappa| kappa.value);
                    let slots = state.slots[set.model].iter();
                    slots.copied().chain(kappas).collect()
                })
                .collect();
            let results = set.logarithms(&batch, order);
            let pairs = results.into_iter().zip(kappas);
            let pairs = pairs.map(|(result, kappas)| {
                set.check_background(&kappas)?;
                Ok((result?, kappas))
            });
            distribute(&mut states, pairs, |state, (sums, kappas)| {
                state.data.push(sums);
                state.backgrounds.push(kappas);
            });
        }
        (states.into_iter())
            .map(|state| {
                let state = state?;
                let mut evaluation = self.combine(&state, order)?;
                self.add_measured(state.point, order, &mut evaluation)?;
                Ok(evaluation)
            })
            .collect()
    }

    fn memory(&self) -> Value {
        memory(self.integrals())
    }

    fn remember(&self, memory: &Value) {
        remember(self.integrals(), memory);
    }
}

/// What integrals remember.
pub(super) fn memory<'a>(
    integrals: impl Iterator<Item = Option<&'a Arc<AdaptiveIntegral>>>,
) -> Value {
    let histories = integrals.map(|integral| Some(integral?.history()));
    // Lists of finite numbers.
    serde_json::to_value(histories.collect::<Vec<_>>()).unwrap_or_default()
}

/// They go on as those that remembered this.
pub(super) fn remember<'a>(
    integrals: impl Iterator<Item = Option<&'a Arc<AdaptiveIntegral>>>,
    memory: &Value,
) {
    let histories: Vec<Option<History>> =
        serde_json::from_value(memory.clone()).unwrap_or_default();
    for (integral, history) in integrals.zip(histories) {
        if let (Some(integral), Some(history)) = (integral, history) {
            integral.relive(history);
        }
    }
}

impl Likelihood {
    /// The integrals whose digits depend on the points they have met.
    pub(super) fn integrals(&self) -> impl Iterator<Item = Option<&Arc<AdaptiveIntegral>>> {
        let of_quantities = self
            .quantities()
            .into_iter()
            .flat_map(Quantities::integrals);
        let of_sets = self.sets.iter().map(|set| set.integral.as_ref());
        of_sets.chain(of_quantities)
    }
}

/// What is known about one point of a batch.
struct State<'a> {
    point: &'a [f64],
    /// Of each model.
    slots: &'a [Vec<f64>],
    /// T of each data set.
    integrals: Vec<Sums>,
    /// What formulas see: the integrals, then the parameters.
    inputs: Vec<f64>,
    /// κ of each part of each data set's background.
    backgrounds: Vec<Vec<FormulaValue>>,
    /// D of each data set.
    data: Vec<Sums>,
}

fn alive<'a, 'b>(
    states: &'b [Result<State<'a>, EvaluationError>],
) -> impl Iterator<Item = &'b State<'a>> {
    states.iter().flatten()
}

/// Gives results to the points that are still alive, in their order.
fn distribute<T>(
    states: &mut [Result<State, EvaluationError>],
    results: impl IntoIterator<Item = Result<T, EvaluationError>>,
    keep: impl Fn(&mut State, T),
) {
    let mut results = results.into_iter();
    for state in states {
        if let Ok(alive) = state
            && let Some(result) = results.next()
        {
            match result {
                Ok(value) => keep(alive, value),
                Err(error) => *state = Err(error),
            }
        }
    }
}

impl Likelihood {
    fn combine(&self, state: &State, order: Order) -> Result<Evaluation, EvaluationError> {
        let normalisation = self.normalisation.evaluate(&state.inputs);
        let mut value = normalisation.value;
        for (set, data) in self.sets.iter().zip(&state.data) {
            value -= set.factor() * data.value;
        }
        let mut gradient = None;
        let mut hessian = None;
        if order >= Order::Gradient {
            let psi = self.psi(state, &normalisation);
            let by_slot = self.by_slot(state, &psi);
            let mut total = vec![0.0; self.dimension];
            for (map, by_slot) in self.slots.iter().zip(&by_slot) {
                let of_model = map.pull_gradient(state.point, by_slot);
                for (total, term) in total.iter_mut().zip(of_model) {
                    *total += term;
                }
            }
            for &(input, slope) in &psi.first {
                if let Some(place) = input.checked_sub(self.sets.len()) {
                    total[place] += slope;
                }
            }
            if order == Order::Hessian {
                hessian = Some(self.hessian(state, &psi, &by_slot)?);
            }
            gradient = Some(total);
        }
        for constraint in &self.constraints {
            constraint.add(state.point, &mut value, gradient.as_mut(), hessian.as_mut());
        }
        if !value.is_finite() {
            return Err(EvaluationError {
                reason: format!("the likelihood is {value}"),
            });
        }
        Ok(Evaluation {
            value,
            gradient,
            hessian,
        })
    }

    fn add_measured(
        &self,
        point: &[f64],
        order: Order,
        evaluation: &mut Evaluation,
    ) -> Result<(), EvaluationError> {
        let Some(quantities) = self
            .quantities
            .as_ref()
            .filter(|_| !self.measured.is_empty())
        else {
            return Ok(());
        };
        let values = quantities.at(point, order)?;
        for measured in &self.measured {
            measured.add(&values[measured.quantity], evaluation);
        }
        Ok(())
    }

    /// Derivatives of Φ - sum_sk α_s dD_s/dκ_sk K_sk by integrals and parameters, dD/dκ held fixed.
    fn psi(&self, state: &State, normalisation: &FormulaValue) -> FormulaValue {
        let mut psi = normalisation.clone();
        for ((set, data), kappas) in self.sets.iter().zip(&state.data).zip(&state.backgrounds) {
            let slopes = &data.gradient[state.slots[set.model].len()..];
            for (kappa, slope) in kappas.iter().zip(slopes) {
                let scale = -set.factor() * slope;
                let first = kappa.first.iter().map(|&(a, d)| (a, scale * d));
                psi.first.extend(first);
                let second = kappa.second.iter().map(|&(a, b, d)| (a, b, scale * d));
                psi.second.extend(second);
            }
        }
        psi
    }

    /// dL / d slots of each model, the integrals' part and the data's.
    fn by_slot(&self, state: &State, psi: &FormulaValue) -> Vec<Vec<f64>> {
        let zeros = state.slots.iter().map(|slots| vec![0.0; slots.len()]);
        let mut by_slot: Vec<Vec<f64>> = zeros.collect();
        for &(input, slope) in &psi.first {
            if let Some(integral) = state.integrals.get(input) {
                let of_model = &mut by_slot[self.sets[input].model];
                for (total, term) in of_model.iter_mut().zip(&integral.gradient) {
                    *total += slope * term;
                }
            }
        }
        for (set, data) in self.sets.iter().zip(&state.data) {
            let alpha = set.factor();
            // κ, where there are any, come behind the slots.
            let of_model = &mut by_slot[set.model];
            for (total, term) in of_model.iter_mut().zip(&data.gradient) {
                *total -= alpha * term;
            }
        }
        by_slot
    }

    fn hessian(
        &self,
        state: &State,
        psi: &FormulaValue,
        by_slot: &[Vec<f64>],
    ) -> Result<Array2<f64>, EvaluationError> {
        let number = |set: &DataSet| state.slots[set.model].len();
        let missing = || EvaluationError {
            reason: "a sum over events came without its second derivatives".to_owned(),
        };
        let zeros = state
            .slots
            .iter()
            .map(|slots| Array2::zeros((slots.len(), slots.len())));
        let mut curvatures: Vec<Array2<f64>> = zeros.collect();
        for &(input, slope) in &psi.first {
            if let Some(integral) = state.integrals.get(input) {
                let hessian = integral.hessian.as_ref().ok_or_else(missing)?;
                let (set, n) = (&self.sets[input], number(&self.sets[input]));
                curvatures[set.model].scaled_add(slope, &hessian.slice(ndarray::s![..n, ..n]));
            }
        }
        for (set, data) in self.sets.iter().zip(&state.data) {
            let hessian = data.hessian.as_ref().ok_or_else(missing)?;
            let n = number(set);
            let of_slots = hessian.slice(ndarray::s![..n, ..n]);
            curvatures[set.model].scaled_add(-set.factor(), &of_slots);
        }
        let mut total = Array2::zeros((self.dimension, self.dimension));
        for ((map, by_slot), curvature) in self.slots.iter().zip(by_slot).zip(&curvatures) {
            total = total + map.pull_hessian(state.point, by_slot, curvature);
        }
        let pull = |set: &DataSet, by_slot: &[f64]| {
            let of_slots = &by_slot[..number(set)];
            Array1::from_vec(self.slots(set).pull_gradient(state.point, of_slots))
        };
        // d inputs / dθ: integrals, then the parameters themselves.
        let mut inputs: Vec<Array1<f64>> = (self.sets.iter().zip(&state.integrals))
            .map(|(set, sums)| pull(set, &sums.gradient))
            .collect();
        inputs.extend((0..self.dimension).map(|place| {
            let mut unit = Array1::zeros(self.dimension);
            unit[place] = 1.0;
            unit
        }));
        for &(a, b, bend) in &psi.second {
            add_symmetric(&mut total, bend, &inputs[a], &inputs[b], a == b);
        }
        for ((set, data), kappas) in self.sets.iter().zip(&state.data).zip(&state.backgrounds) {
            let hessian = data.hessian.as_ref().ok_or_else(missing)?;
            let (alpha, n) = (-set.factor(), number(set));
            let slope = |kappa: &FormulaValue| {
                let mut slope = Array1::zeros(self.dimension);
                for &(input, d) in &kappa.first {
                    slope.scaled_add(d, &inputs[input]);
                }
                slope
            };
            let slopes: Vec<Array1<f64>> = kappas.iter().map(slope).collect();
            for (a, of_a) in slopes.iter().enumerate() {
                for (b, of_b) in slopes.iter().enumerate().skip(a) {
                    let bend = alpha * hessian[(n + a, n + b)];
                    add_symmetric(&mut total, bend, of_a, of_b, a == b);
                }
                let mixed = pull(set, &hessian.row(n + a).to_vec());
                add_symmetric(&mut total, alpha, &mixed, of_a, false);
            }
        }
        Ok(total)
    }
}

/// Adds scale a bᵀ, and its transpose where a and b differ.
pub(super) fn add_symmetric(
    total: &mut Array2<f64>,
    scale: f64,
    a: &Array1<f64>,
    b: &Array1<f64>,
    once: bool,
) {
    for ((i, j), entry) in total.indexed_iter_mut() {
        *entry += scale * a[i] * b[j];
        if !once {
            *entry += scale * a[j] * b[i];
        }
    }
}
