use std::sync::Arc;

use super::*;
use crate::expr::{Expr, I};
use crate::objective::Order;

/// Two rows, three coefficients in four waves (one coefficient twice, as identical particles
/// have), two shapes that share a parameter.
fn example(events: usize) -> (Plan, Columns) {
    let (m, m0, g0) = (Expr::variable(0), Expr::parameter(0), Expr::parameter(1));
    let resonance = 1.0 / (m0.powi(2) - m.powi(2) - I * &m0 * &g0 * &m);
    let line = (-&m * &m0).exp();
    let wave = |coefficient, shape, columns: &[(usize, usize)]| Wave {
        coefficient,
        shape,
        columns: columns.to_vec(),
    };
    let plan = Plan {
        rows: 2,
        coefficients: 3,
        parameters: 2,
        columns: 5,
        variables: 2,
        waves: vec![
            wave(0, Some(0), &[(0, 0), (1, 1)]),
            wave(0, Some(1), &[(0, 2)]),
            wave(1, Some(2), &[(0, 3), (1, 0)]),
            wave(2, None, &[(0, 1), (1, 4)]),
        ],
        shapes: vec![
            Shape {
                function: 0,
                variables: vec![0],
                parameters: vec![0, 1],
            },
            Shape {
                function: 0,
                variables: vec![1],
                parameters: vec![0, 1],
            },
            Shape {
                function: 1,
                variables: vec![1],
                parameters: vec![1],
            },
        ],
        functions: vec![
            ShapeFunction::new(&resonance, 1, 2),
            ShapeFunction::new(&line, 1, 1),
        ],
        ..Plan::default()
    };
    let weights: Vec<f64> = (0..events).map(|e| 0.5 + (e % 5) as f64 * 0.3).collect();
    (plan, columns(Terms::from(weights), &Storage::default()))
}

/// Numbers of an event without a pattern.
fn number(event: usize, k: usize) -> f64 {
    ((event * 7 + k * 13) % 101) as f64 / 50.0 - 1.0
}

fn columns(terms: Terms, storage: &Storage) -> Columns {
    let columns = Columns::build(5, 2, terms, storage, |tile| {
        for e in 0..tile.length {
            let event = tile.start + e;
            for column in 0..5 {
                let (re, im) = (number(event, column) + 1.3, number(event, column + 9));
                tile.set(column, e, re, im);
            }
            tile.set_variable(0, e, 1.0 + 0.4 * number(event, 20));
            tile.set_variable(1, e, 1.1 + 0.3 * number(event, 31));
        }
        Ok::<(), ()>(())
    });
    columns.unwrap()
}

fn prepared(events: usize) -> Box<dyn EventSums> {
    let (plan, columns) = example(events);
    CpuBackend::BEST
        .prepare(Arc::new(plan), Arc::new(columns))
        .unwrap()
}

const POINT: [f64; 8] = [1.0, 0.2, -0.4, 0.9, 0.3, -0.7, 1.05, 0.3];

fn value(sums: &dyn EventSums, point: &[f64], reduction: Reduction) -> Sums {
    sums.evaluate(&[point.into()], reduction, Order::Hessian)
        .remove(0)
        .unwrap()
}

#[test]
fn derivatives_by_slots_match_finite_differences() {
    differences_match(&*prepared(700), &POINT);
}

fn differences_match(sums: &dyn EventSums, point: &[f64]) {
    for reduction in [Reduction::LogIntensity, Reduction::Intensity] {
        let exact = value(sums, point, reduction);
        let hessian = exact.hessian.unwrap();
        for i in 0..point.len() {
            let at = |step: f64| {
                let mut point = point.to_vec();
                point[i] += step;
                value(sums, &point, reduction)
            };
            let h = 2e-4;
            let (far_up, up, down, far_down) = (at(2.0 * h), at(h), at(-h), at(-2.0 * h));
            // Richardson: error O(h^4), far below the tolerance.
            let numeric = |f: &dyn Fn(&Sums) -> f64| {
                (8.0 * (f(&up) - f(&down)) - (f(&far_up) - f(&far_down))) / (12.0 * h)
            };
            let scale = exact.value.abs().max(hessian[(i, i)].abs());
            assert!((numeric(&|s| s.value) - exact.gradient[i]).abs() < 1e-8 * scale);
            for j in 0..point.len() {
                let error = (numeric(&|s| s.gradient[j]) - hessian[(i, j)]).abs();
                assert!(error < 1e-8 * scale, "{reduction:?} {i} {j}: {error}");
            }
        }
    }
}

