//! The integral a likelihood asks for: from the Gram matrix where that pays, else the direct sum.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::reduced::Bases;
use super::{Deviation, Ranges, ReducedIntegral, Refusal, cost};
use crate::engine::{BadIntensity, Columns, EventSums, Plan, Reduction, Sums};
use crate::objective::Order;

/// A finished integral that deviates more is not used.
const DEVIATION: f64 = 1e-12;

/// How an integral is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// One Gram matrix, made in one pass over the events; shapes through reduced bases.
    Gram,
    /// A pass over the events at every point.
    Direct,
}

/// What a caller knows before it asks for an integral.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Lowest and highest value of each shape parameter: its limits, or the start ± a few errors.
    pub ranges: Ranges,
    /// Evaluations to come, about: a Gram matrix of floating shapes is built only where its one
    /// pass costs less than these direct sums.
    pub evaluations: usize,
}

/// T(slots) of one sample. Its digits depend on the point alone, not on earlier points nor on
/// threads: a point outside the ranges is a direct sum, and new ranges are a new object
/// ([`Integral::moved_to`]), made when the caller says so.
pub struct Integral {
    plan: Arc<Plan>,
    columns: Arc<Columns>,
    direct: Arc<dyn EventSums>,
    settings: Settings,
    reduced: Option<ReducedIntegral>,
    refusal: Option<Refusal>,
    deviation: Option<Deviation>,
    outside: AtomicU64,
}

impl Integral {
    /// Chooses the method and prepares it. `direct`: the same sample, prepared by a backend.
    ///
    /// Couplings alone always get a Gram matrix.
    pub fn new(
        plan: Arc<Plan>,
        columns: Arc<Columns>,
        direct: Arc<dyn EventSums>,
        settings: Settings,
    ) -> Self {
        let mut integral = Self {
            plan,
            columns,
            direct,
            settings,
            reduced: None,
            refusal: None,
            deviation: None,
            outside: AtomicU64::new(0),
        };
        match integral.reduce() {
            Ok((reduced, deviation)) => {
                integral.reduced = Some(reduced);
                integral.deviation = Some(deviation);
            }
            Err(refusal) => integral.refusal = Some(refusal),
        }
        integral
    }

    fn reduce(&self) -> Result<(ReducedIntegral, Deviation), Refusal> {
        let floating = !self.plan.shapes.is_empty();
        let direct = cost::direct(&self.plan) * self.settings.evaluations as f64;
        let affordable = |build: f64| match floating && build > direct {
            true => Err(Refusal::Cost { build, direct }),
            false => Ok(()),
        };
        // The least there is to do: one function a shape. It spares the search before a single sum.
        affordable(cost::least(&self.plan))?;
        let bases = Bases::find(&self.plan, &self.columns, &self.settings.ranges)?;
        affordable(bases.cost(&self.columns))?;
        let reduced = bases.integrate(&self.columns);
        let deviation = reduced.deviation(&*self.direct).unwrap_or(Deviation {
            value: f64::NAN,
            gradient: f64::NAN,
        });
        match deviation.value <= DEVIATION {
            true => Ok((reduced, deviation)),
            false => Err(Refusal::Deviation {
                deviation: deviation.value,
            }),
        }
    }

    pub fn method(&self) -> Method {
        match self.reduced {
            Some(_) => Method::Gram,
            None => Method::Direct,
        }
    }

    /// Why the method is the direct sum.
    pub fn refusal(&self) -> Option<&Refusal> {
        self.refusal.as_ref()
    }

    /// Basis functions of each shape of the plan; empty for a direct sum.
    pub fn ranks(&self) -> Vec<usize> {
        self.reduced.as_ref().map_or_else(Vec::new, ReducedIntegral::ranks)
    }

    /// The Gram matrix with the shapes' bases, where the method is that.
    pub fn reduced(&self) -> Option<&ReducedIntegral> {
        self.reduced.as_ref()
    }

    /// Largest differences from the direct sum at random points of the ranges.
    pub fn deviation(&self) -> Option<Deviation> {
        self.deviation
    }

    /// Whether a point's integral comes from the Gram matrix.
    pub fn covers(&self, slots: &[f64]) -> bool {
        self.reduced.as_ref().is_some_and(|reduced| reduced.contains(slots))
    }

    /// Points so far that were outside the ranges of a Gram matrix.
    pub fn outside(&self) -> u64 {
        self.outside.load(Ordering::Relaxed)
    }

    /// The integral with ranges moved to hold a point, for a fit that has left the old ones.
    #[must_use]
    pub fn moved_to(&self, slots: &[f64]) -> Self {
        let parameters = &slots[2 * self.plan.coefficients..];
        let settings = Settings {
            ranges: self.settings.ranges.moved_to(parameters),
            evaluations: self.settings.evaluations,
        };
        Self::new(
            Arc::clone(&self.plan),
            Arc::clone(&self.columns),
            Arc::clone(&self.direct),
            settings,
        )
    }

    /// The integral and its derivatives by slots.
    ///
    /// # Errors
    /// When the intensity of an event is not finite.
    pub fn evaluate(&self, slots: &[f64], order: Order) -> Result<Sums, BadIntensity> {
        if let Some(reduced) = &self.reduced {
            if reduced.contains(slots) {
                let sums = reduced.evaluate(slots, order);
                if sums.value.is_finite() {
                    return Ok(sums);
                }
                // The direct sum names the event.
            } else {
                self.outside.fetch_add(1, Ordering::Relaxed);
            }
        }
        self.direct(slots, order)
    }

    /// The direct sum, whatever the method is.
    ///
    /// # Errors
    /// When the intensity of an event is not finite.
    pub fn direct(&self, slots: &[f64], order: Order) -> Result<Sums, BadIntensity> {
        let point = [slots.to_vec()];
        // One point was asked for.
        self.direct.evaluate(&point, Reduction::Intensity, order).swap_remove(0)
    }
}
