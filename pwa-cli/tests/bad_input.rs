//! What a user gets wrong, and what gpuwa says: what is wrong, where, what to do; with the exit status
//! that batch jobs look at (2 usage or config, 3 data, 4 resources).

mod support;

use std::path::PathBuf;

use support::story::{JPSI, Story, events, with_data};
use support::{gpuwa, gpuwa_with, own, repository, text, write};

/// Files that were written to be read wrongly.
fn tree(name: &str) -> PathBuf {
    repository(&format!("pwa-core/tests/data/trees/{name}.root"))
}

/// The J/psi config with one text for another; `at` is line and column of the mistake.
fn config_mistake(was: &str, is: &str, at: &str, says: &[&str]) {
    let config = JPSI.replacen(was, is, 1);
    assert_ne!(config, JPSI, "`{was}` stands in the config");
    let story = Story::new(&config);
    let place = format!("fit.toml:{at}");
    story
        .run(&["check", "fit.toml"])
        .fails(2, &[&[place.as_str()], says].concat());
}

#[test]
fn a_misspelt_key_is_pointed_at() {
    config_mistake(
        "limits =",
        "limit =",
        "13:39",
        &["unknown field `limit`", "did you mean `limits`?"],
    );
    config_mistake(
        "[decay]",
        "[decay]\nmases = \"event\"",
        "5:1",
        &["did you mean `masses`?"],
    );
}

#[test]
fn a_key_of_a_chain_that_is_no_slot_is_pointed_at() {
    config_mistake(
        "X     =",
        "Y     =",
        "10:1",
        &["`Y` is neither a key nor a particle"],
    );
}

#[test]
fn text_that_is_no_toml_is_pointed_at() {
    config_mistake("width = 0.112", "width = ", "14:9", &[]);
    config_mistake(
        "width = 0.112",
        "width = \"wide\"",
        "14:9",
        &["invalid type"],
    );
}

#[test]
fn an_unknown_particle_is_named_with_its_neighbours() {
    config_mistake(
        "\"gamma\", \"pi+\"",
        "\"gamma\", \"pi++\"",
        "6:21",
        &["unknown particle `pi++`", "did you mean"],
    );
    config_mistake(
        "\"f0(1500)\", \"f2(1270)\"",
        "\"f0(1500)\", \"f2(1271)\"",
        "10:22",
        &["unknown particle `f2(1271)`", "did you mean"],
    );
}

#[test]
fn a_parity_that_does_not_fit_is_explained() {
    // 1+ -> 0- 0- needs l = 1, whose parity is -1.
    config_mistake(
        "\"f0(1500)\", \"f2(1270)\"",
        "\"f0(1500)\", \"f1(1285)\"",
        "8:1",
        &["f1(1285) -> pi+ pi-", "parity", "weak"],
    );
}

#[test]
fn a_spin_that_does_not_fit_is_explained() {
    config_mistake(
        "[resonance.\"f0(1500)\"]",
        "[resonance.\"f0(1500)\"]\nspin = \"1/2\"",
        "8:1",
        &["f0(1500)", "half-integer"],
    );
    config_mistake(
        "[resonance.\"f0(1500)\"]",
        "[resonance.\"f0(1500)\"]\nspin = 0.3",
        "13:8",
        &["`0.3` is no spin", "\"1/2\""],
    );
    config_mistake(
        "X     =",
        "ls    = { X = [[1, 1]] }\nX     =",
        "10:1",
        &["no coupling l=1,s=1", "its spins allow"],
    );
}

#[test]
fn a_helicity_that_the_particle_has_not_is_pointed_at() {
    config_mistake(
        "[-1, 1]",
        "[-1, 2]",
        "5:37",
        &["no helicity 2", "it has [-1.0, 0.0, 1.0]"],
    );
}

#[test]
fn an_unknown_line_shape_lists_what_there_is() {
    config_mistake(
        "width = 0.112",
        "width = 0.112\nshape = \"breit-wignr\"",
        "15:9",
        &[
            "unknown line shape `breit-wignr`",
            "did you mean `breit-wigner`?",
        ],
    );
    config_mistake(
        "width = 0.112",
        "width = 0.112\nshape = \"q\"",
        "15:9",
        &["line shapes: ", "breit-wigner-running"],
    );
}

#[test]
fn an_unknown_option_or_parameter_of_a_shape_is_pointed_at() {
    config_mistake(
        "width = 0.112",
        "width = 0.112\noptions = { colour = 1 }",
        "15:22",
        &["has no option `colour`", "has no options"],
    );
    config_mistake(
        "width = 0.112",
        "width = 0.112\nparameters = { slope = 1 }",
        "15:24",
        &["has no parameter `slope`", "mass, width"],
    );
}

