//! Breit-Wigner with the widths of several two-body channels, continued analytically below their
//! thresholds.
//!
//! ```text
//! R(m) = 1 / (m0² - m² - i m0 sum_c g_c² (2 q_c/m) F_c²)
//! F_c² = z^l / P_l(z),  z = (q_c R_c)²
//! g_c² = Γ_c m0 / (2 q_c0 F_c0²)                        with `couplings = "width"`
//! ```
//!
//! q_c is the product of the roots sqrt(m² - (m1 + m2)² + i0) sqrt(m² - (m1 - m2)² + i0) / (2m), and
//! z its square with its sign. P_l is the barrier polynomial of `barrier_factor`.
//!
//! | option | meaning | default |
//! |---|---|---|
//! | `channels` | the pairs of masses, GeV | must be given |
//! | `l` | the orbital angular momentum of each channel | 0 each |
//! | `radius` | R_c of each channel, GeV⁻¹ | the resonance's barrier radius |
//! | `couplings` | `"squared"`: parameters gsq_c = g_c²; `"width"`: partial widths width_c = Γ_c | `"squared"` |
//! | `mass_factor` | false: the m0 before the sum of g_c² is 1 GeV | true |
//!
//! Types of the amplitude-serialization format: `BreitWigner` is one channel with
//! `couplings = "width"`; `MultichannelBreitWigner` is the default in published files, and
//! `mass_factor = false` where g_c² were multiplied by m0. Their d is R_c.
//!
//! Units: m, m0, q_c, Γ_c in GeV; g_c² in GeV (GeV² without `mass_factor`); R_c in GeV⁻¹; the value
//! in GeV⁻².
//! Source: PDG review "Resonances" (2024), Eq. 50.28; M. Mikhasenko et al.,
//! amplitude-serialization (2024), with F of F. von Hippel, C. Quigg, Phys. Rev. D 5 (1972) 624.
//! Limits: one channel with partial width Γ0 is `breit-wigner-running` above threshold. Below it, F²
//! has a pole where P_l(z) = 0 (l = 1: q² = -1/R²), and below |m1 - m2| an open channel would
//! return: a channel so far below its threshold wants `k-matrix` or `flatte-dispersive`. With widths
//! the pole must lie above the thresholds.

use serde_json::Value;

use super::options::bad;
use super::{
    Channel, DecaySite, Lineshape, LineshapeError, Options, ParameterSpec, barrier_polynomial,
    breakup_momentum_squared,
};
use crate::expr::{Expr, I};

pub struct BreitWignerMultichannel;