#[test]
fn the_gram_matrix_gives_the_sum_and_its_gradient() {
    let sums = prepared(300);
    let exact = value(&*sums, &POINT, Reduction::Intensity);
    let gram = sums.gram(&POINT, true).unwrap();
    let c: Vec<_> = POINT[..6]
        .chunks(2)
        .map(|c| num_complex::Complex64::new(c[0], c[1]))
        .collect();
    let all = [0, 1, 2];
    let integral = gram.integral(&c, &all, &all);
    assert!((integral.re - exact.value).abs() < 1e-13 * exact.value);
    let gradient = gram.integral_gradient(&c, &all, &all, 2);
    for (got, want) in gradient.iter().zip(&exact.gradient) {
        assert!((got - want).abs() < 1e-12 * exact.value);
    }
}

#[test]
fn a_point_does_not_know_its_batch_nor_the_threads() {
    let sums = prepared(5000);
    let points: Vec<Vec<f64>> = (0..5)
        .map(|n| {
            POINT
                .iter()
                .map(|x| x * (1.0 + 0.01 * f64::from(n)))
                .collect()
        })
        .collect();
    let order = Order::Hessian;
    let all: Vec<Point> = points.iter().map(|point| point[..].into()).collect();
    let together = sums.evaluate(&all, Reduction::LogIntensity, order);
    for threads in [1, 2, 7] {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        for (point, expected) in points.iter().zip(&together) {
            let alone =
                pool.install(|| sums.evaluate(&[point[..].into()], Reduction::LogIntensity, order));
            assert_eq!(alone[0], *expected, "{threads} threads");
        }
    }
}

#[test]
fn an_event_without_intensity_is_named() {
    let (plan, _) = example(600);
    let columns = Columns::build(5, 2, vec![1.0; 600], &Storage::default(), |tile| {
        for e in 0..tile.length {
            for column in 0..5 {
                let one = f64::from(u8::from(tile.start + e != 301));
                tile.set(column, e, one, 0.0);
            }
            tile.set_variable(0, e, 1.0);
            tile.set_variable(1, e, 1.0);
        }
        Ok::<(), ()>(())
    });
    let sums = CpuBackend::BEST
        .prepare(Arc::new(plan), Arc::new(columns.unwrap()))
        .unwrap();
    let result = sums.evaluate(&[POINT[..].into()], Reduction::LogIntensity, Order::Value);
    assert_eq!(
        result[0],
        Err(SumError::Intensity {
            event: 301,
            intensity: 0.0
        })
    );
}

#[test]
fn a_point_without_intensity_leaves_its_neighbours_alone() {
    let sums = prepared(600);
    let nothing = [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, POINT[6], POINT[7]];
    let (log, order) = (Reduction::LogIntensity, Order::Hessian);
    let alone = sums.evaluate(&[POINT[..].into()], log, order).remove(0);
    for bad in 0..6 {
        let points: Vec<Point> = (0..6)
            .map(|n| if n == bad { &nothing } else { &POINT })
            .map(|point| point[..].into())
            .collect();
        for (n, result) in sums.evaluate(&points, log, order).into_iter().enumerate() {
            if n == bad {
                let (event, intensity) = (0, 0.0);
                assert_eq!(result, Err(SumError::Intensity { event, intensity }));
            } else {
                assert_eq!(result, alone, "point {n} beside {bad}");
            }
        }
    }
}

#[test]
fn information_is_the_spread_of_the_scores() {
    let (plan, columns) = example(700);
    let sums = prepared(700);
    let information = sums.information(POINT[..].into()).unwrap();
    // The weights of a point take the place of the sample's.
    let heavier: Arc<[f64]> = columns.weights().iter().map(|w| 4.0 * w).collect();
    let point = Point {
        slots: &POINT,
        weights: Some(&heavier),
    };
    assert_eq!(
        sums.information(point).unwrap().matrix,
        &information.matrix * 4.0
    );
    // The same sums from scores whose weights are the roots of |w| I.
    let weights = columns
        .weights()
        .iter()
        .copied()
        .zip(sums.intensities(&POINT).unwrap());
    let weights: Vec<f64> = weights.map(|(w, i)| (w.abs() * i).sqrt()).collect();
    let mut reweighted = columns;
    reweighted.set_weights(weights);
    let other = CpuBackend::BEST
        .prepare(Arc::new(plan), Arc::new(reweighted))
        .unwrap();
    let scores = other.scores(&POINT).unwrap();
    // 700 terms, each good to a few ulp.
    assert!((information.weight / scores.weight - 1.0).abs() < 1e-13);
    for (a, mean) in information.mean.iter().enumerate() {
        assert!((mean - scores.first[a] / scores.weight).abs() < 1e-12);
        for (b, other) in information.mean.iter().enumerate() {
            let want = scores.second[(a, b)] - mean * other * scores.weight;
            let size = scores.second[(a, a)].max(scores.second[(b, b)]);
            assert!((information.matrix[(a, b)] - want).abs() < 1e-12 * size);
        }
    }
}