#[test]
fn a_coupling_or_constraint_of_nothing_is_pointed_at() {
    config_mistake(
        "\"f2(1270).total\"",
        "\"f2(1270).totel\"",
        "17:1",
        &[
            "no coupling `f2(1270).totel`",
            "did you mean `f2(1270).total`?",
        ],
    );
    config_mistake(
        "[phase_space]",
        "[parameter]\n\"f0(1500).mas\" = 1.5\n[phase_space]",
        "20:1",
        &[
            "no parameter `f0(1500).mas`",
            "did you mean `f0(1500).mass`?",
        ],
    );
}

#[test]
fn numbers_that_are_none_are_refused() {
    config_mistake("1.506", "nan", "13:19", &["NaN"]);
    config_mistake("1.506", "1.7", "13:19", &["1.7 lies outside [1.45, 1.56]"]);
    config_mistake("[1.45, 1.56]", "[1.56, 1.45]", "13:39", &["no interval"]);
    config_mistake(
        "0.112",
        "-0.112",
        "14:9",
        &["the width of `f0(1500)` is negative"],
    );
}

#[test]
fn a_pole_below_its_threshold_is_refused_with_ways_out() {
    config_mistake_without_place(
        "mass  = { start = 1.506, free = true, limits = [1.45, 1.56] }",
        "mass = 0.2",
        &["`f0(1500)` lies below the threshold", "flatte"],
    );
    // A limit that allows it is as bad.
    config_mistake_without_place("[1.45, 1.56]", "[0.2, 1.56]", &["0.2 GeV against"]);
}

#[test]
fn a_width_of_a_channel_that_is_closed_at_the_pole_is_refused() {
    config_mistake_without_place(
        "mass  = { start = 1.506, free = true, limits = [1.45, 1.56] }\nwidth = 0.112",
        "mass = { start = 1.506, free = true, limits = [0.9, 1.56] }\n\
         shape = \"breit-wigner-multichannel\"\n\
         options = { channels = [[0.13957, 0.13957], [0.493677, 0.493677]], couplings = \"width\" }\n\
         parameters = { width_0 = 0.05, width_1 = 0.02 }",
        &["f0(1500)", "lies at 0.9 GeV", "opens at 0.987354 GeV"],
    );
}

#[test]
fn an_initial_particle_lighter_than_its_products_is_refused() {
    config_mistake_without_place(
        "[resonance.\"f0(1500)\"]",
        "[particle.\"J/psi(1S)\"]\nmass = 0.25\n[resonance.\"f0(1500)\"]",
        &["0.25 GeV"],
    );
}

fn config_mistake_without_place(was: &str, is: &str, says: &[&str]) {
    let config = JPSI.replacen(was, is, 1);
    assert_ne!(config, JPSI);
    Story::new(&config)
        .run(&["check", "fit.toml"])
        .fails(2, says);
}

#[test]
fn a_version_of_the_format_that_is_not_ours_is_refused() {
    config_mistake(
        "gpuwa = 1",
        "gpuwa = 2",
        "1:9",
        &["version 1 of the format, not 2"],
    );
    config_mistake("helicity-1", "helicity-2", "2:14", &["helicity-1"]);
}

#[test]
fn a_config_that_is_not_there_is_a_wrong_usage() {
    gpuwa(&["check", "nowhere.toml"]).fails(2, &["cannot read `nowhere.toml`"]);
    gpuwa(&["frobnicate"]).fails(2, &["frobnicate"]);
}

#[test]
fn options_that_make_no_sense_are_explained() {
    let story = Story::new(JPSI);
    let run = |more: &[&str]| story.run(&[&["nll", "fit.toml"], more].concat());
    run(&["--set", "f0(1500).mas=1.5"]).fails(
        2,
        &[
            "`f0(1500).mas` is no parameter of this model",
            "did you mean `f0(1500).mass`?",
        ],
    );
    run(&["--set", "f0(1500).mass"]).fails(2, &["write NAME=VALUE"]);
    run(&["--set", "f0(1500).mass=heavy"]).fails(2, &["write NAME=VALUE"]);
    run(&["--set", "f0(1500).mass=inf"]).fails(2, &["f0(1500).mass", "finite"]);
    run(&["--params", "nowhere.json"]).fails(2, &["nowhere.json"]);
    write(story.folder.path(), "list.json", "[1, 2]");
    run(&["--params", "list.json"]).fails(2, &["neither {name: value} nor a result.json"]);
    run(&["--threads", "0"]).fails(2, &["at least one thread"]);
    run(&["--threads", "100000"]).fails(2, &["at most 1024"]);
    run(&[]).fails(2, &["the data is missing", "--data FILE"]);
}

