//! The negative log-likelihood of data sets that share parameters, with exact derivatives.
//!
//! ```text
//! NLL = - sum over data sets s of α_s sum_n w_n ln( I(x_n) + sum_k κ_sk b_kn )
//!       + Φ(T_1, T_2, ..., θ) + sum over constraints of (x - μ)² / (2 σ²)
//! T_s = sum_j v_j I(y_j)
//! ```
//!
//! x: data with weights w (background with negative ones) and, where there is one, an explicit
//! background of parts b; y: accepted Monte Carlo with weights v. κ_sk(T, θ) and Φ(T, θ) are formulas of the
//! integrals and the parameters; Φ is that of `normalisation.rs` unless another one is given.
//!
//! The factor α is 1, or sum w / sum w² when asked. What is constrained is a parameter or a quantity
//! (`quantity.rs`).

mod background;
mod constraint;
mod data_set;
mod formula;
mod metric;
mod monte_carlo;
mod normalisation;
mod objective;
mod penalty;
mod quantity;
mod replicas;
mod scores;

use std::sync::Arc;

use crate::model::SlotMap;

pub use background::Background;
pub use constraint::Constraint;
pub use data_set::DataSet;
pub(crate) use data_set::outer;
pub use formula::Formula;
pub use metric::slot_errors;
pub use normalisation::{Normalisation, together};
pub use penalty::{Penalised, Penalty};
pub use quantity::{Amplitudes, Measured, Quantities, Quantity, QuantityValue};
pub use replicas::Replicas;

/// The objective of a fit.
pub struct Likelihood {
    /// One a model.
    slots: Vec<Arc<SlotMap>>,
    sets: Vec<DataSet>,
    /// Φ.
    normalisation: Formula,
    constraints: Vec<Constraint>,
    quantities: Option<Arc<Quantities>>,
    measured: Vec<Measured>,
    dimension: usize,
}

impl Likelihood {
    /// Data sets normalised as they say; `slots`: of each model; `dimension`: the number of free
    /// parameters.
    pub fn new(
        slots: Vec<Arc<SlotMap>>,
        sets: Vec<DataSet>,
        constraints: Vec<Constraint>,
        dimension: usize,
    ) -> Self {
        Self {
            normalisation: Formula::new(&normalisation::of_sets(&sets)),
            slots,
            sets,
            constraints,
            quantities: None,
            measured: Vec::new(),
            dimension,
        }
    }

    /// With a normalisation Φ of one's own: with efficiencies, of yields.
    pub fn normalised_by(mut self, normalisation: Formula) -> Self {
        self.normalisation = normalisation;
        self
    }

    /// With quantities, some of which were measured elsewhere.
    pub fn with_quantities(mut self, quantities: Quantities, measured: Vec<Measured>) -> Self {
        self.quantities = Some(Arc::new(quantities));
        self.measured = measured;
        self
    }

    /// The likelihood of other data sets, normalised as they say, with all else that is known of the
    /// parameters.
    #[must_use]
    pub fn over(&self, sets: Vec<DataSet>) -> Self {
        let constraints = self.constraints.clone();
        let mut other = Self::new(self.slots.clone(), sets, constraints, self.dimension);
        other.quantities.clone_from(&self.quantities);
        other.measured.clone_from(&self.measured);
        other
    }

    pub fn quantities(&self) -> Option<&Quantities> {
        self.quantities.as_deref()
    }

    pub fn sets(&self) -> &[DataSet] {
        &self.sets
    }

    /// The data sets, to exchange how they are integrated.
    pub fn sets_mut(&mut self) -> &mut [DataSet] {
        &mut self.sets
    }

    /// The slots of a data set's model.
    pub fn slots(&self, set: &DataSet) -> &SlotMap {
        &self.slots[set.model]
    }

    /// Whether any event weight differs from one: errors then need the sandwich formula.
    pub fn is_weighted(&self) -> bool {
        self.sets.iter().any(DataSet::is_weighted)
    }
}

#[cfg(test)]
mod tests;
