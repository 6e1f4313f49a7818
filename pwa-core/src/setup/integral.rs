//! How the integrals of a likelihood are prepared.

use std::sync::Arc;

use super::{Job, SetupError};
use crate::config::IntegralEntry;
use crate::engine::{AdaptiveIntegral, Columns, EventSums, Integral, Ranges, Settings};
use crate::likelihood::slot_errors;
use crate::model::Lowered;

/// Below this many evaluations a sum over the events at each is the shortest way.
const FEW: usize = 8;
/// Errors to each side of its start that a parameter without limits is expected to move.
const REACH: f64 = 10.0;

type Integrated = (Box<dyn EventSums>, Option<Arc<AdaptiveIntegral>>);

impl Job<'_> {
    /// The Monte Carlo of `weight` data events with its integral made ready for so many evaluations.
    pub(super) fn integral(
        &self,
        lowered: &Lowered,
        columns: Arc<Columns>,
        direct: Box<dyn EventSums>,
        weight: f64,
        evaluations: usize,
    ) -> Result<Integrated, SetupError> {
        if evaluations < FEW || self.document.engine.integral == IntegralEntry::Direct {
            return Ok((direct, None));
        }
        let settings = Settings {
            ranges: self.ranges(lowered, &*direct, weight)?,
            evaluations,
        };
        let plan = Arc::clone(&lowered.plan);
        let integral = Integral::new(plan, columns, Arc::from(direct), settings);
        let integral = Arc::new(AdaptiveIntegral::new(integral));
        Ok((Box::new(Arc::clone(&integral)), Some(integral)))
    }

    /// Where shape parameters may go: between their limits, or a few errors from their start.
    fn ranges(
        &self,
        lowered: &Lowered,
        direct: &dyn EventSums,
        weight: f64,
    ) -> Result<Ranges, SetupError> {
        let parameters = self.parameters();
        let (start, free) = (parameters.start(), parameters.free());
        let limits = |place: usize| {
            (parameters.get(free[place]).limits)
                .filter(|[low, high]| low.is_finite() && high.is_finite())
        };
        let places = &lowered.shape_places;
        let unlimited = places.iter().any(|&place| limits(place).is_none());
        let errors = if unlimited {
            let first = 2 * lowered.plan.coefficients;
            let slots = lowered.slots.slots(&start);
            slot_errors(direct, &slots, first..first + places.len(), weight)?
        } else {
            vec![0.0; places.len()]
        };
        let ranges = places.iter().zip(errors).map(|(&place, error)| {
            let x = start[place];
            limits(place).unwrap_or([x - REACH * error, x + REACH * error])
        });
        Ok(Ranges::new(ranges.collect()))
    }
}
