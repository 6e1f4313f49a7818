//! Published K-matrices: options and parameters by the name of their solution.
//!
//! A set says what the matrix is; what is produced stays with the config.

/// One solution.
pub(super) struct ParameterSet {
    pub name: &'static str,
    /// Options of `k-matrix`, JSON.
    pub options: &'static str,
    pub values: &'static [(&'static str, f64)],
}

pub(super) const SETS: &[ParameterSet] = &[ANISOVICH_SARANTSEV, FOCUS_ONE_HALF, FOCUS_THREE_HALVES];

/// ππ scattering in five channels: V. V. Anisovich, A. V. Sarantsev, Eur. Phys. J. A 16 (2003) 229, as
/// used for D0 -> KS π+ π- by BaBar, Phys. Rev. D 78 (2008) 034023, Table IV. Masses of that time.
const ANISOVICH_SARANTSEV: ParameterSet = ParameterSet {
    name: "anisovich-sarantsev",
    options: r#"{
        "channels": [[0.13957, 0.13957], [0.493677, 0.493677], [0.27914, 0.27914],
                     [0.54775, 0.54775], [0.54775, 0.95778]],
        "phase_space": ["two-body", "two-body", "four-pion", "two-body", "threshold"],
        "poles": 5,
        "background": "slowly-varying",
        "background_elements": [[0, 0], [0, 1], [0, 2], [0, 3], [0, 4]],
        "adler": "ratio"
    }"#,
    values: &[
        ("mass_0", 0.651),
        ("g_0_0", 0.22889),
        ("g_0_1", -0.55377),
        ("g_0_2", 0.0),
        ("g_0_3", -0.39899),
        ("g_0_4", -0.34639),
        ("mass_1", 1.2036),
        ("g_1_0", 0.94128),
        ("g_1_1", 0.55095),
        ("g_1_2", 0.0),
        ("g_1_3", 0.39065),
        ("g_1_4", 0.31503),
        ("mass_2", 1.55817),
        ("g_2_0", 0.36856),
        ("g_2_1", 0.23888),
        ("g_2_2", 0.55639),
        ("g_2_3", 0.1834),
        ("g_2_4", 0.18681),
        ("mass_3", 1.21),
        ("g_3_0", 0.3365),
        ("g_3_1", 0.40907),
        ("g_3_2", 0.85679),
        ("g_3_3", 0.19906),
        ("g_3_4", -0.00984),
        ("mass_4", 1.82206),
        ("g_4_0", 0.18171),
        ("g_4_1", -0.17558),
        ("g_4_2", -0.79658),
        ("g_4_3", -0.00355),
        ("g_4_4", 0.22358),
        ("f_0_0", 0.23399),
        ("f_0_1", 0.15044),
        ("f_0_2", -0.20545),
        ("f_0_3", 0.32825),
        ("f_0_4", 0.35412),
        ("s0_background", -3.92637),
        // m_π²/2 with 0.13957 GeV.
        ("adler_zero", 0.009_739_892_45),
        ("adler_pole", -0.15),
    ],
};

/// Kπ and Kη' with isospin 1/2: FOCUS, Phys. Lett. B 653 (2007) 1, Table 1, from LASS data.
const FOCUS_ONE_HALF: ParameterSet = ParameterSet {
    name: "focus-1/2",
    options: r#"{
        "channels": [[0.493677, 0.13957], [0.493677, 0.95778]],
        "poles": 1,
        "background": "polynomial",
        "background_order": 2,
        "adler": "linear"
    }"#,
    values: &[
        // The pole is at s = 1.7919 GeV².
        ("mass_0", 1.338_618_691_039_386_2),
        ("g_0_0", 0.31072),
        ("g_0_1", -0.02323),
        ("f_0_0_0", 0.79299),
        ("f_0_0_1", -0.15099),
        ("f_0_0_2", 0.00811),
        ("f_0_1_0", 0.15040),
        ("f_0_1_1", -0.038266),
        ("f_0_1_2", 0.0022596),
        ("f_1_1_0", 0.17054),
        ("f_1_1_1", -0.0219),
        ("f_1_1_2", 0.00085655),
        // m_K² + m_π² with 0.493677 and 0.13957 GeV.
        ("s0_background", FOCUS_SCALE),
        ("adler_zero", 0.23),
        ("adler_scale", FOCUS_SCALE),
    ],
};

/// Kπ with isospin 3/2, of the same paper.
const FOCUS_THREE_HALVES: ParameterSet = ParameterSet {
    name: "focus-3/2",
    options: r#"{
        "channels": [[0.493677, 0.13957]],
        "poles": 0,
        "background": "polynomial",
        "background_order": 2,
        "adler": "linear"
    }"#,
    values: &[
        ("f_0_0_0", -0.22147),
        ("f_0_0_1", 0.026637),
        ("f_0_0_2", -0.00092057),
        ("s0_background", FOCUS_SCALE),
        ("adler_zero", 0.27),
        ("adler_scale", FOCUS_SCALE),
    ],
};

/// GeV².
const FOCUS_SCALE: f64 = 0.263_196_765_229;
