//! Toys of an intensity that can be written down: a peak and a slope in the energies.

use super::*;

fn space() -> PhaseSpace {
    PhaseSpace::new(1.869_66, &[0.493_677, 0.139_570_39, 0.139_570_39]).unwrap()
}

fn intensity(event: &[[f64; 4]]) -> f64 {
    let x = (event[0][0] - 0.7) / 0.03;
    1.0 / (1.0 + x * x) + 0.2 * event[1][0]
}

fn values(events: &GeneratedEvents) -> Result<Vec<f64>, ToyError> {
    Ok((0..events.len())
        .map(|i| intensity(&events.event(i)))
        .collect())
}

fn toys(options: ToyOptions) -> Toys {
    generate_toys(&space(), &options, values, |_| ()).unwrap()
}

#[test]
fn neither_chunks_nor_threads_change_a_sample() {
    for size in [ToySize::Events(700), ToySize::Exposure(2000.0)] {
        let options = ToyOptions::new(size, 3);
        let all = toys(options);
        for chunk in [1, 97, 4096] {
            assert_eq!(toys(ToyOptions { chunk, ..options }), all);
        }
        for threads in [1, 3] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
            assert_eq!(pool.build().unwrap().install(|| toys(options)), all);
        }
        assert_ne!(toys(ToyOptions { seed: 4, ..options }).events, all.events);
    }
}

/// Five standard deviations of 1000 numbers n with mean and variance s <I>: of the mean sqrt(μ / 1000), of the variance
/// sqrt((2 μ² + μ) / 1000). A number that was given would have no variance, one of accepted among so many candidates a
/// smaller one.
#[test]
fn an_exposure_has_a_poisson_number_of_events_with_the_integral_as_its_mean() {
    let streams = EventStreams::of(1, Purpose::Flat);
    let flat = GeneratedEvents::phase_space(&space(), &streams, 200_000);
    let mean = values(&flat).unwrap().iter().sum::<f64>() / 2e5;
    let expected = 40.0;
    let numbers: Vec<f64> = (0..1000)
        .map(|seed| {
            let options = ToyOptions {
                // Above the intensity everywhere: 1 + 0.2 E.
                maximum: Some(1.3),
                ..ToyOptions::new(ToySize::Exposure(expected / mean), seed)
            };
            toys(options).events.len() as f64
        })
        .collect();
    let found = numbers.iter().sum::<f64>() / 1e3;
    let variance = numbers.iter().map(|n| (n - found) * (n - found));
    let variance = variance.sum::<f64>() / 1e3;
    assert!((found - expected).abs() < 1.0, "{found}");
    assert!((variance - expected).abs() < 9.0, "{variance}");
}

#[test]
fn a_smaller_exposure_is_the_beginning_of_a_larger_one_and_may_be_empty() {
    let of = |exposure| toys(ToyOptions::new(ToySize::Exposure(exposure), 5));
    let (few, many) = (of(100.0), of(1000.0));
    assert!(!few.indices.is_empty() && few.indices.len() < many.indices.len());
    assert_eq!(few.indices, many.indices[..few.indices.len()]);
    assert!(of(1e-9).events.is_empty());
}

#[test]
fn a_smaller_sample_is_the_beginning_of_a_larger_one() {
    let (few, many) = (toys(ToyOptions::new(50, 8)), toys(ToyOptions::new(500, 8)));
    assert_eq!(few.indices, many.indices[..50]);
}

/// Whatever maximum is assumed too low, and however often it is exceeded, the events are those of
/// the final maximum.
#[test]
fn an_excess_gives_the_events_of_the_higher_maximum() {
    // An exposure ends before a maximum that is nearly zero is exceeded.
    let few = ToySize::Events(2000);
    let sizes = [1e-9, 0.1, 0.5, 1.0].map(|low| (low, few));
    let exposures = [0.1, 0.5, 1.0].map(|low| (low, ToySize::Exposure(7000.0)));
    for (low, size) in sizes.into_iter().chain(exposures) {
        let options = ToyOptions {
            maximum: Some(low),
            ..ToyOptions::new(size, 12)
        };
        for chunk in [333, 50_000] {
            let raised = toys(ToyOptions { chunk, ..options });
            assert!(raised.restarts > 0 && raised.maximum > low, "{low}");
            let from_the_beginning = toys(ToyOptions {
                maximum: Some(raised.maximum),
                ..options
            });
            assert_eq!(from_the_beginning.restarts, 0);
            assert_eq!(raised.events, from_the_beginning.events);
            assert_eq!(raised.indices, from_the_beginning.indices);
            assert_eq!(raised.candidates, from_the_beginning.candidates);
        }
    }
}

