//! From what was found in every bin to the record of all.

use super::BinFit;
use super::record::{
    Acceptance, BinRecord, BinStatus, BinnedFit, BinnedParameter, MinimumInBin, SolutionInBin,
};
use super::search::{BinSearch, End, Progress, Solved};
use crate::analysis::whole_turns;
use crate::fit::{FitOutcome, sandwich};
use crate::setup::SetupError;

impl BinSearch<'_> {
    pub(super) fn solution(
        &self,
        fit: &BinFit,
        outcome: &FitOutcome,
    ) -> Result<Option<SolutionInBin>, SetupError> {
        let Some(hessian) = &outcome.covariance else {
            return Ok(None);
        };
        let point = &outcome.point;
        let failed = |error: crate::objective::EvaluationError| SetupError::NoMinimum {
            reason: error.reason,
        };
        let (covariance, method) = match fit.likelihood.is_weighted() {
            true => {
                let scores = fit.likelihood.score_matrix(point).map_err(failed)?;
                (sandwich(hessian, &scores)?, "sandwich")
            }
            false => (hessian.clone(), "hessian"),
        };
        let measured = fit.measured(self.job, (point, &covariance), self.references)?;
        let shown = self.pairs.covariance(point, &covariance);
        let names = self.job.parameters().free_names();
        let at_limit = names.iter().zip(&outcome.at_limit);
        Ok(Some(SolutionInBin {
            nll: outcome.nll,
            edm: outcome.edm,
            values: self.pairs.shown(point),
            errors: shown.diag().iter().map(|v| v.max(0.0).sqrt()).collect(),
            at_limit: at_limit
                .filter(|(_, at_limit)| **at_limit)
                .map(|(name, _)| (*name).to_owned())
                .collect(),
            covariance_method: method.to_owned(),
            covariance: shown.rows().into_iter().map(|row| row.to_vec()).collect(),
            flat_directions: outcome.flat_directions.clone(),
            total: measured.total,
            components: measured.components,
            waves: measured.waves,
        }))
    }

    pub(super) fn records(&self, known: &[Progress], solved: Solved) -> Vec<BinRecord> {
        let edges = self.bins.edges.windows(2);
        let mut records: Vec<BinRecord> = (self.bins.bins.iter().zip(edges))
            .map(|(bin, edges)| BinRecord {
                low: edges[0],
                high: edges[1],
                events: bin.events,
                weight: bin.weight,
                weight_error: bin.weight_squared.sqrt(),
                status: BinStatus::Empty,
                reason: bin.fit.as_ref().err().cloned(),
                found: 0,
                starts: 0,
                minima: Vec::new(),
                solutions: 0,
                solution: None,
            })
            .collect();
        let mut before: Vec<f64> = Vec::new();
        for ((number, mut solution), progress) in solved.into_iter().zip(known) {
            if let Some(solution) = &mut solution {
                unwrap_phases(solution, &mut before);
            }
            let record = &mut records[number];
            record.found = progress.minima.first().map_or(0, |lowest| lowest.found);
            record.starts = progress.starts;
            record.solutions = progress.solutions.len();
            record.minima = (progress.minima.iter())
                .map(|End { nll, found, .. }| MinimumInBin {
                    nll: *nll,
                    found: *found,
                })
                .collect();
            record.status = match solution {
                Some(_) => BinStatus::Converged,
                None => BinStatus::NotConverged,
            };
            if solution.is_none() {
                let reason = progress.reason.clone();
                record.reason = reason.or_else(|| Some("no errors at its minimum".to_owned()));
            }
            record.solution = solution;
        }
        records
    }

    pub(super) fn document(
        &self,
        bins: Vec<BinRecord>,
        (passes, settled): (usize, bool),
    ) -> BinnedFit {
        let parameters = self.job.parameters();
        let filled = self.bins.bins.iter().find_map(|bin| bin.fit.as_ref().ok());
        let mut sets = filled.into_iter().flat_map(|fit| fit.likelihood.sets());
        let extended = sets.all(|set| set.normalisation.generated().is_some());
        BinnedFit {
            variable: self.bins.variable.clone(),
            edges: self.bins.edges.clone(),
            outside: self.bins.outside,
            acceptance: match extended {
                true => Acceptance::Absolute,
                false => Acceptance::Relative,
            },
            parameters: (parameters.free().into_iter())
                .map(|id| BinnedParameter {
                    name: parameters.get(id).name.clone(),
                    unit: parameters.get(id).unit.clone().into_owned(),
                })
                .collect(),
            references: self.references.names.clone(),
            passes,
            settled,
            bins,
        }
    }
}

/// Phases within half a turn of those of the bin before.
fn unwrap_phases(solution: &mut SolutionInBin, before: &mut Vec<f64>) {
    for (place, wave) in solution.waves.iter_mut().enumerate() {
        let known = before.get(place).copied();
        if let Some(phase) = &mut wave.phase {
            phase.value -= whole_turns(phase.value - known.unwrap_or(phase.value));
        }
        let here = wave.phase.map(|phase| phase.value);
        let here = here.or(known).unwrap_or_default();
        match before.get_mut(place) {
            Some(before) => *before = here,
            None => before.push(here),
        }
    }
}
