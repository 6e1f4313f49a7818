//! Line shapes in the complex plane: they meet the real axis, and are analytic off it.

mod support;

use std::collections::BTreeMap;

use num_complex::Complex64;
use pwa_core::expr::{Expr, Lowering, Program};
use pwa_core::lineshape::{DecaySite, Options, ParameterKind, Sheet, find};
use serde_json::{Value, json};

use support::{Place, Shape};

const K: f64 = 0.493677;
const PI: f64 = 0.13957039;
const ETA: f64 = 0.547862;

struct Setting {
    shape: &'static str,
    masses: [f64; 2],
    orbital_l: u32,
    options: Value,
    parameters: Vec<f64>,
}

impl Setting {
    fn site(&self) -> DecaySite {
        let options = Options::new(serde_json::from_value(self.options.clone()).unwrap());
        let mut values = self.parameters.iter();
        let mut next = || Expr::from(*values.next().unwrap());
        let specs = find(self.shape).unwrap().parameters(&options).unwrap();
        let parameters = specs.into_iter().map(|spec| {
            let value = match spec.kind {
                ParameterKind::Real => next(),
                ParameterKind::Complex => Expr::cartesian(next(), next()),
            };
            (spec.name, value)
        });
        DecaySite {
            m: Expr::cartesian(Expr::parameter(0), Expr::parameter(1)),
            event_masses: self.masses.map(Expr::from),
            nominal_masses: self.masses.map(Expr::from),
            orbital_l: self.orbital_l,
            barrier_radius: 3.0,
            parameters: parameters.collect::<BTreeMap<_, _>>(),
            options,
        }
    }

    /// The first amplitude at a complex mass, on the sheet that crosses the cuts of channels open at
    /// `real`.
    fn below(&self, m: Complex64, real: f64) -> Complex64 {
        let (site, shape) = (self.site(), find(self.shape).unwrap());
        let cuts = shape.cuts(&site).unwrap();
        let open = |masses: [f64; 2]| real > masses[0] + masses[1];
        let sheets: Vec<Sheet> = cuts
            .iter()
            .map(|cut| {
                if open(cut.masses) {
                    Sheet::Unphysical
                } else {
                    Sheet::Physical
                }
            })
            .collect();
        let amplitudes = shape.continued(&site, &sheets).unwrap();
        let mut lowering = Lowering::new();
        let (re, im) = lowering.lower(&amplitudes[0].1);
        let values = Program::new(&lowering.graph, &[re, im]).evaluate_scalar(&[m.re, m.im]);
        Complex64::new(values[0], values[1])
    }

    fn on_the_axis(&self, m: f64) -> Complex64 {
        let shape = Shape::new(&Place {
            shape: self.shape,
            masses: self.masses,
            orbital_l: self.orbital_l,
            barrier_radius: 3.0,
            options: &self.options,
        });
        shape.value(m, &self.parameters)
    }
}

fn settings() -> Vec<Setting> {
    let pairs = json!([[PI, PI], [K, K], [ETA, PI]]);
    let with = |shape, options: Value, parameters: &[f64]| Setting {
        shape,
        masses: [PI, PI],
        orbital_l: 0,
        options,
        parameters: parameters.to_vec(),
    };
    let matrix = |phase: &str, l: [u32; 3]| {
        let options = json!({
            "channels": pairs, "phase_space": [phase, phase, phase], "l": l, "poles": 2,
            "production": "scattering", "background": "slowly-varying", "background_elements": [[0, 1]],
            "adler": "ratio",
        });
        let parameters = [
            0.85, 0.5, 0.3, -0.4, 1.3, 0.2, -0.6, 0.3, 0.2, -2.0, 0.01, -0.15,
        ];
        with("k-matrix", options, &parameters)
    };
    let mut list = vec![
        matrix("two-body", [0, 0, 0]),
        matrix("threshold", [0, 0, 0]),
        matrix("chew-mandelstam", [0, 0, 0]),
        matrix("chew-mandelstam", [0, 2, 1]),
        with(
            "flatte",
            json!({"channels": pairs}),
            &[0.965, 0.2, 0.7, 0.3],
        ),
        with(
            "flatte-dispersive",
            json!({"channels": pairs, "l": [1, 0, 2]}),
            &[0.965, 0.2, 0.4, 0.3],
        ),
    ];
    list.extend([0, 1, 3].map(|orbital_l| Setting {
        orbital_l,
        ..with("breit-wigner-running", json!({}), &[0.775, 0.15])
    }));
    list
}

/// A hair below the axis is the axis. Above 0.408 GeV: under m_η - m_π the bare roots are not analytic.
#[test]
fn a_continued_shape_meets_the_real_axis() {
    for setting in settings() {
        for m in [0.45, 0.5, 0.68, 0.7, 0.95, 0.995, 1.2, 1.6] {
            let (below, on) = (
                setting.below(Complex64::new(m, -1e-10), m),
                setting.on_the_axis(m),
            );
            assert!(
                (below - on).norm() < 1e-7 * on.norm(),
                "{} {} at {m}: {below} != {on}",
                setting.shape,
                setting.options
            );
        }
    }
}

/// d/d(i y) = i d/dx: no sheet has a kink inside.
#[test]
fn a_continued_shape_is_analytic() {
    for setting in settings() {
        for (re, im) in [(0.4, -0.1), (0.8, -0.2), (1.1, -0.03), (1.5, -0.4)] {
            let (m, h) = (Complex64::new(re, im), 1e-5);
            let along = |step: Complex64| {
                (setting.below(m + step, re) - setting.below(m - step, re)) / (2.0 * step)
            };
            let [x, y] = [Complex64::from(h), Complex64::I * h].map(along);
            // Differences are good to h² of the third derivative.
            let scale = x.norm() + setting.below(m, re).norm();
            assert!(
                (x - y).norm() < 1e-6 * scale,
                "{} at {m}: {x} != {y}",
                setting.shape
            );
        }
    }
}

#[test]
fn a_shape_that_is_not_analytic_says_why() {
    let channels = json!([[PI, PI]]);
    for (shape, options, expected) in [
        (
            "flatte",
            json!({"channels": channels, "below_threshold": "cut"}),
            "option `below_threshold` is \"cut\", which has no continuation",
        ),
        (
            "flatte",
            json!({"channels": channels, "width_sign": "plus"}),
            "option `width_sign` is \"plus\": its poles are not on the sheets of a decay",
        ),
        (
            "flatte-dispersive",
            json!({"channels": channels, "cut": [1.0]}),
            "option `cut` has no continuation: its series holds on the real axis",
        ),
    ] {
        let setting = Setting {
            shape,
            masses: [PI, PI],
            orbital_l: 0,
            options,
            parameters: vec![0.9, 0.2],
        };
        let refused = find(shape)
            .unwrap()
            .continued(&setting.site(), &[Sheet::Unphysical]);
        assert_eq!(refused.unwrap_err().to_string(), expected);
    }
}
