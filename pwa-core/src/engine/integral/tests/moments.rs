//! Gram matrices that are made from moments in bins.

use super::mesh::Mesh;
use super::reduced::Bases;
use super::*;

/// The bases of a case, and its integral through moments.
fn bases(case: &Case) -> Bases {
    let ranges = Ranges::new(case.ranges.clone());
    let bases = Bases::find(&Arc::new(case.plan.clone()), &case.columns, &ranges);
    let bases = bases.unwrap().through_moments(&case.columns);
    assert_eq!(bases.method(), Method::Moments);
    bases
}

/// The integral through moments agrees with the direct sum everywhere in the ranges.
pub(super) fn agrees_through_moments(case: Case) {
    let reduced = bases(&case)
        .integrate(&case.columns, InstructionSet::best())
        .unwrap();
    let direct = CpuBackend::BEST
        .prepare(Arc::new(case.plan), Arc::new(case.columns))
        .unwrap();
    let mut stream = Stream::new(11);
    for _ in 0..20 {
        let point = reduced.random_point(&mut stream);
        let own = reduced.evaluate(&point, Order::Hessian);
        let [value, gradient, hessian] = differences(&own, &at(&*direct, &point, Order::Hessian));
        // Series are good to 1e-13 of a shape's maximum, as bases are.
        assert!(
            value < 1e-12 && gradient < 1e-10 && hessian < 1e-9,
            "{value} {gradient} {hessian}"
        );
    }
}

#[test]
fn moments_of_one_and_of_two_variables() {
    let shapes = [
        (0, vec![0], vec![0, 1]),
        (0, vec![0], vec![2, 3]),
        (0, vec![1], vec![0, 1]),
    ];
    let ranges = [[0.867, 0.917], [0.03, 0.08], [1.38, 1.45], [0.2, 0.3]];
    // From the threshold itself on, where the momentum goes like a root.
    let variables = [[0.634_000_1, 2.0], [0.64, 1.5]];
    agrees_through_moments(case(
        vec![breit_wigner()],
        &shapes,
        &ranges,
        &variables,
        3000,
    ));
}

#[test]
fn moments_of_states_of_a_few_mev() {
    let shapes = [(0, vec![0], vec![0, 1])];
    let ranges = [[1.0165, 1.0225], [0.0035, 0.005]];
    let phi = ShapeFunction::new(&running(&m(), &p(0), &p(1), 0.494, 0.494), 1, 2);
    agrees_through_moments(case(vec![phi], &shapes, &ranges, &[[0.99, 1.6]], 20_000));
}

#[test]
fn moments_across_a_cusp() {
    let sum = &p(1) * channel(&m(), 0.28) + &p(2) * channel(&m(), 0.9874);
    let flatte = ShapeFunction::new(&(1.0 / (p(0).powi(2) - m().powi(2) - sum)), 1, 3);
    let shapes = [(0, vec![0], vec![0, 1, 2]), (0, vec![1], vec![0, 1, 2])];
    let ranges = [[0.93, 0.98], [0.12, 0.2], [0.5, 0.8]];
    let variables = [[0.3, 1.8], [0.3, 1.8]];
    agrees_through_moments(case(vec![flatte], &shapes, &ranges, &variables, 4000));
}

#[test]
fn moments_beside_shapes_that_have_none() {
    // A shape of two variables, one of none, and a variable that has one value.
    let product = running(&m(), &p(0), &p(1), 0.494, 0.14) * (I * Expr::variable(1) * p(0)).exp();
    let alone = ShapeFunction::new(&Expr::cartesian(p(0).cos(), p(0).sin()), 0, 1);
    let functions = vec![breit_wigner(), ShapeFunction::new(&product, 2, 2), alone];
    let shapes = [
        (0, vec![0], vec![0, 1]),
        (1, vec![0, 1], vec![0, 1]),
        (2, vec![], vec![0]),
        (0, vec![2], vec![0, 1]),
    ];
    let ranges = [[0.88, 0.91], [0.04, 0.06]];
    let variables = [[0.64, 1.6], [0.3, 1.2], [0.9, 0.9]];
    agrees_through_moments(case(functions, &shapes, &ranges, &variables, 1500));
}

