//! Parameters drawn where no accident of the start values can hide or fake a degeneracy.

use rand_chacha::ChaCha12Rng;

use crate::generate::{EventStreams, uniform};
use crate::model::{ParameterId, ParameterRole, Parameters};

/// What the random numbers are for; phase space and toys have others.
const PURPOSE: u64 = 17;

/// The free parameters of a model, drawn: the modulus of a coupling from 0.5 to 1.5 of its start
/// (of 1 where that is 0), its phase uniformly, a shape's parameter uniformly within its limits.
/// Without both limits it stays as it is, as polarisations do: far from its start it may have no meaning.
pub(super) fn random_point(parameters: &Parameters, seed: u64, index: u64) -> Vec<f64> {
    let mut stream = EventStreams::new(seed, PURPOSE).event(index);
    let mut values: Vec<f64> = parameters.iter().map(|(_, p)| p.start).collect();
    for (id, parameter) in parameters.iter() {
        let limits = parameter
            .limits
            .filter(|limits| limits.iter().all(|limit| limit.is_finite()));
        if let (ParameterRole::Shape, Some([low, high])) = (parameter.role, limits) {
            values[id.0] = low + (high - low) * uniform(&mut stream);
        }
    }
    for coupling in parameters.couplings() {
        let parts = coupling.parts;
        let role = parameters.get(parts[0]).role;
        let start = parts.map(|part| parameters.get(part).start);
        let size = match role {
            ParameterRole::Modulus => start[0].abs(),
            _ => (start[0] * start[0] + start[1] * start[1]).sqrt(),
        };
        let (modulus, phase) = draw(&mut stream, if size > 0.0 { size } else { 1.0 });
        let drawn = match role {
            ParameterRole::Modulus => [modulus, phase],
            _ => [modulus * libm::cos(phase), modulus * libm::sin(phase)],
        };
        for (part, drawn) in parts.into_iter().zip(drawn) {
            values[part.0] = drawn;
        }
    }
    let value = |id: ParameterId| values[id.0];
    parameters.free().into_iter().map(value).collect()
}

fn draw(stream: &mut ChaCha12Rng, size: f64) -> (f64, f64) {
    let modulus = size * (0.5 + uniform(stream));
    let phase = std::f64::consts::PI * (2.0 * uniform(stream) - 1.0);
    (modulus, phase)
}
