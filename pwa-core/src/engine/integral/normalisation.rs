//! The integral a likelihood asks for: from the Gram matrix where that pays, else the direct sum.

use std::sync::Arc;

use ndarray::Array2;
use num_complex::Complex64;

use super::layout::families;
use super::reduced::Bases;
use super::{Deviation, Ranges, ReducedIntegral, Refusal, cost};
use crate::engine::{
    Columns, EventSums, Gram, Information, Plan, Point, Reduction, Scores, SumError, Sums,
};
use crate::objective::Order;
use crate::simd::InstructionSet;

/// A finished integral that deviates more is not used.
const VALUE: f64 = 1e-12;
const GRADIENT: f64 = 1e-9;

/// How an integral is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Gram matrices, made in a pass over the events; shapes through reduced bases.
    Gram,
    /// The same, made from moments of the events in bins of the shapes' variables.
    Moments,
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
/// threads: a point outside the ranges is a direct sum, and wider ranges are a new object
/// ([`Integral::extended_to`]).
pub struct Integral {
    plan: Arc<Plan>,
    columns: Arc<Columns>,
    direct: Arc<dyn EventSums>,
    settings: Settings,
    reduced: Option<ReducedIntegral>,
    refusal: Option<Refusal>,
    deviation: Option<Deviation>,
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
        let families = families(&self.plan);
        let floating = families.iter().filter(|f| !f.parameters.is_empty()).count();
        let direct = cost::direct(&self.plan) * self.settings.evaluations as f64;
        let affordable = |build: f64| match floating > 0 && build > direct {
            true => Err(Refusal::Cost { build, direct }),
            false => Ok(()),
        };
        let search = cost::search(floating, self.columns.events());
        affordable(search)?;
        let bases = Bases::find(&self.plan, &self.columns, &self.settings.ranges)?;
        let build = bases.cost(&self.columns);
        if build > cost::mesh(floating, self.columns.events()) {
            let moments = bases.through_moments(&self.columns);
            let cost = moments.cost(&self.columns);
            // What moments cannot do to the last digits is left to the functions themselves.
            if cost < build
                && affordable(search + cost).is_ok()
                && let Ok(result) = self.integrate(moments)
            {
                return Ok(result);
            }
        }
        affordable(search + build)?;
        self.integrate(bases)
    }

    /// The integral and its deviation, where that is small.
    fn integrate(&self, bases: Bases) -> Result<(ReducedIntegral, Deviation), Refusal> {
        let reduced = bases.integrate(&self.columns, InstructionSet::best())?;
        let deviation = reduced.deviation(&*self.direct)?;
        match deviation.value <= VALUE && deviation.gradient <= GRADIENT {
            true => Ok((reduced, deviation)),
            false => Err(Refusal::Deviation {
                value: deviation.value,
                gradient: deviation.gradient,
            }),
        }
    }

    pub fn method(&self) -> Method {
        let reduced = self.reduced.as_ref();
        reduced.map_or(Method::Direct, ReducedIntegral::method)
    }

    /// Why the method is the direct sum.
    pub fn refusal(&self) -> Option<&Refusal> {
        self.refusal.as_ref()
    }

    /// Basis functions of each shape of the plan; empty for a direct sum.
    pub fn ranks(&self) -> Vec<usize> {
        self.reduced
            .as_ref()
            .map_or_else(Vec::new, ReducedIntegral::ranks)
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
        self.reduced
            .as_ref()
            .is_some_and(|reduced| reduced.contains(slots))
    }

    /// The integral with ranges that hold further points too, given by their shape parameters.
    #[must_use]
    pub fn extended_to(&self, points: &[Vec<f64>]) -> Self {
        let settings = Settings {
            ranges: self.settings.ranges.extended_to(points),
            evaluations: self.settings.evaluations,
        };
        Self::new(
            Arc::clone(&self.plan),
            Arc::clone(&self.columns),
            Arc::clone(&self.direct),
            settings,
        )
    }

    /// The shape parameters among slots.
    pub fn parameters<'a>(&self, slots: &'a [f64]) -> &'a [f64] {
        let first = 2 * self.plan.coefficients;
        &slots[first..first + self.plan.parameters]
    }

    /// 2 sum_j v_j sum_hh' Re(rho_hh' dA_h conj(dA_h')) by the slots that amplitudes have, where it
    /// comes from the Gram matrix.
    pub fn metric(&self, slots: &[f64]) -> Option<Array2<f64>> {
        let reduced = self.reduced.as_ref()?;
        reduced.contains(slots).then(|| reduced.metric(slots))
    }

    /// |T / T_direct - 1| at a point.
    ///
    /// # Errors
    /// When the direct sum has no value.
    pub fn deviation_at(&self, slots: &[f64]) -> Result<f64, SumError> {
        let one = |sums: &dyn EventSums| {
            // One point gives one result.
            let results = sums.evaluate(&[slots.into()], Reduction::Intensity, Order::Value);
            results.into_iter().next().transpose()
        };
        match (one(self)?, one(&*self.direct)?) {
            (Some(ours), Some(direct)) => Ok((ours.value / direct.value - 1.0).abs()),
            _ => Ok(f64::NAN),
        }
    }

    /// The direct sum, whatever the method is.
    pub fn direct(&self) -> &dyn EventSums {
        &*self.direct
    }

    /// The integral at one point, where it comes from the Gram matrix.
    fn reduced_sums(&self, point: &Point, order: Order) -> Option<Sums> {
        let reduced = self.reduced.as_ref()?;
        // Replicas have weights that the Gram matrix does not know.
        if point.weights.is_some() {
            return None;
        }
        if !reduced.contains(point.slots) {
            return None;
        }
        let sums = reduced.evaluate(point.slots, order);
        // Where it is no number, the direct sum names the event.
        sums.value.is_finite().then_some(sums)
    }
}

/// Sums of the intensity come from the Gram matrix where there is one; all else is the backend's.
impl EventSums for Integral {
    fn evaluate(
        &self,
        points: &[Point],
        reduction: Reduction,
        order: Order,
    ) -> Vec<Result<Sums, SumError>> {
        if reduction != Reduction::Intensity || self.reduced.is_none() {
            return self.direct.evaluate(points, reduction, order);
        }
        let reduced: Vec<Option<Sums>> = points
            .iter()
            .map(|point| self.reduced_sums(point, order))
            .collect();
        let missing = points
            .iter()
            .zip(&reduced)
            .filter(|(_, sums)| sums.is_none());
        let missing: Vec<Point> = missing.map(|(point, _)| *point).collect();
        let mut direct = match missing.is_empty() {
            true => Vec::new(),
            false => self.direct.evaluate(&missing, reduction, order),
        }
        .into_iter();
        // The direct sums are as many as there are gaps.
        reduced
            .into_iter()
            .filter_map(|sums| sums.map(Ok).or_else(|| direct.next()))
            .collect()
    }

    fn intensities(&self, slots: &[f64]) -> Result<Vec<f64>, SumError> {
        self.direct.intensities(slots)
    }

    fn amplitudes(&self, slots: &[f64]) -> Result<Vec<Vec<Complex64>>, SumError> {
        self.direct.amplitudes(slots)
    }

    fn gram(&self, slots: &[f64], derivatives: bool) -> Result<Gram, SumError> {
        self.direct.gram(slots, derivatives)
    }

    fn scores(&self, slots: &[f64]) -> Result<Scores, SumError> {
        self.direct.scores(slots)
    }

    fn information(&self, point: Point) -> Result<Information, SumError> {
        self.direct.information(point)
    }
}
