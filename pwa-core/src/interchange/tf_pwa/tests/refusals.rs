//! What has no translation is named with its place.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::super::import;
use super::{BASE, changed, refused, resonance};

/// The message, and the nearest known word when the help offers one.
#[track_caller]
fn check(yaml: &str, message: &str, help: &str) {
    let error = refused(yaml);
    let text = error.to_string();
    assert!(text.contains(message), "{text}");
    let offered = error.help.unwrap_or_default();
    assert!(offered.contains(help), "{offered}");
}

#[test]
fn a_misspelt_key_is_named_with_line_column_and_the_nearest_one() {
    let error = refused(&resonance("{J: 0, P: 1, mass: 1.0, widht: 0.1}"));
    assert_eq!(
        error.to_string(),
        "config.yml:12:31: unknown key `particle.R0.widht`"
    );
    assert_eq!(error.help.as_deref(), Some("did you mean `width`?"));
    assert_eq!(error.line_and_column(), Some((12, 31)));
}

#[test]
fn unknown_keys_of_every_block_are_named() {
    let flat = "config.yml:1:";
    check(&format!("dta: {{}}\n{BASE}"), "unknown key `dta`", "`data`");
    check(&changed("center_mass", "center_mas"), flat, "center_mass");
    check(
        &changed("[[R, c]]", "[[R, c, p_brek: True]]"),
        "decay.A[0][2].p_brek",
        "p_break",
    );
    check(&changed("$finals", "$final"), "particle.$final", "$finals");
    check(
        &changed("fix_chain_val", "fix_chain_value"),
        "fix_chain_value",
        "fix_chain_val",
    );
    check(
        &changed("{decay: {", "{var_eqal: [], decay: {"),
        "var_eqal",
        "var_equal",
    );
    check(
        &changed("mass: 2.0", "mas: 2.0"),
        "particle.$top.A.mas",
        "mass",
    );
}

#[test]
fn models_of_tf_pwa_that_gpuwa_lacks_are_named_with_the_resonance() {
    for model in [
        "DI",
        "Kmatrix",
        "KMatrixSingleChannel",
        "interp",
        "interp_l3",
        "nonsense",
    ] {
        let yaml = resonance(&format!(
            "{{J: 0, P: 1, mass: 1.0, width: 0.1, model: {model}}}"
        ));
        let message = format!("line shape `{model}` of `R0` is not yet in gpuwa");
        check(&yaml, &message, "BWR");
    }
}

#[test]
fn settings_with_a_meaning_gpuwa_lacks_are_refused() {
    let decay = |option: &str| changed("[[R, c]]", &format!("[[R, c, {{{option}}}]]"));
    check(&decay("has_bprime: False"), "decay.A[0][2].has_bprime", "");
    check(&decay("barrier_factor_norm: True"), "(q/q0)^l", "");
    check(&decay("model: gls-cpv"), "another decay amplitude", "");
    check(
        &decay("ls_list: [[0, 0]], l_list: [0]"),
        "both `ls_list` and `l_list`",
        "",
    );
    check(&decay("d: 5.0"), "TF-PWA itself ignores", "barrier_radius");
    let data = |option: &str| changed("center_mass: True", option);
    check(&data("model: cfit"), "data.model", "");
    check(&data("bg_frac: 0.1"), "cfit", "");
    check(&data("r_boost: False"), "straight from the laboratory", "");
    check(&data("extended: True"), "data.extended", "");
    check(
        &data("data: [x.dat], data_weight: [w.dat]"),
        "data.data_weight",
        "column",
    );
    check(
        &data("data: [x.dat], data_charge: [w.dat]"),
        "data.data_charge",
        "column",
    );
    check(
        &data("data: [x.dat], bg: [y.dat]"),
        "`data.bg_weight` is missing",
        "",
    );
    check(&data("data: [x.npy]"), "x.npy", "npz");
    check(&data("data: [x.root]"), "x.root", "[data]");
    check(
        &data("weight_scale: True"),
        "data.weight_scale",
        "bg_weight",
    );
    check(&data("inmc: [x.dat]"), "data.inmc", "");
    check(
        &data("identical_particles: [[a, d]]"),
        "`d`, which is no final",
        "",
    );
    check(&changed("[a, b, c]", "[a, b]"), "data.dat_order", "");
    let own = |more: &str| resonance(&format!("{{J: 0, P: 1, mass: 1.0, width: 0.1, {more}}}"));
    check(&own("coef_head: R1"), "particle.R0.coef_head", "same_as");
    check(&own("d: 5"), "particle.R0.d", "");
    check(&own("bw_l: 1"), "particle.R0.bw_l", "");
    check(&own("spins: [1]"), "is no helicity of spin 0", "");
    check(&own("model: {expr: a * BWR}"), "expression", "");
    check(&own("float: [x]"), "R0_x", "m (mass)");
    check(&own("params: {a: 1}"), "no parameter `R0_a`", "");
    check(&own("disable: True"), "particle.R0.disable", "");
    check(&own("m_constr: True"), "sigma", "mass_sigma");
    let constrain = |more: &str| changed("{decay: {", &format!("{{{more}, decay: {{"));
    check(
        &constrain("fix_var: {R0_mas: 1}"),
        "no parameter `R0_mas`",
        "R0_mass",
    );
    check(&constrain("pre_trans: {}"), "constrains.pre_trans", "");
    check(
        &constrain("var_range: {R0_mass: [2, 1]}"),
        "low below high",
        "",
    );
}

