mod densities;
mod moments;

use std::sync::Arc;

use super::random::Stream;
use super::*;
use crate::engine::{
    Backend, Columns, CpuBackend, EventSums, Plan, Point, Reduction, Shape, ShapeFunction, Storage,
    Sums, Terms, Wave,
};
use crate::expr::{Expr, I};
use crate::objective::Order;
use crate::simd::InstructionSet;

/// A plan and its sample.
struct Case {
    plan: Plan,
    columns: Columns,
    ranges: Vec<[f64; 2]>,
}

fn m() -> Expr {
    Expr::variable(0)
}

fn p(index: u32) -> Expr {
    Expr::parameter(index)
}

/// q(m) of daughters with these masses, 0 below threshold.
fn momentum(m: &Expr, a: f64, b: f64) -> Expr {
    let squared =
        (m - (a + b)) * (m + (a + b)) * (m.powi(2) - (a - b) * (a - b)) / (4.0 * m.powi(2));
    squared.sqrt_or_zero()
}

/// A Breit-Wigner with the width of a P wave, barrier included.
fn running(m: &Expr, mass: &Expr, width: &Expr, a: f64, b: f64) -> Expr {
    let (q, q0) = (momentum(m, a, b), momentum(mass, a, b));
    let barrier = (1.0 + 9.0 * q0.powi(2)) / (1.0 + 9.0 * q.powi(2));
    let gamma = width * (q / q0).powi(3) * (mass / m) * barrier;
    1.0 / (mass.powi(2) - m.powi(2) - I * mass * gamma)
}

fn breit_wigner() -> ShapeFunction {
    ShapeFunction::new(&running(&m(), &p(0), &p(1), 0.494, 0.14), 1, 2)
}

/// A channel's i q/m, continued below its threshold.
fn channel(m: &Expr, threshold: f64) -> Expr {
    let open = (1.0 - (threshold / m).powi(2)).sqrt_or_zero();
    let closed = ((threshold / m).powi(2) - 1.0).sqrt_or_zero();
    (m - threshold).select(I * open, -closed)
}

/// `shapes`: (function, variables, parameters). Each shape stands beside a coefficient of its own,
/// two fixed waves beside them; two rows.
fn case(
    functions: Vec<ShapeFunction>,
    shapes: &[(usize, Vec<usize>, Vec<usize>)],
    ranges: &[[f64; 2]],
    variables: &[[f64; 2]],
    events: usize,
) -> Case {
    let floating = shapes.len();
    let waves = (0..floating + 2)
        .map(|k| Wave {
            coefficient: k,
            shape: (k < floating).then_some(k),
            columns: match k % 3 {
                0 => vec![(0, 2 * k), (1, 2 * k + 1)],
                1 => vec![(0, 2 * k)],
                _ => vec![(0, 2 * k), (1, 2 * k + 1), (0, 2 * k + 1)],
            },
        })
        .collect();
    let plan = Plan {
        rows: 2,
        coefficients: floating + 2,
        parameters: ranges.len(),
        columns: 2 * (floating + 2),
        variables: variables.len(),
        waves,
        shapes: shapes
            .iter()
            .map(|(function, variables, parameters)| Shape {
                function: *function,
                variables: variables.clone(),
                parameters: parameters.clone(),
            })
            .collect(),
        functions,
        ..Plan::default()
    };
    let columns = sample(&plan, variables, events);
    Case {
        plan,
        columns,
        ranges: ranges.to_vec(),
    }
}

/// Random columns; variables evenly spread in their intervals; some weights are negative.
fn sample(plan: &Plan, variables: &[[f64; 2]], events: usize) -> Columns {
    let mut stream = Stream::new(7);
    let weights = (0..events).map(|e| {
        if e % 50 == 0 {
            -0.2
        } else {
            0.5 + stream.uniform()
        }
    });
    columns(plan, variables, Terms::from(weights.collect::<Vec<f64>>()))
}

fn columns(plan: &Plan, variables: &[[f64; 2]], terms: Terms) -> Columns {
    let storage = Storage::default();
    let built = Columns::build(plan.columns, plan.variables, terms, &storage, |tile| {
        for e in 0..tile.length {
            let mut stream = Stream::new((tile.start + e) as u64 * 1009);
            for column in 0..plan.columns {
                let (re, im) = (stream.uniform() - 0.3, stream.uniform() - 0.6);
                tile.set(column, e, re, im);
            }
            for (variable, &range) in variables.iter().enumerate() {
                tile.set_variable(variable, e, stream.point(&[range])[0]);
            }
        }
        Ok::<(), ()>(())
    });
    built.unwrap()
}

