//! One particle, and its line of the data file.

use super::{Flavour, Parity, QuantumNumbers, Spin};

/// A particle as a model sees it. `None` means not known, never a default.
#[derive(Debug, Clone, PartialEq)]
pub struct Particle {
    /// PDG name in ASCII: `K*(892)0`, `f0(1500)`, `Lambda(c)+`.
    pub name: String,
    /// Other spellings that are accepted.
    pub aliases: Vec<String>,
    /// Monte Carlo number; negative for antiparticles.
    pub pdg_id: Option<i32>,
    /// GeV.
    pub mass: Option<f64>,
    /// GeV; 0 for stable particles.
    pub width: Option<f64>,
    pub spin: Option<Spin>,
    /// Intrinsic parity; opposite for an antifermion.
    pub parity: Option<Parity>,
    /// C of the particle itself, thus none for charged or flavoured ones.
    pub c_parity: Option<Parity>,
    /// In units of the positron's charge.
    pub charge: Option<i32>,
    pub isospin: Option<Spin>,
    /// G of the whole multiplet.
    pub g_parity: Option<Parity>,
    pub flavour: Option<Flavour>,
    /// What the source says beyond the numbers, for instance a range of masses.
    pub note: Option<String>,
}

impl Particle {
    /// A particle of which nothing but the name is known.
    pub fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            aliases: Vec::new(),
            pdg_id: None,
            mass: None,
            width: None,
            spin: None,
            parity: None,
            c_parity: None,
            charge: None,
            isospin: None,
            g_parity: None,
            flavour: None,
            note: None,
        }
    }

    /// `None` while the spin is not known.
    pub fn quantum_numbers(&self) -> Option<QuantumNumbers> {
        Some(QuantumNumbers {
            spin: self.spin?,
            parity: self.parity,
            c_parity: self.c_parity,
            charge: self.charge,
            isospin: self.isospin,
            g_parity: self.g_parity,
        })
    }

    /// Reads `name,pdg_id,mass,width,j,p,c,charge,i,g,baryon,strangeness,charm,beauty,aliases,note`.
    pub(super) fn from_csv(line: &str) -> Result<Self, BadRecord> {
        let cells: Vec<&str> = line.splitn(16, ',').map(str::trim).collect();
        let [
            name,
            pdg_id,
            mass,
            width,
            spin,
            parity,
            c_parity,
            charge,
            isospin,
            g_parity,
            baryon,
            strangeness,
            charm,
            beauty,
            aliases,
            note,
        ] = cells[..]
        else {
            return Err(BadRecord::new(line, "sixteen cells"));
        };
        if name.is_empty() || name.contains(char::is_whitespace) {
            return Err(BadRecord::new(line, "name"));
        }
        let gev = |cell, what| match optional::<f64>(line, cell, what)? {
            Some(value) if !(value.is_finite() && value >= 0.0) => Err(BadRecord::new(line, what)),
            value => Ok(value),
        };
        Ok(Self {
            name: name.to_owned(),
            aliases: aliases.split_whitespace().map(str::to_owned).collect(),
            pdg_id: optional(line, pdg_id, "pdg_id")?,
            mass: gev(mass, "mass")?,
            width: gev(width, "width")?,
            spin: optional(line, spin, "j")?,
            parity: optional(line, parity, "p")?,
            c_parity: optional(line, c_parity, "c")?,
            charge: optional(line, charge, "charge")?,
            isospin: optional(line, isospin, "i")?,
            g_parity: optional(line, g_parity, "g")?,
            flavour: Some(Flavour::new(
                number(line, baryon, "baryon")?,
                optional(line, strangeness, "strangeness")?,
                number(line, charm, "charm")?,
                number(line, beauty, "beauty")?,
            )),
            note: (!note.is_empty()).then(|| note.to_owned()),
        })
    }
}

/// A line of the data file that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("particle table: no valid {what} in `{line}`")]
pub struct BadRecord {
    pub line: String,
    pub what: &'static str,
}

impl BadRecord {
    fn new(line: &str, what: &'static str) -> Self {
        Self {
            line: line.to_owned(),
            what,
        }
    }
}

fn number(line: &str, cell: &str, what: &'static str) -> Result<i32, BadRecord> {
    optional(line, cell, what)?.ok_or_else(|| BadRecord::new(line, what))
}

fn optional<T: std::str::FromStr>(
    line: &str,
    cell: &str,
    what: &'static str,
) -> Result<Option<T>, BadRecord> {
    if cell.is_empty() {
        return Ok(None);
    }
    cell.parse()
        .map(Some)
        .map_err(|_| BadRecord::new(line, what))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_cells_are_unknown() {
        let particle = Particle::from_csv("X(2370),,2.357,0.114,,,,0,,,0,0,0,0,X(2370)0,").unwrap();
        assert_eq!(
            (particle.spin, particle.parity, particle.note.as_deref()),
            (None, None, None)
        );
        assert_eq!(particle.quantum_numbers(), None);
        assert_eq!(particle.aliases, ["X(2370)0"]);
    }

    #[test]
    fn a_bad_cell_is_named() {
        for (line, what) in [
            ("x,,-1,,,,,,,,0,0,0,0,,", "mass"),
            ("x,,nan,,,,,,,,0,0,0,0,,", "mass"),
            ("x,,1,,1.5,,,,,,0,0,0,0,,", "j"),
            ("x,,1,,,,,,,,0,0,,0,,", "charm"),
            ("x,,1", "sixteen cells"),
            (",,1,,,,,,,,0,0,0,0,,", "name"),
        ] {
            assert_eq!(Particle::from_csv(line).unwrap_err().what, what, "{line}");
        }
    }
}
