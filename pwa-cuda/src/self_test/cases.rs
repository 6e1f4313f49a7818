//! Plans that use everything a kernel can do, and samples without a pattern for them.

use std::convert::Infallible;

use pwa_core::engine::{
    BuildError, Columns, Density, Plan, Precision, Shape, ShapeFunction, Storage, Terms, Wave,
};
use pwa_core::expr::{Expr, I};

/// Numbers of an event without a pattern.
pub(super) fn number(event: usize, k: usize) -> f64 {
    ((event * 7 + k * 13) % 101) as f64 / 50.0 - 1.0
}

pub const COLUMNS: usize = 9;
pub const VARIABLES: usize = 2;
pub const BACKGROUNDS: usize = 2;

/// Three rows; coefficients in several waves; four shapes of three functions that share parameters and
/// between them use every operation of formulas.
pub fn plan() -> Plan {
    let (m, m0, g0) = (Expr::variable(0), Expr::parameter(0), Expr::parameter(1));
    let resonance = 1.0 / (m0.powi(2) - m.powi(2) - I * &m0 * &g0 * &m);
    let line = (-&m * &m0).exp() * (&m * &m0).log().sin();
    let threshold = (&m - &m0 * 0.9).sqrt_or_zero();
    let phase = threshold.atan2(&(&m + &g0));
    let opening = Expr::cartesian(phase.cos(), (I * &threshold + &g0).log().im() + 0.3);
    let wave = |coefficient, shape, columns: &[(usize, usize)]| Wave {
        coefficient,
        shape,
        columns: columns.to_vec(),
    };
    let shape = |function, variables: &[usize], parameters: &[usize]| Shape {
        function,
        variables: variables.to_vec(),
        parameters: parameters.to_vec(),
    };
    Plan {
        rows: 3,
        coefficients: 4,
        parameters: 3,
        columns: COLUMNS,
        variables: VARIABLES,
        waves: vec![
            wave(0, Some(0), &[(0, 0), (1, 1), (2, 5)]),
            wave(0, Some(1), &[(0, 2), (2, 6)]),
            wave(1, Some(2), &[(0, 3), (1, 0)]),
            wave(2, None, &[(0, 1), (1, 4)]),
            wave(3, Some(3), &[(1, 7), (2, 8)]),
            wave(3, Some(0), &[(1, 3)]),
        ],
        shapes: vec![
            shape(0, &[0], &[0, 1]),
            shape(0, &[1], &[0, 1]),
            shape(1, &[1], &[1]),
            shape(2, &[0], &[2, 1]),
        ],
        functions: vec![
            ShapeFunction::new(&resonance, 1, 2),
            ShapeFunction::new(&line, 1, 1),
            ShapeFunction::new(&opening, 1, 2),
        ],
        ..Plan::default()
    }
}

/// A matrix between two rows with a free element that a shape modulates, and one without a free
/// parameter; the third row stays as it is.
pub fn with_densities(mut plan: Plan) -> Plan {
    let m = Expr::variable(0);
    let phase = (I * &m * Expr::parameter(0)).exp();
    let (functions, shapes) = (plan.functions.len(), plan.shapes.len());
    plan.functions.push(ShapeFunction::new(&phase, 1, 1));
    plan.functions.push(ShapeFunction::new(&m.powi(2), 1, 0));
    for (function, variable, parameters) in [(functions, 1, vec![1]), (functions + 1, 0, vec![])] {
        plan.shapes.push(Shape {
            function,
            variables: vec![variable],
            parameters,
        });
    }
    let density = |row, other, coefficient, shape| Density {
        row,
        other,
        coefficient,
        shape,
    };
    let first = plan.coefficients;
    // Coefficient 2 is one of the amplitudes' too.
    plan.densities = vec![
        density(0, 0, first, None),
        density(1, 1, first, Some(shapes + 1)),
        density(0, 1, first + 1, Some(shapes)),
        density(0, 1, 2, None),
    ];
    plan.coefficients += 2;
    plan
}

/// All that a plan can have: shapes, densities and backgrounds.
pub fn everything() -> Plan {
    Plan {
        backgrounds: BACKGROUNDS,
        ..with_densities(plan())
    }
}

/// Slots of a plan at which its intensities are positive.
pub fn point(plan: &Plan, number: usize) -> Vec<f64> {
    let shift = 1.0 + 0.01 * number as f64;
    let mut slots = vec![1.0, 0.2, -0.4, 0.9, 0.3, -0.2, 0.6, 0.5];
    if plan.coefficients > 4 {
        slots.extend([1.4, 0.3, 0.2, 0.1]);
    }
    slots.extend([1.05, 0.3, 0.95]);
    slots.extend((0..plan.backgrounds).map(|k| 0.8 - 0.5 * k as f64));
    slots.iter().map(|slot| slot * shift).collect()
}

/// The columns of a sample with these terms.
pub fn columns(terms: Terms, precision: Precision) -> Columns {
    let folder = None;
    let columns = columns_in(terms, &Storage { precision, folder });
    // No file, and no problem when a tile is filled.
    columns.expect("columns of numbers in memory")
}

/// The same, kept somewhere.
///
/// # Errors
/// When their file cannot be written.
pub fn columns_in(terms: Terms, storage: &Storage) -> Result<Columns, BuildError<Infallible>> {
    Columns::build(COLUMNS, VARIABLES, terms, storage, |tile| {
        for e in 0..tile.length {
            let event = tile.start + e;
            for column in 0..COLUMNS {
                let (re, im) = (number(event, column) + 1.3, number(event, column + 9));
                tile.set(column, e, re, im);
            }
            tile.set_variable(0, e, 1.0 + 0.4 * number(event, 20));
            tile.set_variable(1, e, 1.1 + 0.3 * number(event, 31));
        }
        Ok(())
    })
}

/// One event a term.
pub fn single(events: usize) -> Terms {
    let weights: Vec<f64> = (0..events).map(|e| 0.5 + (e % 5) as f64 * 0.3).collect();
    weights.into()
}

/// Groups of one to seven events, some with negative weights.
pub fn grouped(events: usize) -> Terms {
    let mut sizes = Vec::new();
    let mut taken = 0;
    while taken < events {
        let size = (1 + sizes.len() % 7).min(events - taken);
        sizes.push(size);
        taken += size;
    }
    let weights = (0..sizes.len()).map(|n| (n % 4) as f64 - 0.8).collect();
    let shares = (0..events).map(|e| 0.2 + (e % 4) as f64 * 0.1).collect();
    // The sizes are 1 to 7 and add up to the events, each of which has a share.
    Terms::grouped(weights, sizes, shares).expect("groups that fit")
}

/// With [`BACKGROUNDS`] of each term.
pub fn with_backgrounds(terms: Terms) -> Terms {
    (0..BACKGROUNDS).fold(terms, |terms, k| {
        let background = (0..terms.weights.len()).map(|n| 0.3 + (n % (11 - 4 * k)) as f64 * 0.1);
        let background = background.collect();
        terms.with_background(background)
    })
}

/// The plan with its line shapes replaced by ones: couplings alone.
pub fn without_shapes(mut plan: Plan) -> Plan {
    plan.waves.iter_mut().for_each(|wave| wave.shape = None);
    (plan.densities.iter_mut()).for_each(|density| density.shape = None);
    (plan.shapes, plan.functions, plan.parameters) = (Vec::new(), Vec::new(), 0);
    plan
}
