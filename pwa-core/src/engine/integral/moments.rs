//! Which shapes of a plan have series on a mesh of their variable, so that Gram matrices come from
//! moments.
//!
//! ```text
//! sum_n M_n φ_b(v_n) conj(φ'_c(v'_n)) = sum_ij c_bi W_ij conj(c'_cj),   W_ij = sum_n M_n T_i(x_n) T_j(x'_n)
//! ```
//!
//! in each cell of two bins: the events see a few polynomials, and not the many functions of two
//! bases.

use rayon::prelude::*;

use super::mesh::{Mesh, Series};
use super::{Family, ReducedBasis};
use crate::engine::{Columns, Plan};

/// The meshes of a sample's variables.
#[derive(Debug, Clone)]
pub struct Moments {
    /// By variable of the plan.
    meshes: Vec<Option<Mesh>>,
    /// By shape, with its variable.
    series: Vec<Option<(usize, Series)>>,
}

impl Moments {
    /// Meshes for all shapes of one variable that stand beside waves.
    pub fn new(
        plan: &Plan,
        families: &[Family],
        bases: &[ReducedBasis],
        columns: &Columns,
    ) -> Self {
        // (shape, its variable, its family).
        let in_waves = |shape: usize| plan.waves.iter().any(|wave| wave.shape == Some(shape));
        let shapes: Vec<(usize, usize, usize)> = families
            .iter()
            .enumerate()
            .flat_map(|(family, f)| f.shapes.iter().map(move |&shape| (shape, family)))
            .filter(|&(shape, family)| {
                in_waves(shape)
                    && plan.functions[families[family].function].own == 1
                    && !families[family].parameters.is_empty()
            })
            .map(|(shape, family)| (shape, plan.shapes[shape].variables[0], family))
            .collect();
        let function = |family: usize| (&plan.functions[families[family].function], &bases[family]);
        let meshes: Vec<Option<Mesh>> = (0..plan.variables)
            .into_par_iter()
            .map(|variable| {
                let mut of_variable: Vec<usize> = (shapes.iter())
                    .filter(|(_, v, _)| *v == variable)
                    .map(|(_, _, family)| *family)
                    .collect();
                of_variable.dedup();
                if of_variable.is_empty() {
                    return None;
                }
                let mut values: Vec<f64> = (0..columns.tiles())
                    .flat_map(|tile| columns.variable(tile, variable))
                    .copied()
                    .collect();
                values.sort_unstable_by(f64::total_cmp);
                let functions: Vec<_> = of_variable.into_iter().map(function).collect();
                Mesh::new(&values, &functions)
            })
            .collect();
        let mut series = vec![None; plan.shapes.len()];
        for (shape, variable, family) in shapes {
            if let Some(mesh) = &meshes[variable] {
                let (function, basis) = function(family);
                series[shape] = Some((variable, mesh.series(function, basis)));
            }
        }
        Self { meshes, series }
    }

    /// Whether any shape has a series.
    pub fn is_empty(&self) -> bool {
        self.series.iter().all(Option::is_none)
    }

    /// The variable of a shape with a series, and that.
    pub fn series(&self, shape: usize) -> Option<(usize, &Series)> {
        let series = self.series[shape].as_ref();
        series.map(|(variable, series)| (*variable, series))
    }

    pub fn mesh(&self, variable: usize) -> Option<&Mesh> {
        self.meshes[variable].as_ref()
    }
}