/// A density matrix between the two rows with a free element that a shape of the second variable
/// modulates, and one without a free parameter in it.
fn with_densities(mut plan: Plan) -> Plan {
    let m = Expr::variable(0);
    let phase = (I * &m * Expr::parameter(0)).exp();
    let fixed = m.powi(2);
    let first = plan.functions.len();
    plan.functions.push(ShapeFunction::new(&phase, 1, 1));
    plan.functions.push(ShapeFunction::new(&fixed, 1, 0));
    plan.shapes.push(Shape {
        function: first,
        variables: vec![1],
        parameters: vec![1],
    });
    plan.shapes.push(Shape {
        function: first + 1,
        variables: vec![0],
        parameters: vec![],
    });
    let density = |row, other, coefficient, shape| Density {
        row,
        other,
        coefficient,
        shape,
    };
    // Coefficient 2 is one of the amplitudes' too.
    plan.densities = vec![
        density(0, 0, 3, None),
        density(1, 1, 3, Some(4)),
        density(0, 1, 4, Some(3)),
        density(0, 1, 2, None),
    ];
    plan.coefficients = 5;
    plan
}

const DENSITY_POINT: [f64; 12] = [
    1.0, 0.2, -0.4, 0.9, 0.1, -0.2, 1.4, 0.3, 0.2, 0.1, 1.05, 0.3,
];

#[test]
fn derivatives_with_densities_match_finite_differences() {
    let (plan, columns) = example(300);
    let sums = CpuBackend::BEST
        .prepare(Arc::new(with_densities(plan)), Arc::new(columns))
        .unwrap();
    differences_match(&*sums, &DENSITY_POINT);
}

#[test]
fn a_density_is_the_matrix_between_rows() {
    let (plan, columns) = example(300);
    let plan = with_densities(plan);
    let (_, variables) = example(300);
    let sums = CpuBackend::BEST
        .prepare(Arc::new(plan), Arc::new(columns))
        .unwrap();
    let rows = sums.amplitudes(&DENSITY_POINT).unwrap();
    let intensities = sums.intensities(&DENSITY_POINT).unwrap();
    let c = |k: usize| {
        let at = 2 * k;
        num_complex::Complex64::new(DENSITY_POINT[at], DENSITY_POINT[at + 1])
    };
    for event in 0..variables.events() {
        let (m, v) = (1.0 + 0.4 * number(event, 20), 1.1 + 0.3 * number(event, 31));
        let (a, b) = (rows[0][event], rows[1][event]);
        let mixed = c(4) * (num_complex::Complex64::I * v * DENSITY_POINT[11]).exp() + c(2);
        let want = c(3).re * a.norm_sqr()
            + c(3).re * m * m * b.norm_sqr()
            + 2.0 * (mixed * a * b.conj()).re;
        // A few roundings of numbers of order ten.
        assert!((intensities[event] - want).abs() < 1e-13 * (1.0 + want.abs()));
    }
}

/// Groups of one to seven events.
fn grouped(events: usize) -> Terms {
    let mut sizes = Vec::new();
    while sizes.iter().sum::<usize>() < events {
        let rest = events - sizes.iter().sum::<usize>();
        sizes.push((1 + sizes.len() % 7).min(rest));
    }
    let weights = (0..sizes.len()).map(|n| 0.5 + (n % 3) as f64).collect();
    let shares = (0..events).map(|e| 0.2 + (e % 4) as f64 * 0.1).collect();
    Terms::grouped(weights, sizes, shares).unwrap()
}

#[test]
fn derivatives_with_groups_and_backgrounds_match_finite_differences() {
    let (plan, _) = example(0);
    let plan = Plan {
        backgrounds: 2,
        ..with_densities(plan)
    };
    let terms = grouped(700);
    let number = |period: usize| {
        let terms = 0..terms.weights.len();
        terms.map(|n| 0.3 + (n % period) as f64 * 0.1).collect()
    };
    let [first, second] = [11, 7].map(number);
    let sums = CpuBackend::BEST
        .prepare(
            Arc::new(plan),
            Arc::new(columns(
                terms.with_background(first).with_background(second),
                &Storage::default(),
            )),
        )
        .unwrap();
    let point = [&DENSITY_POINT[..], &[0.8, 0.3]].concat();
    differences_match(&*sums, &point);
}

