//! Parameter names as TF-PWA writes them.
//!
//! ```text
//! R_mass, R_width, R_a                   a resonance's parameters
//! A->R.c_g_ls_1r, A->R.c_g_ls_1i         coupling 1 of a decay, modulus and phase
//! A->R.cR->a.b_total_0r                  the factor of a chain
//! ```

/// A name without the characters TF-PWA replaces in it.
pub fn clean(name: &str) -> String {
    let kept = name.chars().filter(|c| !matches!(c, ',' | '[' | ']' | ' '));
    kept.map(|c| match c {
        ':' => '/',
        '+' => '.',
        other => other,
    })
    .collect()
}

/// `A->R.c`.
pub fn decay(mother: &str, daughters: &[String]) -> String {
    clean(&format!("{mother}->{}", daughters.join("+")))
}

/// What TF-PWA calls a parameter of a gpuwa line shape: `scattering_length` of `lass` is `a`.
///
/// Parameters that are called the same in both programs, and those of shapes that TF-PWA does not
/// have, come back as they are.
pub fn shape_parameter<'a>(shape: &str, parameter: &'a str) -> &'a str {
    match (shape, parameter) {
        ("lass", "scattering_length") => "a",
        ("lass", "effective_range") => "r",
        ("exponential" | "exponential-complex", "slope") => "a",
        ("exponential-complex", "phase_slope") => "b",
        _ => parameter,
    }
}

/// `R_a`.
pub fn resonance_parameter(resonance: &str, shape: &str, parameter: &str) -> String {
    format!("{}_{}", clean(resonance), shape_parameter(shape, parameter))
}
