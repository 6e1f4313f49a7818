//! Requests answered by the likelihood.

use std::sync::Arc;

use pwa_core::fit::{Coordinate, FitOptions, RandomStart, Whitening, fit_many, keep_going};
use pwa_core::likelihood::Likelihood;
use pwa_core::objective::{Objective, Order};
use pwa_core::setup::{AmplitudeMetric, Job, coordinates};

use crate::clock::timed;
use crate::protocol::{Reply, Request};

/// A workload that is ready to be evaluated.
pub struct Prepared<'a> {
    pub likelihood: Arc<Likelihood>,
    pub job: &'a Job<'a>,
}

impl Prepared<'_> {
    /// # Errors
    /// When a point has no value, or a fit cannot begin.
    pub fn answer(&self, request: Request) -> Result<Reply, String> {
        match request {
            Request::Value { points } => self.evaluate(&points, Order::Value),
            Request::Gradient { points } => self.evaluate(&points, Order::Gradient),
            Request::Hessian { points } => self.evaluate(&points, Order::Hessian),
            Request::Fit { points, low, high } => self.fit(&points, &low, &high),
        }
    }

    /// One call after the other, as a minimiser makes them.
    fn evaluate(&self, points: &[Vec<f64>], order: Order) -> Result<Reply, String> {
        let mut reply = Reply::default();
        for point in points {
            self.check_length(point)?;
            let (result, wall, cpu) = timed(|| self.likelihood.evaluate(point, order));
            let evaluation = result.map_err(|error| error.reason)?;
            reply.wall.push(wall);
            reply.cpu.push(cpu);
            reply.values.push(Some(evaluation.value));
            reply.gradients.extend(evaluation.gradient);
            reply.hessians.extend(
                evaluation
                    .hessian
                    .map(|matrix| matrix.outer_iter().map(|row| row.to_vec()).collect()),
            );
        }
        Ok(reply)
    }

    /// `gpuwa fit` with the first start given and the others drawn from the same intervals.
    fn fit(&self, starts: &[Vec<f64>], low: &[f64], high: &[f64]) -> Result<Reply, String> {
        let first = starts.first().ok_or("a fit needs a start")?;
        for list in [first, low, high] {
            self.check_length(list)?;
        }
        let coordinates: Vec<Coordinate> = (coordinates(self.job.parameters()).into_iter())
            .zip(first.iter().zip(low.iter().zip(high)))
            .map(|(mut coordinate, (&start, (&low, &high)))| {
                coordinate.start = start;
                coordinate.drawn(RandomStart::Uniform { low, high })
            })
            .collect();
        let options = FitOptions {
            starts: starts.len(),
            seed: self.job.document.fit.seed,
            edm_tolerance: self.job.document.fit.edm,
            max_evaluations: self.job.document.fit.max_evaluations as u64,
            whitening: Whitening::Metric(Arc::new(AmplitudeMetric(self.likelihood.clone()))),
            ..FitOptions::default()
        };
        let (outcome, wall, cpu) =
            timed(|| fit_many(&*self.likelihood, &coordinates, &options, &keep_going));
        let starts = outcome.map_err(|error| error.to_string())?.starts;
        Ok(Reply {
            wall: vec![wall],
            cpu: vec![cpu],
            values: starts.iter().map(|start| start.nll).collect(),
            evaluations: starts.iter().map(|start| start.evaluations).collect(),
            messages: (starts.iter())
                .map(|start| format!("{:?}, EDM {:.0e}", start.status, edm(start.edm)))
                .collect(),
            ..Reply::default()
        })
    }

    fn check_length(&self, point: &[f64]) -> Result<(), String> {
        let (given, needed) = (point.len(), self.likelihood.dimension());
        if given == needed {
            return Ok(());
        }
        Err(format!("{given} numbers for {needed} parameters"))
    }
}

fn edm(edm: Option<f64>) -> f64 {
    edm.unwrap_or(f64::NAN)
}
