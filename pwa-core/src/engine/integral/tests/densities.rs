//! Integrals of Hermitian matrices between rows, with backgrounds and smeared events.

use super::*;
use crate::engine::Density;

const VARIABLES: [[f64; 2]; 2] = [[0.64, 1.6], [0.64, 1.6]];
const RANGES: [[f64; 2]; 2] = [[0.88, 0.91], [0.04, 0.06]];

fn density(row: usize, other: usize, coefficient: usize, shape: Option<usize>) -> Density {
    Density {
        row,
        other,
        coefficient,
        shape,
    }
}

/// Four rows, the last of which adds |A|²; shape 0 floats beside coefficient 0, shape 1 is a number
/// of the event in any density, shape 2 a phase that floats.
fn mixing(densities: Vec<Density>, events: usize) -> Case {
    let phase = (I * m() * p(0)).exp() * (1.0 + 0.1 * p(1));
    let functions = vec![
        breit_wigner(),
        ShapeFunction::new(&(1.0 + I * m().powi(2) * 0.5), 1, 0),
        ShapeFunction::new(&phase, 1, 2),
    ];
    let shapes = [(0, vec![0], vec![0, 1])];
    let mut case = case(functions, &shapes, &RANGES, &VARIABLES, 0);
    let plan = &mut case.plan;
    plan.rows = 4;
    plan.columns = 12;
    plan.coefficients = 8;
    plan.parameters = 4;
    case.ranges.extend([[-0.4, 0.4], [0.5, 1.5]]);
    let of_variable = |variable: usize, function: usize, parameters: &[usize]| Shape {
        function,
        variables: vec![variable],
        parameters: parameters.to_vec(),
    };
    plan.shapes.extend([
        of_variable(1, 1, &[]),
        of_variable(0, 2, &[2, 3]),
        of_variable(1, 2, &[2, 3]),
        // The same function at a parameter that a wave has too.
        of_variable(1, 2, &[1, 1]),
    ]);
    plan.waves = (0..3)
        .map(|k| Wave {
            coefficient: k,
            shape: (k == 0).then_some(0),
            // The second wave has no row 1, the third no row 2.
            columns: (0..4)
                .filter(|row| k == 0 || *row != k)
                .map(|row| (row, 4 * k + row))
                .collect(),
        })
        .collect();
    plan.densities = densities;
    case.columns = sample(&case.plan, &VARIABLES, events);
    case
}

#[test]
fn densities_without_a_shape() {
    let case = mixing(
        vec![
            density(0, 0, 3, None),
            density(1, 1, 4, None),
            density(2, 2, 4, None),
            density(0, 1, 5, None),
            density(2, 0, 5, None),
            // The coefficient of a wave.
            density(1, 2, 2, None),
        ],
        1500,
    );
    let integral = case.agrees();
    // Plain rows, two diagonals, two elements with real and imaginary part.
    assert_eq!(integral.reduced().unwrap().matrices(), 7);
}

#[test]
fn densities_with_a_number_of_the_event() {
    let case = mixing(
        vec![
            density(0, 0, 3, None),
            density(1, 1, 3, Some(1)),
            density(2, 2, 4, None),
            density(0, 2, 5, Some(1)),
            density(1, 0, 5, Some(1)),
        ],
        1500,
    );
    case.agrees();
}

#[test]
fn densities_with_a_shape_that_floats() {
    let densities = vec![
        density(0, 0, 3, None),
        density(1, 1, 3, None),
        density(2, 2, 4, None),
        density(0, 1, 5, Some(2)),
        // Another variable, the same basis.
        density(2, 1, 5, Some(3)),
        // A parameter in two places, one coefficient with the wave beside which it stands.
        density(0, 2, 0, Some(4)),
    ];
    moments::agrees_through_moments(mixing(densities.clone(), 900));
    let integral = mixing(densities, 900).agrees();
    let ranks = integral.ranks();
    let reduced = integral.reduced().unwrap();
    assert_eq!(ranks[2], ranks[3]);
    assert_eq!(reduced.matrices(), 1 + 2 + 2 * (ranks[2] + ranks[4]));
    assert_eq!(reduced.vectors(), ranks[0] + 2);
}

