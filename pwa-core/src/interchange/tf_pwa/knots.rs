//! TF-PWA's partial waves through values at knots: `spline_c`, `interp_c`, `interp_hist`.
//!
//! Knots are `points`, or `interp_N` at one distance from `min_m` to `max_m`. The curve is zero outside of them, and
//! at the first and the last unless `with_bound` says otherwise; the values of the others are `point_0`,
//! `point_1`, ..., one of which is fixed to 1.

use std::collections::BTreeMap;

use serde_json::json;

use super::error::ImportError;
use super::shapes::{Kind, Shape, ShapeParameter, without_pole};
use super::yaml::Node;

/// The last one is that of splines.
pub(super) const KEYS: [&str; 8] = [
    "points",
    "min_m",
    "max_m",
    "interp_N",
    "fix_idx",
    "polar",
    "with_bound",
    "bc_type",
];

pub(super) fn shape(model: &str, node: &Node) -> Result<Shape, ImportError> {
    let knots = masses(node)?;
    let flag = |key: &str, default: bool| node.get(key).map_or(Ok(default), Node::flag);
    if !flag("polar", true)? {
        let help = "translated are moduli and phases: give those, and leave `polar` out";
        return Err(node.not_translated("values at knots by real and imaginary part", help));
    }
    let mut options = BTreeMap::from([
        ("knots".to_owned(), json!(knots)),
        ("outside".to_owned(), json!("zero")),
    ]);
    let mut values = knots.len();
    if flag("with_bound", false)? {
        if model != "spline_c" {
            let help = "TF-PWA itself has no such curve: leave `with_bound` out";
            return Err(node.not_translated("values at the outermost knots", help));
        }
    } else {
        options.insert("end_values".to_owned(), json!("zero"));
        values -= 2;
    }
    let name = match model {
        "spline_c" => {
            match node.get("bc_type").map(Node::text).transpose()? {
                None | Some("not-a-knot") => {}
                Some("natural") => {
                    options.insert("ends".to_owned(), json!("natural"));
                }
                Some(_) => {
                    let help = "translated are not-a-knot and natural; the equations of clamped ends \
                                are not those of a spline there";
                    return Err(node.not_translated("these ends of a spline", help));
                }
            }
            "spline"
        }
        "interp_hist" => {
            options.insert("method".to_owned(), json!("step"));
            "interpolated"
        }
        _ => "interpolated",
    };
    // TF-PWA counts from zero, and from the end below zero is its own choice.
    let fixed = match node.get("fix_idx") {
        None => Some(knots.len() / 2 - 1),
        Some(none) if none.is_null() => None,
        Some(index) => match index.number()? {
            below if below < 0.0 => Some(knots.len() / 2 - 1),
            _ => match index.count()? as usize {
                place if place < values => Some(place),
                _ => return Err(index.bad(format!("there are {values} values"), None)),
            },
        },
    };
    let value = |place: usize| ShapeParameter {
        name: format!("c_{place}"),
        kind: Kind::Complex {
            fixed_at: (fixed == Some(place)).then_some(1.0),
        },
        absolute: false,
    };
    Ok(Shape {
        options,
        ..without_pole(name, (0..values).map(value).collect())
    })
}

/// The masses of the knots, GeV.
fn masses(node: &Node) -> Result<Vec<f64>, ImportError> {
    let form = "give `min_m`, `max_m` and `interp_N`, or `points`";
    let knots: Vec<f64> = match node.get("points").filter(|points| !points.is_null()) {
        Some(points) => {
            let list = points.list()?.iter();
            list.map(Node::number).collect::<Result<_, _>>()?
        }
        None => {
            let given = |key: &str| node.get(key).ok_or_else(|| node.missing(key, form));
            let (low, high) = (given("min_m")?.number()?, given("max_m")?.number()?);
            let count = given("interp_N")?;
            let n = count.count()?;
            if !(3..=10_000).contains(&n) {
                return Err(count.bad("must be three knots or more", None));
            }
            let step = (high - low) / f64::from(n - 1);
            (0..n).map(|i| low + step * f64::from(i)).collect()
        }
    };
    if knots.len() < 3 || knots.windows(2).any(|pair| pair[0] >= pair[1]) {
        return Err(node.bad("must have three knots or more, at increasing masses", None));
    }
    Ok(knots)
}
