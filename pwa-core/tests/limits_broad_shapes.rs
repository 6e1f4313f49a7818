//! Laws and limits of the broad scalars, the shapes of several widths, and mixing.

mod support;

use num_complex::Complex64;
use serde_json::{Value, json};

use support::{Place, Shape};

const K: f64 = 0.493677;
const PI: f64 = 0.13957039;

/// A few roundings of a formula of some fifty operations.
const ROUNDING: f64 = 3e-14;

fn shape(name: &str, masses: [f64; 2], orbital_l: u32, options: &Value) -> Shape {
    Shape::new(&Place {
        shape: name,
        masses,
        orbital_l,
        barrier_radius: 3.0,
        options,
    })
}

fn kpi(name: &str, orbital_l: u32) -> Shape {
    shape(name, [K, PI], orbital_l, &json!({}))
}

fn assert_close(got: Complex64, expected: Complex64, tolerance: f64) {
    assert!(
        (got - expected).norm() <= tolerance * expected.norm(),
        "{got} != {expected}"
    );
}

fn masses() -> impl Iterator<Item = f64> {
    (0..40).map(|i| 0.65 + 0.03 * f64::from(i))
}

fn rho(m: f64, m1: f64, m2: f64) -> f64 {
    let square = (m - m1 - m2) * (m + m1 + m2) * (m - m1 + m2) * (m + m1 - m2);
    square.sqrt() / (m * m)
}

#[test]
fn glass_without_freedom_is_lass() {
    let (glass, lass) = (kpi("glass", 0), kpi("lass", 0));
    for m in masses() {
        let p = [1.435, 0.279, 1.95, 1.76];
        let free = glass.value(m, &[p[0], p[1], p[2], p[3], 1.0, 0.0, 1.0, 0.0]);
        assert_close(free, lass.value(m, &p) * (rho(m, K, PI) / 2.0), ROUNDING);
    }
}

/// K(0)*(700) and K(0)*(1430) of LHCb's Lc -> p K pi at s = 1.1 GeV², as ThreeBodyDecaysIO.jl has them.
#[test]
fn the_exponential_form_has_the_values_of_the_published_model() {
    let shape = kpi("bugg-exponential", 0);
    let zero = 0.233_977_062_756_383_77;
    for ([mass, width, slope], re, im) in [
        (
            [0.824, 0.478, 0.94106],
            -1.674_863_369_715_721_6,
            1.083_006_788_846_748,
        ),
        (
            [1.375, 0.19, 0.020981],
            1.229_783_100_498_829_6,
            0.207_582_301_109_489_36,
        ),
    ] {
        let value = shape.value(1.1_f64.sqrt(), &[mass, width, slope, zero]);
        assert_close(value, Complex64::new(re, im), 1e-14);
    }
}

/// At the Adler zero nothing decays.
#[test]
fn a_bugg_shape_is_real_at_its_adler_zero() {
    let zero = 0.55;
    let m = f64::sqrt(zero);
    let exponential = kpi("bugg-exponential", 0).value(m, &[0.824, 0.478, 0.94, zero]);
    let kappa = kpi("bugg-kappa", 0).value(m, &[3.3, 24.49, 0.0, 2.5, zero]);
    for value in [exponential, kappa] {
        assert!(value.im.abs() < 1e-14 * value.re.abs(), "{value}");
    }
}

/// Where only two pions are open, K K and η η close, and 4π is switched off: |T| = |sin δ|.
#[test]
fn the_sigma_is_elastic_below_four_pions() {
    let sigma = shape("bugg-sigma", [PI, PI], 0, &json!({}));
    for m in [0.3, 0.45, 0.6, 0.8, 0.95] {
        let p = [0.953, 1.302, 0.34, 2.426, 0.0, 0.6, 0.2, 1.3, 0.0080];
        let value = sigma.value(m, &p);
        let s = m * m;
        let g = p[0] * (p[1] + p[2] * s) * (-(s - p[0] * p[0]) / p[3]).exp();
        let t = value * g * (s - p[8]) / (p[0] * p[0] - p[8]) * rho(m, PI, PI);
        assert!((t.norm_sqr() - t.im).abs() < 1e-13 * t.norm(), "{t} at {m}");
    }
}

