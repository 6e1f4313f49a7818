//! Parameter names as TF-PWA writes them.
//!
//! ```text
//! R_mass, R_width, R_a                   a resonance's parameters
//! A->R.c_g_ls_1r, A->R.c_g_ls_1i         coupling 1 of a decay, modulus and phase
//! A->R.cR->a.b_total_0r                  the factor of a chain
//! ```

use crate::model::{NamingScheme, Part};

/// `R_mass`, in TF-PWA's words.
pub(super) fn of_resonance(resonance: &str, parameter: &str) -> String {
    of_shape(resonance, "", parameter)
}

/// `R_a` of `scattering_length`, `R_point_0` of a knot; a name that gpuwa does not replace is TF-PWA's own.
pub(super) fn of_shape(resonance: &str, shape: &str, parameter: &str) -> String {
    NamingScheme::TfPwa.name(Part::Shape {
        resonance,
        shape,
        parameter,
    })
}

/// `A->R.cR->a.b_total_0`.
pub(super) fn total(decays: &[(String, [String; 2])]) -> String {
    NamingScheme::TfPwa.name(Part::Total {
        decays,
        resonances: &[],
        unique: true,
        mark: "",
    })
}

/// `A->R.c_g_ls_1`.
pub(super) fn coupling(decay: &(String, [String; 2]), index: usize) -> String {
    // TF-PWA's name holds neither l nor s.
    let ls = crate::decay::LsCoupling {
        orbital_l: 0,
        two_s: 0,
    };
    NamingScheme::TfPwa.name(Part::Ls {
        decay,
        initial: false,
        resonances: &[],
        unique: true,
        mark: "",
        index,
        kind: crate::decay::VertexCoupling::Ls(ls),
    })
}