#[test]
fn groups_sum_intensities_inside_the_logarithm() {
    let (plan, _) = example(0);
    let plan = Arc::new(plan);
    let prepare = |terms: Terms| {
        let columns = columns(terms, &Storage::default());
        CpuBackend::BEST
            .prepare(plan.clone(), Arc::new(columns))
            .unwrap()
    };
    let terms = grouped(700);
    let groups = terms.groups().unwrap().clone();
    let weights = terms.weights.clone();
    let got = value(&*prepare(terms), &POINT, Reduction::LogIntensity).value;
    let single = prepare(vec![1.0; 700].into());
    let intensities = single.intensities(&POINT).unwrap();
    let (mut want, mut event) = (0.0, 0);
    for (size, weight) in groups.sizes.iter().zip(weights) {
        let range = event..event + size;
        let pairs = groups.shares[range.clone()].iter().zip(&intensities[range]);
        want += weight * pairs.map(|(u, i)| u * i).sum::<f64>().ln();
        event += size;
    }
    assert!((got - want).abs() < 1e-13 * want.abs(), "{got} {want}");
}

#[test]
fn groups_that_do_not_fit_are_refused() {
    let refused = |weights: usize, sizes: &[usize], shares: usize| {
        Terms::grouped(vec![1.0; weights], sizes.to_vec(), vec![1.0; shares]).unwrap_err()
    };
    assert_eq!(
        refused(2, &[1, 0], 1),
        GroupError::Size { group: 1, size: 0 }
    );
    assert_eq!(
        refused(1, &[257], 257),
        GroupError::Size {
            group: 0,
            size: 257
        }
    );
    assert!(matches!(refused(1, &[1, 1], 2), GroupError::Weights { .. }));
    assert!(matches!(refused(1, &[2], 3), GroupError::Shares { .. }));
}

#[test]
fn every_instruction_set_gives_the_same_bits() {
    let (plan, _) = example(0);
    let plan = Arc::new(Plan {
        backgrounds: 2,
        ..with_densities(plan)
    });
    let point = [&DENSITY_POINT[..], &[0.8, 0.3]].concat();
    let results: Vec<_> = crate::simd::InstructionSet::available()
        .into_iter()
        .map(|instructions| {
            let terms = grouped(700);
            let [first, second] = [0.4, 0.7].map(|b| vec![b; terms.weights.len()]);
            let terms = terms.with_background(first).with_background(second);
            let columns = columns(terms, &Storage::default());
            let sums = CpuBackend::with(instructions)
                .prepare(plan.clone(), Arc::new(columns))
                .unwrap();
            let gram = sums.gram(&point, true).unwrap().matrix;
            let scores = sums.scores(&point).unwrap();
            let values = value(&*sums, &point, Reduction::LogIntensity);
            (instructions, values, gram, scores)
        })
        .collect();
    for other in &results[1..] {
        let first = &results[0];
        assert_eq!(
            (&first.1, &first.2, &first.3),
            (&other.1, &other.2, &other.3),
            "{:?} gives other bits than {:?}",
            other.0,
            first.0
        );
    }
}

#[test]
fn columns_in_a_file_give_the_same_bits_and_singles_their_rounding() {
    let (plan, _) = example(0);
    let plan = Arc::new(plan);
    let folder = tempfile::tempdir().unwrap();
    let at = |precision, folder: Option<&std::path::Path>| {
        let storage = Storage {
            precision,
            folder: folder.map(std::path::Path::to_path_buf),
        };
        let columns = columns(vec![1.0; 1500].into(), &storage);
        let sums = CpuBackend::BEST
            .prepare(plan.clone(), Arc::new(columns))
            .unwrap();
        value(&*sums, &POINT, Reduction::LogIntensity)
    };
    let exact = at(Precision::Double, None);
    assert_eq!(exact, at(Precision::Double, Some(folder.path())));
    let single = at(Precision::Single, None);
    assert_eq!(single, at(Precision::Single, Some(folder.path())));
    let shift = (single.value / exact.value - 1.0).abs();
    // 24 bits an entry, averaged over the events.
    assert!(shift > 0.0 && shift < 1e-7, "{shift}");
}

#[test]
fn a_replica_has_its_own_weights() {
    let sums = prepared(700);
    let weights: Arc<[f64]> = (0..700).map(|e| f64::from(e % 3)).collect();
    let replica = Point {
        slots: &POINT,
        weights: Some(&weights),
    };
    let points = [POINT[..].into(), replica];
    let results = sums.evaluate(&points, Reduction::LogIntensity, Order::Gradient);
    let (plan, mut columns) = example(700);
    columns.set_weights(weights.to_vec());
    let reweighted = CpuBackend::BEST
        .prepare(Arc::new(plan), Arc::new(columns))
        .unwrap();
    let alone = reweighted.evaluate(&points[..1], Reduction::LogIntensity, Order::Gradient);
    assert_eq!(results[1], alone[0]);
    assert_ne!(results[0], results[1]);
}
