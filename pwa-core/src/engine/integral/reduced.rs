//! The integral as a Hermitian form of coefficients times coordinates of shapes.

use std::sync::Arc;

use ndarray::{Array2, s};
use num_complex::Complex64;
use rayon::prelude::*;

use super::event_points::candidates;
use super::form::{DensityGroup, FormWeight, density_groups, forms};
use super::form_value::FormPoint;
use super::greedy::reduced_basis;
use super::layout::{families, families_of_shapes, groups, vectors};
use super::random::Stream;
use super::{
    Contraction, Coordinates, Family, Form, FormValue, Group, Hermitian, Method, Moments, Ranges,
    ReducedBasis, Refusal,
};
use crate::engine::cpu::GramPass;
use crate::engine::{Columns, EventSums, Plan, Point, Reduction, SumError, Sums};
use crate::objective::Order;
use crate::simd::InstructionSet;

/// Points of the event variables at which shapes are looked at.
const CANDIDATES: usize = 3072;
/// Numbers of the matrices that one pass over the events sums; each thread holds a few such sets.
pub(super) const NUMBERS_A_PASS: usize = 1 << 21;
/// Points at which the finished integral is compared with the direct sum.
const COMPARED: usize = 3;

/// Largest differences from the direct sum at random points of the ranges, all waves of one size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Deviation {
    /// Relative to the integral.
    pub value: f64,
    /// Relative to the largest derivative.
    pub gradient: f64,
}

/// The shapes' bases, before the pass over the events.
#[derive(Debug, Clone)]
pub struct Bases {
    plan: Arc<Plan>,
    ranges: Ranges,
    families: Vec<Family>,
    bases: Vec<ReducedBasis>,
    groups: Vec<Group>,
    densities: Vec<DensityGroup>,
    forms: Vec<Form>,
    moments: Option<Moments>,
}

/// T(slots) for shape parameters within ranges.
#[derive(Debug, Clone)]
pub struct ReducedIntegral {
    plan: Arc<Plan>,
    ranges: Ranges,
    families: Vec<Family>,
    bases: Vec<ReducedBasis>,
    groups: Vec<Group>,
    densities: Vec<DensityGroup>,
    /// A Gram matrix of each form, with its weight.
    matrices: Vec<(Hermitian, FormWeight)>,
    /// sum w b of each background.
    backgrounds: Vec<f64>,
    method: Method,
}

impl Bases {
    /// Finds a reduced basis of every shape.
    ///
    /// # Errors
    /// The refusal of the first shape that has none.
    pub fn find(plan: &Arc<Plan>, columns: &Columns, ranges: &Ranges) -> Result<Self, Refusal> {
        if ranges.len() != plan.parameters {
            let parameter = ranges.len().min(plan.parameters);
            return Err(Refusal::Range { parameter });
        }
        if let Some(parameter) = ranges.defect() {
            return Err(Refusal::Range { parameter });
        }
        let families = families(plan);
        let found: Vec<Result<ReducedBasis, Refusal>> = families
            .par_iter()
            .map(|family| {
                let candidates = candidates(plan, family, columns, CANDIDATES);
                reduced_basis(plan, family, ranges, candidates)
            })
            .collect();
        let bases = found.into_iter().collect::<Result<Vec<_>, _>>()?;
        let groups = groups(plan, &families, &bases);
        let family_of = families_of_shapes(&families);
        let densities = density_groups(plan, |shape| family_of[&shape]);
        Ok(Self {
            forms: forms(plan, &groups, &densities, &bases),
            moments: None,
            densities,
            groups,
            plan: Arc::clone(plan),
            ranges: ranges.clone(),
            families,
            bases,
        })
    }