/// Σ (n − e)²/(e + σ_e²) over a Dalitz plot, against flat events weighted by the intensity; the
/// seeds are fixed, so five standard deviations of chi2 cannot fail by chance later.
#[test]
fn toys_are_distributed_as_the_intensity() {
    const BINS: usize = 12;
    let cell = |event: &[[f64; 4]]| {
        // Energies of a three-body decay at rest are linear in the invariant masses squared.
        let share = |e: f64, low: f64, high: f64| (e - low) / (high - low) * BINS as f64;
        let x = share(event[0][0], 0.49, 0.99) as usize;
        let y = share(event[1][0], 0.13, 0.87) as usize;
        x.min(BINS - 1) * BINS + y.min(BINS - 1)
    };
    let sample = toys(ToyOptions::new(20_000, 21));
    let mut counts = vec![0.0; BINS * BINS];
    for i in 0..sample.events.len() {
        counts[cell(&sample.events.event(i))] += 1.0;
    }
    let streams = EventStreams::of(21, Purpose::Flat);
    let flat = GeneratedEvents::phase_space(&space(), &streams, 200_000);
    let (mut expected, mut variance) = (vec![0.0; BINS * BINS], vec![0.0; BINS * BINS]);
    let mut total = 0.0;
    for i in 0..flat.len() {
        let event = flat.event(i);
        let weight = intensity(&event);
        total += weight;
        expected[cell(&event)] += weight;
        variance[cell(&event)] += weight * weight;
    }
    let scale = sample.events.len() as f64 / total;
    let kept: Vec<usize> = (0..counts.len())
        .filter(|&bin| expected[bin] * scale > 20.0)
        .collect();
    let chi2: f64 = kept
        .iter()
        .map(|&bin| {
            let e = expected[bin] * scale;
            (counts[bin] - e) * (counts[bin] - e) / (e + variance[bin] * scale * scale)
        })
        .sum();
    let degrees = kept.len() as f64 - 1.0;
    assert!(degrees > 50.0);
    assert!(
        (chi2 - degrees).abs() < 5.0 * (2.0 * degrees).sqrt(),
        "chi2 {chi2} for {degrees}"
    );
    // efficiency = <I>/M, to five binomial standard deviations.
    let efficiency = total / flat.len() as f64 / sample.maximum;
    let error = (efficiency / sample.candidates as f64).sqrt();
    assert!((sample.efficiency() - efficiency).abs() < 5.0 * error);
    // The search found the top: no candidate is above it.
    let pilot = sample.pilot.unwrap();
    assert!(sample.restarts == 0 && sample.largest <= pilot.climbed * 1.001);
    assert_eq!(sample.maximum, SAFETY * pilot.climbed);
}

#[test]
fn a_model_without_events_is_refused() {
    let run = |intensity: fn(f64) -> f64| {
        let values = |events: &GeneratedEvents| {
            let energies = events.particles()[0][0].iter();
            Ok::<_, ToyError>(energies.map(|&e| intensity(e)).collect())
        };
        let refusal = generate_toys(&space(), &ToyOptions::new(10, 1), values, |_| ());
        refusal.unwrap_err()
    };
    assert!(matches!(run(|_| 0.0), ToyError::ZeroEverywhere { .. }));
    assert!(matches!(run(|_| -1.0), ToyError::BadIntensity { .. }));
    let far = |e: f64| if e > 0.9 { f64::INFINITY } else { 1.0 };
    assert!(matches!(run(far), ToyError::BadIntensity { .. }));
    let none = ToyOptions::new(ToySize::Events(0), 1);
    assert_eq!(
        generate_toys(&space(), &none, values, |_| ()),
        Err(ToyError::NoEvents)
    );
}
