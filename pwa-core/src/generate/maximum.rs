//! The largest intensity over phase space: the best of a flat pilot sample, improved by climbing.
//!
//! From each of the best pilot events a climber tries random displacements of the momenta,
//!
//! ```text
//! p_i → k (p_i + δ_i − <δ>),   Σ √(m_i² + k² …) = M fixes k > 0
//! ```
//!
//! moves to the best of them when it is better, and shortens its steps when none is. Every choice
//! depends on the seed only.
//!
//! Units: GeV.
//! Limits: no proof of a global maximum; who uses the number must notice larger intensities.

use super::random::{EventStreams, Purpose, uniform};
use super::{GeneratedEvents, PhaseSpace, ToyError};

/// Enough to meet a peak that fills a thousandth of phase space.
const PILOT_EVENTS: u64 = 20_000;
const CLIMBERS: usize = 16;
const ROUNDS: u64 = 24;
const TRIES: usize = 32;
/// First displacement as a share of the momenta; sixteen failures leave 0.3 · 0.6^16 = 1e-4 of them.
const FIRST_STEP: f64 = 0.3;
const SHORTER: f64 = 0.6;

/// What the search for the maximum found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pilot {
    pub events: u64,
    /// Mean intensity of the pilot events.
    pub mean: f64,
    /// Their largest.
    pub largest: f64,
    /// The largest after climbing.
    pub climbed: f64,
}

struct Climber {
    event: Vec<[f64; 4]>,
    intensity: f64,
    step: f64,
}

/// Searches phase space for the largest intensity.
///
/// # Errors
/// When the intensity is not finite or negative somewhere, or zero everywhere.
pub(super) fn find_maximum<E: From<ToyError>>(
    space: &PhaseSpace,
    seed: u64,
    intensities: &mut impl FnMut(&GeneratedEvents) -> Result<Vec<f64>, E>,
) -> Result<Pilot, E> {
    let streams = EventStreams::of(seed, Purpose::Pilot);
    let flat = GeneratedEvents::phase_space(space, &streams, PILOT_EVENTS as usize);
    let values = checked(&flat, intensities)?;
    let mut order: Vec<usize> = (0..values.len()).collect();
    // Stable: events of equal intensity stay in their order.
    order.sort_by(|&a, &b| values[b].total_cmp(&values[a]));
    let largest = values[order[0]];
    if largest == 0.0 {
        let events = PILOT_EVENTS;
        return Err(ToyError::ZeroEverywhere { events }.into());
    }
    let mut climbers: Vec<Climber> = order[..CLIMBERS]
        .iter()
        .map(|&place| Climber {
            event: flat.event(place),
            intensity: values[place],
            step: FIRST_STEP,
        })
        .collect();
    let streams = EventStreams::of(seed, Purpose::Climb);
    for round in 0..ROUNDS {
        climb(space, &streams, round, &mut climbers, intensities)?;
    }
    Ok(Pilot {
        events: PILOT_EVENTS,
        mean: values.iter().sum::<f64>() / values.len() as f64,
        largest,
        climbed: climbers.iter().fold(largest, |m, c| m.max(c.intensity)),
    })
}

/// One step of every climber.
fn climb<E: From<ToyError>>(
    space: &PhaseSpace,
    streams: &EventStreams,
    round: u64,
    climbers: &mut [Climber],
    intensities: &mut impl FnMut(&GeneratedEvents) -> Result<Vec<f64>, E>,
) -> Result<(), E> {
    let mut tries = GeneratedEvents::new(space.masses().len());
    for (number, climber) in climbers.iter().enumerate() {
        let mut rng = streams.event(round * CLIMBERS as u64 + number as u64);
        for _ in 0..TRIES {
            let step = climber.step;
            let moved = displaced(space, &climber.event, step, || uniform(&mut rng));
            // Only an event whose displaced momenta all vanish cannot be scaled: it stays.
            tries.push(moved.as_deref().unwrap_or(&climber.event));
        }
    }
    let values = checked(&tries, intensities)?;
    for (number, climber) in climbers.iter_mut().enumerate() {
        let mut improved = false;
        let first = number * TRIES;
        for (offset, &intensity) in values[first..first + TRIES].iter().enumerate() {
            if intensity > climber.intensity {
                climber.intensity = intensity;
                climber.event = tries.event(first + offset);
                improved = true;
            }
        }
        if !improved {
            climber.step *= SHORTER;
        }
    }
    Ok(())
}