    fn pass<'a>(
        &'a self,
        columns: &'a Columns,
        forms: &'a [Form],
        instructions: InstructionSet,
    ) -> GramPass<'a> {
        GramPass {
            plan: &self.plan,
            columns,
            families: &self.families,
            bases: &self.bases,
            groups: &self.groups,
            forms,
            moments: self.moments.as_ref(),
            instructions,
        }
    }

    /// The forms that are summed in one pass: as many as have room for their matrices.
    fn passes(&self) -> std::slice::Chunks<'_, Form> {
        let numbers = 2 * vectors(&self.groups).pow(2).max(1);
        self.forms.chunks((NUMBERS_A_PASS / numbers).max(1))
    }

    /// Multiplications and additions an event of the passes over the sample.
    pub fn cost(&self, columns: &Columns) -> f64 {
        let best = InstructionSet::best();
        let passes = self.passes();
        passes
            .map(|forms| self.pass(columns, forms, best).cost())
            .sum()
    }

    /// The same through moments of the sample.
    pub fn through_moments(&self, columns: &Columns) -> Self {
        let moments = Moments::new(&self.plan, &self.families, &self.bases, columns);
        Self {
            moments: (!moments.is_empty()).then_some(moments),
            ..self.clone()
        }
    }

    /// How the integral is to be computed.
    pub fn method(&self) -> Method {
        match self.moments {
            Some(_) => Method::Moments,
            None => Method::Gram,
        }
    }

    /// The passes over the sample: one, unless there are many forms.
    ///
    /// # Errors
    /// When columns cannot be read.
    pub fn integrate(
        self,
        columns: &Columns,
        instructions: InstructionSet,
    ) -> Result<ReducedIntegral, SumError> {
        let n = vectors(&self.groups);
        let mut matrices = Vec::with_capacity(self.forms.len());
        for forms in self.passes() {
            let lower = self.pass(columns, forms, instructions).run();
            let lower = lower.map_err(|error| SumError::Read {
                reason: error.to_string(),
            })?;
            for (index, form) in forms.iter().enumerate() {
                let of_form = &lower[2 * n * n * index..2 * n * n * (index + 1)];
                matrices.push((Hermitian::from_lower(n, of_form), form.weight));
            }
        }
        Ok(ReducedIntegral {
            method: self.method(),
            backgrounds: columns.background_sums(),
            matrices,
            plan: self.plan,
            ranges: self.ranges,
            families: self.families,
            bases: self.bases,
            groups: self.groups,
            densities: self.densities,
        })
    }
}

impl ReducedIntegral {
    /// How its matrices were made.
    pub fn method(&self) -> Method {
        self.method
    }

    pub fn ranges(&self) -> &Ranges {
        &self.ranges
    }

    /// Functions in the basis of each shape of the plan.
    pub fn ranks(&self) -> Vec<usize> {
        let rank = |shape: usize| {
            let family = self.families.iter().position(|f| f.shapes.contains(&shape));
            family.map_or(0, |family| self.bases[family].rank())
        };
        (0..self.plan.shapes.len()).map(rank).collect()
    }

    /// Rows of the Gram matrix.
    pub fn vectors(&self) -> usize {
        vectors(&self.groups)
    }

    /// Gram matrices: one, and two a density and function of its shape.
    pub fn matrices(&self) -> usize {
        self.matrices.len()
    }

    /// Whether the shape parameters of these slots are within the ranges.
    pub fn contains(&self, slots: &[f64]) -> bool {
        let shapes = &slots[2 * self.plan.coefficients..];
        self.ranges.contains(&shapes[..self.plan.parameters])
    }

    /// The integral; meaningful only where [`ReducedIntegral::contains`] says so.
    pub fn evaluate(&self, slots: &[f64], order: Order) -> Sums {
        self.contracted(slots, order, |contraction| contraction.sums(order))
    }

    /// 2 sum_j v_j sum_hh' Re(rho_hh' dA_h conj(dA_h')) by the slots that amplitudes have.
    pub fn metric(&self, slots: &[f64]) -> Array2<f64> {
        let n = 2 * self.plan.coefficients + self.plan.parameters;
        let metric = self.contracted(slots, Order::Gradient, |contraction| contraction.metric());
        metric.slice(s![..n, ..n]).to_owned()
    }

