//! The Flatté family: a resonance that couples to several two-body channels, also below their
//! thresholds.
//!
//! ```text
//! R(m) = 1 / (m0² - m² - i m0 sum_c g_c (q_c/m) T_c)
//! q_c = i|q_c| below m_c1 + m_c2
//! T_c = |q_c/q_ref|^(2 l_c) B'_lc(|q_c|, q_ref, R)²                 q_ref = 1 GeV
//! T_c = |q_c/q_c0|^(2 l_c) B'_lc(|q_c|, |q_c0|, R)² m0/|q_c0|       with `reference_momentum`
//! ```
//!
//! | option | meaning | default |
//! |---|---|---|
//! | `channels` | the pairs of masses, GeV | must be given |
//! | `l` | the orbital angular momentum of each channel | 0 each |
//! | `squared_couplings` | g_c² in place of g_c | false |
//! | `barrier` | false: B' = 1 | true |
//! | `reference_momentum` | relative to the momentum at m0 (T_c above) | false |
//! | `mass_factor` | false: the m0 before the sum is 1 GeV | true |
//! | `below_threshold` | `"continue"`: i\|q_c\|; `"cut"`: the term is 0 there | `"continue"` |
//! | `width_sign` | the sign before i: `"minus"` as above, or `"plus"` | `"minus"` |
//!
//! TF-PWA's `FlatteC` is the default, `Flatte` has `width_sign = "plus"`, `FlatteGen` has
//! `reference_momentum = true` (off with `no_q0`) and `mass_factor = false` with `no_m0`, and
//! `Flatte2` is that with `squared_couplings = true`.
//!
//! Units: m, m0, q_c in GeV; the barrier radius R in GeV⁻¹; g_c in GeV (GeV² without
//! `mass_factor`; the root of that when squared); the value in GeV⁻².
//! Source: S. M. Flatté, Phys. Lett. B 63 (1976) 224; with barriers PDG review "Resonances"
//! (2024) and TF-PWA 0.2.2, models `Flatte`, `FlatteC`, `FlatteGen`, `Flatte2`.
//! Limits: continuous at each threshold, with a cusp. One channel with `reference_momentum` is
//! `breit-wigner-running` above its threshold. q_c stays imaginary below |m_c1 - m_c2| too, where
//! the bare root of q² would be real again and give a width to a closed channel. With
//! `reference_momentum` the shape has no value at m0 = m_c1 + m_c2.

use serde_json::Value;

use super::options::bad;
use super::phase_space::{Closed, momentum};
use super::riemann::two_body;
use super::{
    Channel, DecaySite, Lineshape, LineshapeError, Options, ParameterSpec, Sheet,
    barrier_ratio_squared,
};
use crate::expr::{Expr, I};

pub struct Flatte;