/// The intensities of events, none of them negative or not finite.
pub(super) fn checked<E: From<ToyError>>(
    events: &GeneratedEvents,
    intensities: &mut impl FnMut(&GeneratedEvents) -> Result<Vec<f64>, E>,
) -> Result<Vec<f64>, E> {
    let values = intensities(events)?;
    match values.iter().position(|i| !(i.is_finite() && *i >= 0.0)) {
        None => Ok(values),
        Some(place) => Err(ToyError::BadIntensity {
            intensity: values[place],
            momenta: describe(&events.event(place)),
        }
        .into()),
    }
}

fn describe(event: &[[f64; 4]]) -> String {
    let particles = event
        .iter()
        .map(|[e, x, y, z]| format!("({e}, {x}, {y}, {z})"));
    particles.collect::<Vec<_>>().join(" ")
}

/// Another event of the same decay, nearby.
fn displaced(
    space: &PhaseSpace,
    event: &[[f64; 4]],
    step: f64,
    mut random: impl FnMut() -> f64,
) -> Option<Vec<[f64; 4]>> {
    let n = event.len() as f64;
    let square = |[x, y, z]: [f64; 3]| x * x + y * y + z * z;
    let spatial = |&[_, x, y, z]: &[f64; 4]| [x, y, z];
    let scale = (event.iter().map(|p| square(spatial(p))).sum::<f64>() / n).sqrt();
    let mut momenta: Vec<[f64; 3]> = event.iter().map(spatial).collect();
    for component in momenta.iter_mut().flatten() {
        *component += step * scale * (2.0 * random() - 1.0);
    }
    for axis in 0..3 {
        let mean = momenta.iter().map(|p| p[axis]).sum::<f64>() / n;
        momenta.iter_mut().for_each(|p| p[axis] -= mean);
    }
    let energy = |k: f64, p: [f64; 3], m: f64| (m * m + k * k * square(p)).sqrt();
    // The sum of energies is convex in k: Newton's steps come down to the root after the first.
    let mut k = 1.0;
    for _ in 0..60 {
        let (mut sum, mut slope) = (0.0, 0.0);
        for (&p, &m) in momenta.iter().zip(space.masses()) {
            let e = energy(k, p, m);
            sum += e;
            slope += k * square(p) / e;
        }
        let change = (sum - space.mass()) / slope;
        k -= change;
        if change.abs() <= 1e-15 * k || !change.is_finite() {
            break;
        }
    }
    let moved = momenta.iter().zip(space.masses()).map(|(&p, &m)| {
        let [x, y, z] = p.map(|component| k * component);
        [energy(1.0, [x, y, z], m), x, y, z]
    });
    (k.is_finite() && k > 0.0).then(|| moved.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_displaced_event_is_one_of_the_same_decay(
            masses in prop::collection::vec(prop_oneof![Just(0.0), 1e-2..2.0f64], 2..=5),
            available in 1e-2..5.0f64,
            step in 1e-4..0.5f64,
            seed: u64,
        ) {
            let mass = masses.iter().sum::<f64>() + available;
            let space = PhaseSpace::new(mass, &masses).unwrap();
            let mut rng = EventStreams::of(seed, Purpose::Climb).event(0);
            let event = space.sample(&mut rng);
            let moved = displaced(&space, &event, step, || uniform(&mut rng)).unwrap();
            let total: [f64; 4] = std::array::from_fn(|i| moved.iter().map(|p| p[i]).sum());
            // A few roundings of numbers of the size of the mass.
            prop_assert!((total[0] - mass).abs() < 1e-13 * mass, "{total:?}");
            prop_assert!(total[1..].iter().all(|p| p.abs() < 1e-13 * mass), "{total:?}");
            prop_assert_ne!(moved, event);
        }
    }

    /// A peak with a ten-thousandth of phase space: the pilot alone stays far below its top.
    #[test]
    fn climbing_reaches_the_top_of_a_narrow_peak() {
        let space = PhaseSpace::new(3.1, &[0.0, 0.14, 0.14]).unwrap();
        let mut peak = |events: &GeneratedEvents| {
            let energy = |particle: usize| events.particles()[particle][0].iter();
            let i = energy(0).zip(energy(1)).map(|(a, b)| {
                let (x, y) = ((a - 0.9) / 0.01, (b - 1.3) / 0.01);
                1.0 / (1.0 + x * x + y * y)
            });
            Ok::<_, ToyError>(i.collect())
        };
        let pilot = find_maximum(&space, 5, &mut peak).unwrap();
        assert!(pilot.largest < 0.999, "{pilot:?}");
        assert!(pilot.climbed > 0.9999, "{pilot:?}");
    }
}