#[test]
fn a_backend_that_is_not_there_is_a_missing_resource() {
    // Where there is a GPU, its compiler is not found.
    let story = Story::new(JPSI);
    let nowhere = [("GPUWA_NVRTC", "nowhere/libnvrtc.so.12")];
    for choice in [["--backend", "cuda"], ["--device", "0"]] {
        let arguments = ["nll", "fit.toml", choice[0], choice[1]];
        let run = gpuwa_with(story.folder.path(), &arguments, &nowhere);
        run.fails(4, &["CUDA", "--backend cpu"]);
    }
    let run = story.run(&["nll", "fit.toml", "--backend", "cpu", "--device", "0"]);
    run.fails(2, &["--device chooses GPUs"]);
}

/// Not an allocation that aborts: the numbers first.
#[test]
fn a_sample_larger_than_memory_is_refused() {
    for events in ["999999999999", "9223372036854775807"] {
        let config = JPSI.replace("events = 200", &format!("events = {events}"));
        let run = Story::new(&config).run(&["fractions", "fit.toml"]);
        run.fails(4, &["generated phase space", "GB"]);
    }
    config_mistake(
        "events = 200",
        "events = 0",
        "20:10",
        &["no phase space without events"],
    );
}

/// A run on a file that is wrong, with what the message has to say.
fn data_mistake(data: &str, mc: &str, says: &[&str]) {
    let story = Story::new(&with_data(data, mc));
    story.run(&["nll", "fit.toml"]).fails(3, says);
}

#[test]
fn a_file_that_is_not_there_is_named() {
    data_mistake(
        "files = \"nowhere.root\"",
        &events("mc"),
        &["cannot read `nowhere.root`"],
    );
}

#[test]
fn a_missing_branch_is_named_with_its_neighbours() {
    let data = format!(
        "files = \"{}\"\nmomenta = \"{{p}}_E {{p}}_PX {{p}}_PY {{p}}_PZ\"\n\
         alias = {{ a = \"K\", b = \"pim\", c = \"gam\" }}",
        text(&tree("momenta"))
    );
    data_mistake(
        &data,
        &events("mc"),
        &["no column `pim_E` in tree `events`", "`pip_E`"],
    );
}

/// A decay to two particles, which the file's K stands for, once with and once without its energy.
fn two_kaons(file: &str, status: i32, says: &[&str]) {
    let config = format!(
        r#"gpuwa = 1
convention = "helicity-1"
[decay]
initial   = "D0"
final     = ["K+", "K-"]
normalise = false
[[decay.chain]]
decay = "D0 -> K+ K-"
weak  = ["D0"]
[data]
files = "{}"
alias = {{ "K+" = "K_E K_PX K_PY K_PZ", "K-" = "K_PX K_PY K_PZ" }}
"#,
        text(&tree(file))
    );
    let story = Story::new(&config);
    story.run(&["eval", "fit.toml"]).fails(status, says);
}

#[test]
fn a_nan_is_named_with_its_entry() {
    two_kaons("nan", 3, &["column `K_PY`", "NaN at entry 4", "cut"]);
}

#[test]
fn an_empty_tree_is_refused() {
    two_kaons("empty", 3, &["has no events"]);
}

#[test]
fn a_file_without_a_tree_is_refused() {
    two_kaons("no-tree", 3, &["holds no tree"]);
}

#[test]
fn a_truncated_file_is_refused() {
    let whole = std::fs::read(tree("momenta")).unwrap();
    for share in [0, 1, 3, 5, 7] {
        let story = Story::new(&with_data(
            "files = \"cut.root\"\nmomenta = \"{p}_E {p}_PX {p}_PY {p}_PZ\"\n\
             alias = { a = \"K\", b = \"pip\", c = \"gam\" }",
            &events("mc"),
        ));
        let path = story.folder.path().join("cut.root");
        std::fs::write(path, &whole[..whole.len() * share / 8]).unwrap();
        story.run(&["nll", "fit.toml"]).fails(3, &["cut.root"]);
    }
}

#[test]
fn a_spacelike_particle_is_named_with_its_event() {
    let story = Story::new(&with_data("files = \"events.txt\"", &events("mc")));
    let good = "0.5568 0.1 0.2 0.1\n0.1990 -0.1 0.1 0.0\n0.4359 0.0 -0.3 -0.1\n";
    let bad = good.replace("-0.1 0.1", "-0.9 0.1");
    write(
        story.folder.path(),
        "events.txt",
        &format!("{good}{good}{bad}"),
    );
    story
        .run(&["nll", "fit.toml"])
        .fails(3, &["event 2", "`b` is spacelike", "order"]);
}

