//! Each key with a meaning, and what becomes of it.

use std::collections::BTreeMap;
use std::io;

use serde_json::json;

use super::super::{Import, import, import_with};
use super::{BASE, changed, good, refused, resolved, resonance};
use crate::config::{Barrier, CouplingEntry, OneOrMany, ResonanceEntry, ValueEntry, ZAxis};

fn fixed(start: f64) -> Option<ValueEntry> {
    Some(ValueEntry {
        start: Some(start),
        ..ValueEntry::default()
    })
}

fn of_resonance(properties: &str) -> ResonanceEntry {
    good(&resonance(properties)).document.resonance["R0"].clone()
}

#[test]
fn a_translated_file_reads_like_one_written_by_hand() {
    let yaml = changed("R: [R0]", "R: [R0, NR]\n  NR: {J: 0, P: 1, model: one}");
    let params = BTreeMap::from([
        ("A->NR.cNR->a.b_total_0r".to_owned(), 0.5),
        ("A->NR.cNR->a.b_total_0i".to_owned(), -1.25),
    ]);
    let yaml = yaml
        .replace(
            "width: 0.1}",
            "width: 0.1, float: m, m_max: 1.1, display: R}",
        )
        .replace(
            "center_mass",
            "data: [a.dat, b.dat], phsp: p.dat, bg: [s.dat], bg_weight: 0.7, center_mass",
        );
    let import = import(&yaml, "config.yml", Some(&params)).unwrap();
    insta::assert_snapshot!(import.toml);
}

#[test]
fn the_z_axis_follows_center_mass_and_random_z() {
    let spin_one = |data: &str| {
        let yaml = changed("center_mass: True", data)
            .replace("A: {J: 0, P: -1", "A: {J: 1, P: -1, spins: [-1, 1]")
            .replace("[[R, c]]", "[[R, c, p_break: True]]");
        good(&yaml).document.decay.unwrap().initial
    };
    assert_eq!(spin_one("center_mass: True").z, ZAxis::Lab);
    assert_eq!(spin_one("random_z: False").z, ZAxis::Lab);
    assert_eq!(spin_one("random_z: True").z, ZAxis::Momentum);
    assert_eq!(spin_one("use_tf_function: True").z, ZAxis::Momentum);
    assert_eq!(spin_one("center_mass: True, r_boost: no").z, ZAxis::Lab);
    assert_eq!(spin_one("random_z: True").helicities, Some(vec![-1.0, 1.0]));
    // Nothing depends on the axis of a spinless particle.
    let yaml = changed("center_mass: True", "random_z: True");
    assert_eq!(
        good(&yaml).document.decay.as_ref().unwrap().initial.z,
        ZAxis::Lab
    );
}

#[test]
fn decay_options_become_keys_of_the_chain() {
    let entry = |options: &str| {
        let yaml = changed("[[R, c]]", &format!("[[R, c, {options}]]"));
        good(&yaml).document.decay.as_ref().unwrap().chain[0].clone()
    };
    assert_eq!(entry("p_break: True").weak, ["A"]);
    assert!(
        entry("p_break: False, c_break: True, params_polar: null")
            .weak
            .is_empty()
    );
    assert_eq!(entry("ls_list: [[0, 0]]").ls["A"], [[0.0, 0.0]]);
    assert_eq!(entry("l_list: [0, 1, 2]").ls["A"], [[0.0, 0.0]]);
    assert_eq!(
        entry("has_barrier_factor: False").barrier["A"],
        Barrier::None.into()
    );
    assert!(
        entry("has_barrier_factor: True, curve_style: 'g-'")
            .barrier
            .is_empty()
    );
}

