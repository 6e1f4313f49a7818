//! Laws and limits of the shapes with dispersion integrals.

mod support;

use std::collections::BTreeMap;

use pwa_core::expr::Expr;
use pwa_core::lineshape::{DecaySite, Options, find};
use serde_json::{Value, json};

use support::{Place, Shape};

const K: f64 = 0.493677;
const PI: f64 = 0.13957039;
const ETA: f64 = 0.547862;

fn shape(name: &str, orbital_l: u32, options: &Value) -> Shape {
    Shape::new(&Place {
        shape: name,
        masses: [K, PI],
        orbital_l,
        barrier_radius: 3.0,
        options,
    })
}

/// The imaginary part of 1/R is the running width: dispersion adds a real part only.
#[test]
fn a_dispersive_breit_wigner_has_the_running_width() {
    for l in [0, 1, 2, 3, 4] {
        let dispersive = shape("breit-wigner-dispersive", l, &json!({}));
        let running = shape("breit-wigner-running", l, &json!({}));
        for m in [0.64, 0.7, 0.9, 1.1, 1.5, 2.5] {
            let [got, expected] =
                [&dispersive, &running].map(|shape| 1.0 / shape.value(m, &[1.1, 0.15]));
            // 1e-15 of m0² - m² is what the digits of 1/R allow.
            let error = (got.im - expected.im).abs();
            assert!(
                error <= 1e-13 * expected.im.abs() + 1e-14,
                "l = {l}, m = {m}: {got} {expected}"
            );
        }
        let pole = 1.0 / dispersive.value(1.1, &[1.1, 0.15]);
        // At l = 4 the poles that are taken out of the loop cost a digit.
        assert!(pole.re.abs() < 1e-13, "l = {l}: {pole}");
    }
}

/// Real below threshold; at it the value and, from l = 1 on, the slope have no jump.
#[test]
fn a_dispersive_width_is_analytic_across_its_threshold() {
    for (l, power) in [(0, 0.5), (1, 1.0), (2, 1.0)] {
        let shape = shape("breit-wigner-dispersive", l, &json!({}));
        let inverse = |m: f64| 1.0 / shape.value(m, &[1.1, 0.15]);
        for m in [0.05, 0.3, K - PI, 0.4, 0.6] {
            assert_eq!(inverse(m).im, 0.0, "l = {l}, m = {m}");
        }
        let threshold = K + PI;
        let at = inverse(threshold);
        for distance in [1e-4_f64, 1e-6, 1e-8] {
            let (below, above) = (inverse(threshold - distance), inverse(threshold + distance));
            let bound = 3.0 * distance.powf(power);
            assert!(
                (below - at).norm() < bound && (above - at).norm() < bound,
                "l = {l}"
            );
        }
        // The second difference of a function with a continuous slope is of higher order.
        let d = 1e-5;
        let bend = inverse(threshold + d) - 2.0 * at + inverse(threshold - d);
        if l > 0 {
            assert!(bend.norm() < 0.02 * d, "l = {l}: {bend}");
        }
    }
}

/// Nothing happens at m1 - m2, where the momentum vanishes a second time.
#[test]
fn dispersion_integrals_are_smooth_at_the_pseudothreshold() {
    let channels = json!({"channels": [[0.95778, PI]], "l": [2]});
    let shape = shape("flatte-dispersive", 0, &channels);
    let inverse = |m: f64| (1.0 / shape.value(m, &[0.98, 0.3])).re;
    let (m, h) = (0.95778 - PI, 1e-3);
    let third = inverse(m + 2.0 * h) - 3.0 * inverse(m + h) + 3.0 * inverse(m) - inverse(m - h);
    // h³ times the third derivative, which is of order 10.
    assert!(third.abs() < 1e-7, "{third}");
}

#[test]
fn a_cut_of_zero_is_no_cut() {
    let pairs = json!([[ETA, PI], [K, K]]);
    let cut = shape(
        "flatte-dispersive",
        0,
        &json!({"channels": pairs, "cut": [0.0, 0.0]}),
    );
    let uncut = shape("flatte-dispersive", 0, &json!({"channels": pairs}));
    for m in [0.3, 0.69, 0.98, 1.3, 5.0] {
        let [got, expected] = [&cut, &uncut].map(|shape| shape.value(m, &[0.98, 0.2, 0.3]));
        assert!(
            (got - expected).norm() <= 1e-14 * expected.norm(),
            "{got} != {expected}"
        );
    }
}

fn refusal(shape: &str, masses: [Expr; 2], orbital_l: u32, options: Value) -> String {
    let parameters = ["mass", "width", "g_0"].map(|name| (name.to_owned(), Expr::from(1.0)));
    let site = DecaySite {
        m: Expr::variable(0),
        event_masses: masses.clone(),
        nominal_masses: masses,
        orbital_l,
        barrier_radius: 3.0,
        options: Options::new(serde_json::from_value(options).unwrap()),
        parameters: BTreeMap::from(parameters),
    };
    find(shape).unwrap().build(&site).unwrap_err().to_string()
}

#[test]
fn daughters_without_a_dispersion_integral_are_refused() {
    let (kpi, photon) = ([K, PI].map(Expr::from), [K, 0.0].map(Expr::from));
    let moving = [Expr::from(K), Expr::variable(1)];
    let none = || json!({});
    let bw = "breit-wigner-dispersive";
    assert_eq!(
        refusal(bw, photon, 0, none()),
        "`breit-wigner-dispersive` needs daughters with mass: the dispersion integral diverges"
    );
    assert_eq!(
        refusal(bw, moving, 0, none()),
        "`breit-wigner-dispersive` needs daughters whose masses are the same in every event"
    );
    assert_eq!(
        refusal(bw, kpi.clone(), 5, none()),
        "`breit-wigner-dispersive` has dispersion integrals up to l = 4, here l = 5"
    );
    let pair = json!([[K, PI]]);
    for (options, expected) in [
        (
            json!({"channels": [[K, 0.0]]}),
            "option `channels` needs daughters with mass",
        ),
        (
            json!({"channels": pair, "cut": [1.0, 2.0]}),
            "option `cut` must be a list of 1 numbers",
        ),
        (
            json!({"channels": pair, "cut": [1.0], "l": [1]}),
            "option `cut` is for channels of l = 0",
        ),
        (
            json!({"channels": pair, "cut": [-1.0]}),
            "option `cut` cannot cut phase space with -1 GeV^-2",
        ),
        (
            json!({"channels": pair, "cut": [400.0]}),
            "option `cut` has no dispersion integral for a cut as steep as 400 GeV^-2",
        ),
    ] {
        let message = refusal("flatte-dispersive", kpi.clone(), 0, options);
        assert!(message.starts_with(expected), "{message}");
    }
}
