//! Fits of interfering Breit-Wigners: the likelihood the module is made for, in miniature.
//!
//! ```text
//! A(x) = sum_k c_k F_k(x),   F_k = P_lk(cos theta) / (m_k^2 - m^2 - i m_k G_k)
//! NLL  = - sum_i ln |A(x_i)|^2 + N ln sum_kk' c_k conj(c_k') B_kk'
//! ```
//!
//! F is normalised so that B_kk = 1. The first coupling is fixed to 1, the others are re/im pairs.

use std::sync::Arc;

use ndarray::Array2;
use num_complex::Complex64;
use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::*;
use crate::objective::{Evaluation, EvaluationError, Objective, Order};

/// (mass, width, spin) in GeV of states in a range of 0.3 to 2.3 GeV.
const WAVES: [(f64, f64, u8); 8] = [
    (1.275, 0.185, 2),
    (0.98, 0.07, 0),
    (1.50, 0.11, 0),
    (1.72, 0.14, 0),
    (0.77, 0.15, 1),
    (1.47, 0.35, 1),
    (1.69, 0.16, 3),
    (1.95, 0.45, 2),
];

struct Amplitudes {
    /// F_k(x_i), one row an event.
    events: Vec<Vec<Complex64>>,
    gram: Array2<Complex64>,
}

/// Re and Im of a coupling are the coordinates 2k and 2k + 1 of wave k + 1.
fn couplings(point: &[f64]) -> Vec<Complex64> {
    let free = point
        .chunks_exact(2)
        .map(|pair| Complex64::new(pair[0], pair[1]));
    std::iter::once(Complex64::new(1.0, 0.0))
        .chain(free)
        .collect()
}

/// d c_k / d x_p is 1 or i for one k.
fn slope(p: usize) -> (usize, Complex64) {
    let unit = if p.is_multiple_of(2) {
        Complex64::new(1.0, 0.0)
    } else {
        Complex64::i()
    };
    (p / 2 + 1, unit)
}

impl Objective for Amplitudes {
    fn dimension(&self) -> usize {
        2 * (self.gram.nrows() - 1)
    }

    fn evaluate(&self, point: &[f64], order: Order) -> Result<Evaluation, EvaluationError> {
        let n = point.len();
        let c = couplings(point);
        let mut value = 0.0;
        let mut gradient = vec![0.0; n];
        let mut hessian = Array2::zeros((n, n));
        let mut first = vec![0.0; n];
        // d = dA/dx_p; dI = 2 Re(conj(A) d), d2I = 2 Re(conj(d) d').
        let mut add = |weight: f64,
                       intensity: f64,
                       dr: &dyn Fn(usize) -> f64,
                       d2: &dyn Fn(usize, usize) -> f64| {
            value += weight * libm::log(intensity);
            for p in 0..n {
                first[p] = dr(p) / intensity;
                gradient[p] += weight * first[p];
            }
            if order == Order::Hessian {
                for p in 0..n {
                    for q in 0..n {
                        hessian[[p, q]] += weight * (d2(p, q) / intensity - first[p] * first[q]);
                    }
                }
            }
        };
        for row in &self.events {
            let amplitude: Complex64 = c.iter().zip(row).map(|(c, f)| c * f).sum();
            let d = |p: usize| {
                let (k, unit) = slope(p);
                unit * row[k]
            };
            add(
                -1.0,
                amplitude.norm_sqr(),
                &|p| 2.0 * (amplitude.conj() * d(p)).re,
                &|p, q| 2.0 * (d(p).conj() * d(q)).re,
            );
        }
        let k = c.len();
        let column: Vec<Complex64> = (0..k)
            .map(|a| (0..k).map(|b| c[b].conj() * self.gram[[a, b]]).sum())
            .collect();
        let integral: f64 = (0..k).map(|a| (c[a] * column[a]).re).sum();
        add(
            self.events.len() as f64,
            integral,
            &|p| {
                let (a, unit) = slope(p);
                2.0 * (unit * column[a]).re
            },
            &|p, q| {
                let ((a, u), (b, v)) = (slope(p), slope(q));
                2.0 * (u * v.conj() * self.gram[[a, b]]).re
            },
        );
        Ok(Evaluation {
            value,
            gradient: (order >= Order::Gradient).then_some(gradient),
            hessian: (order >= Order::Hessian).then_some(hessian),
        })
    }
}

