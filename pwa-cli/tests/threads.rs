//! The number of threads changes the time, not a digit.

mod support;

use support::tf_pwa::Imported;
use support::{gpuwa, own, text, write};

/// What 1, 2 and 7 threads print on standard output.
fn prints_the_same(arguments: &[&str]) {
    let with = |threads: &str| {
        let more = ["--threads", threads, "--json", "--quiet"];
        gpuwa(&[arguments, &more[..]].concat()).good()
    };
    let one = with("1");
    assert!(one.len() > 20, "{one}");
    for threads in ["2", "7"] {
        assert_eq!(with(threads), one, "{threads} threads: {arguments:?}");
    }
}

/// Waves normalised over thousands of generated events, then data, Monte Carlo and derivatives.
#[test]
fn likelihood_and_derivatives_do_not_depend_on_threads() {
    let config = std::fs::read_to_string(own("oracle/two_protons.toml")).unwrap();
    let normalised = config
        .replace("normalise = false", "normalise = true")
        .replace(
            "\"two_protons",
            &format!("\"{}/two_protons", text(&own("oracle"))),
        );
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), "fit.toml", &normalised);
    prints_the_same(&["nll", text(&path), "--gradient", "--hessian"]);
    // Over phase space: 20,000 events in tiles of a few hundred.
    prints_the_same(&["fractions", text(&path)]);
    prints_the_same(&["eval", text(&path), "--waves"]);
}

#[test]
fn thousands_of_events_from_root_do_not_depend_on_threads() {
    let Some(analysis) = Imported::new("c_lbpkjpsi") else {
        return;
    };
    let (data, mc) = (
        analysis.source.join("data_w.root"),
        analysis.source.join("phsp_w.root"),
    );
    prints_the_same(&[
        "nll",
        text(&analysis.config),
        "--data",
        text(&data),
        "--mc",
        text(&mc),
        "--gradient",
        "--hessian",
    ]);
}
