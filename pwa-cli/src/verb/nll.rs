//! `gpuwa nll`: the likelihood at one point.

use miette::{IntoDiagnostic, Result, miette};
use ndarray::Array2;
use pwa_core::objective::{Objective, Order};
use serde_json::{Map, Value, json};

use crate::exit::Status;
use crate::options::{Common, ModelOptions};

#[derive(Debug, clap::Args)]
pub struct Nll {
    #[command(flatten)]
    model: ModelOptions,

    /// Print the derivative by each free parameter
    #[arg(long)]
    gradient: bool,

    /// Print the second derivatives
    #[arg(long)]
    hessian: bool,

    #[command(flatten)]
    common: Common,
}

impl Nll {
    pub fn run(self) -> Result<Status> {
        let backend = self.common.start()?;
        let job = self.model.open(&*backend)?;
        let sets = job.load()?;
        self.common.note_samples(&sets);
        let (_, likelihood) = job.likelihood(&sets)?;
        let order = match (self.gradient, self.hessian) {
            (_, true) => Order::Hessian,
            (true, false) => Order::Gradient,
            (false, false) => Order::Value,
        };
        let parameters = job.parameters();
        let result = likelihood
            .evaluate(&parameters.start(), order)
            .map_err(|error| miette!("no likelihood at these parameters: {error}"))?;
        let names = parameters.free_names();
        let gradient = result.gradient.filter(|_| self.gradient);
        let hessian = result.hessian.filter(|_| self.hessian);
        if self.common.json {
            let mut object = Map::from_iter([("nll".to_owned(), json!(result.value))]);
            if let Some(gradient) = &gradient {
                let entries = names
                    .iter()
                    .zip(gradient)
                    .map(|(n, g)| ((*n).to_owned(), json!(g)));
                object.insert("gradient".to_owned(), Value::Object(entries.collect()));
            }
            if let Some(hessian) = &hessian {
                object.insert(
                    "hessian".to_owned(),
                    json!({"names": names, "rows": rows(hessian)}),
                );
            }
            say!("{}", serde_json::to_string(&object).into_diagnostic()?);
            return Ok(Status::Good);
        }
        say!("NLL = {:.12}", result.value);
        for (name, derivative) in names.iter().zip(gradient.iter().flatten()) {
            say!("  d/d {name} = {derivative:.9e}");
        }
        if let Some(hessian) = &hessian {
            say!("second derivatives (in the order above):");
            for row in hessian.rows() {
                let row: Vec<String> = row.iter().map(|value| format!("{value:.6e}")).collect();
                say!("  {}", row.join(" "));
            }
        }
        Ok(Status::Good)
    }
}

fn rows(matrix: &Array2<f64>) -> Vec<Vec<f64>> {
    matrix.rows().into_iter().map(|row| row.to_vec()).collect()
}
