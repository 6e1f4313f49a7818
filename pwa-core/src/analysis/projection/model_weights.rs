//! What the model makes of each Monte Carlo event: intensities of all waves, of each component, of pairs.

use crate::engine::{EventSums, SumError};
use crate::model::Lowered;

/// Intensities of the events of a sample.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelWeights {
    pub total: Vec<f64>,
    /// |A_c|² of the coherent sum of each component's couplings, in the order of the fit fractions.
    pub components: Vec<Vec<f64>>,
    /// 2 Re A_a conj(A_b) of pairs of components; empty unless they were asked for.
    pub pairs: Vec<([usize; 2], Vec<f64>)>,
}

/// Whether the interference of every pair of components is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pairs {
    #[default]
    Together,
    Each,
}

impl ModelWeights {
    /// At these slots of the plan.
    ///
    /// # Errors
    /// When columns cannot be read.
    pub fn new(
        lowered: &Lowered,
        sums: &dyn EventSums,
        slots: &[f64],
        pairs: Pairs,
    ) -> Result<Self, SumError> {
        let alone = |list: &[usize]| sums.intensities(&lowered.only(list, slots));
        let components = &lowered.components;
        let each: Vec<Vec<f64>> = components
            .iter()
            .map(|component| alone(&component.coefficients))
            .collect::<Result<_, _>>()?;
        let mut interference = Vec::new();
        if pairs == Pairs::Each {
            for a in 0..components.len() {
                for b in 0..a {
                    let both = [&components[a], &components[b]].map(|c| &c.coefficients[..]);
                    let mut of_pair = alone(&both.concat())?;
                    for (event, value) in of_pair.iter_mut().enumerate() {
                        *value -= each[a][event] + each[b][event];
                    }
                    interference.push(([a, b], of_pair));
                }
            }
        }
        Ok(Self {
            total: sums.intensities(slots)?,
            components: each,
            pairs: interference,
        })
    }
}
