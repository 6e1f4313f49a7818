use std::sync::Arc;

use ndarray::Array2;

use super::*;
use crate::engine::{
    AdaptiveIntegral, Backend, Columns, CpuBackend, Density, EventSums, Integral, Method, Plan,
    Ranges, Settings, Shape, ShapeFunction, Storage, Terms, Wave,
};
use crate::expr::{Expr, I};
use crate::objective::{Objective, Order};

/// Parameters: Re and Im of the second coupling, a mass, a background fraction, a yield.
pub(super) const DIMENSION: usize = 5;
pub(super) const POINT: [f64; DIMENSION] = [0.7, -0.4, 1.1, 0.3, 2.0];

fn plan(backgrounds: usize) -> Arc<Plan> {
    let (m, m0) = (Expr::variable(0), Expr::parameter(0));
    let resonance = 1.0 / (m0.powi(2) - m.powi(2) - I * &m0 * 0.3);
    Arc::new(Plan {
        rows: 1,
        coefficients: 2,
        parameters: 1,
        columns: 2,
        variables: 1,
        waves: vec![
            Wave {
                coefficient: 0,
                shape: None,
                columns: vec![(0, 0)],
            },
            Wave {
                coefficient: 1,
                shape: Some(0),
                columns: vec![(0, 1)],
            },
        ],
        shapes: vec![Shape {
            function: 0,
            variables: vec![0],
            parameters: vec![0],
        }],
        functions: vec![ShapeFunction::new(&resonance, 1, 1)],
        backgrounds,
        ..Plan::default()
    })
}

pub(super) fn slots() -> Arc<SlotMap> {
    let second = Expr::parameter(0) + I * Expr::parameter(1);
    Arc::new(SlotMap::new(DIMENSION, &[1.0.into(), second], &[2]))
}

fn columns(events: usize, seed: usize, backgrounds: usize) -> Arc<Columns> {
    let number = |event: usize, k: usize| ((event * 7 + k * 13 + seed) % 101) as f64 / 101.0;
    let mut terms = Terms::from(vec![1.0; events]);
    for part in 0..backgrounds {
        let of_events = (0..events).map(|event| 0.5 + number(event, 5 + 3 * part));
        terms = terms.with_background(of_events.collect());
    }
    let columns = Columns::build(2, 1, terms, &Storage::default(), |tile| {
        for e in 0..tile.length {
            let event = tile.start + e;
            tile.set(0, e, 0.5 + number(event, 1), number(event, 2));
            tile.set(1, e, 0.3, number(event, 3));
            tile.set_variable(0, e, 0.8 + 0.6 * number(event, 4));
        }
        Ok::<(), ()>(())
    });
    Arc::new(columns.unwrap())
}

pub(super) fn sums(events: usize, seed: usize, backgrounds: usize) -> Box<dyn EventSums> {
    let columns = columns(events, seed, backgrounds);
    CpuBackend::BEST
        .prepare(plan(backgrounds), columns)
        .unwrap()
}

pub(super) fn set(name: &str, events: usize, factors: &[Expr]) -> DataSet {
    let background = Background {
        factors: factors.iter().map(Formula::new).collect(),
        signal_share: None,
        parts: Vec::new(),
    };
    DataSet {
        name: name.to_owned(),
        model: 0,
        data: sums(events, 3, factors.len()),
        monte_carlo: sums(900, 11, 0),
        integral: None,
        weight: events as f64,
        weight_squared: events as f64,
        events,
        normalisation: Normalisation::Shape { monte_carlo: 900.0 },
        background: (!factors.is_empty()).then(|| Arc::new(background)),
        weight_factor: false,
        weighted: false,
    }
}

