//! The dispersive Flatté shape: channels with the real part that analyticity demands.
//!
//! ```text
//! R(m) = 1 / (m0² - s - sum_c g_c [C_c(s) - Re C_c(m0²)]),  s = m²
//! Im C_c = (2q_c/m) z^l/P_l(z),  z = (q_c R)²               above the channel's threshold
//! Im C_c = (2q_c/m) e^(-β_c q_c²)                           with `cut`
//! ```
//!
//! C_c is the dispersion integral over its imaginary part, with one subtraction: `chew_mandelstam`
//! and `dispersive_cut`.
//!
//! | option | meaning | default |
//! |---|---|---|
//! | `channels` | the pairs of masses, GeV | must be given |
//! | `l` | the orbital angular momentum of each channel | 0 each |
//! | `squared_couplings` | g_c² in place of g_c | false |
//! | `cut` | β_c of each channel, GeV⁻², for l = 0 | none |
//!
//! Units: m, m0, q_c in GeV; the barrier radius R in GeV⁻¹; g_c in GeV² (GeV when squared); the value
//! in GeV⁻².
//! Source: N. N. Achasov, S. A. Devyanin, G. N. Shestakov, Phys. Lett. B 96 (1980) 168; D. V. Bugg,
//! Phys. Rev. D 78 (2008) 074023; TF-PWA 0.2.2, models `DI` (`squared_couplings = true`) and `DI_a0`
//! (with `cut = [4.0, 4.0]`).
//! Limits: 1/R at m0 is purely imaginary, m0 is where the real part crosses zero. Real below all
//! thresholds and analytic across each: no sheet jumps at m1 - m2 as in `flatte`. The closed form is
//! exact; with `cut`, C is a series good to 1e-12 for m² > 0.075 GeV². Channels of daughters with
//! mass, l up to 4.

use serde_json::Value;

use super::chew_mandelstam::ChewMandelstam;
use super::dispersive_cut::DispersiveCut;
use super::options::bad;
use super::{Channel, DecaySite, Lineshape, LineshapeError, Options, ParameterSpec, Sheet};
use crate::expr::Expr;

pub struct FlatteDispersive;

impl Lineshape for FlatteDispersive {
    fn name(&self) -> &'static str {
        "flatte-dispersive"
    }

    fn formula(&self) -> &'static str {
        "1/(m0^2 - s - sum_c g_c [C_c(s) - Re C_c(m0^2)]), Im C_c = (2 q_c/m) z^l/P_l(z)"
    }

    fn file(&self) -> &'static str {
        include_str!("flatte_dispersive.rs")
    }

    fn latex(&self, _: &Options) -> String {
        r"\frac{1}{m_0^2 - m^2 - \sum_c g_c \left[C_c(m^2) - \operatorname{Re} C_c(m_0^2)\right]}, \quad \operatorname{Im} C_c = \frac{2 q_c}{m} \frac{z_c^{l_c}}{P_{l_c}(z_c)}, \quad z_c = (q_c R)^2".to_owned()
    }

    fn example_options(&self) -> Options {
        let channels = serde_json::json!([[0.13957, 0.13957], [0.493677, 0.493677]]);
        Options::new([("channels".to_owned(), channels)].into())
    }

    fn parameters(&self, options: &Options) -> Result<Vec<ParameterSpec>, LineshapeError> {
        let unit = match options.flag("squared_couplings", false)? {
            true => "GeV",
            false => "GeV^2",
        };
        let channels = 0..options.channels()?.len();
        let couplings = channels.map(|c| ParameterSpec::real(format!("g_{c}"), unit));
        Ok(std::iter::once(ParameterSpec::gev("mass"))
            .chain(couplings)
            .collect())
    }

    fn options(&self) -> &'static [&'static str] {
        &["channels", "l", "squared_couplings", "cut"]
    }

    fn option_defaults(&self, options: &Options) -> Vec<(&'static str, Value)> {
        let channels = options.channels().unwrap_or_default();
        let l = channels
            .iter()
            .map(|channel| Value::from(channel.orbital_l));
        vec![("l", l.collect()), ("squared_couplings", false.into())]
    }

    fn build(&self, at: &DecaySite) -> Result<Expr, LineshapeError> {
        let options = &at.options;
        let channels = options.channels()?;
        let cuts = options.numbers("cut", channels.len())?;
        let squared = options.flag("squared_couplings", false)?;
        let (m, m0) = (&at.m, at.parameter("mass")?);
        let mut sum = Expr::from(0.0);
        for (c, channel) in channels.iter().enumerate() {
            let cut = cuts.as_ref().map(|cuts| cuts[c]);
            let [here, pole] = loop_function(channel, cut, at.barrier_radius, [m, &m0])?;
            let g = at.parameter(&format!("g_{c}"))?;
            let strength = if squared { g.powi(2) } else { g };
            sum = sum + strength * (here - pole.re());
        }
        Ok(1.0 / (m0.powi(2) - m.powi(2) - sum))
    }

    fn cuts(&self, at: &DecaySite) -> Result<Vec<Channel>, LineshapeError> {
        at.options.channels()
    }

    /// R itself.
    fn continued(
        &self,
        at: &DecaySite,
        sheets: &[Sheet],
    ) -> Result<Vec<(String, Expr)>, LineshapeError> {
        let options = &at.options;
        if options.get("cut").is_some() {
            return Err(bad(
                "cut",
                "has no continuation: its series holds on the real axis",
            ));
        }
        let squared = options.flag("squared_couplings", false)?;
        let (m, m0) = (&at.m, at.parameter("mass")?);
        let mut sum = Expr::from(0.0);
        for (c, (channel, &sheet)) in options.channels()?.iter().zip(sheets).enumerate() {
            let function =
                ChewMandelstam::new(channel.masses, channel.orbital_l, at.barrier_radius)
                    .map_err(|problem| bad("channels", &problem))?;
            let g = at.parameter(&format!("g_{c}"))?;
            let strength = if squared { g.powi(2) } else { g };
            sum = sum + strength * (function.continued(m, sheet) - function.at(&m0).re());
        }
        Ok(vec![("R".to_owned(), 1.0 / (m0.powi(2) - m.powi(2) - sum))])
    }
}

/// C_c at two masses.
fn loop_function(
    channel: &Channel,
    cut: Option<f64>,
    radius: f64,
    masses: [&Expr; 2],
) -> Result<[Expr; 2], LineshapeError> {
    match cut {
        None => ChewMandelstam::new(channel.masses, channel.orbital_l, radius)
            .map(|function| masses.map(|m| function.at(m)))
            .map_err(|problem| bad("channels", &problem)),
        Some(_) if channel.orbital_l > 0 => Err(bad("cut", "is for channels of l = 0")),
        Some(slope) => DispersiveCut::new(channel.masses, slope)
            .map(|function| masses.map(|m| function.at(m)))
            .map_err(|problem| bad("cut", &problem)),
    }
}
