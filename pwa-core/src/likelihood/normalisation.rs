//! How intensities are normalised.
//!
//! ```text
//! Φ = sum over data sets s of α W ln M,   or extended, with N generated events,   α μ,   μ = T / ((1 - f) N)
//! M = T / (1 - f) / sum_j v_j   of a set by itself,   M = sum of μ of all sets of its group   where they are joint
//! ```
//!
//! W = sum_n w_n, and f the share of a background. Of sets normalised together the numbers of events against each other are
//! measured, their sum is not: to those of an extended likelihood belongs one more number, that of all events.

use super::DataSet;
use crate::expr::Expr;

/// How the intensity of a data set is normalised.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Normalisation {
    /// The shape only.
    Shape {
        /// sum_j v_j
        monte_carlo: f64,
    },
    /// The number of events too.
    Extended { generated: f64 },
    /// Together with all sets of one group.
    Joint { generated: f64, group: usize },
}

impl Normalisation {
    /// N where the number of events says something.
    pub fn generated(self) -> Option<f64> {
        match self {
            Self::Shape { .. } => None,
            Self::Extended { generated } | Self::Joint { generated, .. } => Some(generated),
        }
    }
}

/// Φ of data sets, as a function of their integrals and the parameters behind these.
pub(super) fn of_sets(sets: &[DataSet]) -> Expr {
    let term = |(number, set): (usize, &DataSet)| match divisor(sets, number) {
        Some(divisor) => divisor.log() * (set.factor() * set.weight),
        None => expected(sets, number, set.factor()),
    };
    let sum = sets
        .iter()
        .enumerate()
        .map(term)
        .reduce(|sum, term| sum + term);
    sum.unwrap_or_else(|| 0.0.into())
}

/// M of a data set; none of an extended likelihood.
pub(super) fn divisor(sets: &[DataSet], number: usize) -> Option<Expr> {
    match sets[number].normalisation {
        Normalisation::Shape { monte_carlo } => Some(all_events(sets, number) / monte_carlo),
        Normalisation::Extended { .. } => None,
        Normalisation::Joint { group, .. } => together(sets, group)
            .map(|number| expected(sets, number, 1.0))
            .reduce(|sum, term| sum + term),
    }
}

/// The data sets of a group.
pub fn together(sets: &[DataSet], group: usize) -> impl Iterator<Item = usize> {
    let is_of = move |number: &usize| match sets[*number].normalisation {
        Normalisation::Joint { group: of, .. } => of == group,
        Normalisation::Shape { .. } | Normalisation::Extended { .. } => false,
    };
    (0..sets.len()).filter(is_of)
}

/// μ, times a factor.
fn expected(sets: &[DataSet], number: usize, factor: f64) -> Expr {
    let generated = sets[number].normalisation.generated();
    all_events(sets, number) * (factor / generated.unwrap_or(1.0))
}

/// T / (1 - f)
fn all_events(sets: &[DataSet], number: usize) -> Expr {
    let integral = Expr::parameter(number as u32);
    match sets[number].signal_share() {
        Some(share) => integral / share,
        None => integral,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{DIMENSION, POINT, match_finite_differences, set, slots, sums};
    use super::*;
    use crate::likelihood::Likelihood;
    use crate::objective::{Objective, Order};

    const GENERATED: [f64; 2] = [3000.0, 2000.0];

    fn likelihood(normalisation: impl Fn(f64) -> Normalisation) -> Likelihood {
        let set = |(name, events, generated): (&str, usize, f64)| DataSet {
            normalisation: normalisation(generated),
            ..set(name, events, &[])
        };
        let sets = [("one", 300, GENERATED[0]), ("two", 200, GENERATED[1])].map(set);
        Likelihood::new(vec![slots()], sets.into(), Vec::new(), DIMENSION)
    }

    fn joint(generated: f64) -> Normalisation {
        Normalisation::Joint {
            generated,
            group: 0,
        }
    }

    fn nll(likelihood: &Likelihood) -> f64 {
        likelihood.evaluate(&POINT, Order::Value).unwrap().value
    }

    /// ln I of the events of both sets at a point.
    fn logarithms(point: &[f64]) -> Vec<f64> {
        let slots = slots().slots(point);
        let of = |events| sums(events, 3, 0).intensities(&slots).unwrap();
        [of(300), of(200)].concat().iter().map(|i| i.ln()).collect()
    }

    /// Sum of μ at a point.
    fn expected(point: &[f64]) -> f64 {
        let monte_carlo = sums(900, 11, 0).intensities(&slots().slots(point));
        let integral: f64 = monte_carlo.unwrap().iter().sum();
        integral / GENERATED[0] + integral / GENERATED[1]
    }

    #[test]
    fn sets_of_one_group_share_what_they_expect() {
        let (own, all) = (logarithms(&POINT), expected(&POINT));
        let want = 500.0 * all.ln() - own.iter().sum::<f64>();
        let got = nll(&likelihood(joint));
        assert!((got - want).abs() < 1e-12 * want.abs(), "{got} {want}");
        match_finite_differences(&likelihood(joint));
    }

    /// With s I in place of I an extended likelihood is s M - W ln s more, least at s = W / M.
    #[test]
    fn it_is_the_extended_likelihood_at_the_best_scale() {
        let extended = likelihood(|generated| Normalisation::Extended { generated });
        let (weight, all) = (500.0, expected(&POINT));
        let scale: f64 = weight / all;
        let best = nll(&extended) + (scale - 1.0) * all - weight * scale.ln();
        let got = nll(&likelihood(joint)) + weight - weight * f64::ln(weight);
        assert!((got - best).abs() < 1e-12 * best.abs(), "{got} {best}");
    }

    /// A group of one is a set by itself.
    #[test]
    fn one_set_alone_measures_its_shape() {
        let of = |normalisation| {
            let set = DataSet {
                normalisation,
                ..set("one", 300, &[])
            };
            Likelihood::new(vec![slots()], vec![set], Vec::new(), DIMENSION)
        };
        let alone = of(joint(900.0));
        let shape = of(Normalisation::Shape { monte_carlo: 900.0 });
        let [a, b] = [&alone, &shape].map(|of| of.evaluate(&POINT, Order::Hessian).unwrap());
        assert!((a.value - b.value).abs() < 1e-12 * b.value.abs());
        let [a, b] = [alone, shape].map(|of| of.monte_carlo_scores(&POINT, &[&[1.0; 900]]));
        for (a, b) in a.unwrap().iter().zip(&b.unwrap()) {
            assert!((a - b).abs() < 1e-9 * b.abs().max(1.0), "{a} {b}");
        }
    }

    #[test]
    fn scores_are_those_of_a_choice_among_all_events() {
        let matrix = likelihood(joint).score_matrix(&POINT).unwrap();
        let score = |place: usize| -> Vec<f64> {
            let at = |step: f64| {
                let mut point = POINT;
                point[place] += step;
                let divisor = expected(&point).ln();
                let own = logarithms(&point).into_iter();
                own.map(|own| own - divisor).collect::<Vec<f64>>()
            };
            let pairs = at(1e-5).into_iter().zip(at(-1e-5));
            pairs.map(|(up, down)| (up - down) / 2e-5).collect()
        };
        for i in 0..3 {
            for j in 0..3 {
                let want: f64 = score(i).iter().zip(score(j)).map(|(a, b)| a * b).sum();
                let error = (matrix[(i, j)] - want).abs();
                assert!(
                    error < 1e-7 * matrix[(2, 2)].max(matrix[(0, 0)]),
                    "{i} {j}: {error}"
                );
            }
        }
    }
}