/// Two sets, of which the first has a background whose weight depends on its integral, and a
/// normalisation that joins both integrals with a yield.
pub(super) fn joint() -> Likelihood {
    let (first, second) = (Expr::parameter(0), Expr::parameter(1));
    let parameter = |place: u32| Expr::parameter(2 + place);
    let kappa = &first * parameter(3) / (1.0 - parameter(3)) / 900.0;
    let phi = (&first + &second * 0.5).log() * 500.0 + parameter(4) * &second / 900.0
        - parameter(4).log() * 200.0;
    let sets = vec![set("one", 300, &[kappa]), set("two", 200, &[])];
    Likelihood::new(vec![slots()], sets, Vec::new(), DIMENSION).normalised_by(Formula::new(&phi))
}

#[test]
fn joint_normalisation_and_background_match_their_definition() {
    let likelihood = joint();
    let slots = slots().slots(&POINT);
    let data = sums(300, 3, 0).intensities(&slots).unwrap();
    let other = sums(200, 3, 0).intensities(&slots).unwrap();
    let monte_carlo = sums(900, 11, 0).intensities(&slots).unwrap();
    let integral: f64 = monte_carlo.iter().sum();
    let kappa = integral * POINT[3] / (1.0 - POINT[3]) / 900.0;
    let number = |event: usize| ((event * 7 + 5 * 13 + 3) % 101) as f64 / 101.0;
    let first = data
        .iter()
        .enumerate()
        .map(|(event, i)| (i + kappa * (0.5 + number(event))).ln());
    let second = other.iter().map(|i| i.ln());
    let phi = (1.5 * integral).ln() * 500.0 + POINT[4] * integral / 900.0 - POINT[4].ln() * 200.0;
    let want = phi - first.sum::<f64>() - second.sum::<f64>();
    let got = likelihood.evaluate(&POINT, Order::Value).unwrap().value;
    assert!((got - want).abs() < 1e-12 * want.abs(), "{got} {want}");
}

#[test]
fn derivatives_of_a_joint_normalisation_match_finite_differences() {
    match_finite_differences(&joint());
}

pub(super) fn match_finite_differences(likelihood: &dyn Objective) {
    let exact = likelihood.evaluate(&POINT, Order::Hessian).unwrap();
    let (gradient, hessian) = (exact.gradient.unwrap(), exact.hessian.unwrap());
    for i in 0..DIMENSION {
        let h = 1e-4;
        let at = |step: f64| {
            let mut point = POINT;
            point[i] += step;
            likelihood.evaluate(&point, Order::Gradient).unwrap()
        };
        let (far_up, up, down, far_down) = (at(2.0 * h), at(h), at(-h), at(-2.0 * h));
        // Richardson: error O(h^4).
        let numeric = |f: &dyn Fn(&crate::objective::Evaluation) -> f64| {
            (8.0 * (f(&up) - f(&down)) - (f(&far_up) - f(&far_down))) / (12.0 * h)
        };
        let scale = exact.value.abs().max(hessian[(i, i)].abs());
        assert!((numeric(&|e| e.value) - gradient[i]).abs() < 1e-8 * scale);
        for j in 0..DIMENSION {
            let error = numeric(&|e| e.gradient.as_ref().unwrap()[j]) - hessian[(i, j)];
            assert!(error.abs() < 1e-8 * scale, "{i} {j}: {error}");
        }
    }
}

/// Two sets, of which the second has a background of two parts that is a share of its events.
fn shared() -> Likelihood {
    let (fraction, moved) = (Expr::parameter(2 + 3), Expr::parameter(2 + 4));
    let share = 1.0 - fraction.clone();
    let whole = 700.0 + 500.0 * &moved;
    let kappa = Expr::parameter(1) * (fraction / &share) / whole;
    let second = DataSet {
        background: Some(Arc::new(Background {
            factors: vec![Formula::new(&kappa), Formula::new(&(&kappa * moved))],
            signal_share: Some(share),
            parts: [0, 1].map(|number| [part(number), part(number)]).to_vec(),
        })),
        ..set("two", 300, &[kappa.clone(), kappa])
    };
    let sets = vec![set("one", 200, &[]), second];
    Likelihood::new(vec![slots()], sets, Vec::new(), DIMENSION)
}

