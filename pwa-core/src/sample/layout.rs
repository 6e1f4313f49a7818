//! The branch layouts that are found without being told.

use super::pattern::Pattern;

/// Final particles of the AmpTools layout.
pub(crate) const AMPTOOLS: &str =
    "E_FinalState[{i}] Px_FinalState[{i}] Py_FinalState[{i}] Pz_FinalState[{i}]";
/// Its beam.
pub(crate) const AMPTOOLS_BEAM: &str = "E_Beam Px_Beam Py_Beam Pz_Beam";

/// How a word and a component make a column's name: `K_PX`, `K.px`, `Kpx`, `px_K`, `px1`.
const JOINTS: [fn(&str) -> String; 5] = [
    |c| format!("{{p}}_{c}"),
    |c| format!("{{p}}.{c}"),
    |c| format!("{{p}}{c}"),
    |c| format!("{c}_{{p}}"),
    |c| format!("{c}{{p}}"),
];
/// px, py, pz.
const MOMENTA: [[&str; 3]; 4] = [
    ["PX", "PY", "PZ"],
    ["px", "py", "pz"],
    ["Px", "Py", "Pz"],
    ["pX", "pY", "pZ"],
];
const ENERGIES: [&str; 8] = ["E", "PE", "e", "pe", "Pe", "pE", "energy", "Energy"];
/// One array column of E, px, py, pz.
const ARRAYS: [&str; 9] = [
    "p4_{p}", "P4_{p}", "{p}_p4", "{p}_P4", "{p}.p4", "{p}p4", "{p}P4", "p4{p}", "{p}",
];

/// Every known layout; those without energies last.
pub(crate) fn known() -> Vec<Pattern> {
    let mut texts: Vec<String> = ARRAYS.map(String::from).into();
    texts.push(AMPTOOLS.into());
    for joint in JOINTS {
        for [x, y, z] in MOMENTA {
            let p = format!("{} {} {}", joint(x), joint(y), joint(z));
            texts.extend(ENERGIES.iter().map(|e| format!("{} {p}", joint(e))));
            texts.push(p);
        }
    }
    // All of these parse: `known_layouts_parse` tries every one.
    let mut patterns: Vec<Pattern> = texts
        .iter()
        .filter_map(|text| Pattern::parse(text).ok())
        .collect();
    patterns.sort_by_key(|p| !p.has_energy());
    patterns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_layouts_parse() {
        assert_eq!(
            known().len(),
            ARRAYS.len() + 1 + JOINTS.len() * MOMENTA.len() * (ENERGIES.len() + 1)
        );
        assert!(Pattern::parse(AMPTOOLS_BEAM).is_ok());
    }
}