#[test]
fn lists_of_l_part_resonances_of_different_spin() {
    let yaml = changed("[[R, c]]", "[[R, c, {p_break: True, l_list: [0, 1]}]]")
        .replace("R: [R0]", "R: [R0, R1, R00]\n  R1: {J: 1, P: -1, mass: 1, width: 0.1}\n  R00: {J: 0, P: 1, mass: 1.2, width: 0.1}");
    let chains = good(&yaml).document.decay.unwrap().chain;
    let found: Vec<_> = chains
        .iter()
        .map(|c| (c.slots["R"].clone(), c.ls["A"].clone()))
        .collect();
    let names = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
    assert_eq!(
        found,
        [
            (names(&["R0"]), vec![[0.0, 0.0]]),
            (names(&["R1"]), vec![[1.0, 1.0]]),
            (names(&["R00"]), vec![[0.0, 0.0]]),
        ]
    );
}

#[test]
fn two_slots_in_one_chain_are_one_entry_and_every_factor_is_explicit() {
    let import = good(
        "\
decay: {B: [[X, Y]], X: [a, b], Y: [c, d]}
particle:
  $top: {B: {J: 0, P: -1, mass: 5}}
  $finals: {a: &pi {J: 0, P: -1, mass: 0.1}, b: *pi, c: *pi, d: {<<: *pi, mass: 0.2}}
  X: [X1, X2]
  Y: [Y1, Y2]
  X1: &r {J: 1, P: -1, mass: 1, width: 0.1}
  X2: *r
  Y1: *r
  Y2: {<<: *r, J: 1}
constrains: {decay: {fix_chain_idx: -1, fix_chain_val: 2}}
",
    );
    let [chain] = &import.document.decay.as_ref().unwrap().chain[..] else {
        panic!("{}", import.toml);
    };
    assert_eq!(chain.decay, "B -> X Y, X -> a b, Y -> c d");
    assert_eq!(chain.slots["Y"], ["Y1", "Y2"]);
    assert_eq!(import.document.particle["d"].mass, Some(0.2));
    let free = |name: &str| import.document.coupling[name].free;
    assert_eq!(free("B->X1.Y1X1->a.bY1->c.d_total_0"), Some(true));
    let last = &import.document.coupling["B->X2.Y2X2->a.bY2->c.d_total_0"];
    assert_eq!((last.modulus, last.free), (Some(2.0), Some(false)));
}

#[test]
fn a_cascade_keeps_its_order() {
    let import = good(
        "\
decay:
  B:
    - [D, e, p_break: True]
  D: [K, c]
  K1: [a, b]
  K2: [a, b]
particle:
  $top: {B: {J: 0, P: -1, mass: 5}}
  $finals: {a: &pi {J: 0, P: -1, mass: 0.1}, b: *pi, c: *pi, e: *pi}
  D: {J: 1, P: 1, mass: 2, width: 0.1}
  K: [K1, K2]
  K1: &k {J: 1, P: -1, mass: 1, width: 0.1}
  K2: *k
",
    );
    let decays: Vec<_> = import
        .document
        .decay
        .as_ref()
        .unwrap()
        .chain
        .iter()
        .map(|c| c.decay.as_str())
        .collect();
    // The second decays are declared for the resonances, not for the slot.
    assert_eq!(
        decays,
        [
            "B -> D e, D -> K1 c, K1 -> a b",
            "B -> D e, D -> K2 c, K2 -> a b"
        ]
    );
    let fixed = &import.document.coupling["B->D.eD->K1.cK1->a.b_total_0"];
    assert_eq!(fixed.free, Some(false));
    assert!(
        import
            .notes
            .iter()
            .any(|note| note.contains("fix_chain_val"))
    );
}

