//! Data and model in bins of two variables.

use serde::Serialize;

use super::histogram::Binning;
use super::spectrum::{Axis, Stack};

/// Contents of the bins of two variables, row after row of y.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Plane {
    pub x: Axis,
    pub y: Axis,
    pub x_edges: Vec<f64>,
    pub y_edges: Vec<f64>,
    pub data: Vec<f64>,
    /// With the background samples.
    pub model: Vec<f64>,
    pub pulls: Vec<Option<f64>>,
}

impl Plane {
    pub fn new(axes: [Axis; 2], binnings: [Binning; 2], stack: &Stack) -> Self {
        let [x, y] = axes;
        Self {
            x,
            y,
            x_edges: binnings[0].edges(),
            y_edges: binnings[1].edges(),
            data: stack.data.sums.clone(),
            model: stack.model.sums.clone(),
            pulls: stack.pulls(),
        }
    }
}
