//! Names of parameters that all programs of the comparison use.
//!
//! `c_CHAIN_re`, `gI_CHAIN_im` (I counts the couplings of a production from 0), `m_CHAIN`, `w_CHAIN`.

use pwa_core::model::Parameters;

/// The shared names of the free parameters, in gpuwa's order.
///
/// # Errors
/// When a free parameter has no shared name.
pub fn shared_names(parameters: &Parameters) -> Result<Vec<String>, String> {
    (parameters.free().into_iter())
        .map(|id| {
            let name = &parameters.get(id).name;
            shared_name(parameters, name).ok_or_else(|| format!("`{name}` has no shared name"))
        })
        .collect()
}

fn shared_name(parameters: &Parameters, name: &str) -> Option<String> {
    if let Some(chain) = name.strip_suffix(".mass") {
        return Some(format!("m_{chain}"));
    }
    if let Some(chain) = name.strip_suffix(".width") {
        return Some(format!("w_{chain}"));
    }
    let (coupling, part) = name.rsplit_once('.')?;
    if let Some(chain) = coupling.strip_suffix(".total") {
        return Some(format!("c_{chain}_{part}"));
    }
    let (chain, _) = coupling.split_once(".production[")?;
    let mut siblings = parameters
        .couplings()
        .iter()
        .filter(|other| other.name.starts_with(&format!("{chain}.production[")));
    let index = siblings.position(|other| other.name == coupling)?;
    Some(format!("g{index}_{chain}_{part}"))
}