impl Case {
    fn integral(self, evaluations: usize) -> Integral {
        let (plan, columns) = (Arc::new(self.plan), Arc::new(self.columns));
        let direct = CpuBackend::BEST.prepare(Arc::clone(&plan), Arc::clone(&columns));
        let direct: Arc<dyn EventSums> = Arc::from(direct.unwrap());
        let settings = Settings {
            ranges: Ranges::new(self.ranges),
            evaluations,
        };
        Integral::new(plan, columns, direct, settings)
    }

    /// The integral agrees with the direct sum everywhere in the ranges.
    fn agrees(self) -> Integral {
        let integral = self.integral(1_000_000);
        assert_eq!(integral.refusal(), None);
        assert_ne!(integral.method(), Method::Direct);
        let deviation = integral.deviation().unwrap();
        assert!(
            deviation.value <= 1e-12 && deviation.gradient <= 1e-10,
            "{deviation:?}"
        );
        let reduced = integral.reduced().unwrap();
        let mut stream = Stream::new(11);
        let mut worst = [0.0_f64; 3];
        for _ in 0..50 {
            let point = reduced.random_point(&mut stream);
            assert!(integral.covers(&point));
            let own = at(&integral, &point, Order::Hessian);
            let direct = at(integral.direct(), &point, Order::Hessian);
            for (worst, difference) in worst.iter_mut().zip(differences(&own, &direct)) {
                *worst = worst.max(difference);
            }
        }
        println!("ranks {:?}, {worst:?}, {deviation:?}", integral.ranks());
        // A basis is good to 1e-13 of the shape's maximum; a derivative by a parameter loses about
        // the square of the rank of it.
        assert!(
            worst[0] < 1e-12 && worst[1] < 1e-10 && worst[2] < 1e-9,
            "{worst:?}"
        );
        integral
    }
}

fn at(sums: &dyn EventSums, slots: &[f64], order: Order) -> Sums {
    let point = [Point::from(slots)];
    sums.evaluate(&point, Reduction::Intensity, order)
        .remove(0)
        .unwrap()
}

/// Differences relative to the value, the largest derivative, the largest second derivative.
fn differences(own: &Sums, direct: &Sums) -> [f64; 3] {
    let largest = |x: &mut dyn Iterator<Item = f64>| x.fold(0.0_f64, |m, x| m.max(x.abs()));
    let (a, b) = (
        own.hessian.as_ref().unwrap(),
        direct.hessian.as_ref().unwrap(),
    );
    let gradient = own.gradient.iter().zip(&direct.gradient);
    [
        (own.value / direct.value - 1.0).abs(),
        largest(&mut gradient.map(|(a, b)| a - b)) / largest(&mut direct.gradient.iter().copied()),
        largest(&mut (a - b).into_iter()) / largest(&mut b.iter().copied()),
    ]
}

#[test]
fn running_widths_from_threshold_on() {
    let shapes = [(0, vec![0], vec![0, 1]), (0, vec![0], vec![2, 3])];
    let ranges = [[0.867, 0.917], [0.03, 0.08], [1.38, 1.45], [0.2, 0.3]];
    // From the threshold itself, where q goes like a root, to 2 GeV.
    case(
        vec![breit_wigner()],
        &shapes,
        &ranges,
        &[[0.634_000_1, 2.0]],
        3000,
    )
    .agrees();
}

#[test]
fn states_of_a_few_mev() {
    let shapes = [(0, vec![0], vec![0, 1])];
    let ranges = [[1.0165, 1.0225], [0.0035, 0.005]];
    let phi = ShapeFunction::new(&running(&m(), &p(0), &p(1), 0.494, 0.494), 1, 2);
    case(vec![phi], &shapes, &ranges, &[[0.99, 1.6]], 20_000).agrees();
}

#[test]
fn a_flatte_cusp_inside_the_sample() {
    let sum = &p(1) * channel(&m(), 0.28) + &p(2) * channel(&m(), 0.9874);
    let flatte = ShapeFunction::new(&(1.0 / (p(0).powi(2) - m().powi(2) - sum)), 1, 3);
    let shapes = [(0, vec![0], vec![0, 1, 2])];
    let ranges = [[0.93, 0.98], [0.12, 0.2], [0.5, 0.8]];
    case(vec![flatte], &shapes, &ranges, &[[0.3, 1.8]], 4000).agrees();
}

