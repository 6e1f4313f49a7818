//! Laws and limits of the line shapes.

mod support;

use std::collections::BTreeMap;

use num_complex::Complex64;
use pwa_core::expr::Expr;
use pwa_core::lineshape::{
    DecaySite, LineshapeError, Options, ParameterSpec, Table, UserFormula, find,
};
use serde_json::{Value, json};

use support::{Place, Shape};

const K: f64 = 0.493677;
const PI: f64 = 0.13957039;

/// A few roundings of a formula of some twenty operations.
const ROUNDING: f64 = 1e-14;

fn kpi(shape: &str, orbital_l: u32, options: &Value) -> Shape {
    Shape::new(&Place {
        shape,
        masses: [K, PI],
        orbital_l,
        barrier_radius: 3.0,
        options,
    })
}

fn plain(shape: &str, orbital_l: u32) -> Shape {
    kpi(shape, orbital_l, &json!({}))
}

fn momentum(m: f64, m1: f64, m2: f64) -> f64 {
    let square = (m - m1 - m2) * (m + m1 + m2) * (m - m1 + m2) * (m + m1 - m2);
    square.sqrt() / (2.0 * m)
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

#[test]
fn at_the_pole_a_breit_wigner_is_imaginary_with_the_height_of_its_width() {
    let (m0, width) = (0.8955, 0.0473);
    for l in [0, 1, 2, 3] {
        for shape in ["breit-wigner", "breit-wigner-running"] {
            let peak = plain(shape, l).value(m0, &[m0, width]);
            assert_close(peak, Complex64::I / (m0 * width), ROUNDING);
        }
        let peak = plain("breit-wigner-normalised", l).value(m0, &[m0, width]);
        assert_close(peak, Complex64::I / (m0 * width).sqrt(), ROUNDING);
    }
}

/// Im(1/R) = -m0 Γ(m), with 1/R of a Breit-Wigner and the numerator of the normalised one.
#[test]
fn the_normalised_numerator_is_the_root_of_the_width() {
    for l in [0, 1, 3] {
        let (plain_shape, normalised) = (
            plain("breit-wigner-running", l),
            plain("breit-wigner-normalised", l),
        );
        for m in masses() {
            let r = plain_shape.value(m, &[0.8955, 0.0473]);
            let numerator = normalised.value(m, &[0.8955, 0.0473]) / r;
            let width = -(1.0 / r).im;
            // Im(1/R) loses digits where the width is small against m0² - m².
            assert!(
                (numerator.norm_sqr() - width).abs() < 1e-14 + 1e-12 * width,
                "l = {l}, m = {m}: {numerator}"
            );
        }
    }
}

/// The finite-width correction keeps R(m0) imaginary, and f'(m0) keeps the slope of 1/R there.
#[test]
fn gounaris_sakurai_has_its_pole_at_the_mass() {
    let shape = Shape::new(&Place {
        shape: "gounaris-sakurai",
        masses: [PI, PI],
        orbital_l: 1,
        barrier_radius: 3.0,
        options: &json!({}),
    });
    let (m0, width) = (0.77526, 0.1474);
    let inverse = |m: f64| 1.0 / shape.value(m, &[m0, width]);
    assert!(inverse(m0).re.abs() < 1e-15);
    let height = -1.0 / inverse(m0).im * (m0 * width);
    // D for these masses, as G. J. Gounaris, J. J. Sakurai give it: 0.48.
    assert!(
        ((height - 1.0) * m0 / width - 0.48).abs() < 0.02,
        "{height}"
    );
    let h = 1e-5;
    let slope = (inverse(m0 + h) - inverse(m0 - h)).re / (2.0 * h);
    // d(m0² - m²)/dm over the numerator; differences are good to h² relative.
    assert!((slope * height / (-2.0 * m0) - 1.0).abs() < 1e-8, "{slope}");
}

/// R q/m = sin(δ) e^(iδ): on the unitarity circle for every mass.
#[test]
fn lass_is_elastic() {
    let shape = plain("lass", 0);
    for (a, r) in [(1.95, 1.76), (-0.7, 3.0), (0.0, 1.0)] {
        for m in masses() {
            let t = shape.value(m, &[1.435, 0.279, a, r]) * momentum(m, K, PI) / m;
            assert!((t.norm_sqr() - t.im).abs() < 1e-14, "{t} at {m}");
        }
    }
}

/// At the pole δ_R = π/2: the phase is 90 degrees above the background's.
#[test]
fn the_phase_of_lass_at_its_mass_is_a_right_angle_above_the_background() {
    let (m0, a, r) = (1.435, 1.95, 1.76);
    let q = momentum(m0, K, PI);
    let background = 1.0_f64.atan2(1.0 / (a * q) + r * q / 2.0);
    let value = plain("lass", 0).value(m0, &[m0, 0.279, a, r]);
    let delta = background + std::f64::consts::FRAC_PI_2;
    let expected = Complex64::from_polar(m0 / q * delta.sin(), delta);
    assert_close(value, expected, ROUNDING);
}

/// Without background LASS is the running Breit-Wigner, up to m0² Γ0/q0.
#[test]
fn lass_without_background_is_a_breit_wigner() {
    let (m0, width) = (1.435, 0.279);
    let factor = m0 * m0 * width / momentum(m0, K, PI);
    for m in masses() {
        let lass = plain("lass", 0).value(m, &[m0, width, 0.0, 2.0]);
        let bw = plain("breit-wigner-running", 0).value(m, &[m0, width]);
        assert_close(lass, bw * factor, ROUNDING);
    }
}

#[test]
fn one_open_flatte_channel_is_a_running_breit_wigner() {
    for l in [0, 1, 2, 4] {
        let options = json!({"channels": [[K, PI]], "l": [l], "reference_momentum": true});
        let (flatte, bw) = (kpi("flatte", 0, &options), plain("breit-wigner-running", l));
        for m in masses() {
            let parameters = [1.1, 0.15];
            assert_close(
                flatte.value(m, &parameters),
                bw.value(m, &parameters),
                ROUNDING,
            );
        }
    }
}

/// With l = 0 the plain formula is a Breit-Wigner of the width g q/m.
#[test]
fn one_flatte_channel_is_a_breit_wigner_of_its_width() {
    let flatte = kpi("flatte", 0, &json!({"channels": [[K, PI]]}));
    let bw = plain("breit-wigner", 0);
    let (m0, g) = (1.1, 0.4);
    for m in masses() {
        let width = g * momentum(m, K, PI) / m;
        assert_close(
            flatte.value(m, &[m0, g]),
            bw.value(m, &[m0, width]),
            ROUNDING,
        );
    }
}

/// At the threshold the channel adds nothing, and on both sides the value goes there like the root
/// of the distance: real part below, imaginary part above.
#[test]
fn flatte_is_continuous_at_a_threshold() {
    let (open, both) = (
        kpi("flatte", 0, &json!({"channels": [[PI, PI]]})),
        kpi("flatte", 0, &json!({"channels": [[PI, PI], [K, K]]})),
    );
    let threshold = 2.0 * K;
    let at = both.value(threshold, &[0.965, 0.165, 0.695]);
    assert_eq!(at, open.value(threshold, &[0.965, 0.165]));
    for distance in [1e-6_f64, 1e-8, 1e-10] {
        let change = |m: f64| {
            let without = 1.0 / open.value(m, &[0.965, 0.165]);
            1.0 / both.value(m, &[0.965, 0.165, 0.695]) - without
        };
        let (above, below) = (change(threshold + distance), change(threshold - distance));
        // q = sqrt(m_K distance) to first order.
        let size = 0.965 * 0.695 * (K * distance).sqrt() / threshold;
        // The next order, and the rounding of m.
        let accuracy = 2.0 * distance / K + 1e-16 / distance;
        assert_close(above, -Complex64::I * size, accuracy);
        assert_close(below, Complex64::from(size), accuracy);
    }
}

/// A channel that is closed leaves the width of the others alone, however far below its
/// thresholds: also under the difference of its masses, where q² is positive again.
#[test]
fn a_closed_channel_has_no_width() {
    let eta_prime = 0.95778;
    let shape = kpi("flatte", 0, &json!({"channels": [[eta_prime, PI]]}));
    for m in [0.3, 0.7, eta_prime - PI, 0.9, 1.0] {
        assert_eq!(shape.value(m, &[0.98, 0.3]).im, 0.0);
    }
}

#[test]
fn a_cut_channel_is_absent_below_its_threshold() {
    let channels = json!([[PI, PI], [K, K]]);
    let cut = kpi(
        "flatte",
        0,
        &json!({"channels": channels, "below_threshold": "cut"}),
    );
    let open = kpi("flatte", 0, &json!({"channels": [[PI, PI]]}));
    assert_eq!(
        cut.value(0.9, &[0.965, 0.165, 0.695]),
        open.value(0.9, &[0.965, 0.165])
    );
}

#[test]
fn a_shape_of_one_orbital_angular_momentum_refuses_others() {
    for (shape, l) in [("lass", 1), ("gounaris-sakurai", 0)] {
        let site = DecaySite {
            m: Expr::variable(0),
            event_masses: [K, PI].map(Expr::from),
            nominal_masses: [K, PI].map(Expr::from),
            orbital_l: l,
            barrier_radius: 3.0,
            options: Options::default(),
            parameters: BTreeMap::new(),
        };
        let error = find(shape).unwrap().build(&site).unwrap_err();
        let expected = format!(
            "`{shape}` describes a decay with l = {}, here l = {l}",
            1 - l
        );
        assert!(error.to_string().starts_with(&expected), "{error}");
    }
}

fn refusal(shape: &str, options: Value) -> String {
    let options = Options::new(serde_json::from_value(options).unwrap());
    match find(shape).unwrap().parameters(&options) {
        Err(error @ LineshapeError::Option { .. }) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_option_that_cannot_be_used_is_named() {
    let pair = json!([[PI, PI]]);
    let messages = [
        ("flatte", json!({}), "option `channels` must be a list"),
        (
            "flatte",
            json!({"channels": pair, "l": [0, 1]}),
            "option `l` must be a list",
        ),
        (
            "flatte",
            json!({"channels": pair, "l": [21]}),
            "option `l` is 21, but can be at most 20",
        ),
        (
            "flatte",
            json!({"channels": pair, "below_threshold": "zero"}),
            "option `below_threshold` must be \"continue\" or \"cut\"",
        ),
        (
            "flatte",
            json!({"channels": pair, "barrier": 1}),
            "option `barrier` must be true or false",
        ),
        (
            "spline",
            json!({}),
            "option `knots` must be a list of masses in GeV",
        ),
        (
            "spline",
            json!({"knots": [0.5, 0.7, 0.7]}),
            "option `knots` must increase: 0.7 comes after 0.7 (knots 1 and 2)",
        ),
        (
            "interpolated",
            json!({"knots": [0.5]}),
            "option `knots` needs two knots at least",
        ),
        (
            "interpolated",
            json!({"knots": [0.5, 0.7], "method": "cubic"}),
            "option `method` must be \"linear\" or \"step\" or \"monotone\"",
        ),
        (
            "spline",
            json!({"knots": [0.5, 0.7], "outside": "nothing"}),
            "option `outside` must be \"error\" or \"zero\" or \"constant\"",
        ),
        ("polynomial", json!({}), "option `order` is missing"),
        (
            "polynomial",
            json!({"order": -1}),
            "option `order` must be a whole number",
        ),
        (
            "polynomial",
            json!({"order": 99}),
            "option `order` is 99, but can be at most 20",
        ),
    ];
    for (shape, options, expected) in messages {
        let message = refusal(shape, options);
        assert!(message.starts_with(expected), "{message}");
    }
}

const KNOTS: [f64; 6] = [0.6, 0.8, 0.9, 1.2, 1.5, 1.9];

/// Real and imaginary part of each value, as parameters stand.
fn through(values: impl Iterator<Item = Complex64>) -> Vec<f64> {
    values.flat_map(|c| [c.re, c.im]).collect()
}

#[test]
fn every_curve_goes_through_its_knots() {
    let values = [0.3, -1.0, -1.0, 0.7, 0.2, 0.9].map(|x| Complex64::new(x, 1.0 - x * x));
    let curves = [
        ("spline", json!({"knots": KNOTS, "ends": "natural"})),
        ("spline", json!({"knots": KNOTS, "ends": "clamped"})),
        ("spline", json!({"knots": KNOTS})),
        ("interpolated", json!({"knots": KNOTS})),
        ("interpolated", json!({"knots": KNOTS, "method": "step"})),
        (
            "interpolated",
            json!({"knots": KNOTS, "method": "monotone"}),
        ),
    ];
    for (shape, options) in curves {
        let curve = kpi(shape, 0, &options);
        for (m, value) in KNOTS.iter().zip(values) {
            assert_close(
                curve.value(*m, &through(values.into_iter())),
                value,
                ROUNDING,
            );
        }
    }
}

/// A not-a-knot spline has no other way through the values of a cubic.
#[test]
fn a_spline_through_a_cubic_is_that_cubic() {
    let cubic = |m: f64| {
        let t = m - 1.0;
        Complex64::new(0.3 + t * (1.0 - t * (2.0 + 0.7 * t)), t * t * t - 0.2)
    };
    for n in [4, 5, 6] {
        let knots = &KNOTS[..n];
        let spline = kpi("spline", 0, &json!({ "knots": knots }));
        let values = through(knots.iter().map(|&m| cubic(m)));
        for m in masses().filter(|&m| m <= knots[n - 1]) {
            assert_close(spline.value(m, &values), cubic(m), 10.0 * ROUNDING);
        }
    }
}

#[test]
fn a_monotone_curve_stays_between_its_neighbours() {
    let options = json!({"knots": KNOTS, "method": "monotone"});
    let curve = kpi("interpolated", 0, &options);
    let values = [0.0, 1.0, 1.0, -2.0, 3.0, 3.5].map(|x| Complex64::new(x, -x));
    for m in masses().filter(|&m| m <= KNOTS[5]) {
        let i = (0..5).rfind(|&i| m >= KNOTS[i]).unwrap();
        let (low, high) = (
            values[i].re.min(values[i + 1].re),
            values[i].re.max(values[i + 1].re),
        );
        let value = curve.value(m, &through(values.into_iter()));
        let inside = low - ROUNDING..=high + ROUNDING;
        assert!(
            inside.contains(&value.re) && inside.contains(&-value.im),
            "{m}: {value}"
        );
    }
}

#[test]
fn a_table_that_cannot_be_read_is_refused_with_its_line() {
    let cases = [
        ("m, re, im\n0.3, 1, 0\n0.5, x, 0", 3, "`x` is no number"),
        ("# head\n\n0.3 1", 3, "2 numbers, not the three m, re, im"),
        ("0.3 1 0\n0.5 1 inf", 2, "inf is not finite"),
        (
            "0.3 1 0\n0.2 1 0",
            2,
            "the mass 0.2 comes after 0.3: sort the table",
        ),
        ("0.3 1 0", 1, "needs two knots at least"),
        ("", 0, "needs two knots at least"),
        ("m re im\nmass re im", 2, "`mass` is no number"),
    ];
    for (text, line, problem) in cases {
        let bad = Table::read(text).unwrap_err();
        assert_eq!((bad.line, &*bad.problem), (line, problem), "{text}");
    }
}

/// What a formula cannot get from its decay is a parameter, with the unit its config gives.
#[test]
fn a_formula_has_the_parameters_it_names() {
    let declared = [
        ParameterSpec::real("a", "GeV"),
        ParameterSpec::complex("c", ""),
        ParameterSpec::real("unused", ""),
    ];
    let formula = UserFormula::new("c*q0*m^2 + a*width", declared.to_vec()).unwrap();
    let options = Options::default().with_formula(formula);
    let shape = find("formula").unwrap();
    let names: Vec<String> = (shape.parameters(&options).unwrap().into_iter())
        .map(|spec| format!("{} {}", spec.name, spec.unit))
        .collect();
    assert_eq!(names, ["mass GeV", "width GeV", "a GeV", "c "]);
    assert!(shape.needs_pole_above_threshold(&options));
    let error = UserFormula::new("a + b", declared.to_vec()).unwrap_err();
    assert_eq!(
        (error.to_string(), error.at()),
        ("unknown name `b` in the formula".to_owned(), 4..5)
    );
    let error = UserFormula::new("barrier(m, q, q, R)", declared.to_vec()).unwrap_err();
    assert!(
        error.to_string().contains("takes an l of 0, 1, ... 20"),
        "{error}"
    );
}