/// b of a part of the background in 300 events.
fn part(number: usize) -> Vec<f64> {
    let of_event = |event: usize| (event * 7 + (5 + 3 * number) * 13 + 3) % 101;
    (0..300)
        .map(|event| 0.5 + of_event(event) as f64 / 101.0)
        .collect()
}

/// -ln[(1 - f) I/<I> + f b/<b>] of each event, with sums of the parts of b of 700 and 500.
fn of_a_mixture(events: usize, f: f64, point: &[f64]) -> Vec<f64> {
    let slots = slots().slots(point);
    let data = sums(events, 3, 0).intensities(&slots).unwrap();
    let monte_carlo = sums(900, 11, 0).intensities(&slots).unwrap();
    let mean = monte_carlo.iter().sum::<f64>() / 900.0;
    let (parts, a) = ([part(0), part(1)], point[4]);
    let b = |event: usize| (parts[0][event] + a * parts[1][event]) / (700.0 + 500.0 * a);
    let terms = data.iter().enumerate();
    terms
        .map(|(event, i)| -((1.0 - f) * i / mean + f * b(event) * 900.0).ln())
        .collect()
}

#[test]
fn a_share_of_background_is_a_mixture_of_densities_with_exact_derivatives() {
    let likelihood = shared();
    let value = likelihood.evaluate(&POINT, Order::Value).unwrap().value;
    let sets = [
        of_a_mixture(200, 0.0, &POINT),
        of_a_mixture(300, POINT[3], &POINT),
    ];
    let want: f64 = sets.iter().flatten().sum();
    assert!((value - want).abs() < 1e-11 * want.abs(), "{value} {want}");
    match_finite_differences(&likelihood);
}

#[test]
fn a_background_below_zero_is_refused_whatever_the_intensity_is() {
    let likelihood = shared();
    let mut point = POINT;
    (point[3], point[4]) = (0.001, -0.9);
    let [b, other] = [part(0), part(1)];
    let mut densities = b.iter().zip(other);
    let event = densities.position(|(b, other)| b - 0.9 * other < 0.0);
    let says = format!(
        "event {} in the data of two is below zero",
        event.expect("such an event")
    );
    let refused = likelihood.evaluate(&point, Order::Value).unwrap_err();
    assert!(refused.reason.contains(&says), "{}", refused.reason);

    // Also where the Monte Carlo reaches and no data do.
    let mut likelihood = shared();
    let mut background = Background::clone(likelihood.sets[1].background.as_ref().unwrap());
    background.parts = vec![[vec![1.0], vec![1.0; 8]], [vec![0.0], vec![2.0; 8]]];
    likelihood.sets[1].background = Some(Arc::new(background));
    let refused = likelihood.evaluate(&point, Order::Value).unwrap_err();
    let says = "event 0 in the Monte Carlo of two is below zero";
    assert!(refused.reason.contains(says), "{}", refused.reason);
}

#[test]
fn scores_of_a_share_of_background_are_those_of_the_mixture() {
    let matrix = shared().score_matrix(&POINT).unwrap();
    let scores: Vec<Vec<f64>> = (0..DIMENSION)
        .map(|place| {
            let at = |step: f64| {
                let mut point = POINT;
                point[place] += step;
                let one = of_a_mixture(200, 0.0, &point);
                [one, of_a_mixture(300, point[3], &point)].concat()
            };
            let (up, down) = (at(1e-5), at(-1e-5));
            up.iter()
                .zip(&down)
                .map(|(up, down)| (up - down) / 2e-5)
                .collect()
        })
        .collect();
    for (i, of_i) in scores.iter().enumerate() {
        for (j, of_j) in scores.iter().enumerate() {
            let want: f64 = of_i.iter().zip(of_j).map(|(a, b)| a * b).sum();
            let scale = matrix[(3, 3)].max(matrix[(2, 2)]);
            assert!(
                (matrix[(i, j)] - want).abs() < 1e-7 * scale,
                "{i} {j}: {want}"
            );
        }
    }
}