    fn contracted<T>(
        &self,
        slots: &[f64],
        order: Order,
        work: impl FnOnce(&Contraction) -> T,
    ) -> T {
        let (pairs, rest) = slots.split_at(2 * self.plan.coefficients);
        let (parameters, kappas) = rest.split_at(self.plan.parameters);
        let coefficients: Vec<Complex64> = pairs
            .chunks_exact(2)
            .map(|c| Complex64::new(c[0], c[1]))
            .collect();
        let coordinates: Vec<Coordinates> = self
            .families
            .iter()
            .zip(&self.bases)
            .map(|(family, basis)| {
                let arguments: Vec<f64> =
                    family.parameters.iter().map(|&p| parameters[p]).collect();
                basis.coordinates(&self.plan.functions[family.function], &arguments, order)
            })
            .collect();
        let point = FormPoint {
            densities: &self.densities,
            families: &self.families,
            coefficients: &coefficients,
            coordinates: &coordinates,
        };
        let terms: Vec<(&Hermitian, FormValue)> = (self.matrices.iter())
            .map(|(matrix, weight)| (matrix, point.value(*weight, order)))
            .collect();
        // A point of the amplitudes alone has no κ: no background is added.
        let kappas = kappas.iter().copied().chain(std::iter::repeat(0.0));
        let backgrounds: Vec<(f64, f64)> = kappas.zip(self.backgrounds.iter().copied()).collect();
        work(&Contraction {
            plan: &self.plan,
            families: &self.families,
            groups: &self.groups,
            terms: &terms,
            coefficients: &coefficients,
            coordinates: &coordinates,
            backgrounds: &backgrounds,
        })
    }

    /// The largest deviation from the direct sum at random points of the ranges.
    ///
    /// # Errors
    /// When an intensity is not finite there.
    pub fn deviation(&self, direct: &dyn EventSums) -> Result<Deviation, SumError> {
        let points: Vec<Vec<f64>> = {
            let mut stream = Stream::new(0xc0_ffee);
            (0..COMPARED)
                .map(|_| self.random_point(&mut stream))
                .collect()
        };
        let mut worst = Deviation {
            value: 0.0,
            gradient: 0.0,
        };
        let batch: Vec<Point> = points.iter().map(|slots| slots[..].into()).collect();
        let direct = direct.evaluate(&batch, Reduction::Intensity, Order::Gradient);
        for (point, direct) in points.iter().zip(direct) {
            let (own, direct) = (self.evaluate(point, Order::Gradient), direct?);
            let value = (own.value - direct.value).abs() / direct.value.abs();
            let largest = direct.gradient.iter().fold(0.0_f64, |m, g| m.max(g.abs()));
            let pairs = own.gradient.iter().zip(&direct.gradient);
            let gradient = pairs.fold(0.0_f64, |m, (a, b)| m.max((a - b).abs())) / largest;
            worst.value = larger(worst.value, value);
            worst.gradient = larger(worst.gradient, gradient);
        }
        Ok(worst)
    }

    /// Shape parameters anywhere in the ranges; densities near the unit matrix, where there are any,
    /// and coefficients with which all waves are of one size.
    pub(super) fn random_point(&self, stream: &mut Stream) -> Vec<f64> {
        let coefficients = self.plan.coefficients;
        let mut slots = vec![0.0; 2 * coefficients];
        slots.extend((0..self.plan.parameters).map(|p| stream.point(&[self.ranges.get(p)])[0]));
        let parts: Vec<f64> = (0..2 * coefficients)
            .map(|_| 2.0 * stream.uniform() - 1.0)
            .collect();
        for density in &self.plan.densities {
            let k = density.coefficient;
            let (re, im) = (0.5 * parts[2 * k], 0.5 * parts[2 * k + 1]);
            let diagonal = f64::from(u8::from(density.row == density.other));
            (slots[2 * k], slots[2 * k + 1]) = (diagonal + re, im);
        }
        let in_densities = |k: usize| self.densities.iter().any(|d| d.coefficient == k);
        let waves: Vec<usize> = (0..coefficients).filter(|&k| !in_densities(k)).collect();
        let sizes: Vec<f64> = self.contracted(&slots, Order::Value, |contraction| {
            let integrals = contraction.alone(&waves).into_iter();
            integrals.map(|alone| alone.abs().sqrt()).collect()
        });
        for (k, size) in waves.into_iter().zip(sizes) {
            let scale = if size > 0.0 { 1.0 / size } else { 1.0 };
            slots[2 * k] = scale * parts[2 * k];
            slots[2 * k + 1] = scale * parts[2 * k + 1];
        }
        slots.extend(self.backgrounds.iter().map(|_| stream.uniform()));
        slots
    }
}

/// The larger of two numbers, or what is none.
fn larger(a: f64, b: f64) -> f64 {
    if b > a || b.is_nan() { b } else { a }
}