impl Lineshape for Flatte {
    fn name(&self) -> &'static str {
        "flatte"
    }

    fn formula(&self) -> &'static str {
        "1/(m0^2 - m^2 - i m0 sum_c g_c q_c/m), q_c = i|q_c| below threshold"
    }

    fn file(&self) -> &'static str {
        include_str!("flatte.rs")
    }

    fn latex(&self, _: &Options) -> String {
        r"\frac{1}{m_0^2 - m^2 - i m_0 \sum_c g_c \frac{q_c}{m} T_c}, \quad q_c = i|q_c| \text{ below } m_{c1} + m_{c2}".to_owned()
    }

    fn example_options(&self) -> Options {
        let channels = serde_json::json!([[0.13957, 0.13957], [0.493677, 0.493677]]);
        Options::new([("channels".to_owned(), channels)].into())
    }

    fn parameters(&self, options: &Options) -> Result<Vec<ParameterSpec>, LineshapeError> {
        let settings = Settings::read(options)?;
        let unit = match (settings.mass_factor, settings.squared_couplings) {
            (true, false) => "GeV",
            (true, true) => "GeV^(1/2)",
            (false, false) => "GeV^2",
            (false, true) => "GeV",
        };
        let couplings =
            (0..settings.channels.len()).map(|c| ParameterSpec::real(coupling_name(c), unit));
        Ok(std::iter::once(ParameterSpec::gev("mass"))
            .chain(couplings)
            .collect())
    }

    fn options(&self) -> &'static [&'static str] {
        &[
            "channels",
            "l",
            "squared_couplings",
            "barrier",
            "reference_momentum",
            "mass_factor",
            "below_threshold",
            "width_sign",
        ]
    }

    fn option_defaults(&self, options: &Options) -> Vec<(&'static str, Value)> {
        let channels = options.channels().unwrap_or_default();
        let l = channels
            .iter()
            .map(|channel| Value::from(channel.orbital_l));
        vec![
            ("l", l.collect()),
            ("squared_couplings", false.into()),
            ("barrier", true.into()),
            ("reference_momentum", false.into()),
            ("mass_factor", true.into()),
            ("below_threshold", "continue".into()),
            ("width_sign", "minus".into()),
        ]
    }

    fn build(&self, at: &DecaySite) -> Result<Expr, LineshapeError> {
        let settings = Settings::read(&at.options)?;
        let m0 = at.parameter("mass")?;
        let mut sum = Expr::from(0.0);
        for (c, channel) in settings.channels.iter().enumerate() {
            let (q, q_squared) = momentum(channel, &at.m, settings.closed);
            let transmission = settings.transmission(channel, at, &q_squared, &m0);
            sum = sum + settings.strength(at, c)? * (q / &at.m * transmission);
        }
        if settings.mass_factor {
            sum = &m0 * sum;
        }
        let free = m0.powi(2) - at.m.powi(2);
        Ok(1.0
            / match settings.sign {
                Sign::Minus => free - I * sum,
                Sign::Plus => free + I * sum,
            })
    }

    fn cuts(&self, at: &DecaySite) -> Result<Vec<Channel>, LineshapeError> {
        Ok(Settings::read(&at.options)?.channels)
    }

    /// R itself.
    fn continued(
        &self,
        at: &DecaySite,
        sheets: &[Sheet],
    ) -> Result<Vec<(String, Expr)>, LineshapeError> {
        let settings = Settings::read(&at.options)?;
        settings.closed.check_continued()?;
        if matches!(settings.sign, Sign::Plus) {
            return Err(bad(
                "width_sign",
                "is \"plus\": its poles are not on the sheets of a decay",
            ));
        }
        let m0 = at.parameter("mass")?;
        let mut sum = Expr::from(0.0);
        for (c, (channel, sheet)) in settings.channels.iter().zip(sheets).enumerate() {
            let q_squared = channel.momentum_squared(&at.m);
            let q = sheet.i_rho(two_body(channel, &at.m) / 2.0);
            let strength = settings.strength(at, c)?;
            sum = sum + strength * q * settings.transmission(channel, at, &q_squared, &m0);
        }
        if settings.mass_factor {
            sum = &m0 * sum;
        }
        Ok(vec![(
            "R".to_owned(),
            1.0 / (m0.powi(2) - at.m.powi(2) - sum),
        )])
    }
}

fn coupling_name(channel: usize) -> String {
    format!("g_{channel}")
}

struct Settings {
    channels: Vec<Channel>,
    squared_couplings: bool,
    barrier: bool,
    reference_momentum: bool,
    mass_factor: bool,
    closed: Closed,
    sign: Sign,
}

#[derive(Clone, Copy)]
enum Sign {
    Minus,
    Plus,
}

impl Settings {
    fn read(options: &Options) -> Result<Self, LineshapeError> {
        let channels = options.channels()?;
        Ok(Self {
            channels,
            squared_couplings: options.flag("squared_couplings", false)?,
            barrier: options.flag("barrier", true)?,
            reference_momentum: options.flag("reference_momentum", false)?,
            mass_factor: options.flag("mass_factor", true)?,
            closed: Closed::read(options)?,
            sign: options.word(
                "width_sign",
                &[("minus", Sign::Minus), ("plus", Sign::Plus)],
            )?,
        })
    }

    /// g_c or its square.
    fn strength(&self, at: &DecaySite, channel: usize) -> Result<Expr, LineshapeError> {
        let g = at.parameter(&coupling_name(channel))?;
        Ok(match self.squared_couplings {
            true => g.powi(2),
            false => g,
        })
    }

    /// T_c of the formula above.
    fn transmission(&self, channel: &Channel, at: &DecaySite, q_squared: &Expr, m0: &Expr) -> Expr {
        let l = channel.orbital_l;
        let q0_squared = match self.reference_momentum {
            true => channel.momentum_squared(m0).abs(),
            false => 1.0.into(),
        };
        let mut transmission = match l {
            0 => 1.0.into(),
            // At most 20, see `read`.
            _ => (q_squared / &q0_squared).powi(l as i32),
        };
        if self.barrier {
            transmission =
                transmission * barrier_ratio_squared(l, q_squared, &q0_squared, at.barrier_radius);
        }
        if self.reference_momentum {
            transmission = transmission * (m0 / q0_squared.sqrt());
        }
        transmission
    }
}
