//! What goes over the pipe. All programs of the comparison speak it.

use serde::{Deserialize, Serialize};

/// The first line, once the program is ready to evaluate.
#[derive(Serialize)]
pub struct Ready {
    pub ready: bool,
    pub program: &'static str,
    pub version: &'static str,
    /// Shared names in the program's own order, which points and derivatives have.
    pub parameters: Vec<String>,
    /// CPU seconds of the process so far.
    pub cpu: f64,
}

/// One line of stdin. The end of stdin ends the program.
#[derive(Deserialize)]
#[serde(
    tag = "ask",
    rename_all = "snake_case",
    rename_all_fields = "snake_case"
)]
pub enum Request {
    Value {
        points: Vec<Vec<f64>>,
    },
    Gradient {
        points: Vec<Vec<f64>>,
    },
    Hessian {
        points: Vec<Vec<f64>>,
    },
    /// Minimise from every point. A program that draws start points itself takes the first one and
    /// draws the others between `low` and `high`.
    Fit {
        points: Vec<Vec<f64>>,
        low: Vec<f64>,
        high: Vec<f64>,
    },
}

/// One line of stdout for each request.
#[derive(Serialize, Default)]
pub struct Reply {
    /// Seconds of each call: of each point, or of the fit as a whole.
    pub wall: Vec<f64>,
    /// CPU seconds of all threads in each call.
    pub cpu: Vec<f64>,
    /// NLL at each point; at the end of each start of a fit.
    pub values: Vec<Option<f64>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub gradients: Vec<Vec<f64>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hessians: Vec<Vec<Vec<f64>>>,
    /// Calls of the objective by each start of a fit.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub evaluations: Vec<u64>,
    /// How each start of a fit ended.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<String>,
}

/// Instead of a reply.
#[derive(Serialize)]
pub struct Failure {
    pub error: String,
}
