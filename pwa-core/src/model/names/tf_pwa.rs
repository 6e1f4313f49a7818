//! TF-PWA's names: `D->R.pi2R->K.pi1_total_0r`, `D->R.pi2_g_ls_1i`, `R_mass`.

use super::Part;

pub(super) fn name(part: Part) -> String {
    match part {
        Part::Total { decays, mark, .. } => {
            let decays: Vec<String> = decays.iter().map(arrow).collect();
            format!("{}{mark}_total_0", decays.concat())
        }
        Part::Ls {
            decay, mark, index, ..
        } => format!("{}{mark}_g_ls_{index}", arrow(decay)),
        Part::Shape {
            resonance,
            shape,
            parameter,
        } => {
            let parameter = match (shape, parameter) {
                (_, "scattering_length") => "a",
                (_, "effective_range") => "r",
                (_, "slope") => "a",
                (_, "phase_slope") => "b",
                ("spline" | "interpolated", value) if value.starts_with("c_") => {
                    &value.replacen("c_", "point_", 1)
                }
                (_, other) => other,
            };
            format!("{}_{parameter}", clean(resonance))
        }
    }
}

fn arrow((mother, [first, second]): &(String, [String; 2])) -> String {
    clean(&format!("{mother}->{first}+{second}"))
}

/// A name without the characters that TF-PWA replaces or leaves out.
pub(super) fn clean(name: &str) -> String {
    let kept = name.chars().filter(|c| !matches!(c, ',' | '[' | ']' | ' '));
    kept.map(|c| match c {
        ':' => '/',
        '+' => '.',
        other => other,
    })
    .collect()
}

/// `r` is the modulus and `i` the phase of a polar number, the two parts of a cartesian one.
pub(super) fn parts(name: &str) -> [String; 2] {
    [format!("{name}r"), format!("{name}i")]
}