#[test]
fn masses_and_widths_float_within_their_limits() {
    let open = f64::INFINITY;
    let value = |free, limits| {
        Some(ValueEntry {
            start: Some(1.0),
            free,
            limits,
            same_as: None,
        })
    };
    let cases = [
        ("float: [m, g]", value(true, None)),
        ("float: mg", value(true, None)),
        ("float: [g]", value(false, None)),
        ("float: m, m_min: 0.9", value(true, Some([0.9, open]))),
        ("float: m, mass_max: 1.2", value(true, Some([-open, 1.2]))),
        (
            "float: m, m_range: [0.9, null]",
            value(true, Some([0.9, open])),
        ),
        ("m_free: True", value(true, None)),
        (
            "params: {mass_free: True, mass_range: [0.9, 1.1]}",
            value(true, Some([0.9, 1.1])),
        ),
        ("float: False", value(false, None)),
    ];
    for (more, expected) in cases {
        let entry = of_resonance(&format!("{{J: 0, Par: 1, m0: 1.0, g0: 0.1, {more}}}"));
        assert_eq!(entry.mass, expected, "{more}");
    }
}

#[test]
fn known_values_become_constraints() {
    for more in [
        "gauss_constr: {m: 0.01}",
        "m_sigma: 0.01, m_constr: True",
        "params: {mass_constr: True, mass_sigma: 0.01}",
    ] {
        let yaml = resonance(&format!(
            "{{J: 0, P: 1, mass: 1.0, width: 0.1, float: m, {more}}}"
        ));
        let [known] = &good(&yaml).document.constraint[..] else {
            panic!("{more}");
        };
        assert_eq!(
            (known.parameter.as_str(), known.mean, known.sigma),
            ("R0_mass", 1.0, 0.01)
        );
    }
    let yaml = changed(
        "{decay: {",
        "{gauss_constr: {R0_width: [0.2, 0.05]}, decay: {",
    );
    assert_eq!(good(&yaml).document.constraint[0].mean, 0.2);
}

#[test]
fn constraints_of_parameters_fall_into_the_entries_they_belong_to() {
    let two = |constrains: &str| {
        let yaml = changed(
            "R: [R0]",
            "R: [R0, R1]\n  R1: {J: 0, P: 1, mass: 1.3, width: 0.1}",
        );
        good(&yaml.replace("{decay: {", &format!("{{{constrains}, decay: {{"))).document
    };
    let total = "A->R1.cR1->a.b_total_0";
    let fixed = two(&format!(
        "fix_var: {{{total}r: 0.5, {total}i: 1.0, R0_mass: 1.1}}"
    ));
    let coupling = &fixed.coupling[total];
    assert_eq!(
        (coupling.modulus, coupling.phase, coupling.free),
        (Some(0.5), Some(1.0), Some(false))
    );
    assert_eq!(
        fixed.resonance["R0"].mass.as_ref().unwrap().start,
        Some(1.1)
    );
    // The modulus alone has an entry of its own.
    let half = two(&format!("fix_var: {{{total}r: 0.5}}"));
    assert_eq!(half.parameter[&format!("{total}r")], fixed_value(0.5));
    assert!(half.parameter[&format!("{total}i")].free);
    let range = two(&format!(
        "var_range: {{{total}r: [0, null], R0_mass: [0.9, 1.1]}}"
    ));
    assert_eq!(
        range.parameter[&format!("{total}r")].limits,
        Some([0.0, f64::INFINITY])
    );
    assert_eq!(
        range.resonance["R0"].mass.as_ref().unwrap().limits,
        Some([0.9, 1.1])
    );
    let free = two("free_var: [R0_mass]");
    assert!(free.resonance["R0"].mass.as_ref().unwrap().free);
    let equal = two("particle: {equal: {mass: [[R1, R0]]}}");
    let follower = equal.resonance["R1"].mass.as_ref().unwrap();
    assert_eq!(follower.same_as.as_deref(), Some("R0_mass"));
    let equal = two("var_equal: [[R0_width, R1_width]]");
    assert_eq!(
        equal.resonance["R1"]
            .width
            .as_ref()
            .unwrap()
            .same_as
            .as_deref(),
        Some("R0_width")
    );
    let lead = "A->R0.cR0->a.b_total_0";
    let equal = two(&format!(
        "var_equal: [[{lead}r, {total}r], [{lead}i, {total}i]]"
    ));
    assert_eq!(equal.coupling[total].same_as.as_deref(), Some(lead));
    let equal = two(&format!("var_equal: [[{lead}r, {total}r]]"));
    let modulus = &equal.parameter[&format!("{total}r")];
    assert_eq!(modulus.same_as, Some(format!("{lead}r")));
}

