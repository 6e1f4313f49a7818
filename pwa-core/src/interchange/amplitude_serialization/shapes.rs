//! Line shapes of a model as functions of the format.

use serde_json::{Value, json};

use super::document::Function;
use super::export::ExportError;
use super::functions::words;
use crate::model::{Model, Resonance, ResonanceAt, ShapeParameter};

/// What can be written.
const WRITTEN: &str = "breit-wigner, breit-wigner-running, breit-wigner-multichannel, bugg-exponential, \
                       constant, flatte with s-wave channels, formula in s";

/// The function of a resonance that decays to these masses.
pub(super) fn function(
    model: &Model,
    at: &ResonanceAt,
    [ma, mb]: [f64; 2],
) -> Result<Function, ExportError> {
    let resonance = &model.resonances[at.resonance];
    let shape = Shape { model, resonance };
    let (kind, settings) = match resonance.shape.name() {
        "constant" => ("Polynomial", json!({"x": X, "coefficients": [1.0]})),
        "breit-wigner" => {
            let (m, w) = (shape.number("mass")?, shape.number("width")?);
            generic(format!("1/({m:?}^2 - {X} - i * {m:?} * {w:?})"))
        }
        "breit-wigner-running" => (
            "BreitWigner",
            json!({
                "x": X, "mass": shape.number("mass")?, "width": shape.number("width")?,
                "ma": ma, "mb": mb, "l": at.orbital_l, "d": resonance.barrier_radius,
            }),
        ),
        "breit-wigner-multichannel" => shape.multichannel()?,
        "bugg-exponential" => {
            let [m, w] = [shape.number("mass")?, shape.number("width")?];
            let [slope, zero] = [shape.number("slope")?, shape.number("adler_zero")?];
            generic(format!(
                "1/({m:?}^2 - {X} - i * {m:?} * {w:?} * ({X} - ({zero:?})) / ({m:?}^2 - ({zero:?})) * exp(-({slope:?}) * {X}))"
            ))
        }
        "flatte" => shape.flatte()?,
        "formula" => shape.formula()?,
        _ => return Err(shape.refused()),
    };
    Ok(Function {
        name: resonance.name.clone(),
        kind: kind.to_owned(),
        settings: settings.as_object().cloned().unwrap_or_default(),
    })
}

/// The variable of functions: m².
const X: &str = "sigma";

fn generic(expression: String) -> (&'static str, Value) {
    ("generic_function", json!({ "expression": expression }))
}

struct Shape<'a> {
    model: &'a Model,
    resonance: &'a Resonance,
}

impl Shape<'_> {
    fn refused(&self) -> ExportError {
        let name = self.resonance.shape.name();
        ExportError::new(
            format!(
                "the line shape `{name}` of `{}` has no function in the format",
                self.resonance.name
            ),
            format!("what can be written: {WRITTEN}"),
        )
    }

    /// A real parameter.
    fn number(&self, name: &str) -> Result<f64, ExportError> {
        match self.resonance.parameters.get(name) {
            Some(ShapeParameter::Real(id)) => Ok(self.model.parameters.value(*id)),
            _ => Err(self.refused()),
        }
    }

    fn multichannel(&self) -> Result<(&'static str, Value), ExportError> {
        let options = &self.resonance.options;
        let refused = |_| self.refused();
        let channels = options.channels().map_err(refused)?;
        let radii = options.numbers("radius", channels.len()).map_err(refused)?;
        let radius = |c: usize| {
            radii
                .as_ref()
                .map_or(self.resonance.barrier_radius, |r| r[c])
        };
        let mass = self.number("mass")?;
        let widths = options.word("couplings", &[("squared", false), ("width", true)]);
        if widths.map_err(refused)? {
            let [channel] = channels[..] else {
                return Err(self.refused());
            };
            let settings = json!({
                "x": X, "mass": mass, "width": self.number("width_0")?,
                "ma": channel.masses[0], "mb": channel.masses[1], "l": channel.orbital_l, "d": radius(0),
            });
            return Ok(("BreitWigner", settings));
        }
        // The published rule: gsq is multiplied by the mass.
        let unit = match options.flag("mass_factor", true).map_err(refused)? {
            true => 1.0,
            false => mass,
        };
        let mut list = Vec::new();
        for (c, channel) in channels.iter().enumerate() {
            list.push(json!({
                "gsq": self.number(&format!("gsq_{c}"))? / unit,
                "ma": channel.masses[0], "mb": channel.masses[1], "l": channel.orbital_l, "d": radius(c),
            }));
        }
        let settings = json!({"x": X, "mass": mass, "channels": list});
        Ok(("MultichannelBreitWigner", settings))
    }

    /// g q/m is g/2 of the format's 2 q/m.
    fn flatte(&self) -> Result<(&'static str, Value), ExportError> {
        let options = &self.resonance.options;
        let refused = |_| self.refused();
        let channels = options.channels().map_err(refused)?;
        let plain = ["below_threshold", "width_sign", "reference_momentum"];
        let others = options.names().any(|name| plain.contains(&name));
        if others || channels.iter().any(|channel| channel.orbital_l > 0) {
            return Err(self.refused());
        }
        let mass = self.number("mass")?;
        let squared = options.flag("squared_couplings", false).map_err(refused)?;
        let unit = match options.flag("mass_factor", true).map_err(refused)? {
            true => 2.0,
            false => 2.0 * mass,
        };
        let mut list = Vec::new();
        for (c, channel) in channels.iter().enumerate() {
            let g = self.number(&format!("g_{c}"))?;
            let strength = if squared { g * g } else { g };
            list.push(json!({
                "gsq": strength / unit,
                "ma": channel.masses[0], "mb": channel.masses[1], "l": 0, "d": 1.0,
            }));
        }
        let settings = json!({"x": X, "mass": mass, "channels": list});
        Ok(("MultichannelBreitWigner", settings))
    }

    /// With numbers in place of parameters.
    fn formula(&self) -> Result<(&'static str, Value), ExportError> {
        let user = self
            .resonance
            .options
            .formula()
            .ok_or_else(|| self.refused())?;
        let (text, mut written, mut before) = (user.text.as_str(), String::new(), 0);
        for (end, word) in words(text) {
            let called = text[end..].trim_start().starts_with('(');
            let replaced = match word {
                _ if called && FUNCTIONS.contains(&word) => word.to_owned(),
                _ if called => return Err(self.refused()),
                "s" => X.to_owned(),
                "m" => format!("sqrt({X})"),
                "i" | "im" | "pi" => word.to_owned(),
                "m0" => format!("({:?})", self.number("mass")?),
                name => self.parameter(name)?,
            };
            written += &text[before..end - word.len()];
            written += &replaced;
            before = end;
        }
        // The power of the format.
        let written = (written + &text[before..]).replace("**", "^");
        Ok(generic(written))
    }

    fn parameter(&self, name: &str) -> Result<String, ExportError> {
        let parameters = &self.model.parameters;
        match self.resonance.parameters.get(name) {
            Some(ShapeParameter::Real(id)) => Ok(format!("({:?})", parameters.value(*id))),
            Some(ShapeParameter::Complex(id)) => {
                let value = parameters.coupling_value(*id);
                Ok(format!("({:?} + i * ({:?}))", value.re, value.im))
            }
            None => Err(self.refused()),
        }
    }
}

/// What other programs know too.
const FUNCTIONS: [&str; 6] = ["cos", "exp", "log", "sin", "sqrt", "tan"];