#[test]
fn more_matrices_than_one_pass_has_room_for() {
    let densities = vec![
        density(0, 0, 3, None),
        density(1, 1, 3, None),
        density(0, 1, 5, Some(2)),
    ];
    let mut case = mixing(densities, 0);
    // A wider range of the phase, and each wave floats with parameters of its own.
    case.ranges[2] = [-15.0, 15.0];
    let plan = &mut case.plan;
    for k in 1..3 {
        plan.waves[k].shape = Some(plan.shapes.len());
        plan.shapes.push(Shape {
            function: 0,
            variables: vec![k % 2],
            parameters: vec![plan.parameters, plan.parameters + 1],
        });
        plan.parameters += 2;
        case.ranges.extend([[0.8, 1.0], [0.03, 0.08]]);
    }
    case.columns = sample(&case.plan, &VARIABLES, 700);
    let integral = case.agrees();
    let reduced = integral.reduced().unwrap();
    let numbers = 2 * reduced.vectors().pow(2) * reduced.matrices();
    assert!(numbers > reduced::NUMBERS_A_PASS, "{numbers}");
}

#[test]
fn identical_particles_in_densities() {
    // Few rows are multiplied one by one, many rows pair by pair of the members.
    for wide in [false, true] {
        let densities = match wide {
            false => vec![density(0, 1, 5, Some(1)), density(0, 0, 3, None)],
            true => (0..4)
                .flat_map(|row| (0..=row).map(move |other| density(row, other, 3 + row, Some(1))))
                .collect(),
        };
        let mut case = mixing(densities, 0);
        let plan = &mut case.plan;
        // The wave that floats, once more with the other variable.
        plan.shapes.push(Shape {
            variables: vec![1],
            ..plan.shapes[0].clone()
        });
        plan.waves.push(Wave {
            coefficient: 0,
            shape: Some(plan.shapes.len() - 1),
            columns: vec![(0, 3), (1, 9), (3, 2)],
        });
        case.columns = sample(&case.plan, &VARIABLES, 1100);
        moments::agrees_through_moments(Case {
            plan: case.plan.clone(),
            columns: sample(&case.plan, &VARIABLES, 1100),
            ranges: case.ranges.clone(),
        });
        case.agrees();
    }
}

#[test]
fn backgrounds_are_numbers_and_groups_count_with_their_shares() {
    for densities in [
        vec![],
        vec![density(0, 0, 3, None), density(0, 1, 5, Some(1))],
    ] {
        let mut case = mixing(densities, 0);
        case.plan.backgrounds = 2;
        // Groups of one to seven smeared events.
        let sizes: Vec<usize> = (0..400).map(|n| 1 + n % 7).collect();
        let events = sizes.iter().sum::<usize>();
        let weights = (0..400).map(|n| 0.5 + f64::from(n % 3)).collect();
        let shares = (0..events).map(|e| 0.2 + (e % 4) as f64 * 0.1).collect();
        let terms = Terms::grouped(weights, sizes, shares).unwrap();
        let background = |period: i32| (0..400).map(|n| 0.3 + f64::from(n % period)).collect();
        let terms = terms
            .with_background(background(11))
            .with_background(background(7));
        case.columns = columns(&case.plan, &VARIABLES, terms);
        let integral = case.agrees();
        // What a likelihood asks for has no κ.
        let reduced = integral.reduced().unwrap();
        let point = reduced.random_point(&mut Stream::new(5));
        let amplitudes = &point[..point.len() - 2];
        let own = at(&integral, amplitudes, Order::Hessian);
        let direct = at(integral.direct(), amplitudes, Order::Hessian);
        assert!(differences(&own, &direct).iter().all(|d| *d < 1e-11));
        assert_eq!(
            integral.metric(amplitudes).unwrap().dim(),
            (amplitudes.len(), amplitudes.len())
        );
    }
}

#[test]
fn instruction_sets_and_threads_change_no_bit_of_densities() {
    let results: Vec<Sums> = InstructionSet::available()
        .into_iter()
        .zip([1, 2, 7].into_iter().cycle())
        .map(|(instructions, threads)| {
            let case = mixing(
                vec![
                    density(0, 0, 3, None),
                    density(1, 1, 3, Some(1)),
                    density(0, 1, 5, Some(3)),
                ],
                4000,
            );
            let ranges = Ranges::new(case.ranges);
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
            pool.build().unwrap().install(|| {
                let bases = reduced::Bases::find(&Arc::new(case.plan), &case.columns, &ranges);
                let reduced = bases
                    .unwrap()
                    .integrate(&case.columns, instructions)
                    .unwrap();
                let point = reduced.random_point(&mut Stream::new(3));
                reduced.evaluate(&point, Order::Hessian)
            })
        })
        .collect();
    assert!(results.iter().all(|sums| *sums == results[0]));
}
