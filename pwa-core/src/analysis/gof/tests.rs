//! Laws of the tests that compare points, and of moments.

use super::*;
use crate::analysis::projection::{Axis, Binning};
use crate::generate::{EventStreams, uniform};

const PERMUTATIONS: usize = 99;

fn sampling(seed: u64) -> Sampling {
    Sampling {
        most: 200,
        seed,
        set: 0,
    }
}

/// Events over the unit square by (x, y), from two numbers of each event's stream.
fn events(
    count: usize,
    seed: u64,
    side: u64,
    of: impl Fn([f64; 2]) -> ([f64; 2], f64),
) -> WeightedPoints {
    let streams = EventStreams::new(seed, 1000 + side);
    let mut points = WeightedPoints {
        columns: vec![Vec::new(); 2],
        weights: Vec::new(),
    };
    for event in 0..count as u64 {
        let mut rng = streams.event(event);
        let (place, weight) = of([uniform(&mut rng), uniform(&mut rng)]);
        points.columns[0].push(place[0]);
        points.columns[1].push(place[1]);
        points.weights.push(weight);
    }
    points
}

/// Distributed as 2x by inversion, weights 1.
fn rising(seed: u64) -> WeightedPoints {
    events(150, seed, 0, |[u, v]| ([u.sqrt(), v], 1.0))
}

/// The same distribution as weights of flat events.
fn weighted_rising(seed: u64) -> WeightedPoints {
    events(300, seed, 1, |[u, v]| ([u, v], 2.0 * u))
}

fn flat(seed: u64) -> WeightedPoints {
    events(150, seed, 0, |[u, v]| ([u, v], 1.0))
}

fn p_values(data: &WeightedPoints, model: &WeightedPoints, seed: u64) -> [Permuted; 2] {
    let sampling = sampling(seed);
    let samples = TwoSamples::new(data, model, &sampling).unwrap();
    let energy = Energy::new(&samples);
    let mixed = MixedSample::new(&samples);
    [
        permuted(&samples, PERMUTATIONS, &sampling, |p| energy.statistic(p)),
        permuted(&samples, PERMUTATIONS, &sampling, |p| mixed.statistic(p)),
    ]
}

/// The largest distance of the p-values' distribution and the uniform one, times sqrt(number): above 1.95 once in a
/// thousand (A. N. Kolmogorov, G. Ist. Ital. Attuari 4 (1933) 83).
fn from_uniform(p_values: impl Iterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = p_values.collect();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len() as f64;
    let distances = sorted.iter().enumerate().map(|(k, p)| {
        let (below, above) = (k as f64 / n, (k + 1) as f64 / n);
        (p - below).abs().max((above - p).abs())
    });
    distances.fold(0.0, f64::max) * n.sqrt()
}

#[test]
fn p_values_of_data_from_the_model_are_uniform() {
    let toys = 100;
    let all: Vec<[Permuted; 2]> = (0..toys)
        .map(|seed| p_values(&rising(seed), &weighted_rising(seed), seed))
        .collect();
    for test in 0..2 {
        let distance = from_uniform(all.iter().map(|toy| toy[test].p_value));
        assert!(distance < 1.95, "test {test}: {distance}");
    }
}

#[test]
fn p_values_of_a_wrong_model_are_small() {
    for seed in 0..5 {
        let [energy, mixed] = p_values(&flat(seed), &weighted_rising(seed), seed);
        assert!(energy.p_value <= 0.01, "{energy:?}");
        assert!(mixed.p_value <= 0.05, "{mixed:?}");
    }
}

#[test]
fn the_energy_is_the_sum_over_pairs() {
    let samples = TwoSamples::new(&rising(1), &weighted_rising(1), &sampling(1)).unwrap();
    let psi = |i: usize, j: usize| -(samples.square(i, j).sqrt() + 0.01).ln();
    let (n, all) = (samples.data, samples.points());
    let mean = |a: std::ops::Range<usize>, b: std::ops::Range<usize>| {
        let pairs = a.flat_map(|i| b.clone().map(move |j| (i, j)));
        let pairs: Vec<_> = pairs.filter(|(i, j)| i != j).collect();
        pairs.iter().map(|&(i, j)| psi(i, j)).sum::<f64>() / pairs.len() as f64
    };
    let wanted = mean(0..n, 0..n) + mean(n..all, n..all) - 2.0 * mean(0..n, n..all);
    let data: Vec<usize> = (0..n).collect();
    let found = Energy::new(&samples).statistic(&data);
    assert!((found - wanted).abs() < 1e-11, "{found} {wanted}");
}

/// Over permutations the mean of T is exact; 5 standard deviations of a mean of 99 values.
#[test]
fn without_a_difference_neighbours_come_from_one_side_as_often_as_chance_says() {
    let sampling = sampling(3);
    let samples = TwoSamples::new(&rising(3), &weighted_rising(3), &sampling).unwrap();
    let mixed = MixedSample::new(&samples);
    let found = permuted(&samples, PERMUTATIONS, &sampling, |p| mixed.statistic(p));
    let [n, m] = [samples.data, samples.model].map(|count| count as f64);
    let chance = (n * (n - 1.0) + m * (m - 1.0)) / ((n + m) * (n + m - 1.0));
    let error = found.sigma / (PERMUTATIONS as f64).sqrt();
    assert!(
        (found.mean - chance).abs() < 5.0 * error,
        "{found:?} {chance}"
    );
}

#[test]
fn digits_do_not_depend_on_threads() {
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        let pool = pool.build().unwrap();
        pool.install(|| p_values(&rising(5), &weighted_rising(5), 5))
    };
    assert_eq!(run(1), run(3));
}

