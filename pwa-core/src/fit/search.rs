//! The search for the lowest minimum: starts in blocks, until it was found again often enough.
//!
//! ```text
//! for each block of starts
//!   descend on the coarse objective             cheap: where do they end?
//!   ends that are one form a basin              NLL and marks agree
//!   polish basins not yet polished, lowest first, on the full objective
//!   enough starts in the basins of the lowest minimum: stop
//! ```
//!
//! Without a coarse objective descents end in minima of the full one, and there is nothing to polish.
//!
//! A likelihood of interfering amplitudes has many minima, and most of the work of finding the lowest
//! one is spent on the others. Which one a start is in can be seen from a part of the events.
//!
//! All decisions are made between blocks, from where starts have ended: with a journal of these the search
//! goes on from any block as if it had never been interrupted. Objectives are as new before every step, so
//! that where a block ends does not depend on those before it: several processes can share the blocks, and
//! the search over their steps is that of one.

use std::collections::BTreeMap;
use std::ops::{ControlFlow, Range};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::basins::{Basin, basins};
use super::collect::{Found, distinct_minima};
use super::coordinate::{Coordinate, check_all};
use super::error::FitError;
use super::leg::{Arrival, Ending, Ends, Leg, Round, best};
use super::minimise::{Descent, Goal};
use super::options::{FitOptions, Observer, Progress, Stage};
use super::outcome::{EvaluationCounts, FitOutcome, StartStatus};
use super::random::start_point;
use crate::checkpoint::Journal;
use crate::objective::{Objective, Order};

/// Numbers that differ between different minima and agree where points differ trivially: in a common
/// phase, or by conjugation.
pub type Marks<'a> = &'a (dyn Fn(&[f64]) -> Vec<f64> + Sync);

/// What is searched, and how.
#[derive(Clone, Copy)]
pub struct Search<'a> {
    pub objective: &'a dyn Objective,
    /// An estimate of the objective from a part of the events.
    pub coarse: Option<&'a dyn Objective>,
    pub marks: Option<Marks<'a>>,
    pub coordinates: &'a [Coordinate],
    pub options: &'a FitOptions,
    pub observer: Observer<'a>,
}

/// Minimises `objective` from `options.starts` points, without a coarse objective and a journal.
///
/// # Errors
/// As [`Search::run`].
pub fn fit_many(
    objective: &dyn Objective,
    coordinates: &[Coordinate],
    options: &FitOptions,
    observer: Observer<'_>,
) -> Result<FitOutcome, FitError> {
    let search = Search {
        objective,
        coarse: None,
        marks: None,
        coordinates,
        options,
        observer,
    };
    search.run(&mut Journal::nowhere())
}