#[test]
fn a_k_matrix_of_two_channels_and_two_poles() {
    // The first element of (1 - K C)^-1 with K_ij = sum_r g_ri g_rj / (m_r² - s), both poles
    // multiplied out of numerator and determinant: no 0/0 at a pole.
    let s = m().powi(2);
    let (d1, d2) = (p(0).powi(2) - &s, p(1).powi(2) - &s);
    let g = |pole: u32, channel: u32| p(2 * pole + channel);
    let (c1, c2) = (channel(&m(), 0.28), channel(&m(), 0.9874));
    let width = |channel| &d2 * g(1, channel).powi(2) + &d1 * g(2, channel).powi(2);
    let mixing = g(1, 0) * g(2, 1) - g(1, 1) * g(2, 0);
    let numerator = &d1 * &d2 - width(1) * &c2;
    let element = &numerator / (&numerator - width(0) * &c1 + mixing.powi(2) * &c1 * &c2);
    let shapes = [(0, vec![0], (0..6).collect())];
    let around = |x: f64, d: f64| [x - d, x + d];
    let ranges = [
        around(0.98, 0.02),
        around(1.5, 0.03),
        around(0.4, 0.05),
        around(0.6, 0.05),
        around(0.7, 0.05),
        around(0.3, 0.05),
    ];
    let function = ShapeFunction::new(&element, 1, 6);
    case(vec![function], &shapes, &ranges, &[[0.3, 1.9]], 3000).agrees();
}

#[test]
fn a_users_formula() {
    let formula = (-p(0) * m()).exp() * (p(1) * m().log()).exp();
    let shapes = [(0, vec![0], vec![0, 1])];
    let ranges = [[0.5, 3.0], [-1.0, 2.0]];
    let function = ShapeFunction::new(&formula, 1, 2);
    case(vec![function], &shapes, &ranges, &[[0.3, 2.5]], 2000).agrees();
}

#[test]
fn a_product_over_two_variables() {
    let (x, y) = (m(), Expr::variable(1));
    let product =
        running(&x, &p(0), &p(1), 0.494, 0.14) * running(&y, &p(2), &0.15.into(), 0.14, 0.14);
    let shapes = [(0, vec![0, 1], vec![0, 1, 2])];
    let ranges = [[0.887, 0.897], [0.045, 0.055], [0.765, 0.78]];
    let function = ShapeFunction::new(&product, 2, 3);
    case(
        vec![function],
        &shapes,
        &ranges,
        &[[0.64, 1.5], [0.3, 1.2]],
        4000,
    )
    .agrees();
}

#[test]
fn identical_particles_share_a_basis() {
    // One coefficient beside two shapes that differ in their variable: with two rows (products of
    // members) and with one (row by row).
    for rows in [1, 5] {
        let shapes = [(0, vec![0], vec![0, 1]), (0, vec![1], vec![0, 1])];
        let ranges = [[0.88, 0.91], [0.04, 0.06]];
        let mut case = case(
            vec![breit_wigner()],
            &shapes,
            &ranges,
            &[[0.64, 1.6], [0.64, 1.6]],
            2000,
        );
        let plan = &mut case.plan;
        plan.waves[1].coefficient = 0;
        plan.waves[0].columns = (0..rows).map(|row| (row, row)).collect();
        plan.waves[1].columns = (0..rows).map(|row| (row, 7 - row)).collect();
        plan.waves[2].columns = vec![(0, 6)];
        plan.waves[3].columns = vec![(rows - 1, 7)];
        plan.rows = rows;
        let integral = case.agrees();
        let ranks = integral.ranks();
        assert_eq!(ranks[0], ranks[1]);
        assert_eq!(integral.reduced().unwrap().vectors(), ranks[0] + 2);
    }
}