impl Lineshape for BreitWignerMultichannel {
    fn name(&self) -> &'static str {
        "breit-wigner-multichannel"
    }

    fn formula(&self) -> &'static str {
        "1/(m0^2 - m^2 - i m0 sum_c g_c^2 (2 q_c/m) z^l/P_l(z)), z = (q_c R_c)^2"
    }

    fn file(&self) -> &'static str {
        include_str!("breit_wigner_multichannel.rs")
    }

    fn latex(&self, _: &Options) -> String {
        r"\frac{1}{m_0^2 - m^2 - i m_0 \sum_c g_c^2 \frac{2 q_c}{m} \frac{z_c^{l_c}}{P_{l_c}(z_c)}}, \quad z_c = (q_c R_c)^2".to_owned()
    }

    fn example_options(&self) -> Options {
        let channels = serde_json::json!([[0.13957, 0.13957], [0.493677, 0.493677]]);
        Options::new([("channels".to_owned(), channels)].into())
    }

    fn parameters(&self, options: &Options) -> Result<Vec<ParameterSpec>, LineshapeError> {
        let settings = Settings::read(options)?;
        let unit = match (settings.couplings, settings.mass_factor) {
            (Couplings::Squared, false) => "GeV^2",
            _ => "GeV",
        };
        let channels = 0..settings.channels.len();
        let couplings = channels
            .map(|c| ParameterSpec::real(format!("{}_{c}", settings.couplings.stem()), unit));
        Ok(std::iter::once(ParameterSpec::gev("mass"))
            .chain(couplings)
            .collect())
    }

    fn options(&self) -> &'static [&'static str] {
        &["channels", "l", "radius", "couplings", "mass_factor"]
    }

    fn option_defaults(&self, options: &Options) -> Vec<(&'static str, Value)> {
        let channels = options.channels().unwrap_or_default();
        let l = channels
            .iter()
            .map(|channel| Value::from(channel.orbital_l));
        vec![
            ("l", l.collect()),
            ("couplings", "squared".into()),
            ("mass_factor", true.into()),
        ]
    }

    fn check_pole(&self, options: &Options, lowest: f64) -> Result<(), LineshapeError> {
        let settings = Settings::read(options)?;
        let closed = settings.channels.iter().map(|c| c.masses[0] + c.masses[1]);
        let closed = closed.fold(0.0, f64::max);
        match settings.couplings {
            Couplings::Width if lowest <= closed => {
                let problem = format!(
                    "is \"width\", a width at the pole, but that lies at {lowest} GeV (start or limit) and a \
                     channel opens at {closed} GeV: give \"squared\" couplings"
                );
                Err(bad("couplings", &problem))
            }
            _ => Ok(()),
        }
    }

    fn build(&self, at: &DecaySite) -> Result<Expr, LineshapeError> {
        let settings = Settings::read(&at.options)?;
        let m0 = at.parameter("mass")?;
        let mut sum = Expr::from(0.0);
        for (c, channel) in settings.channels.iter().enumerate() {
            let radius = settings.radii.as_ref().map_or(at.barrier_radius, |r| r[c]);
            if channel.orbital_l > 0 && radius <= 0.0 {
                return Err(bad("radius", "must be above 0 where l is"));
            }
            let g = at.parameter(&format!("{}_{c}", settings.couplings.stem()))?;
            let strength = match settings.couplings {
                Couplings::Squared => g,
                Couplings::Width => g / phase_space(channel, &m0, radius),
            };
            sum = sum + strength * phase_space(channel, &at.m, radius);
        }
        if settings.mass_factor {
            sum = &m0 * sum;
        }
        Ok(1.0 / (m0.powi(2) - at.m.powi(2) - I * sum))
    }
}

/// What the parameters of the channels are.
#[derive(Clone, Copy)]
enum Couplings {
    Squared,
    Width,
}

impl Couplings {
    fn stem(self) -> &'static str {
        match self {
            Self::Squared => "gsq",
            Self::Width => "width",
        }
    }
}

struct Settings {
    channels: Vec<Channel>,
    radii: Option<Vec<f64>>,
    couplings: Couplings,
    mass_factor: bool,
}

impl Settings {
    fn read(options: &Options) -> Result<Self, LineshapeError> {
        let channels = options.channels()?;
        let settings = Self {
            radii: options.numbers("radius", channels.len())?,
            channels,
            couplings: options.word(
                "couplings",
                &[("squared", Couplings::Squared), ("width", Couplings::Width)],
            )?,
            mass_factor: options.flag("mass_factor", true)?,
        };
        if let (Couplings::Width, false) = (settings.couplings, settings.mass_factor) {
            return Err(bad(
                "mass_factor",
                "belongs to squared couplings, not to widths",
            ));
        }
        Ok(settings)
    }
}

/// (2 q/m) F² of the formula above.
fn phase_space(channel: &Channel, m: &Expr, radius: f64) -> Expr {
    let [m1, m2] = channel.masses;
    let square = breakup_momentum_squared(m, &m1.into(), &m2.into());
    let modulus = square.abs().sqrt();
    let below = (m - (m1 - m2).abs()).select(I * &modulus, -&modulus);
    let rho = 2.0 * (m - (m1 + m2)).select(modulus, below) / m;
    match channel.orbital_l {
        0 => rho,
        l => {
            let z = square * (radius * radius);
            // At most 20: barrier factors end there.
            rho * z.powi(l as i32) / barrier_polynomial(l, &z)
        }
    }
}