#[test]
fn a_batch_gives_the_bits_of_single_points_and_names_the_bad_one() {
    let likelihood = joint();
    let mut points: Vec<Vec<f64>> = (0..5)
        .map(|n| {
            POINT
                .iter()
                .map(|x| x * (1.0 + 0.02 * f64::from(n)))
                .collect()
        })
        .collect();
    // A logarithm of a negative yield.
    points[2][4] = -1.0;
    for order in [Order::Value, Order::Gradient, Order::Hessian] {
        let together = likelihood.evaluate_many(&points, order);
        for (point, result) in points.iter().zip(&together) {
            assert_eq!(*result, likelihood.evaluate(point, order));
        }
        assert!(together[2].is_err() && together[3].is_ok());
    }
}

#[test]
fn scores_of_an_explicit_background_add_up_to_the_gradient_by_its_weight() {
    // One parameter moves κ alone: its score is sum (b/J)², that of a fixed integral.
    let kappa = Expr::parameter(1 + 3);
    let sets = vec![set("one", 300, &[kappa])];
    let likelihood = Likelihood::new(vec![slots()], sets, Vec::new(), DIMENSION);
    let matrix = likelihood.score_matrix(&POINT).unwrap();
    let slots = slots().slots(&POINT);
    let intensities = sums(300, 3, 0).intensities(&slots).unwrap();
    let number = |event: usize| ((event * 7 + 5 * 13 + 3) % 101) as f64 / 101.0;
    let want: f64 = intensities
        .iter()
        .enumerate()
        .map(|(event, i)| {
            let b = 0.5 + number(event);
            (b / (i + POINT[3] * b)).powi(2)
        })
        .sum();
    assert!((matrix[(3, 3)] - want).abs() < 1e-12 * want);
}

#[test]
fn a_prepared_integral_gives_the_metric_and_the_likelihood_of_the_sums() {
    let direct = Likelihood::new(
        vec![slots()],
        vec![set("one", 300, &[])],
        Vec::new(),
        DIMENSION,
    );
    let integral = Integral::new(
        plan(0),
        columns(900, 11, 0),
        Arc::from(sums(900, 11, 0)),
        Settings {
            ranges: Ranges::new(vec![[1.05, 1.15]]),
            evaluations: 1_000_000,
        },
    );
    assert_eq!(integral.method(), Method::Gram, "{:?}", integral.refusal());
    let integral = Arc::new(AdaptiveIntegral::new(integral));
    let mut prepared = set("one", 300, &[]);
    prepared.monte_carlo = Box::new(Arc::clone(&integral));
    prepared.integral = Some(integral);
    let prepared = Likelihood::new(vec![slots()], vec![prepared], Vec::new(), DIMENSION);
    let (want, got) = (
        direct.metric(&POINT).unwrap(),
        prepared.metric(&POINT).unwrap(),
    );
    let scale = want.iter().fold(0.0_f64, |scale, x| scale.max(x.abs()));
    for (want, got) in want.iter().zip(&got) {
        assert!((want - got).abs() < 1e-11 * scale, "{want} {got}");
    }
    let value = |likelihood: &Likelihood| likelihood.evaluate(&POINT, Order::Value).unwrap().value;
    let (want, got) = (value(&direct), value(&prepared));
    assert!((want - got).abs() < 1e-12 * want.abs(), "{want} {got}");
}

