//! Poles of resonances: where the literature and plain algebra have them, with errors that propagate.

mod toy;

use ndarray::Array2;
use num_complex::Complex64;
use pwa_core::analysis::{Pole, adjacent_sheets, all_sheets, poles};
use pwa_core::lineshape::Sheet;
use pwa_core::model::continuations;
use toy::open;

fn config(resonance: &str) -> String {
    format!(
        r#"
gpuwa = 1
convention = "helicity-1"

[decay]
initial = "D0"
final   = ["K(S)0", "pi+", "pi-"]

[[decay.chain]]
decay = "D0 -> R K(S)0, R -> pi+ pi-"
R     = ["X"]
weak  = ["D0"]

[resonance.X]
spin   = 0
parity = 1
{resonance}
"#
    )
}

/// The poles on all sheets next to the axis, at these values of the free parameters.
fn found(resonance: &str, point: Option<&[f64]>, covariance: Option<&Array2<f64>>) -> Vec<Pole> {
    let job = open(&config(resonance));
    let start = job.parameters().start();
    let point = point.unwrap_or(&start);
    let continuations = continuations(&job.models[0]).unwrap();
    let sheets = adjacent_sheets(&continuations[0]);
    let lists = sheets
        .iter()
        .map(|sheets| poles(&continuations[0], sheets, point, covariance).unwrap());
    lists.flatten().collect()
}

const ONE_CHANNEL: &str = r#"
shape = "k-matrix"
options = { channels = [[0.14, 0.14]], poles = 1 }
parameters = { mass_0 = { start = 0.9, free = true }, g_0_0 = { start = 0.5, free = true }, beta_0 = 1.0 }
"#;

/// m0² - s - i g² sqrt(1 - 4 m²/s) = 0, squared: (m0² - s)² s + g⁴ (s - 4 m²) = 0, a cubic.
#[test]
fn the_pole_of_one_channel_solves_its_cubic() {
    let list = found(ONE_CHANNEL, None, None);
    assert_eq!(list.len(), 1, "{list:?}");
    let s = list[0].position * list[0].position;
    let (m0, g) = (0.81, 0.0625);
    let cubic = (m0 - s) * (m0 - s) * s + g * (s - 0.0784);
    assert!(cubic.norm() < 1e-14, "{cubic}");
    assert_eq!(list[0].sheets, [Sheet::Unphysical]);
    // T = g²/(m0² - s - i g² ρ): r = g²/(1 + i g² dρ/ds).
    let rho = (1.0 - 0.0784 / s).sqrt();
    let slope = 0.0784 / (s * s) / (2.0 * rho);
    let residue = 0.25 / (1.0 + 0.25 * Complex64::I * slope);
    assert!(
        (list[0].residues[0].value - residue).norm() < 1e-12,
        "{list:?}"
    );
}

/// Errors of the position are those of finite differences.
#[test]
fn errors_follow_the_covariance() {
    let covariance = ndarray::array![[4e-6, 1e-6], [1e-6, 9e-6]];
    let pole = &found(ONE_CHANNEL, None, Some(&covariance))[0];
    let at = |point: [f64; 2]| {
        let pole = found(ONE_CHANNEL, Some(&point), None).swap_remove(0);
        (pole.position, pole.residues[0].value)
    };
    let h = 1e-4;
    let slopes = [
        (at([0.9 + h, 0.5]), at([0.9 - h, 0.5])),
        (at([0.9, 0.5 + h]), at([0.9, 0.5 - h])),
    ]
    .map(|((p, r), (q, t))| ((p - q) / (2.0 * h), (r - t) / (2.0 * h)));
    let error = |part: &dyn Fn(usize) -> f64| {
        let [a, b] = [part(0), part(1)];
        (a * a * 4e-6 + 2.0 * a * b * 1e-6 + b * b * 9e-6).sqrt()
    };
    let expected = [
        error(&|i| slopes[i].0.re),
        error(&|i| slopes[i].0.im),
        error(&|i| slopes[i].1.re),
        error(&|i| slopes[i].1.im),
    ];
    let [mass, half_width] = pole.errors.unwrap();
    let [re, im] = pole.residues[0].errors.unwrap();
    for (got, expected) in [mass, half_width, re, im].into_iter().zip(expected) {
        // Differences are good to h².
        assert!((got / expected - 1.0).abs() < 1e-5, "{got} != {expected}");
    }
}

/// V. V. Anisovich and A. V. Sarantsev have f0(980) at 1.015(15) - 0.043(8) i GeV and f0(1500) at
/// 1.496(8) - 0.058(10) i GeV, from all their solutions.
#[test]
fn the_five_channel_solution_has_its_narrow_resonances() {
    let list = found(
        r#"
shape = "k-matrix"
options = { parameter_set = "anisovich-sarantsev" }
parameters = { beta_0 = 1.0, beta_1 = 1.0, beta_2 = 1.0, beta_3 = 1.0, beta_4 = 1.0 }
"#,
        None,
        None,
    );
    for (mass, half_width) in [(1.015, 0.043), (1.496, 0.058)] {
        let expected = Complex64::new(mass, -half_width);
        let near = list.iter().map(|pole| (pole.position - expected).norm());
        let nearest = near.fold(f64::MAX, f64::min);
        assert!(
            nearest < 0.02,
            "{expected}: {:?}",
            list.iter().map(|p| p.position).collect::<Vec<_>>()
        );
    }
}

/// A Flatté resonance at KK has a pole below the axis between the thresholds, and its shadow.
#[test]
fn a_flatte_resonance_has_a_pole_and_a_shadow() {
    let job = open(&config(
        r#"
shape = "flatte"
mass = 0.965
options = { channels = [[0.13957039, 0.13957039], [0.493677, 0.493677]] }
parameters = { g_0 = 0.165, g_1 = 0.695 }
"#,
    ));
    let continuations = continuations(&job.models[0]).unwrap();
    let all = all_sheets(&continuations[0]);
    assert_eq!(all.len(), 3);
    let on = |sheets: [Sheet; 2]| poles(&continuations[0], &sheets, &[], None).unwrap();
    let (near, shadow) = (
        on([Sheet::Unphysical, Sheet::Physical]),
        on([Sheet::Unphysical, Sheet::Unphysical]),
    );
    assert_eq!((near.len(), shadow.len()), (1, 1), "{near:?} {shadow:?}");
    assert!(
        (near[0].position.re - 0.98).abs() < 0.03 && near[0].position.im > -0.06,
        "{near:?}"
    );
    assert!(shadow[0].position.im < near[0].position.im, "{shadow:?}");
}