#[test]
fn single_parameters_reach_the_model() {
    let total = "A->R1.cR1->a.b_total_0";
    let lead = "A->R0.cR0->a.b_total_0";
    let yaml = changed(
        "R: [R0]",
        "R: [R0, R1]\n  R1: {J: 0, P: 1, mass: 1.3, width: 0.1}",
    );
    let with = |constrains: &str| {
        let import = good(&yaml.replace("{decay: {", &format!("{{{constrains}, decay: {{")));
        resolved(&import).parameters
    };
    let free = |constrains: &str| -> Vec<String> {
        let parameters = with(constrains);
        let free = parameters.free().into_iter();
        free.map(|id| parameters.get(id).name.clone()).collect()
    };
    let both = [format!("{total}r"), format!("{total}i")];
    assert_eq!(free("free_var: []"), both);
    assert_eq!(free(&format!("fix_var: {{{total}r: 0.5}}")), both[1..]);
    let half = with(&format!("fix_var: {{{total}r: 0.5}}"));
    assert_eq!(half.value(half.find(&both[0]).unwrap()), 0.5);
    let range = with(&format!("var_range: {{{total}r: [0, 9]}}"));
    let limits = |name: &str| range.get(range.find(name).unwrap()).limits;
    assert_eq!(
        (limits(&both[0]), limits(&both[1])),
        (Some([0.0, 9.0]), None)
    );
    // One fixed parameter fixes what equals it.
    assert_eq!(
        free(&format!("var_equal: [[{total}r, {lead}r]]")),
        both[1..]
    );
    assert_eq!(
        free(&format!(
            "free_var: [R0_mass], var_equal: [[R0_mass, {total}i]]"
        ))
        .len(),
        2
    );
}

fn fixed_value(start: f64) -> ValueEntry {
    fixed(start).unwrap_or_default()
}

#[test]
fn samples_keep_their_paths_weights_and_groups() {
    let with = |data: &str| good(&changed("center_mass: True", data)).document;
    let files = |names: &[&str]| OneOrMany(names.iter().map(|n| (*n).to_owned()).collect());
    let one = with(
        "data: [d/1.dat, d/2.dat], data_weight: 0.5, phsp: p.txt, bg: [b.dat], bg_weight: 0.73, \
         phsp_noeff: n.dat",
    );
    let data = one.data.unwrap();
    assert_eq!(
        (data.files, data.weight.as_deref()),
        (files(&["d/1.dat", "d/2.dat"]), Some("0.5"))
    );
    assert_eq!(one.mc.unwrap().files, files(&["p.txt"]));
    assert_eq!(one.background.unwrap().scale, Some(0.73));
    assert_eq!(one.phase_space.sample.unwrap().files, files(&["n.dat"]));
    let two = with(
        "data: [[1.dat], [2.dat]], phsp: [[3.dat], [4.dat]], bg: [[5.dat], [6.dat]], \
         bg_weight: [0.1, 0.2]",
    );
    assert!(two.data.is_none());
    let [first, second] = &two.dataset[..] else {
        panic!("{two:?}");
    };
    assert_eq!((first.name.as_str(), second.name.as_str()), ("d0", "d1"));
    assert_eq!(first.mc.as_ref().unwrap().files, files(&["3.dat"]));
    assert_eq!(second.background.as_ref().unwrap().scale, Some(0.2));
}

