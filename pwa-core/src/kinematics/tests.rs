//! Kinematics of several events at a time against one event at a time, and against laws.

use pulp::Scalar;

use super::*;
use crate::simd::{InstructionSet, LANES, Real, Simd, WithSimd};

const EVENTS: usize = 3 * LANES;

/// A three-body decay through the first and another particle.
fn tree(other: usize) -> DecayTree {
    let pair = [0, other];
    let bachelor = 3 - other;
    let nodes = [
        (None, Some([1, 2])),
        (Some(0), Some([3, 4])),
        (Some(0), None),
        (Some(1), None),
        (Some(1), None),
    ];
    DecayTree::new(&nodes, |node| match node {
        2 => Some(bachelor),
        3 => Some(pair[0]),
        4 => Some(pair[1]),
        _ => None,
    })
}

/// E, px, py, pz of three particles of masses 0.9, 0.5 and 0.1 GeV, one plane each; two events are special: in
/// one all momenta are along z, in one a daughter flies along the axis.
fn momenta() -> Vec<Vec<f64>> {
    let number = |event: usize, place: usize| {
        ((event * 7919 + place * 104_729) % 10_007) as f64 / 5003.5 - 1.0
    };
    let momentum = |event: usize, particle: usize| {
        let along_z = event == 5 || (event == 11 && particle == 0);
        [0, 1, 2].map(|i| match (along_z, i) {
            (true, 0 | 1) => 0.0,
            _ => number(event, 3 * particle + i),
        })
    };
    let mut planes = Vec::new();
    for (particle, mass) in [0.9_f64, 0.5, 0.1].into_iter().enumerate() {
        let energy = |event| {
            let squares: f64 = momentum(event, particle).iter().map(|p| p * p).sum();
            (mass * mass + squares).sqrt()
        };
        planes.push((0..EVENTS).map(energy).collect());
        for i in 0..3 {
            planes.push(
                (0..EVENTS)
                    .map(|event| momentum(event, particle)[i])
                    .collect(),
            );
        }
    }
    planes
}

/// All numbers of all events.
struct Everything<'a>(&'a [Vec<f64>]);

impl WithSimd for Everything<'_> {
    type Output = Vec<Vec<f64>>;

    fn with_simd<S: Simd>(self, simd: S) -> Self::Output {
        let trees = [tree(1), tree(2)];
        let mut all = Vec::new();
        for chunk in 0..EVENTS / S::F64_LANES {
            let load = |place: usize| Real::load(simd, &self.0[place], chunk);
            let mut momenta = [0, 4, 8].map(|first| FourMomentum {
                e: load(first),
                p: Vector3 {
                    x: load(first + 1),
                    y: load(first + 2),
                    z: load(first + 3),
                },
            });
            let masses = momenta.map(FourMomentum::mass);
            let axes = to_rest_frame(simd, &mut momenta, QuantisationAxis::Momentum);
            let kinematics = trees.each_ref().map(|tree| {
                let mut kinematics = TreeKinematics::new(simd, tree);
                kinematics.fill(tree, &momenta, &masses, axes);
                kinematics
            });
            let mut numbers: Vec<Real<S>> = Vec::new();
            for (tree, kinematics) in trees.iter().zip(&kinematics) {
                for (node, _) in tree.vertices() {
                    let vertex = &kinematics.vertices[node];
                    let CayleyKlein { a, b } = vertex.angles.rotation();
                    numbers.extend([vertex.q_squared, a.re, a.im, b.re, b.im]);
                    numbers.push(a.norm_squared() + b.norm_squared());
                }
            }
            let [first, second] = [0, 1].map(|i| (&trees[i], &kinematics[i]));
            for particle in 0..3 {
                let CayleyKlein { a, b } = alignment(first, second, particle);
                numbers.extend([a.re, a.im, b.re, b.im, a.norm_squared() + b.norm_squared()]);
            }
            let lane = |lane: usize| numbers.iter().map(|number| number.of(lane)).collect();
            all.extend((0..S::F64_LANES).map(lane));
        }
        all
    }
}

#[test]
fn events_side_by_side_have_the_bits_of_single_events() {
    let momenta = momenta();
    let bits = |events: Vec<Vec<f64>>| -> Vec<Vec<u64>> {
        let of_event = |event: Vec<f64>| event.into_iter().map(f64::to_bits).collect();
        events.into_iter().map(of_event).collect()
    };
    let alone = bits(Everything(&momenta).with_simd(Scalar::new()));
    assert_eq!(alone.len(), EVENTS);
    for instructions in InstructionSet::available() {
        let together = bits(instructions.run(Everything(&momenta)));
        assert_eq!(together, alone, "{instructions:?}");
    }
}

/// |a|² + |b|² = 1 of every rotation, those of events along the axis too.
#[test]
fn rotations_have_norm_one() {
    for (number, event) in Everything(&momenta())
        .with_simd(Scalar::new())
        .into_iter()
        .enumerate()
    {
        // Six numbers a vertex of two trees, then five an alignment.
        let norms = (0..4)
            .map(|i| 6 * i + 5)
            .chain((0..3).map(|i| 24 + 5 * i + 4));
        for place in norms {
            // Ten roundings.
            assert!(
                (event[place] - 1.0).abs() < 4e-15,
                "event {number}: {}",
                event[place]
            );
        }
    }
}

/// Three momenta in the plane of x and z that sum to zero, the last particle along z or against it, then all turned about y.
fn planar(sign: f64, turned: f64) -> [FourMomentum<Scalar>; 3] {
    let simd = Scalar::new();
    let (sin, cos) = (libm::sin(turned), libm::cos(turned));
    [(0.9, 0.4, 0.1), (0.5, -0.4, 0.6), (0.1, 0.0, -0.7)].map(|(mass, x, z): (f64, f64, f64)| {
        let z = z * sign;
        let e = (mass * mass + x * x + z * z).sqrt();
        FourMomentum {
            e: Real::new(simd, e),
            p: Vector3::new(simd, cos * x + sin * z, 0.0, cos * z - sin * x),
        }
    })
}

/// Where a daughter moves along z, the axes are those of the limit at phi = 0, whether it is the first or the second.
#[test]
fn axes_along_z_are_those_of_a_small_angle() {
    let simd = Scalar::new();
    let pair_first = tree(1);
    let nodes = [
        (None, Some([1, 2])),
        (Some(0), None),
        (Some(0), Some([3, 4])),
        (Some(2), None),
        (Some(2), None),
    ];
    let pair_second = DecayTree::new(&nodes, |node| match node {
        1 => Some(2),
        3 => Some(0),
        4 => Some(1),
        _ => None,
    });
    for (tree, pair, first) in [(pair_first, 1, 1.0), (pair_second, 2, -1.0)] {
        for sign in [1.0, -1.0] {
            // The first daughter leaves z, or -z, towards x: its phi is 0.
            let turned = first * sign * 1e-7;
            let angles = [0.0, turned].map(|turned| {
                let momenta = planar(sign, turned);
                let masses = momenta.map(FourMomentum::mass);
                let mut kinematics = TreeKinematics::new(simd, &tree);
                kinematics.fill(&tree, &momenta, &masses, Axes::lab(simd));
                let angles = kinematics.vertices[pair].angles;
                [angles.phase.re, angles.phase.im, angles.cos, angles.sin].map(|x| x.of(0))
            });
            let [at_z, near_z] = angles;
            for (a, b) in at_z.iter().zip(near_z) {
                assert!((a - b).abs() < 1e-6, "{pair} {sign}: {at_z:?} {near_z:?}");
            }
        }
    }
}