#[test]
fn what_tf_pwa_would_draw_at_random_or_take_from_events_has_to_be_given() {
    check(
        &resonance("{J: 0, P: 1, width: 0.1}"),
        "`R0_mass` of `R0` has no value",
        "params",
    );
    let lass = "{J: 0, P: 1, mass: 1.0, width: 0.1, model: LASS}";
    check(
        &resonance(lass),
        "`R0_a` of `R0` has no value",
        "parameter file",
    );
    check(
        &changed("mass: 0.5", "width: 0"),
        "`particle.$finals.c.mass` is missing",
        "mean",
    );
    check(
        &changed("c: {J: 0, P: -1", "c: {J: 0"),
        "`particle.$finals.c.P` is missing",
        "p_break",
    );
    check(
        &resonance("{P: 1, mass: 1.0, width: 0.1}"),
        "`particle.R0.J` is missing",
        "",
    );
}

#[test]
fn a_decay_without_couplings_says_which_rule_forbids_it() {
    check(
        &resonance("{J: 1, P: 1, mass: 1.0, width: 0.1}"),
        "`A->R0.c` has no LS",
        "p_break",
    );
    check(
        &changed("[[R, c]]", "[[R, c, l_list: [1]]]"),
        "`l_list` leaves none",
        "",
    );
}

#[test]
fn a_decay_tree_that_ends_elsewhere_is_refused() {
    check(
        &changed("R: [a, b]", "R: [a, c]"),
        "no way from `A` to a, b, c",
        "",
    );
    check(&changed("R: [a, b]", "R: [R, b]"), "without end", "");
    check(
        &changed("[[R, c]]", "[[a, b, c]]"),
        "a decay to 3 particles",
        "model: one",
    );
    check(
        &changed("[[R, c]]", "[[[R, c], c]]"),
        "a list inside a decay",
        "",
    );
    check(&changed("R: [R0]", "R: [R1]"), "names `R1`", "add `R1: ");
}

#[test]
fn yaml_mistakes_have_a_place() {
    check("", "the file is empty", "");
    check("[1, 2]", "not a mapping", "");
    check("a: [1, 2", "config.yml:", "");
    check(
        &format!("{BASE}decay: {{}}\n"),
        "config.yml:14:1: not valid YAML",
        "",
    );
    check("a: &x [*x]", "", "");
    let bomb = "a: &a [1,1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n\
                c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n\
                e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\n";
    check(bomb, "too many", "");
    check(&format!("a: {}", "[".repeat(40)), "nested", "");
    check(&"[".repeat(5000), "recursion limit", "");
}

#[test]
fn a_parameter_file_of_another_model_is_refused() {
    let params = BTreeMap::from([("R0_masse".to_owned(), 1.0)]);
    let error = import(BASE, "config.yml", Some(&params)).unwrap_err();
    let text = "the model has no parameter `R0_masse`, which the parameter file names";
    assert_eq!(error.to_string(), text);
    assert_eq!(error.help.as_deref(), Some("did you mean `R0_mass`?"));
}

proptest! {
    /// Damage anywhere is an error or another model, never a panic.
    #[test]
    fn damaged_configs_do_not_panic(at in 0..BASE.len(), cut in 0usize..12, put in "[\\[\\]{}:,a-cR0-2&*<\\- \n]{0,3}") {
        let end = (at + cut).min(BASE.len());
        let text = format!("{}{put}{}", &BASE[..at], &BASE[end..]);
        let _ = import(&text, "config.yml", None);
    }
}
