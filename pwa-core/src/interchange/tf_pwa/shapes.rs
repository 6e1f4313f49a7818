//! TF-PWA's line shape models and what they are called in gpuwa.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::error::{ImportError, Problem};
use super::knots;
use super::yaml::{Entry, Node};

/// A line shape in gpuwa's words.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Shape {
    pub name: &'static str,
    pub options: BTreeMap<String, Json>,
    /// The shape's parameters beside mass and width.
    pub parameters: Vec<ShapeParameter>,
    pub mass: Use,
    pub width: Use,
}

/// What a shape does with the mass or the width.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// A parameter of the shape.
    Needed,
    /// Kept for barrier factors and momenta where the config gives it; in TF-PWA a parameter.
    Pole,
    /// The same, but no parameter in TF-PWA.
    Constant,
    /// A parameter in TF-PWA of which nothing depends.
    Idle,
    None,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct ShapeParameter {
    /// In gpuwa.
    pub name: String,
    pub kind: Kind,
    /// Whether TF-PWA takes the modulus.
    pub absolute: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Kind {
    Real {
        value: Option<f64>,
        free: bool,
    },
    /// By modulus and phase, fixed where a modulus is given.
    Complex {
        fixed_at: Option<f64>,
    },
}

/// What else a shape needs to know of its resonance.
pub(super) struct Context {
    /// The lowest l of its first decay.
    pub lowest_l: f64,
    pub daughter_masses: Option<[f64; 2]>,
    pub has_width: bool,
    /// The names in `float`.
    pub floated: Vec<String>,
}

/// Keys that say which shape it is and how its width runs.
pub(super) const KEYS: [&str; 4] = ["model", "bw", "running_width", "bw_l"];

const FLATTE_KEYS: [&str; 7] = [
    "mass_list",
    "im_sign",
    "l_list",
    "has_bprime",
    "no_m0",
    "no_q0",
    "cut_phsp",
];

/// Keys that belong to one model only.
pub(super) fn own_keys(model: &str) -> &'static [&'static str] {
    match model {
        "poly" => &["n_order"],
        "GS_rho" => &["c_daug2Mass", "c_daug3Mass"],
        "Flatte" | "FlatteC" => &FLATTE_KEYS[..2],
        "FlatteGen" | "Flatte2" => &FLATTE_KEYS,
        "spline_c" => &knots::KEYS,
        "interp_c" | "interp_hist" => &knots::KEYS[..knots::KEYS.len() - 1],
        _ => &[],
    }
}

/// Whether a key is a coupling of a Flatté shape, `g_0`, `g_1`, ...
pub(super) fn is_flatte_coupling(model: &str, key: &str) -> bool {
    own_keys(model).contains(&"mass_list")
        && key
            .strip_prefix("g_")
            .is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}

impl Shape {
    /// The shape of a resonance.
    pub fn read(
        resonance: &str,
        model: &str,
        node: &Node,
        at: &Context,
        notes: &mut Vec<String>,
    ) -> Result<Self, ImportError> {
        let running = match node.get("running_width") {
            Some(flag) => flag.flag()?,
            None => true,
        };
        let breit_wigner = |name| match (at.has_width, running) {
            (true, true) => plain(name),
            (true, false) => plain("breit-wigner"),
            (false, _) => Self {
                mass: Use::Pole,
                width: Use::None,
                ..plain("constant")
            },
        };
        let shape = match model {
            "default" | "BWR" => breit_wigner("breit-wigner-running"),
            "BWR_normal" => breit_wigner("breit-wigner-normalised"),
            "BWR_coupling" => plain("breit-wigner-coupling"),
            "BW" => plain("breit-wigner"),
            "GS_rho" => {
                let shape = breit_wigner("gounaris-sakurai");
                if shape.name == "gounaris-sakurai" {
                    pion_masses(node, at)?;
                }
                shape
            }
            "LASS" => Self {
                parameters: vec![
                    ShapeParameter::free("scattering_length", true),
                    ShapeParameter::free("effective_range", true),
                ],
                ..plain("lass")
            },
            "one" => without_pole("constant", Vec::new()),
            "x" => Self {
                mass: Use::Pole,
                width: Use::Idle,
                ..plain("linear")
            },
            "exp" => without_pole("exponential", vec![ShapeParameter::free("slope", true)]),
            "exp_com" => without_pole(
                "exponential-complex",
                vec![
                    ShapeParameter::free("slope", false),
                    ShapeParameter::free("phase_slope", false),
                ],
            ),
            "poly" => polynomial(node)?,
            "Flatte" | "FlatteC" | "FlatteGen" | "Flatte2" => flatte(model, node, at)?,
            "spline_c" | "interp_c" | "interp_hist" => knots::shape(model, node)?,
            _ => return Err(unknown_model(resonance, model, node)),
        };
        if !at.has_width && shape.name == "constant" && model != "one" {
            notes.push(format!(
                "`{resonance}`: no width, so `{model}` is constant, as in TF-PWA"
            ));
        }
        if let Some(l) = node.get("bw_l").filter(|l| !l.is_null())
            && f64::from(l.count()?) != at.lowest_l
        {
            let help =
                "the width runs with the lowest l of the decay; take the key out if that is meant";
            return Err(l.not_translated("an l of the width that is not the decay's lowest", help));
        }
        Ok(shape)
    }
}

impl ShapeParameter {
    fn free(name: &str, absolute: bool) -> Self {
        let (value, free) = (None, true);
        Self {
            name: name.to_owned(),
            kind: Kind::Real { value, free },
            absolute,
        }
    }
}