fn uniform(stream: &mut ChaCha12Rng) -> f64 {
    (stream.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
}

fn legendre(l: u8, x: f64) -> f64 {
    match l {
        0 => 1.0,
        1 => x,
        2 => 0.5 * (3.0 * x * x - 1.0),
        _ => 0.5 * x * (5.0 * x * x - 3.0),
    }
}

/// A phase-space point's F_k, not normalised.
fn shapes(waves: usize, stream: &mut ChaCha12Rng) -> Vec<Complex64> {
    let (m, cos_theta) = (0.3 + 2.0 * uniform(stream), 2.0 * uniform(stream) - 1.0);
    WAVES[..waves]
        .iter()
        .map(|&(m0, width, l)| {
            legendre(l, cos_theta) / Complex64::new(m0 * m0 - m * m, -m0 * width)
        })
        .collect()
}

/// `events` accepted events of the model at `truth`.
fn toy(truth: &[f64], events: usize) -> Amplitudes {
    let c = couplings(truth);
    let waves = c.len();
    let mut stream = ChaCha12Rng::seed_from_u64(42);
    let sample: Vec<Vec<Complex64>> = (0..40_000).map(|_| shapes(waves, &mut stream)).collect();
    let mut gram = Array2::from_shape_fn((waves, waves), |(a, b)| {
        sample.iter().map(|f| f[a] * f[b].conj()).sum::<Complex64>() / sample.len() as f64
    });
    let norms: Vec<f64> = (0..waves).map(|k| gram[[k, k]].re.sqrt()).collect();
    for ((a, b), entry) in gram.indexed_iter_mut() {
        *entry /= norms[a] * norms[b];
    }
    let scaled = |mut f: Vec<Complex64>| {
        f.iter_mut().zip(&norms).for_each(|(f, norm)| *f /= norm);
        f
    };
    let intensity = |f: &[Complex64]| {
        c.iter()
            .zip(f)
            .map(|(c, f)| c * f)
            .sum::<Complex64>()
            .norm_sqr()
    };
    let sample: Vec<_> = sample.into_iter().map(scaled).collect();
    let highest = sample.iter().map(|f| intensity(f)).fold(0.0, f64::max);
    let mut accepted = Vec::new();
    while accepted.len() < events {
        let f = scaled(shapes(waves, &mut stream));
        if uniform(&mut stream) * highest < intensity(&f) {
            accepted.push(f);
        }
    }
    Amplitudes {
        events: accepted,
        gram,
    }
}

fn truth(waves: usize) -> Vec<f64> {
    let polar = [
        (0.8, 0.5),
        (0.7, -2.0),
        (1.1, 1.9),
        (0.6, 3.0),
        (0.4, -0.7),
        (0.3, 1.1),
        (0.5, -1.5),
    ];
    polar[..waves - 1]
        .iter()
        .flat_map(|&(modulus, phase)| [modulus * libm::cos(phase), modulus * libm::sin(phase)])
        .collect()
}

fn coordinates(dimension: usize) -> Vec<Coordinate> {
    (0..dimension)
        .map(|p| {
            let (wave, _) = slope(p);
            match p % 2 {
                0 => Coordinate::new(format!("c{wave}.re"), 1.0).drawn(RandomStart::RealPart {
                    imaginary: p + 1,
                    scale: 1.0,
                }),
                _ => Coordinate::new(format!("c{wave}.im"), 0.0)
                    .drawn(RandomStart::ImaginaryPart { real: p - 1 }),
            }
        })
        .collect()
}

fn report(label: &str, outcome: &FitOutcome) {
    let starts: Vec<u64> = outcome
        .starts
        .iter()
        .map(|start| start.evaluations)
        .collect();
    let (found, of) = outcome.found();
    println!(
        "{label}: found {found} of {of}, {} minima, {:?}, per start {starts:?}",
        outcome.minima.len(),
        outcome.evaluations
    );
}

#[test]
fn derivatives_of_the_toy_match_differences() {
    let truth = truth(5);
    let problem = toy(&truth, 200);
    let at = |point: &[f64]| problem.evaluate(point, Order::Hessian).unwrap();
    let here = at(&truth);
    for p in 0..truth.len() {
        let (mut above, mut below) = (truth.clone(), truth.clone());
        above[p] += 1e-5;
        below[p] -= 1e-5;
        let (above, below) = (at(&above), at(&below));
        // 200 terms of order 10 with third derivatives of order 1e3, times h^2.
        let slope = (above.value - below.value) / 2e-5;
        assert!((here.gradient.as_ref().unwrap()[p] - slope).abs() < 1e-4);
        for q in 0..truth.len() {
            let slope =
                (above.gradient.as_ref().unwrap()[q] - below.gradient.as_ref().unwrap()[q]) / 2e-5;
            let exact = here.hessian.as_ref().unwrap()[[p, q]];
            assert!(
                (exact - slope).abs() < 1e-3 * (1.0 + exact.abs()),
                "{exact} {slope}"
            );
        }
    }
}

#[test]
fn every_start_of_an_amplitude_fit_converges() {
    for waves in [5, 8] {
        let truth = truth(waves);
        let problem = toy(&truth, 3000);
        let coordinates = coordinates(truth.len());
        let options = FitOptions {
            starts: 20,
            ..FitOptions::default()
        };
        let whitened = fit_many(&problem, &coordinates, &options, &keep_going).unwrap();
        report(
            &format!("{waves} waves, whitened by the Hessian"),
            &whitened,
        );
        let metric = Array2::from_shape_fn((truth.len(), truth.len()), |(p, q)| {
            let ((a, u), (b, v)) = (slope(p), slope(q));
            2.0 * problem.events.len() as f64 * (u * v.conj() * problem.gram[[a, b]]).re
        });
        let by_gram = FitOptions {
            whitening: Whitening::Metric(Arc::new(metric)),
            ..options.clone()
        };
        let by_gram = fit_many(&problem, &coordinates, &by_gram, &keep_going).unwrap();
        report(
            &format!("{waves} waves, whitened by the Gram matrix"),
            &by_gram,
        );
        let plain = FitOptions {
            whitening: Whitening::Off,
            ..options.clone()
        };
        let plain = fit_many(&problem, &coordinates, &plain, &keep_going).unwrap();
        report(&format!("{waves} waves, not whitened"), &plain);

        for outcome in [&whitened, &by_gram, &plain] {
            assert_eq!(outcome.status, FitStatus::Converged);
            for start in &outcome.starts {
                assert_eq!(start.status, StartStatus::Converged, "{start:?}");
                assert!(start.edm.unwrap() < 1e-9);
            }
            assert!((outcome.nll - whitened.nll).abs() < 1e-6);
        }
        assert!(whitened.starts.iter().all(|start| start.evaluations < 500));
        assert!(whitened.flat_directions.is_empty());
        let errors = whitened.errors().unwrap();
        let pulls: Vec<f64> = (whitened.point.iter().zip(&truth))
            .zip(&errors)
            .map(|((found, truth), error)| (found - truth) / error)
            .collect();
        let chi2: f64 = pulls.iter().map(|pull| pull * pull).sum();
        println!(
            "{waves} waves: rms pull {:.2}",
            (chi2 / pulls.len() as f64).sqrt()
        );
        // A global minimum elsewhere, or wrong errors, would put single pulls beyond five.
        assert!(pulls.iter().all(|pull| pull.abs() < 5.0), "{pulls:?}");
    }
}

#[test]
fn a_redundant_coupling_is_a_flat_direction() {
    // Two copies of one wave: only their sum is seen, in both parts.
    let truth = truth(5);
    let mut problem = toy(&truth, 1000);
    for row in &mut problem.events {
        row.push(row[1]);
    }
    let same = |k: usize| if k == 5 { 1 } else { k };
    problem.gram = Array2::from_shape_fn((6, 6), |(a, b)| problem.gram[[same(a), same(b)]]);
    let coordinates = coordinates(10);
    let options = FitOptions {
        starts: 4,
        ..FitOptions::default()
    };
    let outcome = fit_many(&problem, &coordinates, &options, &keep_going).unwrap();
    report("redundant wave", &outcome);
    assert_eq!(outcome.status, FitStatus::Converged);
    assert_eq!(
        outcome.flat_directions.len(),
        2,
        "{:?}",
        outcome.flat_directions
    );
    for flat in &outcome.flat_directions {
        for weight in &flat.weights {
            assert!(["c1.re", "c1.im", "c5.re", "c5.im"].contains(&weight.name.as_str()));
        }
    }
}
