//! The columns of a tile of events, plane by plane.

use super::amplitudes::Amplitudes;
use super::columns::{ColumnRecipe, MassRange};
use super::contribution::{EvaluateBarrier, Factors, SumContributions};
use super::decays::Decays;
use super::events::{EventError, Events};
use super::planes::{Planes, RealPlanes};
use crate::engine::TileColumns;
use crate::expr::Scratch;
use crate::simd::{InstructionSet, LANES};

/// What a thread fills columns with: planes between four-momenta and columns. Their memory is taken
/// once and serves tile after tile.
#[derive(Debug, Default)]
pub(super) struct Workspace {
    decays: Decays,
    folds: Planes,
    scratch: Scratch,
    numbers: RealPlanes,
    barriers: RealPlanes,
    amplitudes: Amplitudes,
    factor: Planes,
}

impl Workspace {
    pub fn fill(
        &mut self,
        recipe: &ColumnRecipe,
        events: &Events,
        tile: &mut TileColumns,
    ) -> Result<(), EventError> {
        let stride = tile.length.next_multiple_of(LANES);
        self.decays.fill(recipe, events, tile)?;
        for (number, &variable) in recipe.plan_variables.iter().enumerate() {
            let plane = tile.variable_mut(number);
            plane.copy_from_slice(&self.decays.variable(variable as usize)[..plane.len()]);
        }
        self.evaluate_numbers(recipe, tile, stride);
        self.check_ranges(recipe, tile.start, tile.length)?;
        self.evaluate_folds(recipe, tile.length, stride);
        self.evaluate_barriers(recipe, stride);
        self.amplitudes.fill(recipe, &self.decays, stride);
        self.factor.reset(1, stride);
        for target in &recipe.targets {
            let gap = InstructionSet::best().run(SumContributions {
                target,
                kept: &recipe.kept,
                factors: Factors {
                    barriers: &self.barriers,
                    folds: &self.folds,
                    amplitudes: self.amplitudes.of_spins(recipe),
                    rows: recipe.rows.len(),
                },
                factor: &mut self.factor,
                out: tile,
            });
            if let Some(event) = gap {
                let event = tile.start + event;
                return Err(EventError::NotFinite { event });
            }
        }
        Ok(())
    }

    /// Refuses an event that a line shape is not defined for.
    fn check_ranges(
        &self,
        recipe: &ColumnRecipe,
        start: usize,
        length: usize,
    ) -> Result<(), EventError> {
        for MassRange {
            variable,
            resonance,
            range: [low, high],
        } in &recipe.ranges
        {
            let masses = &self.decays.variable(*variable as usize)[..length];
            if let Some(event) = masses.iter().position(|m| !(low..=high).contains(&m)) {
                return Err(EventError::OutsideShape {
                    event: start + event,
                    resonance: resonance.clone(),
                    mass: masses[event],
                    low: *low,
                    high: *high,
                });
            }
        }
        Ok(())
    }

    fn evaluate_numbers(&mut self, recipe: &ColumnRecipe, tile: &mut TileColumns, stride: usize) {
        let count = recipe.numbers.outputs();
        self.numbers.reset(count, stride);
        let seen = recipe.plan_variables.iter();
        let seen: Vec<&[f64]> = seen.map(|&v| self.decays.variable(v as usize)).collect();
        recipe.numbers.evaluate_tile(
            InstructionSet::best(),
            &recipe.numbers.scalars(&[]),
            &seen,
            tile.length,
            &mut self.scratch,
            &mut self.numbers.each_mut(count, tile.length),
        );
        for number in 0..count {
            let plane = tile.variable_mut(recipe.plan_variables.len() + number);
            plane.copy_from_slice(&self.numbers.get(number)[..plane.len()]);
        }
    }

    fn evaluate_folds(&mut self, recipe: &ColumnRecipe, length: usize, stride: usize) {
        self.folds.reset(recipe.folds.len(), stride);
        for (number, fold) in recipe.folds.iter().enumerate() {
            fold.evaluate(
                |variable| self.decays.variable(variable),
                length,
                &mut self.scratch,
                self.folds.get_mut(number),
            );
        }
    }

    fn evaluate_barriers(&mut self, recipe: &ColumnRecipe, stride: usize) {
        self.barriers.reset(recipe.barriers.len(), stride);
        for (number, factor) in recipe.barriers.iter().enumerate() {
            InstructionSet::best().run(EvaluateBarrier {
                factor,
                q_squared: self.decays.q_squared(factor.tree, factor.node),
                out: self.barriers.get_mut(number),
            });
        }
    }
}
