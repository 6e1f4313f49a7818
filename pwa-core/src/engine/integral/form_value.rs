//! The weights of an integral's Hermitian matrices at a point, with derivatives by slots.

use num_complex::Complex64;

use super::form::{DensityGroup, FormWeight};
use super::{Coordinates, Family};
use crate::objective::Order;

/// λ(slots) of one matrix.
#[derive(Debug, Clone, PartialEq)]
pub struct FormValue {
    pub value: f64,
    /// (slot, dλ/dslot); a slot may come twice.
    pub first: Vec<(usize, f64)>,
    /// (slot, slot, second derivative), to be added to the entry of the two slots and, where they
    /// differ, to its transpose.
    pub second: Vec<(usize, usize, f64)>,
}

/// What weights are made of at one point.
#[derive(Clone, Copy)]
pub struct FormPoint<'a> {
    pub densities: &'a [DensityGroup],
    pub families: &'a [Family],
    pub coefficients: &'a [Complex64],
    /// By family.
    pub coordinates: &'a [Coordinates],
}

impl FormPoint<'_> {
    pub fn value(&self, weight: FormWeight, order: Order) -> FormValue {
        match weight {
            FormWeight::One => FormValue {
                value: 1.0,
                first: Vec::new(),
                second: Vec::new(),
            },
            FormWeight::Real { group, function } => self.part(group, function, order, |z| z.re),
            FormWeight::Imaginary { group, function } => {
                self.part(group, function, order, |z| -z.im)
            }
        }
    }

    /// A part of z = c b(p).
    fn part(
        &self,
        group: usize,
        function: usize,
        order: Order,
        part: impl Fn(Complex64) -> f64,
    ) -> FormValue {
        let DensityGroup {
            coefficient,
            family,
            ..
        } = self.densities[group];
        let c = self.coefficients[coefficient];
        let shape = family.map(|f| (&self.families[f].parameters, &self.coordinates[f]));
        let b = shape.map_or(Complex64::ONE, |(_, at)| at.value[function]);
        let mut value = FormValue {
            value: part(c * b),
            first: Vec::new(),
            second: Vec::new(),
        };
        let slots = [2 * coefficient, 2 * coefficient + 1];
        let shift = 2 * self.coefficients.len();
        if order >= Order::Gradient {
            value.first = vec![(slots[0], part(b)), (slots[1], part(Complex64::I * b))];
            if let Some((parameters, at)) = shape {
                for (parameter, first) in parameters.iter().zip(&at.first) {
                    let d = first[function];
                    value.first.push((shift + parameter, part(c * d)));
                    if order == Order::Hessian {
                        let slot = shift + parameter;
                        value.second.push((slot, slots[0], part(d)));
                        value.second.push((slot, slots[1], part(Complex64::I * d)));
                    }
                }
            }
        }
        if let (Order::Hessian, Some((parameters, at))) = (order, shape) {
            let pairs =
                (0..parameters.len()).flat_map(|i| (i..parameters.len()).map(move |j| (i, j)));
            for ((i, j), second) in pairs.zip(&at.second) {
                let (p, q) = (shift + parameters[i], shift + parameters[j]);
                // One slot in two places of the function: both orders count.
                let times = if p == q && i != j { 2.0 } else { 1.0 };
                value
                    .second
                    .push((p, q, times * part(c * second[function])));
            }
        }
        value
    }
}