#[test]
fn settings_without_meaning_are_noted() {
    let yaml = changed(
        "center_mass: True",
        "center_mass: True, use_tf_function: True, lazy_call: no",
    );
    let import = good(&format!("plot: {{mass: {{}}}}\n{yaml}"));
    for key in ["plot", "data.use_tf_function", "data.lazy_call"] {
        let note = format!("`{key}`: left out, only ");
        assert!(
            import.notes.iter().any(|n| n.starts_with(&note)),
            "{:?}",
            import.notes
        );
        assert!(import.toml.contains(&note));
    }
}

#[test]
fn photons_need_their_helicities() {
    let yaml = changed("c: {J: 0, P: -1, mass: 0.5}", "c: {J: 1, P: -1, mass: 0}")
        .replace("[[R, c]]", "[[R, c, p_break: True]]")
        .replace("J: 0, P: 1, mass: 1.0", "J: 1, P: -1, mass: 1.0");
    let error = refused(&yaml);
    assert!(error.to_string().contains("massless"), "{error}");
    let yaml = yaml.replace("mass: 0}", "mass: 0, spins: [-1, 1]}");
    let finals = good(&yaml).document.decay.unwrap().final_state;
    assert_eq!(finals[2].helicities, Some(vec![-1.0, 1.0]));
}

#[test]
fn names_with_signs_are_replaced_as_in_tf_pwa() {
    let yaml = BASE
        .replace("R0", "K*+")
        .replace("[R, c]", "[R, c+]")
        .replace(" c:", " c+:");
    let import = good(&yaml.replace("[a, b, c]", "[a, b, c+]"));
    assert!(
        import
            .document
            .coupling
            .contains_key("A->K*..c.K*.->a.b_total_0")
    );
    resolved(&import);
}

#[test]
fn included_particles_complete_those_of_the_config() {
    let yaml = changed(
        "  R0: {J: 0, P: 1, mass: 1.0, width: 0.1}",
        "  $include: res.yml\n  R0: {mass: 1.5}",
    );
    let read = |name: &str| match name {
        "res.yml" => Ok("R0: {J: 0, P: 1, mass: 1.0, width: 0.1}\nR9: {J: 9}\n".to_owned()),
        _ => Err(io::Error::from(io::ErrorKind::NotFound)),
    };
    let import = import_with(&yaml, "config.yml", None, &read).unwrap();
    let entry = &import.document.resonance["R0"];
    assert_eq!(
        (entry.mass.clone(), entry.width.clone()),
        (fixed(1.5), fixed(0.1))
    );
    assert!(
        import
            .notes
            .contains(&"in no decay chain, left out: R9".to_owned())
    );
}

#[test]
fn a_fixed_mass_is_the_configs_whatever_the_parameter_file_says() {
    let params = BTreeMap::from([("R0_mass".to_owned(), 1.2), ("R0_width".to_owned(), 0.1)]);
    let run = |yaml: &str| -> Import { import(yaml, "config.yml", Some(&params)).unwrap() };
    let kept = run(BASE);
    assert_eq!(kept.document.resonance["R0"].mass, fixed(1.0));
    assert!(
        kept.notes
            .iter()
            .any(|note| note.contains("`R0_mass` stays at 1"))
    );
    let floated = run(&resonance("{J: 0, P: 1, mass: 1.0, width: 0.1, float: m}"));
    assert_eq!(
        floated.document.resonance["R0"]
            .mass
            .as_ref()
            .unwrap()
            .start,
        Some(1.2)
    );
}