#[test]
fn moments_of_identical_particles() {
    for rows in [1, 5] {
        let shapes = [(0, vec![0], vec![0, 1]), (0, vec![1], vec![0, 1])];
        let ranges = [[0.88, 0.91], [0.04, 0.06]];
        let variables = [[0.64, 1.6], [0.64, 1.6]];
        let mut case = case(vec![breit_wigner()], &shapes, &ranges, &variables, 2000);
        let plan = &mut case.plan;
        plan.waves[1].coefficient = 0;
        plan.waves[0].columns = (0..rows).map(|row| (row, row)).collect();
        plan.waves[1].columns = (0..rows).map(|row| (row, 7 - row)).collect();
        plan.waves[2].columns = vec![(0, 6)];
        plan.waves[3].columns = vec![(rows - 1, 7)];
        plan.rows = rows;
        agrees_through_moments(case);
    }
}

#[test]
fn a_large_sample_is_integrated_through_moments() {
    let shapes = [(0, vec![0], vec![0, 1]), (0, vec![1], vec![2, 3])];
    let ranges = [[0.85, 0.94], [0.025, 0.1], [0.85, 0.94], [0.025, 0.1]];
    let variables = [[0.64, 1.7], [0.64, 1.7]];
    let large = case(vec![breit_wigner()], &shapes, &ranges, &variables, 60_000);
    let integral = large.integral(1_000_000);
    assert_eq!(
        integral.method(),
        Method::Moments,
        "{:?}",
        integral.refusal()
    );
    let deviation = integral.deviation().unwrap();
    assert!(
        deviation.value < 1e-12 && deviation.gradient < 1e-10,
        "{deviation:?}"
    );
}

#[test]
fn instruction_sets_and_threads_change_no_bit_of_moments() {
    let shapes = [(0, vec![0], vec![0, 1]), (0, vec![1], vec![0, 1])];
    let ranges = [[0.88, 0.91], [0.04, 0.06]];
    let variables = [[0.64, 1.6], [0.64, 1.6]];
    let case = case(vec![breit_wigner()], &shapes, &ranges, &variables, 9000);
    let results: Vec<Sums> = InstructionSet::available()
        .into_iter()
        .zip([1, 2, 7].into_iter().cycle())
        .map(|(instructions, threads)| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
            pool.build().unwrap().install(|| {
                let reduced = bases(&case).integrate(&case.columns, instructions).unwrap();
                let point = reduced.random_point(&mut Stream::new(3));
                reduced.evaluate(&point, Order::Hessian)
            })
        })
        .collect();
    assert!(results.iter().all(|sums| *sums == results[0]));
}

#[test]
fn bins_shrink_towards_a_pole_and_not_without_end() {
    let variables = [[0.0, 2.0]];
    let pole = Expr::cartesian(p(0) - m(), -0.02);
    let function = ShapeFunction::new(&(1.0 / pole), 1, 1);
    let shapes = [(0, vec![0], vec![0])];
    let case = case(vec![function], &shapes, &[[0.9, 1.1]], &variables, 3000);
    let family = &layout::families(&case.plan)[0];
    let ranges = Ranges::new(case.ranges.clone());
    let candidates = event_points::candidates(&case.plan, family, &case.columns, 3072);
    let basis = greedy::reduced_basis(&case.plan, family, &ranges, candidates).unwrap();
    let values: Vec<f64> = (0..3000).map(|k| f64::from(k) / 1500.0).collect();
    let mesh = Mesh::new(&values, &[(&case.plan.functions[0], &basis)]).unwrap();
    let events = |bin: usize| values.iter().filter(|&&v| mesh.locate(v).0 == bin).count();
    let near = events(mesh.locate(1.0).0);
    assert!(4 * near < events(0) && 4 * near < events(mesh.bins() - 1));
    // A sine of thousands of periods.
    let fast = ShapeFunction::new(&(9000.0 * m() * p(0)).sin(), 1, 1);
    assert!(Mesh::new(&values, &[(&fast, &basis)]).is_none());
}
