//! From the free parameters of a model to the slots of a plan, and derivatives back.

use ndarray::Array2;

use crate::expr::{Expr, Lowering, Program, Symbol, gradient, hessian};

/// Slots as functions of the free parameters, with first and second derivatives. Most slots depend
/// on few parameters: derivatives are kept as lists of what is not zero.
#[derive(Debug, Clone)]
pub struct SlotMap {
    parameters: usize,
    slots: usize,
    values: Program,
    first: Program,
    /// (slot, parameter) of each output of `first`.
    first_at: Vec<(usize, usize)>,
    second: Program,
    /// (slot, parameter, parameter), the latter not before the former.
    second_at: Vec<(usize, usize, usize)>,
}

impl SlotMap {
    /// `coefficients` become two slots each, then the shape parameters, given as places among the
    /// `parameters` free ones.
    pub fn new(parameters: usize, coefficients: &[Expr], shape_parameters: &[usize]) -> Self {
        let mut lowering = Lowering::new();
        let mut outputs = Vec::new();
        for coefficient in coefficients {
            let (re, im) = lowering.lower(coefficient);
            outputs.push((re, coefficient.symbols()));
            outputs.push((im, coefficient.symbols()));
        }
        for &place in shape_parameters {
            let symbol = Symbol::Parameter(place as u32);
            outputs.push((lowering.graph.input(symbol), [symbol].into()));
        }
        let graph = &mut lowering.graph;
        let (mut first, mut first_at) = (Vec::new(), Vec::new());
        let (mut second, mut second_at) = (Vec::new(), Vec::new());
        for (slot, (node, symbols)) in outputs.iter().enumerate() {
            let places: Vec<usize> = symbols
                .iter()
                .filter_map(|symbol| match symbol {
                    Symbol::Parameter(place) => Some(*place as usize),
                    Symbol::Variable(_) => None,
                })
                .collect();
            let inputs: Vec<_> = places
                .iter()
                .map(|&place| graph.input(Symbol::Parameter(place as u32)))
                .collect();
            for (&place, derivative) in places.iter().zip(gradient(graph, *node, &inputs)) {
                if !graph.is_zero(derivative) {
                    first.push(derivative);
                    first_at.push((slot, place));
                }
            }
            let mut entries = hessian(graph, *node, &inputs).into_iter();
            for (i, &a) in places.iter().enumerate() {
                for &b in &places[i..] {
                    if let Some(entry) = entries.next().filter(|&entry| !graph.is_zero(entry)) {
                        second.push(entry);
                        second_at.push((slot, a, b));
                    }
                }
            }
        }
        let nodes: Vec<_> = outputs.iter().map(|(node, _)| *node).collect();
        Self {
            parameters,
            slots: nodes.len(),
            values: Program::new(graph, &nodes),
            first: Program::new(graph, &first),
            first_at,
            second: Program::new(graph, &second),
            second_at,
        }
    }

    pub fn slots(&self, point: &[f64]) -> Vec<f64> {
        self.values.evaluate_scalar(point)
    }

    /// d slots / d parameters.
    pub fn jacobian(&self, point: &[f64]) -> Array2<f64> {
        let mut matrix = Array2::zeros((self.slots, self.parameters));
        let values = self.first.evaluate_scalar(point);
        for (&(slot, parameter), value) in self.first_at.iter().zip(values) {
            matrix[(slot, parameter)] = value;
        }
        matrix
    }

    /// The gradient by parameters from the one by slots.
    pub fn pull_gradient(&self, point: &[f64], by_slot: &[f64]) -> Vec<f64> {
        let mut gradient = vec![0.0; self.parameters];
        let values = self.first.evaluate_scalar(point);
        for (&(slot, parameter), value) in self.first_at.iter().zip(values) {
            gradient[parameter] += by_slot[slot] * value;
        }
        gradient
    }

    /// Jᵀ H J + sum over slots of the gradient times the slot's second derivatives.
    pub fn pull_hessian(
        &self,
        point: &[f64],
        by_slot: &[f64],
        hessian: &Array2<f64>,
    ) -> Array2<f64> {
        let jacobian = self.jacobian(point);
        let mut result = jacobian.t().dot(hessian).dot(&jacobian);
        let values = self.second.evaluate_scalar(point);
        for (&(slot, a, b), value) in self.second_at.iter().zip(values) {
            let term = by_slot[slot] * value;
            result[(a, b)] += term;
            if a != b {
                result[(b, a)] += term;
            }
        }
        result
    }
}
