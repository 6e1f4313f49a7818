//! Start points from (seed, start index).

use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::coordinate::{Coordinate, RandomStart, check_all};
use super::error::FitError;

/// Draws before a coordinate whose limits exclude what is drawn is given up.
const DRAWS: usize = 1000;

/// The point start `index` begins at: the configured values for index 0, random ones after that.
///
/// Start `index` reads its own stream of ChaCha12 seeded with `seed`, so it does not depend on how
/// many starts there are or in which order they run.
///
/// # Errors
/// When the coordinates are not sound, or a drawn value keeps falling outside its limits.
pub fn start_point(
    coordinates: &[Coordinate],
    seed: u64,
    index: usize,
) -> Result<Vec<f64>, FitError> {
    check_all(coordinates)?;
    let mut point: Vec<f64> = coordinates
        .iter()
        .map(|coordinate| coordinate.start)
        .collect();
    if index == 0 {
        return Ok(point);
    }
    let mut stream = ChaCha12Rng::seed_from_u64(seed);
    stream.set_stream(index as u64);
    for (at, coordinate) in coordinates.iter().enumerate() {
        let inside = (0..DRAWS).any(|_| draw(coordinates, at, &mut stream, &mut point));
        if !inside {
            return Err(FitError::RandomOutsideLimits {
                name: coordinate.name.clone(),
                draws: DRAWS,
            });
        }
    }
    Ok(point)
}

/// Draws coordinate `at` (and its partner) and says whether the result respects the limits.
fn draw(
    coordinates: &[Coordinate],
    at: usize,
    stream: &mut ChaCha12Rng,
    point: &mut [f64],
) -> bool {
    match coordinates[at].random {
        RandomStart::Keep | RandomStart::ImaginaryPart { .. } => return true,
        RandomStart::Uniform { low, high } => point[at] = low + (high - low) * uniform(stream),
        RandomStart::Modulus { scale } => point[at] = 2.0 * scale * uniform(stream),
        RandomStart::Phase => point[at] = phase(stream),
        RandomStart::RealPart { imaginary, scale } => {
            let modulus = 2.0 * scale * uniform(stream);
            let phase = phase(stream);
            point[at] = modulus * libm::cos(phase);
            point[imaginary] = modulus * libm::sin(phase);
            return coordinates[at].contains(point[at])
                && coordinates[imaginary].contains(point[imaginary]);
        }
    }
    coordinates[at].contains(point[at])
}

fn phase(stream: &mut ChaCha12Rng) -> f64 {
    std::f64::consts::PI * (2.0 * uniform(stream) - 1.0)
}

/// In [0, 1), from the upper 53 bits: spelt out because a library's own conversion may change
/// between versions, and with it every published start point.
fn uniform(stream: &mut ChaCha12Rng) -> f64 {
    const STEP: f64 = 1.0 / (1_u64 << 53) as f64;
    (stream.next_u64() >> 11) as f64 * STEP
}

#[cfg(test)]
mod tests {
    use super::*;

    fn coupling() -> Vec<Coordinate> {
        vec![
            Coordinate::new("mass", 1.5)
                .within(1.4, 1.6)
                .drawn(RandomStart::Uniform {
                    low: 1.45,
                    high: 1.55,
                }),
            Coordinate::new("a.re", 1.0).drawn(RandomStart::RealPart {
                imaginary: 2,
                scale: 0.5,
            }),
            Coordinate::new("a.im", 0.0).drawn(RandomStart::ImaginaryPart { real: 1 }),
            Coordinate::new("b.modulus", 1.0).drawn(RandomStart::Modulus { scale: 1.0 }),
            Coordinate::new("b.phase", 0.0).drawn(RandomStart::Phase),
            Coordinate::new("kept", 7.0),
        ]
    }

    #[test]
    fn start_zero_is_the_configuration() {
        assert_eq!(
            start_point(&coupling(), 5, 0).unwrap(),
            [1.5, 1.0, 0.0, 1.0, 0.0, 7.0]
        );
    }

    #[test]
    fn a_start_depends_on_seed_and_index_only() {
        let coordinates = coupling();
        let of = |seed, index| start_point(&coordinates, seed, index).unwrap();
        assert_eq!(of(1, 3), of(1, 3));
        assert_ne!(of(1, 3), of(1, 4));
        assert_ne!(of(1, 3), of(2, 3));
    }

    #[test]
    fn draws_stay_in_their_ranges_and_phases_go_all_the_way_round() {
        let coordinates = coupling();
        let points: Vec<_> = (1..400)
            .map(|index| start_point(&coordinates, 1, index).unwrap())
            .collect();
        let mut quadrants = [0; 4];
        for point in &points {
            assert!((1.45..1.55).contains(&point[0]));
            let modulus = (point[1] * point[1] + point[2] * point[2]).sqrt();
            assert!(modulus < 1.0 + 1e-12);
            assert!((0.0..2.0).contains(&point[3]));
            assert!(point[4].abs() <= std::f64::consts::PI);
            assert_eq!(point[5], 7.0);
            quadrants[usize::from(point[1] > 0.0) + 2 * usize::from(point[2] > 0.0)] += 1;
        }
        // 399 points over four quadrants: 100 +- 9, and five sigma below is 55.
        assert!(quadrants.iter().all(|&count| count > 55), "{quadrants:?}");
    }

    #[test]
    fn a_coupling_that_cannot_meet_its_limits_is_an_error() {
        let mut coordinates = coupling();
        coordinates[2].start = 5.0;
        coordinates[2].limits = Some((4.0, 6.0));
        assert!(matches!(
            start_point(&coordinates, 1, 1),
            Err(FitError::RandomOutsideLimits { .. })
        ));
    }
}
