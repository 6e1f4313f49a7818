//! What is refused, and what the message says.

use miette::Diagnostic;
use pwa_core::sample::{ErrorKind, SampleError, SampleRequest, read_sample, write_columns};

use super::{request, shared, trees};

/// Kind, message and help, without the folder.
fn said(request: &SampleRequest) -> String {
    let error = read_sample(request).unwrap_err();
    let text = format!(
        "{:?}: {error}\nhelp: {}",
        error.kind(),
        error.help().map(|h| h.to_string()).unwrap_or_default()
    );
    text.replace(&format!("{}/", request.base.display()), "")
        .replace(&request.base.display().to_string(), "DIR")
}

fn own(file: &str, words: &[&str]) -> SampleRequest {
    request(trees(), file, words)
}

#[test]
fn a_missing_branch_names_the_nearest() {
    let mut asked = own("momenta.root", &["K", "pi+=pin"]);
    asked.momenta = Some("{p}_E {p}_PX {p}_PY {p}_PZ".into());
    insta::assert_snapshot!(said(&asked), @r#"
    Data: `momenta.root` has no column `pin_E` in tree `events`
    help: the nearest names are `pip_E`, `pip_PX`, `pip_PY`, `pip_PZ`
    "#);
    asked.particles.pop();
    asked.weight = Some("weigth".into());
    insta::assert_snapshot!(said(&asked), @r#"
    Data: `momenta.root` has no column `weigth` in tree `events`
    help: the nearest names are `weight`, `K_E`, `pip_E`, `pip_PX`
    "#);
    asked.weight = None;
    asked.cut = Some("charge > 0 && chagre".into());
    insta::assert_snapshot!(said(&asked), @r#"
    Data: `momenta.root` has no column `chagre` in tree `events`
    help: the nearest names are `charge`, `gam_E`, `pip_E`, `gam_PX`
    "#);
}

#[test]
fn nothing_found_shows_what_is_there() {
    insta::assert_snapshot!(said(&own("arrays.root", &["K", "mu+"])), @r#"
    Data: `arrays.root` shows no columns for the momenta of `K`, `mu+`
    help: say which columns with `momenta = "{p}_E {p}_PX {p}_PY {p}_PZ"` and what stands for the particles with `alias = { "pi+" = "pip" }`; columns without energy need masses
    the file has tree `tree`: p4_K, p4_pip, p4_gam, Weight, good
    "#);
}

#[test]
fn an_unknown_tree_lists_the_trees() {
    let mut asked = own("directories.root", &["K"]);
    asked.tree = Some("a/b/events".into());
    insta::assert_snapshot!(said(&asked), @r#"
    Data: `directories.root` has no tree `a/b/events`
    help: its trees are `top`, `a/events`, `a/b/c/d/e/events`
    "#);
}

#[test]
fn several_readings_are_listed_not_chosen() {
    let dir = tempfile::tempdir().unwrap();
    let x = [1.0, 2.0];
    let names = ["K_E", "K_PE", "K_PX", "K_PY", "K_PZ", "Weight", "WEIGHT"];
    let columns: Vec<(&str, &[f64])> = names.iter().map(|n| (*n, &x[..])).collect();
    write_columns(&dir.path().join("x.root"), "t", &columns).unwrap();
    let mut asked = request(dir.path().into(), "x.root", &["K"]);
    insta::assert_snapshot!(said(&asked), @r#"
    Data: `x.root` can be read in several ways
    help: name one of them:
    tree = "t", momenta = "{p}_E {p}_PX {p}_PY {p}_PZ" with K
    tree = "t", momenta = "{p}_PE {p}_PX {p}_PY {p}_PZ" with K
    "#);
    asked.momenta = Some("{p}_E {p}_PX {p}_PY {p}_PZ".into());
    insta::assert_snapshot!(said(&asked), @r#"
    Data: `x.root` can be read in several ways
    help: name one of them:
    weight = "Weight"
    weight = "WEIGHT"
    "#);
}

#[test]
fn bad_values_and_empty_trees_are_named() {
    insta::assert_snapshot!(said(&own("nan.root", &["K"])), @r#"
    Data: column `K_PY` of `nan.root` is NaN at entry 4
    help: remove such events, or cut them away with `cut`
    "#);
    insta::assert_snapshot!(said(&own("empty.root", &["K"])), @r#"
    Data: `empty.root` has no events
    help: the tree is empty
    "#);
    insta::assert_snapshot!(said(&own("no-tree.root", &["K"])), @r#"
    Data: `no-tree.root` holds no tree
    help: the file has directories and other objects only
    "#);
    // A cut takes the bad event away.
    let mut asked = own("nan.root", &["K"]);
    asked.cut = Some("weight > 100".into());
    assert!(said(&asked).starts_with("Data: cut `weight > 100` has no events"));
}

#[test]
fn files_that_are_no_samples_are_refused() {
    insta::assert_snapshot!(said(&own("absent.root", &["K"])), @r#"
    Io: cannot read `absent.root`: No such file or directory (os error 2)
    help: relative paths are relative to the file that names them
    "#);
    insta::assert_snapshot!(said(&own("absent*.root", &["K"])), @r#"
    Io: no file matches `absent*.root` in `DIR`
    help: relative paths are relative to the file that names them
    "#);
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("x.pdf"), "%PDF").unwrap();
    insta::assert_snapshot!(said(&request(dir.path().into(), "x.pdf", &["K"])), @r#"
    Data: `x.pdf` is none of the file formats read here: ROOT (.root), Parquet (.parquet, .pq), npz (.npz), text (.txt, .dat)
    help: the ending of the name or the first bytes of the file decide
    "#);
    let whole = std::fs::read(trees().join("momenta.root")).unwrap();
    std::fs::write(dir.path().join("cut.root"), &whole[..20_000]).unwrap();
    insta::assert_snapshot!(said(&request(dir.path().into(), "cut.root", &["K"])), @r#"
    Data: cannot read `cut.root`: the file is cut short: its header says 34425 bytes, it has 20000
    help: copy the file again; what a job that died has left of one, ROOT recovers on opening it with `TFile::Open(name, "UPDATE")`
    "#);
}

#[test]
fn wrong_requests_are_usage_errors() {
    insta::assert_snapshot!(said(&own("momenta.root", &[])), @r#"
    Usage: no particles are asked for
    help: name the final particles
    "#);
    insta::assert_snapshot!(said(&own("momenta.root", &["K=K:-1"])), @r#"
    Usage: the mass of `K` is -1 GeV
    help: a mass hypothesis is zero or positive
    "#);
    let mut asked = own("momenta.root", &["K", "Kbar=K"]);
    asked.momenta = Some("{p}_E {p}_PX {p}_PY {p}_PZ".into());
    insta::assert_snapshot!(said(&asked), @r#"
    Usage: `K` would stand for two particles
    help: tell the particles apart with `alias`
    "#);
    asked.particles.pop();
    asked.momenta = Some("{p}_PX {p}_PY {p}_PZ".into());
    insta::assert_snapshot!(said(&asked), @r#"
    Usage: particle `K` has neither an energy column nor a mass
    help: name the energy column or give a mass hypothesis
    "#);
    asked.momenta = Some("p4_{p}".into());
    insta::assert_snapshot!(said(&asked), @r#"
    Data: `momenta.root` has no column `p4_K` in tree `events`
    help: the nearest names are `pip_E`, `pip_PX`, `pip_PY`, `pip_PZ`
    "#);
}

#[test]
fn columns_that_are_not_numbers_are_refused_by_name() {
    let Some(folder) = shared("samples") else {
        return;
    };
    let mut asked = request(
        folder.clone(),
        "skhep_uproot-nesteddirs.root",
        &["x=F64 F64 F64 F64"],
    );
    asked.tree = Some("three/tree".into());
    asked.momenta = Some("{p}".into());
    insta::assert_snapshot!(said(&asked), @r#"
    Data: column `F64` of `skhep_uproot-nesteddirs.root` cannot be read: it belongs to an object (Event), only plain numbers are read
    help: write the number into a column of its own, for example with ROOT's `RDataFrame::Define` and `Snapshot`
    "#);
    let mut asked = request(
        folder,
        "gohep_small-flat-tree.root",
        &["x=Float64 Float64 Float64 Float64"],
    );
    asked.weight = Some("Str".into());
    insta::assert_snapshot!(said(&asked), @r#"
    Data: column `Str` of `gohep_small-flat-tree.root` cannot be read: TLeafC: C strings are not read
    help: write the number into a column of its own, for example with ROOT's `RDataFrame::Define` and `Snapshot`
    "#);
    asked.weight = Some("ArrayFloat64".into());
    insta::assert_snapshot!(said(&asked), @r#"
    Data: column `ArrayFloat64` of `gohep_small-flat-tree.root` holds 10 numbers (double[10]) an event, not one number an event
    help: `name[k]` takes the element k, counted from 0, of an array column
    "#);
    asked.weight = Some("SliceFloat64[3]".into());
    insta::assert_snapshot!(said(&asked), @r#"
    Data: column `SliceFloat64` of `gohep_small-flat-tree.root` holds 0 values at entry 0, none at place 3
    help: places count from 0; cut events with fewer particles away
    "#);
}

#[test]
fn columns_that_do_not_fit_together_are_not_written() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.root");
    let why = |columns: &[(&str, &[f64])]| {
        let error: SampleError = write_columns(&path, "t", columns).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage);
        error.to_string()
    };
    assert_eq!(
        why(&[("a", &[1.0]), ("b", &[])]),
        "column `b` has 0 entries, `a` has 1"
    );
    assert_eq!(
        why(&[("a", &[1.0]), ("a", &[2.0])]),
        "two columns are called `a`, or one has no name"
    );
    let nowhere = write_columns(&dir.path().join("no/x.root"), "t", &[("a", &[1.0])]).unwrap_err();
    assert_eq!(nowhere.kind(), ErrorKind::Io);
    assert!(
        nowhere
            .to_string()
            .ends_with("No such file or directory (os error 2)"),
        "{nowhere}"
    );
    assert!(!path.exists());
}

#[test]
fn several_trees_that_fit_are_listed_and_one_is_taken_when_named() {
    let mut asked = own("directories.root", &["a=x f n:0.1"]);
    insta::assert_snapshot!(said(&asked), @r#"
    Data: `directories.root` can be read in several ways
    help: name one of them:
    tree = "top", x f n
    tree = "a/events", x f n
    tree = "a/b/c/d/e/events", x f n
    "#);
    asked.tree = Some("/a/events;1".into());
    assert_eq!(read_sample(&asked).unwrap().len(), 6);
    let mut asked = own("cycles.root", &["a=x f n:0.1"]);
    assert_eq!(read_sample(&asked).unwrap().len(), 6);
    asked.tree = Some("events;1".into());
    insta::assert_snapshot!(said(&asked), @r#"
    Data: `cycles.root` has no tree `events;1`
    help: its trees are `events`
    "#);
}