/// A shape of mass and width.
fn plain(name: &'static str) -> Shape {
    Shape {
        name,
        options: BTreeMap::new(),
        parameters: Vec::new(),
        mass: Use::Needed,
        width: Use::Needed,
    }
}

/// A shape without a pole; TF-PWA has no parameters for its mass and width.
pub(super) fn without_pole(name: &'static str, parameters: Vec<ShapeParameter>) -> Shape {
    Shape {
        parameters,
        mass: Use::Constant,
        width: Use::None,
        ..plain(name)
    }
}

fn unknown_model(resonance: &str, model: &str, node: &Node) -> ImportError {
    let problem = Problem::UnknownModel {
        resonance: resonance.to_owned(),
        model: model.to_owned(),
    };
    let place = node.get("model").or_else(|| node.get("bw"));
    let help = "translated are default, BW, BWR, BWR_coupling, BWR_normal, GS_rho, LASS, Flatte, \
                FlatteC, FlatteGen, Flatte2, one, x, exp, exp_com, poly, spline_c, interp_c, interp_hist";
    place.unwrap_or(node).problem(problem, help.to_owned())
}

fn polynomial(node: &Node) -> Result<Shape, ImportError> {
    let order = match node.get("n_order") {
        Some(order) => order.count()?,
        None => 3,
    };
    let coefficient = |i| ShapeParameter {
        name: format!("c_{i}"),
        // TF-PWA fixes the coefficient of the highest power.
        kind: Kind::Complex {
            fixed_at: (i == 0).then_some(1.0),
        },
        absolute: false,
    };
    Ok(Shape {
        options: BTreeMap::from([("order".to_owned(), json!(order))]),
        parameters: (0..=order.min(1000)).map(coefficient).collect(),
        mass: Use::Constant,
        width: Use::None,
        ..plain("polynomial")
    })
}

/// TF-PWA puts fixed daughter masses into part of the formula; gpuwa takes the daughters'.
fn pion_masses(node: &Node, at: &Context) -> Result<(), ImportError> {
    let mass = |key: &str, default: f64| match node.get(key) {
        Some(mass) => mass.number(),
        None => Ok(default),
    };
    let sum = mass("c_daug2Mass", 0.13957039)? + mass("c_daug3Mass", 0.1349768)?;
    match at.daughter_masses {
        // TF-PWA keeps these masses in single precision, 1e-8 GeV.
        Some([first, second]) if (first + second - sum).abs() < 2e-8 => Ok(()),
        _ => {
            let reason = "GS_rho with c_daug2Mass and c_daug3Mass (or their defaults, pi+ and pi0) \
                          that are not the masses of the daughters";
            let help = "give `c_daug2Mass` and `c_daug3Mass` the masses of the decay's daughters";
            Err(node.not_translated(reason, help))
        }
    }
}

fn flatte(model: &str, node: &Node, at: &Context) -> Result<Shape, ImportError> {
    let Some(list) = node.get("mass_list") else {
        return Err(node.missing("mass_list", "give the channels' masses: [[m1, m2], ...]"));
    };
    let mut channels = Vec::new();
    for pair in list.list()? {
        match pair.list()? {
            [first, second] => channels.push([first.number()?, second.number()?]),
            _ => return Err(pair.bad("must be two masses", None)),
        }
    }
    let mut options = BTreeMap::from([("channels".to_owned(), json!(channels))]);
    let mut set = |name: &str, value: Json| options.insert(name.to_owned(), value);
    let general = matches!(model, "FlatteGen" | "Flatte2");
    // TF-PWA's denominator is m0^2 - m^2 + im_sign i m0 sum_c g_c q_c/m.
    let sign = match node.get("im_sign") {
        Some(sign) => sign.sign()?,
        None if model == "Flatte" => 1,
        None => -1,
    };
    if sign == 1 {
        set("width_sign", json!("plus"));
    }
    if general {
        let flag = |key: &str, default: bool| node.get(key).map_or(Ok(default), Node::flag);
        if let Some(l) = node.get("l_list").filter(|l| !l.is_null()) {
            let list: Result<Vec<u32>, _> = l.list()?.iter().map(Node::count).collect();
            let list = list?;
            if list.len() != channels.len() {
                return Err(l.bad("must have one l for each pair of `mass_list`", None));
            }
            set("l", json!(list));
        }
        if !flag("has_bprime", true)? {
            set("barrier", json!(false));
        }
        if !flag("no_q0", false)? {
            set("reference_momentum", json!(true));
        }
        if flag("no_m0", false)? {
            set("mass_factor", json!(false));
        }
        if flag("cut_phsp", false)? {
            set("below_threshold", json!("cut"));
        }
        if model == "Flatte2" {
            set("squared_couplings", json!(true));
        }
    }
    let mut parameters = Vec::new();
    for channel in 0..channels.len() {
        let name = format!("g_{channel}");
        let value = node.get(&name).map(Node::number).transpose()?;
        let free = value.is_none() || at.floated.contains(&name);
        parameters.push(ShapeParameter {
            name,
            kind: Kind::Real { value, free },
            absolute: false,
        });
    }
    Ok(Shape {
        options,
        parameters,
        width: Use::None,
        ..plain("flatte")
    })
}

/// Refuses a Flatté coupling of a channel that `mass_list` does not have.
pub(super) fn surplus_coupling(entry: &Entry, shape: &Shape) -> Result<(), ImportError> {
    match shape.parameters.iter().any(|p| p.name == entry.key) {
        true => Ok(()),
        false => Err(entry.node.bad("belongs to no pair of `mass_list`", None)),
    }
}