#[test]
fn one_parameter_in_two_places_and_shapes_without_parameters_or_variables() {
    let two_widths =
        running(&m(), &p(0), &p(1), 0.494, 0.14) + running(&m(), &1.4.into(), &p(2), 0.494, 0.14);
    let fixed = ShapeFunction::new(&(1.0 / (1.0 - I * m())), 1, 0);
    let alone = ShapeFunction::new(&Expr::cartesian(p(0).cos(), p(0).sin()), 0, 1);
    let functions = vec![ShapeFunction::new(&two_widths, 1, 3), fixed, alone];
    let shapes = [
        (0, vec![0], vec![0, 1, 1]),
        (1, vec![0], vec![]),
        (2, vec![], vec![2]),
    ];
    let ranges = [[0.88, 0.91], [0.04, 0.06], [-1.0, 2.0]];
    let integral = case(functions, &shapes, &ranges, &[[0.64, 1.6]], 1500).agrees();
    assert_eq!(integral.ranks()[1..], [1, 1]);
}

#[test]
fn couplings_alone_always_have_a_gram_matrix() {
    let mut case = case(vec![], &[], &[], &[], 700);
    case.plan.rows = 2;
    let integral = case.integral(1);
    assert_eq!(integral.method(), Method::Gram);
    let point = [0.3, -0.4, 1.2, 0.7];
    let own = at(&integral, &point, Order::Hessian);
    let direct = at(integral.direct(), &point, Order::Hessian);
    // Sums of 700 products, each good to an ulp or two.
    assert!(differences(&own, &direct).iter().all(|d| *d < 1e-13));
}

#[test]
fn a_shape_that_cannot_be_reduced_is_refused() {
    // A wave of a hundred periods whose frequency moves by a factor of two.
    let formula = (600.0 * p(0) * m()).sin();
    let function = ShapeFunction::new(&formula, 1, 1);
    let shapes = [(0, vec![0], vec![0])];
    let integral =
        case(vec![function], &shapes, &[[1.0, 2.0]], &[[0.0, 1.0]], 4000).integral(1_000_000);
    assert_eq!(integral.method(), Method::Direct);
    assert!(matches!(
        integral.refusal(),
        Some(Refusal::Rank { function: 0, .. })
    ));
    let point = [0.3, -0.4, 1.2, 0.7, 0.1, 0.9, 1.5];
    let own = at(&integral, &point, Order::Hessian);
    assert_eq!(own, at(integral.direct(), &point, Order::Hessian));
}

#[test]
fn ranges_without_a_value_are_refused() {
    // The pole's momentum is no number below the threshold.
    let shapes = [(0, vec![0], vec![0, 1])];
    let root = (p(0) - 0.634).sqrt() * m() * p(1);
    let function = ShapeFunction::new(&root, 1, 2);
    let bad = case(
        vec![function],
        &shapes,
        &[[0.6, 0.7], [0.1, 0.2]],
        &[[0.64, 1.0]],
        500,
    );
    let integral = bad.integral(1_000_000);
    assert!(matches!(
        integral.refusal(),
        Some(Refusal::NotFinite { .. })
    ));
    let bad = case(
        vec![breit_wigner()],
        &shapes,
        &[[0.9, 0.8], [0.1, 0.2]],
        &[[0.64, 1.0]],
        500,
    );
    let integral = bad.integral(1_000_000);
    assert_eq!(integral.refusal(), Some(&Refusal::Range { parameter: 0 }));
}

#[test]
fn a_single_evaluation_is_a_direct_sum() {
    let shapes = [(0, vec![0], vec![0, 1])];
    let ranges = [[0.88, 0.91], [0.04, 0.06]];
    let integral = case(vec![breit_wigner()], &shapes, &ranges, &[[0.64, 1.6]], 500).integral(1);
    assert!(matches!(integral.refusal(), Some(Refusal::Cost { .. })));
}

#[test]
fn other_weights_are_a_direct_sum() {
    let shapes = [(0, vec![0], vec![0, 1])];
    let ranges = [[0.88, 0.91], [0.04, 0.06]];
    let integral = case(vec![breit_wigner()], &shapes, &ranges, &[[0.64, 1.6]], 500);
    let integral = integral.integral(1_000_000);
    // The weights of a replica, inside the ranges.
    let slots = [0.3, -0.4, 1.2, 0.7, 0.1, 0.9, 0.9, 0.05];
    let (own, other) = (Point::from(&slots[..]), vec![2.0; 500].into());
    let replica = Point {
        weights: Some(&other),
        ..own
    };
    // Answers stand in the order of the questions, whichever way they came.
    let batch = [own, replica, own];
    let sums = integral.evaluate(&batch, Reduction::Intensity, Order::Gradient);
    let direct = integral
        .direct()
        .evaluate(&[replica], Reduction::Intensity, Order::Gradient);
    assert_eq!(sums[1], direct[0]);
    assert_eq!(sums[0], Ok(at(&integral, &slots, Order::Gradient)));
    assert_eq!(sums[0], sums[2]);
}