/// The plan with a matrix between two rows that a phase of the event's variable turns: the first row
/// holds the first wave, the second the other.
fn turning() -> Plan {
    let mut plan = (*plan(1)).clone();
    let phase = (I * Expr::variable(0) * Expr::parameter(0)).exp();
    plan.functions.push(ShapeFunction::new(&phase, 1, 1));
    plan.shapes.push(Shape {
        function: 1,
        variables: vec![0],
        parameters: vec![1],
    });
    (plan.rows, plan.coefficients, plan.parameters) = (2, 4, 2);
    plan.waves[1].columns = vec![(0, 0), (1, 1)];
    let density = |row, other, coefficient, shape| Density {
        row,
        other,
        coefficient,
        shape,
    };
    plan.densities = vec![
        density(0, 0, 2, None),
        density(1, 1, 2, None),
        density(0, 1, 3, Some(1)),
    ];
    plan
}

#[test]
fn a_parameter_of_a_matrix_between_rows_has_an_error() {
    let backend = CpuBackend::BEST;
    let sums = backend.prepare(Arc::new(turning()), columns(900, 11, 1));
    let slots = [1.0, 0.0, 0.7, -0.4, 1.0, 0.0, 0.3, 0.1, 1.1, 0.4];
    let errors = slot_errors(&*sums.unwrap(), &slots, 8..10, 500.0).unwrap();
    assert!(
        errors.iter().all(|e| (0.001..1.0).contains(e)),
        "{errors:?}"
    );
}

#[test]
fn an_integral_with_densities_and_a_background_gives_the_likelihood_of_the_sums() {
    // A parameter turns the matrix, the background's weight depends on the integral.
    let turning = Arc::new(turning());
    let second = Expr::parameter(0) + I * Expr::parameter(1);
    let element = Expr::parameter(3) * 0.5;
    let coefficients = [1.0.into(), second, 1.0.into(), element];
    let slots = Arc::new(SlotMap::new(DIMENSION, &coefficients, &[2, 4]));
    let kappa = Expr::parameter(0) * Expr::parameter(1 + 3) / 900.0;
    let prepare = |events, seed| {
        let columns = columns(events, seed, 1);
        (CpuBackend::BEST.prepare(Arc::clone(&turning), columns)).unwrap()
    };
    let integral = Integral::new(
        Arc::clone(&turning),
        columns(900, 11, 1),
        Arc::from(prepare(900, 11)),
        Settings {
            ranges: Ranges::new(vec![[1.05, 1.15], [1.0, 3.0]]),
            evaluations: 1_000_000,
        },
    );
    assert_eq!(integral.method(), Method::Gram, "{:?}", integral.refusal());
    let likelihood = |integral: Option<Arc<AdaptiveIntegral>>| {
        let mut set = set("one", 300, std::slice::from_ref(&kappa));
        set.data = prepare(300, 3);
        set.monte_carlo = match &integral {
            Some(integral) => Box::new(Arc::clone(integral)),
            None => prepare(900, 11),
        };
        set.integral = integral;
        Likelihood::new(vec![Arc::clone(&slots)], vec![set], Vec::new(), DIMENSION)
    };
    let direct = likelihood(None);
    let prepared = likelihood(Some(Arc::new(AdaptiveIntegral::new(integral))));
    let close = |want: &[f64], got: &[f64], what: &str| {
        let scale = want.iter().fold(0.0_f64, |scale, x| scale.max(x.abs()));
        for (want, got) in want.iter().zip(got) {
            assert!((want - got).abs() < 1e-10 * scale, "{what}: {want} {got}");
        }
    };
    let [want, got] = [&direct, &prepared].map(|l| l.evaluate(&POINT, Order::Hessian).unwrap());
    assert!((want.value - got.value).abs() < 1e-12 * want.value.abs());
    let flat = |matrix: Array2<f64>| matrix.into_iter().collect::<Vec<f64>>();
    close(&want.gradient.unwrap(), &got.gradient.unwrap(), "gradient");
    close(
        &flat(want.hessian.unwrap()),
        &flat(got.hessian.unwrap()),
        "Hessian",
    );
    let [want, got] = [direct, prepared].map(|l| flat(l.metric(&POINT).unwrap()));
    close(&want, &got, "metric");
}