impl Search<'_> {
    /// Searches, or goes on where the journal ends.
    ///
    /// The point reported is the lowest minimum. A start that has not converged is reported only when
    /// none has: the likelihood of a floating width is not bounded (a spike on one event), so that a
    /// lower value alone says nothing. After an interrupt the best point so far is reported.
    ///
    /// # Errors
    /// When the coordinates are not sound, the objective has no value at the configured start, or the
    /// journal cannot be kept. Random starts without a value are listed with their reason.
    pub fn run(&self, journal: &mut Journal) -> Result<FitOutcome, FitError> {
        let mut course = self.course(journal)?;
        for block in self.options.blocks() {
            if !course.goes_on() {
                break;
            }
            course.explore(block)?;
            while course.ending == Ending::Complete && course.polish()? {}
            course.found = course.count();
        }
        course.conclude()
    }

    /// Descends from whole blocks of starts, for a search that borrows the journal. Says whether the
    /// observer let it.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn explore(
        &self,
        blocks: &[Range<usize>],
        journal: &mut Journal,
    ) -> Result<ControlFlow<()>, FitError> {
        let mut course = self.course(journal)?;
        for block in blocks {
            course.explore(block.clone())?;
            if course.ending == Ending::Interrupted {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// The step of a block of starts. Whether there is a coarse objective may change with their number.
    #[must_use]
    pub fn name(&self, block: &Range<usize>) -> String {
        let of = match self.coarse {
            Some(_) => "coarse starts",
            None => "starts",
        };
        format!("{of} {}..{}", block.start, block.end)
    }

    fn course<'a>(&'a self, journal: &'a mut Journal) -> Result<Course<'a>, FitError> {
        check_all(self.coordinates)?;
        for objective in std::iter::once(self.objective).chain(self.coarse) {
            if objective.dimension() != self.coordinates.len() {
                return Err(FitError::Dimension {
                    coordinates: self.coordinates.len(),
                    dimension: objective.dimension(),
                });
            }
        }
        let new = self.memory();
        Ok(Course {
            search: self,
            journal,
            memory: new.clone(),
            new,
            explored: Arrival::default(),
            polished: Arrival::default(),
            ending: Ending::Complete,
            found: 0,
        })
    }

    /// What the objective and the coarse one remember.
    fn memory(&self) -> Memory {
        let coarse = self.coarse.map_or(Value::Null, Objective::memory);
        [self.objective.memory(), coarse]
    }

    fn remember(&self, [full, coarse]: &Memory) {
        self.objective.remember(full);
        if let Some(objective) = self.coarse {
            objective.remember(coarse);
        }
    }
}

type Memory = [Value; 2];

/// What a step of the journal holds: where descents ended, and what objectives remember then.
#[derive(Serialize, Deserialize)]
struct Done {
    arrival: Arrival,
    memory: Memory,
}

struct Course<'a> {
    search: &'a Search<'a>,
    journal: &'a mut Journal,
    /// What objectives remember before every step.
    new: Memory,
    /// And behind the last one.
    memory: Memory,
    /// Where starts ended on the coarse objective, or on the full one where there is no coarse one.
    explored: Arrival,
    /// Where ends of coarse descents lead on the full objective, by the start.
    polished: Arrival,
    ending: Ending,
    /// How often the lowest minimum was found.
    found: usize,
}

impl Course<'_> {
    fn goes_on(&self) -> bool {
        let enough = (self.search.options.enough).is_some_and(|enough| self.found >= enough);
        self.ending == Ending::Complete && !enough
    }

    /// Descends from some of the starts.
    fn explore(&mut self, block: Range<usize>) -> Result<(), FitError> {
        let search = self.search;
        let stage = match search.coarse {
            Some(_) => Stage::Coarse,
            None => Stage::Full,
        };
        let name = search.name(&block);
        let starts = block
            .map(|index| {
                let point = start_point(search.coordinates, search.options.seed, index)?;
                Ok((index, point))
            })
            .collect::<Result<BTreeMap<_, _>, FitError>>()?;
        let arrival = self.leg(&name, stage, &starts)?;
        if let Some(Err(reason)) = arrival.ends.get(&0) {
            let reason = reason.clone();
            return Err(FitError::StartWithoutValue { reason });
        }
        take(&mut self.explored, arrival);
        Ok(())
    }

    /// Follows the lowest basins that were not followed yet; says whether there were any.
    fn polish(&mut self) -> Result<bool, FitError> {
        if self.search.coarse.is_none() {
            return Ok(false);
        }
        let options = &self.search.options.coarse;
        let basins = self.basins();
        let lowest = basins.first().map_or(f64::INFINITY, |basin| basin.nll);
        let pending = basins.iter().filter(|basin| {
            basin.nll <= lowest + options.window && basin.followed(&self.polished.ends).is_none()
        });
        let starts: BTreeMap<usize, Vec<f64>> = pending
            .take(options.polishes)
            .filter_map(|basin| {
                let descent = self.explored.ends.get(&basin.starts[0])?.as_ref().ok()?;
                Some((basin.starts[0], descent.point.clone()))
            })
            .collect();
        if starts.is_empty() {
            return Ok(false);
        }
        let indices: Vec<String> = starts.keys().map(ToString::to_string).collect();
        let name = format!("polish {}", indices.join(" "));
        let arrival = self.leg(&name, Stage::Full, &starts)?;
        take(&mut self.polished, arrival);
        Ok(true)
    }

    /// Recalls some descents, or makes and records them.
    fn leg(
        &mut self,
        name: &str,
        stage: Stage,
        starts: &BTreeMap<usize, Vec<f64>>,
    ) -> Result<Arrival, FitError> {
        let search = self.search;
        if let Some(Done { arrival, memory }) = self.journal.recall(name)? {
            self.memory = memory;
            return Ok(arrival);
        }
        search.remember(&self.new);
        let (objective, goal) = match (stage, search.coarse) {
            (Stage::Coarse, Some(coarse)) => (coarse, Goal::Basin),
            _ => (search.objective, Goal::Minimum),
        };
        let leg = Leg {
            objective,
            coordinates: search.coordinates,
            options: search.options,
            goal,
        };
        let lowest = match (stage, search.coarse) {
            (Stage::Full, None) => lowest_of(&self.explored.ends),
            (Stage::Full, Some(_)) => lowest_of(&self.polished.ends),
            (Stage::Coarse, _) => lowest_of(&self.explored.ends),
        };
        let so_far = (self.explored.ends.len(), self.evaluations().total());
        let explores = search.coarse.is_none() || stage == Stage::Coarse;
        let (starts_in_all, found) = (search.options.starts, self.found);
        let mut watch = |round: Round| -> ControlFlow<()> {
            (search.observer)(&Progress {
                ended: so_far.0 + if explores { round.ended } else { 0 },
                running: round.running,
                starts: starts_in_all,
                evaluations: so_far.1 + round.evaluations,
                best_nll: lowest.min(round.lowest),
                found,
                stage,
            })
        };
        let (arrival, ending) = leg.run(starts, &mut watch)?;
        self.ending = ending;
        // What was interrupted would have ended elsewhere.
        if ending == Ending::Complete {
            self.memory = search.memory();
            let done = Done {
                arrival: arrival.clone(),
                memory: self.memory.clone(),
            };
            self.journal.record(name, done)?;
        }
        Ok(arrival)
    }

    fn evaluations(&self) -> EvaluationCounts {
        self.explored.evaluations.with(self.polished.evaluations)
    }

    fn basins(&self) -> Vec<Basin> {
        basins(
            &self.explored.ends,
            self.search.marks,
            &self.search.options.coarse,
        )
    }

    /// How many starts lead to the lowest minimum.
    fn count(&self) -> usize {
        let minima = distinct_minima(&self.found(), self.search.options.nll_tolerance);
        minima.first().map_or(0, |minimum| minimum.found)
    }

    /// Where each start leads on the full objective.
    fn found(&self) -> Found<'_> {
        let Some(_) = self.search.coarse else {
            let ends = self.explored.ends.iter();
            return ends.map(|(&index, end)| (index, Some(end))).collect();
        };
        let nowhere = self.explored.ends.iter().map(|(&index, end)| {
            // A reason is that of the start point.
            (index, end.as_ref().err().map(|_| end))
        });
        let mut found: Found = nowhere.collect();
        for basin in self.basins() {
            let end = basin.followed(&self.polished.ends);
            found.extend(basin.starts.iter().map(|&start| (start, end)));
        }
        found
    }

    fn conclude(mut self) -> Result<FitOutcome, FitError> {
        self.search.remember(&self.memory);
        self.look_up();
        let found = self.found();
        let coarse = self.search.coarse.map(|_| (&self.explored, &self.polished));
        super::collect::collect(
            self.search,
            &found,
            coarse,
            self.ending,
            match coarse {
                Some(_) => self.polished.evaluations,
                None => self.explored.evaluations,
            },
        )
    }

    /// After an interrupt before any descent on the full objective: its value where the coarse one is
    /// lowest.
    fn look_up(&mut self) {
        if self.search.coarse.is_none() || best(&self.polished.ends).is_some() {
            return;
        }
        let Some((index, descent)) = best(&self.explored.ends) else {
            return;
        };
        let mut here = descent.clone();
        let value = self.search.objective.evaluate(&here.point, Order::Value);
        self.polished.evaluations = self.polished.evaluations.plus(Order::Value);
        let end = value.map(|evaluation| {
            here.nll = evaluation.value;
            here.status = StartStatus::Interrupted;
            here.evaluations = EvaluationCounts::default().plus(Order::Value);
            here
        });
        let end: Result<Descent, String> = end.map_err(|error| error.reason);
        self.polished.ends.insert(index, end);
    }
}

fn take(all: &mut Arrival, more: Arrival) {
    all.ends.extend(more.ends);
    all.evaluations = all.evaluations.with(more.evaluations);
}

fn lowest_of(ends: &Ends) -> f64 {
    let values = ends.values().flatten().map(|descent| descent.nll);
    values.fold(f64::INFINITY, f64::min)
}