#[test]
fn momenta_of_another_particle_or_unit_are_refused() {
    let exchanged = format!("{}\nalias = {{ a = \"c\", c = \"a\" }}", events("mc"));
    let other_unit = format!("{}\nunit = \"MeV\"", events("mc"));
    for (mc, says) in [
        (
            exchanged,
            [
                "Monte Carlo: `a` has a mass of 0.3000 GeV",
                "the mass of `c`",
            ],
        ),
        (
            other_unit,
            [
                "Monte Carlo: `a` has a mass of 0.0005 GeV",
                "leave out `unit",
            ],
        ),
    ] {
        let story = Story::new(&with_data(&events("data"), &mc));
        story
            .run(&["fit", "fit.toml", "--out", "out"])
            .fails(3, &says);
        assert!(!story.folder.path().join("out/result.json").exists());
    }
}

/// Energies follow from masses then, and momenta alone are in another unit.
#[test]
fn momenta_in_another_unit_are_refused_without_energies() {
    let mc = format!("{}\nunit = \"MeV\"", events("mc"));
    let config =
        with_data(&events("data"), &mc).replacen("[decay]", "[decay]\nmasses = \"nominal\"", 1);
    let says = ["Monte Carlo: `B` has a mass of 0.9", "leave out `unit"];
    Story::new(&config)
        .run(&["nll", "fit.toml"])
        .fails(3, &says);
}

/// Beside a peak a particle has any mass, and in the data one that is off by less than a factor.
#[test]
fn sidebands_and_broad_particles_are_told_and_fitted() {
    let config = with_data(&events("data"), &events("mc"));
    let background = format!("[background]\n{}\nscale = 0.1\n[mc]", events("mc"));
    let story = Story::new(&config.replacen("[mc]", &background, 1).replacen(
        "mass = 0.3\n",
        "mass = 0.33\n",
        1,
    ));
    let told = story.run(&["nll", "fit.toml"]).stderr;
    for kind in ["data", "background", "Monte Carlo"] {
        let says = format!("{kind}: `c` has a mass of 0.30000 GeV (median), 0.33000 in the model");
        assert!(told.contains(&says), "{told}");
    }
}

#[test]
fn another_mass_of_the_decaying_particle_is_told() {
    let config = with_data(&events("data"), &events("mc"));
    let story = Story::new(&config.replacen("mass = 2.0", "mass = 2.1", 1));
    let told = story.run(&["nll", "fit.toml"]).stderr;
    let says = "Monte Carlo: `B` has a mass of 2.00000 GeV (median), 2.10000 in the model";
    assert!(told.contains(says), "{told}");
}

#[test]
fn monte_carlo_whose_weights_do_not_sum_to_something_is_refused() {
    for (weight, sum) in [("-1", "-120"), ("0", "0")] {
        let mc = format!("{}\nweight = \"{weight}\"", events("mc"));
        let says = format!("the weights of the Monte Carlo sum to {sum}");
        data_mistake(&events("data"), &mc, &[&says, "their sum must be positive"]);
    }
    let data = format!("{}\nscale = -1.0", events("data"));
    data_mistake(
        &data,
        &events("mc"),
        &["the weights of the data sum to -90"],
    );
}

/// Single negative weights are legal, of data and of Monte Carlo.
#[test]
fn some_negative_weights_are_no_mistake() {
    let config = own("oracle/two_protons.toml");
    gpuwa(&["nll", text(&config)]).good();
}

/// An option that is spelt wrong in a sample is pointed at like any other key.
#[test]
fn a_misspelt_key_of_a_sample_is_pointed_at() {
    let story = Story::new(&with_data("file = \"data.root\"", &events("mc")));
    story.run(&["nll", "fit.toml"]).fails(
        2,
        &[
            "unknown field `file`",
            "did you mean `files`?",
            "fit.toml:37:1",
        ],
    );
}

#[test]
fn a_constraint_on_a_fixed_parameter_is_pointed_at() {
    let constraint = "\n[[constraint]]\nparameter = \"f0(1500).width\"\nmean = 0.1\nsigma = 0.01\n";
    let story = Story::new(&format!("{JPSI}{constraint}"));
    let check = story.run(&["check", "fit.toml", "--no-data"]);
    let said = format!("{}{}", check.stdout, check.stderr);
    assert!(
        said.contains("the constraint on `f0(1500).width` does nothing"),
        "{said}"
    );
}
