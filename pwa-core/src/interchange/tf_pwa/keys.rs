//! Keys that change no amplitude and no likelihood, each with the reason; everything else is
//! translated or refused.

use super::error::ImportError;
use super::yaml::Entry;

/// What makes a key idle.
#[derive(Clone, Copy)]
pub(super) enum Idle {
    /// Whatever its value is.
    Always(&'static str),
    /// While it is false; the text says what it would do otherwise.
    WhileFalse(&'static str),
    /// While it is true.
    WhileTrue(&'static str),
    /// While it is one of these words.
    While(&'static [&'static str], &'static str),
}

use Idle::{Always, While, WhileFalse, WhileTrue};

type Table = &'static [(&'static str, Idle)];

const PICTURES: Idle = Always("only for pictures");
const SPEED: Idle = Always("only how TF-PWA computes, not what");

pub(super) const ROOT: Table = &[
    ("plot", PICTURES),
    ("fit_config", SPEED),
    ("multi_gpu", SPEED),
];

pub(super) const DATA: Table = &[
    ("use_tf_function", SPEED),
    ("no_id_cached", SPEED),
    ("jit_compile", SPEED),
    ("lazy_call", SPEED),
    ("lazy_file", SPEED),
    ("lazy_prefetch", SPEED),
    ("lazy_batch", SPEED),
    ("batch", SPEED),
    ("cached_data", SPEED),
    ("cached_lazy_call", SPEED),
    ("cached_int", SPEED),
    ("cached_amp", SPEED),
    ("multi_gpu", SPEED),
    ("phsp_plot", PICTURES),
    ("phsp_plot_weight", PICTURES),
    ("plot_phsp", PICTURES),
    (
        "mode",
        While(&["multi", "simple"], "another reader of data files"),
    ),
    ("model", While(&["auto", "default"], "another likelihood")),
    (
        "preprocessor",
        While(
            &["default", "cached_amp", "cached_shape", "cached_angle"],
            "other inputs of the amplitude",
        ),
    ),
    (
        "amp_model",
        While(
            &[
                "default",
                "cached_amp",
                "cached_shape",
                "base_factor",
                "p4_directly",
            ],
            "another amplitude",
        ),
    ),
    ("only_left_angle", WhileFalse("leaves out angles")),
    ("no_p4", WhileFalse("leaves out momenta")),
    ("no_angle", WhileFalse("leaves out angles")),
    (
        "extended",
        WhileFalse("an extended likelihood with TF-PWA's normalisation"),
    ),
    (
        "using_mix_likelihood",
        WhileFalse("one normalisation of all data sets"),
    ),
    (
        "float_inmc_ratio_in_pdf",
        WhileFalse("a free fraction of injected events"),
    ),
    ("weight_smear", WhileFalse("random weights")),
    (
        "align_ref",
        While(&["none"], "another reference of the spin alignment"),
    ),
    (
        "resolution_size",
        While(&["1"], "resolution by smeared copies of events"),
    ),
];

pub(super) const PARTICLE: Table = &[
    ("display", PICTURES),
    ("label", PICTURES),
    ("color", PICTURES),
    ("curve_style", PICTURES),
    ("disable", WhileFalse("takes the particle out of the model")),
];

pub(super) const DECAY: Table = &[
    ("curve_style", PICTURES),
    ("display", PICTURES),
    ("label", PICTURES),
    ("name", PICTURES),
    ("disable", WhileFalse("takes the decay out of the model")),
    ("has_bprime", WhileTrue("a barrier q^l without B'")),
    ("barrier_factor_norm", WhileFalse("the barrier (q/q0)^l B'")),
    (
        "barrier_factor_mass",
        WhileFalse("a barrier divided by m^l"),
    ),
    (
        "below_threshold",
        WhileFalse("an effective mass below threshold"),
    ),
    ("no_q0", WhileFalse("a barrier without reference momentum")),
    ("aligned", WhileFalse("alignment inside the decay")),
    (
        "allow_cc",
        WhileTrue("charge conjugates with unchanged helicities"),
    ),
    (
        "params_polar",
        WhileTrue("couplings by real and imaginary part"),
    ),
    (
        "model",
        While(&["default", "gls-bf"], "another decay amplitude"),
    ),
];

/// Whether the entry is one of the table and idle; a note says why.
///
/// # Errors
/// When it is one of the table, but its value means something.
pub(super) fn is_idle(
    table: Table,
    entry: &Entry,
    notes: &mut Vec<String>,
) -> Result<bool, ImportError> {
    let Some((_, idle)) = table.iter().find(|(key, _)| *key == entry.key) else {
        return Ok(false);
    };
    let refuse = |what: &str| {
        let help = "take the key out to translate the rest of the model";
        Err(entry.not_translated(&format!("{what} is not in gpuwa"), help))
    };
    let node = &entry.node;
    let meaningful = match idle {
        Always(reason) => {
            notes.push(format!("`{}`: left out, {reason}", node.path));
            None
        }
        _ if node.is_null() => None,
        WhileFalse(what) => node.flag()?.then_some(what),
        WhileTrue(what) => (!node.flag()?).then_some(what),
        While(words, what) => {
            let word = node.text()?;
            let idle = words.iter().any(|known| word.eq_ignore_ascii_case(known));
            (!idle).then_some(what)
        }
    };
    match meaningful {
        Some(what) => refuse(what),
        None => Ok(true),
    }
}
