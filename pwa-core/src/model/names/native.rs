//! gpuwa's own names: `f0(1710).total.re`, `f2(1270).production[l=2,s=1].im`, `f0(1500).mass`.
//!
//! Where one resonance stands in several chains or decays, the daughters tell them apart:
//! `f0(1500)->pi+.pi-.total`.

use super::Part;
use crate::model::CouplingForm;

pub(super) fn name(part: Part) -> String {
    match part {
        Part::Total {
            decays,
            resonances,
            unique,
            mark,
        } => {
            let label = label(resonances, &decays[0]);
            if unique {
                return format!("{label}{mark}.total");
            }
            let last: Vec<String> = decays.iter().skip(1).map(arrow).collect();
            format!("{}{mark}.total", last.join(","))
        }
        Part::Ls {
            decay,
            initial: true,
            resonances,
            unique,
            mark,
            kind,
            ..
        } => {
            let made = match unique {
                true => label(resonances, decay),
                false => arrow(decay),
            };
            format!("{made}{mark}.production[{kind}]")
        }
        Part::Ls {
            decay,
            unique,
            kind,
            ..
        } => {
            let mother = if unique {
                decay.0.clone()
            } else {
                arrow(decay)
            };
            format!("{mother}.decay[{kind}]")
        }
        Part::Shape {
            resonance,
            parameter,
            ..
        } => format!("{resonance}.{parameter}"),
    }
}

/// The resonances, or the decay itself where there is none.
fn label(resonances: &[String], decay: &(String, [String; 2])) -> String {
    if resonances.is_empty() {
        arrow(decay)
    } else {
        resonances.join("+")
    }
}

fn arrow((mother, [first, second]): &(String, [String; 2])) -> String {
    format!("{mother}->{first}.{second}")
}

pub(super) fn parts(name: &str, form: CouplingForm) -> [String; 2] {
    match form {
        CouplingForm::Cartesian => [format!("{name}.re"), format!("{name}.im")],
        CouplingForm::Polar => [format!("{name}.modulus"), format!("{name}.phase")],
    }
}