#[test]
fn every_model_finds_its_shape() {
    let pole = "J: 0, P: 1, mass: 1.0, width: 0.1";
    let flatte = "J: 0, P: 1, mass: 1.0, mass_list: [[0.3, 0.3], [0.5, 0.5]], g_0: 0.2, g_1: 0.3";
    let cases = [
        ("default", pole, "breit-wigner-running", json!({})),
        ("BWR", pole, "breit-wigner-running", json!({})),
        ("BWR, running_width: False", pole, "breit-wigner", json!({})),
        ("BWR", "J: 0, P: 1, mass: 1.0", "constant", json!({})),
        ("BW", pole, "breit-wigner", json!({})),
        ("BWR_coupling", pole, "breit-wigner-coupling", json!({})),
        ("BWR_normal", pole, "breit-wigner-normalised", json!({})),
        (
            "GS_rho, c_daug2Mass: 0.3, c_daug3Mass: 0.3",
            pole,
            "gounaris-sakurai",
            json!({}),
        ),
        ("one", "J: 0, P: 1", "constant", json!({})),
        ("x", pole, "linear", json!({})),
        ("Flatte", flatte, "flatte", json!({"width_sign": "plus"})),
        ("FlatteC", flatte, "flatte", json!({})),
        ("Flatte, im_sign: -1", flatte, "flatte", json!({})),
        (
            "FlatteGen, l_list: [0, 1]",
            flatte,
            "flatte",
            json!({"l": [0, 1], "reference_momentum": true}),
        ),
        (
            "FlatteGen, no_q0: True, no_m0: True, cut_phsp: True",
            flatte,
            "flatte",
            json!({"mass_factor": false, "below_threshold": "cut"}),
        ),
        (
            "Flatte2, has_bprime: False",
            flatte,
            "flatte",
            json!({"squared_couplings": true, "barrier": false, "reference_momentum": true}),
        ),
    ];
    for (model, properties, shape, mut options) in cases {
        let entry = of_resonance(&format!("{{{properties}, model: {model}}}"));
        assert_eq!(entry.shape.as_deref(), Some(shape), "{model}");
        if shape == "flatte" {
            options["channels"] = json!([[0.3, 0.3], [0.5, 0.5]]);
            assert_eq!(entry.parameters["g_1"].start, Some(0.3));
        }
        assert_eq!(json!(entry.options), options, "{model}");
    }
}

#[test]
fn parameters_of_shapes_take_gpuwas_names() {
    let entry = |properties: &str, params: &[(&str, f64)]| {
        let params = params
            .iter()
            .map(|(name, v)| ((*name).to_owned(), *v))
            .collect();
        let import = import(&resonance(properties), "config.yml", Some(&params)).unwrap();
        import.document.resonance["R0"].clone()
    };
    let free = |start| CouplingEntry {
        start: Some(start),
        free: Some(true),
        ..CouplingEntry::default()
    };
    let lass = entry(
        "{J: 0, P: 1, mass: 1.0, width: 0.1, model: LASS, params: {r: 3.3, r_free: False}}",
        &[("R0_a", -2.0)],
    );
    assert_eq!(lass.parameters["scattering_length"], free(2.0));
    assert_eq!(lass.parameters["effective_range"].free, None);
    let exp = entry(
        "{J: 0, P: 1, model: exp_com}",
        &[("R0_a", 1.0), ("R0_b", -2.0)],
    );
    assert_eq!(
        (&exp.parameters["slope"], &exp.parameters["phase_slope"]),
        (&free(1.0), &free(-2.0))
    );
    let poly = entry(
        "{J: 0, P: 1, mass: 1.0, model: poly, n_order: 1}",
        &[("R0_c_1r", 0.5), ("R0_c_1i", 0.3)],
    );
    assert_eq!(poly.options["order"], json!(1));
    let [c_0, c_1] = ["c_0", "c_1"].map(|name| &poly.parameters[name]);
    assert_eq!(
        (c_0.modulus, c_0.phase, c_0.free),
        (Some(1.0), Some(0.0), None)
    );
    assert_eq!(
        (c_1.modulus, c_1.phase, c_1.free),
        (Some(0.5), Some(0.3), Some(true))
    );
    let flatte = entry(
        "{J: 0, P: 1, mass: 1.0, model: Flatte, mass_list: [[0.3, 0.3]], float: [m, g_0], g_0: 1}",
        &[],
    );
    assert_eq!(flatte.parameters["g_0"], free(1.0));
    assert!(flatte.mass.unwrap().free);
}