/// The sigma's own pions below their threshold: no width, and continuous.
#[test]
fn the_sigma_is_continuous_at_two_pions() {
    let sigma = shape("bugg-sigma", [PI, PI], 0, &json!({}));
    let p = [0.953, 1.302, 0.34, 2.426, 0.0, 0.0, 0.0, 1.3, 0.0080];
    let [below, at, above] = [-1e-12, 0.0, 1e-12].map(|d| sigma.value(2.0 * PI + d, &p));
    // The square root of 1e-12 times 2 m_π.
    assert_close(below, at, 1e-5);
    assert_close(above, at, 1e-5);
    assert_eq!(sigma.value(0.2, &p).im, 0.0);
}

#[test]
fn one_channel_with_its_width_is_a_running_breit_wigner() {
    for l in [0, 1, 2, 5] {
        let options = json!({"channels": [[K, PI]], "l": [l], "couplings": "width"});
        let one = shape("breit-wigner-multichannel", [K, PI], 0, &options);
        let bw = kpi("breit-wigner-running", l);
        for m in masses() {
            let p = [1.1, 0.15];
            assert_close(one.value(m, &p), bw.value(m, &p), ROUNDING);
        }
    }
}

/// S waves: the same as Flatté with g = 2 g², except for the sheet below |m1 - m2|.
#[test]
fn channels_without_barrier_are_a_flatte_shape() {
    let channels = json!({"channels": [[PI, PI], [K, K]]});
    let (many, flatte) = (
        shape("breit-wigner-multichannel", [PI, PI], 0, &channels),
        shape("flatte", [PI, PI], 0, &channels),
    );
    for m in [0.2, 0.279, 0.5, 0.9, 0.987354, 1.2] {
        let value = many.value(m, &[0.965, 0.08, 0.35]);
        assert_close(value, flatte.value(m, &[0.965, 0.16, 0.7]), ROUNDING);
    }
}

#[test]
fn one_partial_wave_is_a_running_breit_wigner_and_all_have_its_height() {
    let one = shape("breit-wigner-partial-waves", [K, PI], 0, &json!({"l": [3]}));
    let bw = kpi("breit-wigner-running", 3);
    for m in masses() {
        let p = [1.1, 0.15];
        assert_close(one.value(m, &p), bw.value(m, &p), ROUNDING);
    }
    let three = shape(
        "breit-wigner-partial-waves",
        [K, PI],
        0,
        &json!({"l": [0, 2, 4]}),
    );
    let peak = three.value(1.1, &[1.1, 0.15, 0.7, -2.0]);
    assert_close(peak, Complex64::I / (1.1 * 0.15), ROUNDING);
}

#[test]
fn without_transition_there_is_no_omega() {
    let (mixed, rho) = (
        shape("rho-omega", [PI, PI], 1, &json!({})),
        shape("gounaris-sakurai", [PI, PI], 1, &json!({})),
    );
    for m in [0.3, 0.7, 0.78266, 1.2] {
        let value = mixed.value(m, &[0.775, 0.147, 0.78266, 0.00868, 0.0, 2.0, 1.0]);
        assert_eq!(value, rho.value(m, &[0.775, 0.147]));
    }
}

/// Im of the coefficient of Δ B at the ω: i/(m_ω Γ_ω), a hundred times the ρ's width.
#[test]
fn the_omega_is_a_narrow_peak_on_the_rho() {
    let mixed = shape("rho-omega", [PI, PI], 1, &json!({}));
    let at = |omega: f64| mixed.value(0.78266, &[0.775, 0.147, 0.78266, 0.00868, 1e-6, omega, 0.0]);
    let ratio = (at(1.0) - at(0.0)) / at(0.0);
    let expected = Complex64::I * 1e-6 * (0.775 + 0.78266) / (0.78266 * 0.00868);
    assert_close(ratio, expected, 1e-9);
}
