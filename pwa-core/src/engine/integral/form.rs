//! The Hermitian matrices between rows whose weighted sum is the intensity.
//!
//! ```text
//! I = sum_plain |A_h|² + sum_d Re(z_d P_d),   P_d = m F A_r conj(A_o),   z_d = c
//!   = sum_plain |A_h|² + sum_d [Re z_d Re P_d - Im z_d Im P_d]
//! 2 Re P_d = m [F A_r conj(A_o) + conj(F) A_o conj(A_r)]
//! 2 Im P_d = m [-i F A_r conj(A_o) + i conj(F) A_o conj(A_r)]
//! ```
//!
//! m is the multiplicity of a density. Real and imaginary part are two matrices, each Hermitian by
//! itself, whose weights are real functions of the slots. Where F floats, F = sum_b b(p) φ_b(v), and
//! each φ_b has a P with z = c b(p). Densities of one z share their matrices.

use num_complex::Complex64;

use super::{Group, Member, ReducedBasis};
use crate::engine::{Density, Plan};

/// Densities beside one coefficient, with shapes of one family or without a shape.
#[derive(Debug, Clone)]
pub struct DensityGroup {
    pub coefficient: usize,
    pub family: Option<usize>,
    members: Vec<Density>,
}

/// One Hermitian matrix, with what stands to the right of it.
#[derive(Debug, Clone)]
pub struct Form {
    pub weight: FormWeight,
    pub elements: Vec<Element>,
    /// The groups of waves after the matrix was applied to them: a row is the sum of the elements
    /// listed with it, each times the wave in the element's other row.
    pub right: Vec<Group>,
}

/// The real number a matrix is multiplied with; z is that of a density group with function b.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormWeight {
    /// Of the rows that add |A|².
    One,
    /// Re z.
    Real { group: usize, function: usize },
    /// -Im z.
    Imaginary { group: usize, function: usize },
}

/// g A_row conj(A_other) of a form.
#[derive(Debug, Clone)]
pub struct Element {
    pub row: usize,
    pub other: usize,
    pub factor: Complex64,
    /// g is the factor times this function of the event.
    pub function: Option<ElementFunction>,
}

/// φ_b of a shape, or its conjugate.
#[derive(Debug, Clone, Copy)]
pub struct ElementFunction {
    pub shape: usize,
    pub index: usize,
    pub conjugate: bool,
}

/// The densities of a plan, those of one coefficient and family together. `family_of`: of a shape.
pub fn density_groups(plan: &Plan, family_of: impl Fn(usize) -> usize) -> Vec<DensityGroup> {
    let mut groups: Vec<DensityGroup> = Vec::new();
    for density in &plan.densities {
        let (coefficient, family) = (density.coefficient, density.shape.map(&family_of));
        let known =
            (groups.iter_mut()).find(|g| (g.coefficient, g.family) == (coefficient, family));
        match known {
            Some(group) => group.members.push(*density),
            None => groups.push(DensityGroup {
                coefficient,
                family,
                members: vec![*density],
            }),
        }
    }
    groups
}

/// All matrices of a plan: first that of its plain rows, if there are any.
pub fn forms(
    plan: &Plan,
    groups: &[Group],
    densities: &[DensityGroup],
    bases: &[ReducedBasis],
) -> Vec<Form> {
    let mut list: Vec<(FormWeight, Vec<Element>)> = Vec::new();
    let plain = (0..plan.rows).filter(|&row| plan.is_plain_row(row));
    let plain: Vec<Element> = plain
        .map(|row| Element {
            row,
            other: row,
            factor: Complex64::ONE,
            function: None,
        })
        .collect();
    if !plain.is_empty() {
        list.push((FormWeight::One, plain));
    }
    for (group, density) in densities.iter().enumerate() {
        let functions = density.family.map_or(1, |family| bases[family].rank());
        for function in 0..functions {
            let half = Complex64::new(0.5, 0.0);
            let real = density.elements(function, half);
            list.push((FormWeight::Real { group, function }, real));
            if density.has_imaginary_part() {
                let imaginary = density.elements(function, -Complex64::I * half);
                list.push((FormWeight::Imaginary { group, function }, imaginary));
            }
        }
    }
    list.into_iter()
        .map(|(weight, elements)| Form {
            weight,
            right: groups
                .iter()
                .map(|group| applied(group, &elements))
                .collect(),
            elements,
        })
        .collect()
}

impl DensityGroup {
    /// (factor P + its Hermitian conjugate) as elements.
    fn elements(&self, function: usize, factor: Complex64) -> Vec<Element> {
        let both = self.members.iter().flat_map(|density| {
            let factor = factor * density.multiplicity();
            let (row, other) = (density.row, density.other);
            [
                (row, other, factor, false),
                (other, row, factor.conj(), true),
            ]
            .map(|(row, other, factor, conjugate)| Element {
                row,
                other,
                factor,
                function: density.shape.map(|shape| ElementFunction {
                    shape,
                    index: function,
                    conjugate,
                }),
            })
        });
        both.collect()
    }

    /// |A|² of one row has none.
    fn has_imaginary_part(&self) -> bool {
        (self.members.iter()).any(|density| density.row != density.other || density.shape.is_some())
    }
}

/// A group after a matrix was applied to it.
fn applied(group: &Group, elements: &[Element]) -> Group {
    let member = |member: &Member| {
        let mut rows: Vec<(usize, Vec<usize>)> = Vec::new();
        for (index, element) in elements.iter().enumerate() {
            if member.place(element.other).is_none() {
                continue;
            }
            match rows.iter_mut().find(|(row, _)| *row == element.row) {
                Some((_, list)) => list.push(index),
                None => rows.push((element.row, vec![index])),
            }
        }
        rows.sort_by_key(|(row, _)| *row);
        Member {
            shape: member.shape,
            rows,
        }
    };
    Group {
        members: group.members.iter().map(member).collect(),
        ..group.clone()
    }
}
