//! The checksums of an exported file: intensities and chains at a few points, line shapes at one mass each.

use super::checksums::{Ready, momenta, shape};
use super::document::{ChainChecksum, Checksum, Coordinate, File, Number, Point};
use super::export::DISTRIBUTION;
use super::numbers::sum;
use crate::kinematics::DalitzPoint;
use crate::model::{self, Model};

/// Cosines of the points of checksums, and where in their range masses lie.
const POINTS: [(f64, f64); 4] = [(0.2, -0.7), (0.45, 0.3), (0.6, -0.2), (0.85, 0.8)];

pub(super) fn add_checksums(
    file: &mut File,
    model: &Model,
    shapes: &[(String, usize)],
    ready: &Ready,
) -> Result<(), String> {
    let mass = model.initial.mass.unwrap_or(0.0);
    let of = |index: usize| model.finals[index - 1].mass;
    let low = |k: usize| DalitzPoint::pair(k).map(of).iter().sum::<f64>();
    let between = |k: usize, part: f64| low(k) + part * (mass - of(k) - low(k));
    for (number, (part, cosine)) in POINTS.into_iter().enumerate() {
        let coordinates = [
            ("m_23", between(1, part)),
            ("phi_23", 0.0),
            ("cos_theta_23", cosine),
            ("m_23_1", mass),
            ("phi_23_1", 0.0),
            ("cos_theta_23_1", 0.0),
        ];
        let name = format!("validation_point{}", number + 1);
        let point = Point {
            name: name.clone(),
            parameters: coordinates
                .into_iter()
                .map(|(name, value)| Coordinate {
                    name: name.to_owned(),
                    value,
                })
                .collect(),
        };
        let value = |name: &str| {
            let mut list = coordinates.iter();
            list.find(|(known, _)| *known == name).map(|c| c.1)
        };
        let momenta = momenta(model, &file.distributions[0], value)?;
        file.misc.amplitude_model_checksums.push(Checksum {
            point: name.clone(),
            distribution: DISTRIBUTION.to_owned(),
            value: Number::Value(ready.intensity(model, &momenta, None)?),
        });
        if number == 1 {
            add_chain_checksums(file, model, (&name, &momenta), ready)?;
        }
        file.parameter_points.push(point);
    }
    for (name, chain) in shapes {
        let tree = &model.chains[*chain].tree;
        let k = model::spectator(tree);
        let [i, j] = DalitzPoint::pair(k);
        let point = format!("validation_point_m{i}{j}sq");
        let m = between(k, 0.6);
        let s = m * m;
        if !file
            .parameter_points
            .iter()
            .any(|known| known.name == point)
        {
            file.parameter_points.push(Point {
                name: point.clone(),
                parameters: vec![Coordinate {
                    name: format!("m_{i}{j}_sq"),
                    value: s,
                }],
            });
        }
        file.misc.amplitude_model_checksums.push(Checksum {
            point,
            distribution: name.clone(),
            value: sum(shape(model, *chain, s)?),
        });
    }
    Ok(())
}

/// The intensity of each chain alone; with identical particles a chain of the file is not one of the model,
/// and has none.
fn add_chain_checksums(
    file: &mut File,
    model: &Model,
    (point, momenta): (&str, &[[f64; 4]; 3]),
    ready: &Ready,
) -> Result<(), String> {
    if model::permutations(model).len() > 1 {
        return Ok(());
    }
    for chain in 0..model.waves().len() {
        file.misc.chain_checksums.push(ChainChecksum {
            point: point.to_owned(),
            distribution: DISTRIBUTION.to_owned(),
            chain,
            value: Number::Value(ready.intensity(model, momenta, Some(chain))?),
        });
    }
    Ok(())
}