/// Thinned events of weights 2x have the mean 2/3 and the variance 1/18.
#[test]
fn thinned_events_are_distributed_as_the_weights() {
    let model = events(4000, 9, 1, |[u, v]| ([u, v], 3.0 * u));
    let sampling = Sampling {
        most: 1000,
        ..sampling(9)
    };
    let stays = super::two_samples::thinned(&model, "model", &sampling, 1).unwrap();
    assert_eq!(stays.len(), 1000);
    let mean = stays
        .iter()
        .map(|&event| model.columns[0][event])
        .sum::<f64>()
        / 1000.0;
    let sigma = (1.0_f64 / 18.0 / 1000.0).sqrt();
    assert!((mean - 2.0 / 3.0).abs() < 4.0 * sigma, "{mean}");
}

#[test]
fn negative_weights_and_too_few_events_are_refused() {
    let mut data = rising(1);
    data.weights[3] = -0.5;
    let refused = TwoSamples::new(&data, &weighted_rising(1), &sampling(1)).unwrap_err();
    assert!(matches!(
        refused,
        GofError::Negative {
            side: "data",
            events: 1
        }
    ));
    let mut model = weighted_rising(1);
    model.weights[0] = 1e9;
    let refused = TwoSamples::new(&rising(1), &model, &sampling(1)).unwrap_err();
    assert!(matches!(refused, GofError::TooFew { side: "model", .. }));
}

fn moments(data: WeightedPoints, model: WeightedPoints) -> SphericalMoments {
    let axis = |text: &str| Axis {
        text: text.to_owned(),
        latex: text.to_owned(),
        unit: "".into(),
    };
    let binning = Binning {
        low: 0.0,
        high: 1.0,
        bins: 5,
    };
    let sample = MomentSample {
        data,
        model,
        counts: true,
    };
    let azimuth = (sample.data.columns.len() > 2).then(|| axis("phi"));
    SphericalMoments::new([axis("m"), axis("cos")], azimuth, binning, &[sample])
}

/// Cosines from -1 to 1 of a density 1 + a P_L have the moment a / (2L+1) of their number.
#[test]
fn a_wave_that_the_model_lacks_shows_in_its_moment() {
    let p2 = |x: f64| 0.5 * (3.0 * x * x - 1.0);
    let flat = |[u, v]: [f64; 2]| ([u, 2.0 * v - 1.0], 1.0);
    let with = |[u, v]: [f64; 2]| {
        let x = 2.0 * v - 1.0;
        ([u, x], 1.0 + 0.8 * p2(x))
    };
    let found = moments(events(20_000, 1, 0, with), events(20_000, 2, 1, flat));
    let sum = |l: usize| found.moments[l].data.iter().sum::<f64>();
    let share = sum(2) / sum(0);
    assert!((share - 0.8 / 5.0).abs() < 0.02, "{share}");
    for moment in &found.moments {
        match moment.of.l {
            2 => assert!(moment.p_value < 1e-6, "{moment:?}"),
            _ => assert!(moment.p_value > 1e-3, "{moment:?}"),
        }
    }
}

/// Events over mass, cosine and azimuth, with weights of this density of the direction.
fn directions(count: usize, seed: u64, side: u64, density: fn(f64, f64) -> f64) -> WeightedPoints {
    let streams = EventStreams::new(seed, 2000 + side);
    let mut points = WeightedPoints {
        columns: vec![Vec::new(); 3],
        weights: Vec::new(),
    };
    for event in 0..count as u64 {
        let mut rng = streams.event(event);
        let [mass, u, v] = std::array::from_fn(|_| uniform(&mut rng));
        let (cosine, azimuth) = (2.0 * u - 1.0, (2.0 * v - 1.0) * std::f64::consts::PI);
        for (column, value) in points.columns.iter_mut().zip([mass, cosine, azimuth]) {
            column.push(value);
        }
        points.weights.push(density(cosine, azimuth));
    }
    points
}

/// Of so many events a share that is small enough for numbers of events in bins to be Poisson's.
fn directed(count: usize, seed: u64, share: f64, density: fn(f64, f64) -> f64) -> WeightedPoints {
    let all = directions(count, seed, 0, density);
    let streams = EventStreams::new(seed, 3000);
    let stays: Vec<usize> = (0..count)
        .filter(|&event| uniform(&mut streams.event(event as u64)) < share * all.weights[event])
        .collect();
    let column = |column: &Vec<f64>| stays.iter().map(|&event| column[event]).collect();
    WeightedPoints {
        columns: all.columns.iter().map(column).collect(),
        weights: vec![1.0; stays.len()],
    }
}

/// Helicities 0 and 2 that interfere.
fn interfering(x: f64, phi: f64) -> f64 {
    1.0 + 0.4 * x + 0.5 * (1.0 - x * x) * libm::cos(2.0 * phi)
}

/// As [`p_values_of_data_from_the_model_are_uniform`], once a function.
#[test]
fn p_values_of_moments_of_data_from_the_model_are_uniform() {
    const TOYS: u64 = 100;
    const SHARE: f64 = 0.05;
    let all: Vec<SphericalMoments> = (0..TOYS)
        .map(|seed| {
            let mut model = directions(10_000, seed, 1, interfering);
            model.weights.iter_mut().for_each(|w| *w *= SHARE);
            moments(directed(10_000, seed, SHARE, interfering), model)
        })
        .collect();
    assert_eq!(all[0].moments.len(), 25);
    for function in 0..25 {
        let p_values = all.iter().map(|toy| toy.moments[function].p_value);
        let distance = from_uniform(p_values);
        let of = all[0].moments[function].of;
        assert!(distance < 1.95, "{}: {distance}", of.name());
    }
}