#[test]
fn leaving_the_ranges_makes_no_jump() {
    let shapes = [(0, vec![0], vec![0, 1])];
    let ranges = [[0.88, 0.91], [0.04, 0.06]];
    let integral =
        case(vec![breit_wigner()], &shapes, &ranges, &[[0.64, 1.6]], 2000).integral(1_000_000);
    let point = |mass| vec![0.3, -0.4, 1.2, 0.7, 0.1, 0.9, mass, 0.05];
    let value = |integral: &dyn EventSums, mass| at(integral, &point(mass), Order::Value).value;
    let inside = value(&integral, 0.91);
    let outside = value(&integral, 0.91 + 1e-15);
    assert!((inside / outside - 1.0).abs() < 1e-12);
    // With wider ranges the same point is inside, and nothing else has changed.
    let wider = integral.extended_to(&[integral.parameters(&point(0.95)).to_vec()]);
    assert!(wider.covers(&point(0.95)) && !integral.covers(&point(0.95)));
    let jump = value(&wider, 0.95) / value(&integral, 0.95) - 1.0;
    assert!(jump.abs() < 1e-12, "{jump}");
    // A fit that goes on outside takes the ranges along.
    let adaptive = AdaptiveIntegral::new(integral);
    let before = value(&adaptive, 0.95);
    for _ in 0..30 {
        let now = value(&adaptive, 0.95);
        assert!((now / before - 1.0).abs() < 1e-12, "{now} {before}");
    }
    assert_eq!(adaptive.extensions(), 1);
    assert!(adaptive.current().covers(&point(0.95)));
    // It can be as new, and go on from there as it did.
    let history = adaptive.history();
    let widened = value(&adaptive, 0.95);
    adaptive.relive(History::default());
    assert_eq!(value(&adaptive, 0.95), before);
    assert_eq!(adaptive.extensions(), 0);
    adaptive.relive(history);
    assert_eq!(value(&adaptive, 0.95), widened);
    assert_eq!(adaptive.extensions(), 1);
}

#[test]
fn threads_change_no_bit() {
    let build = || {
        let shapes = [(0, vec![0], vec![0, 1]), (0, vec![1], vec![0, 1])];
        let ranges = [[0.88, 0.91], [0.04, 0.06]];
        case(
            vec![breit_wigner()],
            &shapes,
            &ranges,
            &[[0.64, 1.6], [0.64, 1.6]],
            9000,
        )
    };
    let point = [0.3, -0.4, 1.2, 0.7, 0.1, 0.9, -0.5, 0.2, 0.9, 0.05];
    let mut results = Vec::new();
    for threads in [1, 2, 7] {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        let integral = pool.install(|| build().integral(1_000_000));
        assert_ne!(integral.method(), Method::Direct);
        results.push(at(&integral, &point, Order::Hessian));
    }
    assert_eq!(results[0], results[1]);
    assert_eq!(results[0], results[2]);
}

#[test]
fn instruction_sets_change_no_bit() {
    let ranges = [[0.88, 0.91], [0.04, 0.06]];
    let shapes = [(0, vec![0], vec![0, 1]), (0, vec![1], vec![0, 1])];
    let case = case(
        vec![breit_wigner()],
        &shapes,
        &ranges,
        &[[0.64, 1.6], [0.64, 1.6]],
        700,
    );
    let plan = Arc::new(case.plan);
    let point = [0.3, -0.4, 1.2, 0.7, 0.1, 0.9, -0.5, 0.2, 0.9, 0.05];
    let results: Vec<Sums> = InstructionSet::available()
        .into_iter()
        .map(|instructions| {
            let ranges = Ranges::new(case.ranges.clone());
            let bases = reduced::Bases::find(&plan, &case.columns, &ranges).unwrap();
            let reduced = bases.integrate(&case.columns, instructions).unwrap();
            reduced.evaluate(&point, Order::Hessian)
        })
        .collect();
    assert!(results.iter().all(|sums| *sums == results[0]));
}
