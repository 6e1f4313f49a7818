//! Points of a Dalitz plot as events of a three-body decay.

use super::SetupError;
use crate::kinematics::DalitzPoint;
use crate::model::Model;
use crate::sample::{ParticleMomenta, Sample};

/// Two numbers that say where in the plot an event lies; particles are numbered as in the config.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DalitzVariables {
    /// `m2_12` and `m2_23`: masses squared of the pairs without these particles, GeV².
    Squares([usize; 2]),
    /// `m_12` and `cos_theta_12`: the mass of the pair without this particle in GeV, and the angle of the first
    /// in the pair's rest frame against the direction that the pair flies in.
    MassCosine {
        spectator: usize,
        /// The pair is named in the other order: the angle is that of the other particle.
        reversed: bool,
    },
}

impl DalitzVariables {
    /// By the names of two columns.
    ///
    /// # Errors
    /// When the names are none of these.
    pub fn parse(names: [&str; 2]) -> Result<Self, SetupError> {
        let pair = |name: &str, prefix: &str| match name.strip_prefix(prefix)?.as_bytes() {
            [i @ b'1'..=b'3', j @ b'1'..=b'3'] if i != j => {
                Some([usize::from(i - b'0'), usize::from(j - b'0')])
            }
            _ => None,
        };
        let [first, second] = names;
        let squares = pair(first, "m2_").zip(pair(second, "m2_"));
        let mass = pair(first, "m_").zip(pair(second, "cos_theta_"));
        match (squares, mass) {
            (Some(([a, b], [c, d])), _) if a + b != c + d => {
                Ok(Self::Squares([6 - a - b, 6 - c - d]))
            }
            (_, Some(([a, b], [c, d]))) if a + b == c + d => {
                let spectator = 6 - a - b;
                Ok(Self::MassCosine {
                    spectator,
                    reversed: DalitzPoint::pair(spectator) != [c, d],
                })
            }
            _ => Err(SetupError::DalitzVariables {
                names: format!("{first}, {second}"),
            }),
        }
    }

    fn point(self, masses: [f64; 4], [first, second]: [f64; 2]) -> Option<DalitzPoint> {
        match self {
            Self::Squares([k, other]) => {
                DalitzPoint::from_squares(masses, [(k, first), (other, second)])
            }
            Self::MassCosine {
                spectator,
                reversed,
            } => Some(DalitzPoint {
                spectator,
                pair_mass: first,
                cos_theta: if reversed { -second } else { second },
            }),
        }
    }
}

/// Events of a model's decay in the rest frame of the initial particle, with the masses of the config. How
/// the decay lies in space is the same for all.
///
/// # Errors
/// When the decay has not three particles, and for a point outside the plot.
pub fn dalitz_sample(
    model: &Model,
    variables: DalitzVariables,
    points: &[[f64; 2]],
) -> Result<Sample, SetupError> {
    if model.finals.len() != 3 {
        return Err(SetupError::NoDalitzPlot {
            particles: model.finals.len(),
        });
    }
    let all = model.initial.two_helicities.len() == model.initial.two_j as usize + 1;
    if !all || model.initial.density.is_some() {
        return Err(SetupError::Oriented {
            particle: model.initial.name.clone(),
        });
    }
    let mut masses = [model.initial.mass.unwrap_or(f64::NAN); 4];
    for (mass, particle) in masses[1..].iter_mut().zip(&model.finals) {
        *mass = particle.mass;
    }
    let mut sample = Sample {
        particles: (model.finals.iter())
            .map(|particle| ParticleMomenta {
                name: particle.label.clone(),
                e: Vec::new(),
                px: Vec::new(),
                py: Vec::new(),
                pz: Vec::new(),
            })
            .collect(),
        weights: vec![1.0; points.len()],
        ..Sample::default()
    };
    for (event, &at) in points.iter().enumerate() {
        let momenta = variables
            .point(masses, at)
            .and_then(|point| point.momenta(masses));
        let momenta = momenta.ok_or(SetupError::OutsideDalitzPlot {
            event,
            first: at[0],
            second: at[1],
        })?;
        for (particle, [e, px, py, pz]) in sample.particles.iter_mut().zip(momenta) {
            particle.e.push(e);
            particle.px.push(px);
            particle.py.push(py);
            particle.pz.push(pz);
        }
    }
    Ok(sample)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_known_by_their_names() {
        let parse = |a, b| DalitzVariables::parse([a, b]).ok();
        assert_eq!(
            parse("m2_12", "m2_31"),
            Some(DalitzVariables::Squares([3, 2]))
        );
        let of_31 = |reversed| {
            Some(DalitzVariables::MassCosine {
                spectator: 2,
                reversed,
            })
        };
        assert_eq!(parse("m_31", "cos_theta_31"), of_31(false));
        assert_eq!(parse("m_31", "cos_theta_13"), of_31(true));
        for (a, b) in [
            ("m2_12", "m2_21"),
            ("m_12", "cos_theta_23"),
            ("m2_14", "m2_23"),
            ("x", "y"),
        ] {
            assert_eq!(parse(a, b), None, "{a} {b}");
        }
    }
}
