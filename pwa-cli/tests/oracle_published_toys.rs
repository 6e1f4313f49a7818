//! A published model: its fit fractions, and a fit of all its couplings to toys of itself.

mod support;

use std::path::{Path, PathBuf};

use scraper::{Html, Selector};
use serde_json::Value;
use support::gpuwa_in;

const FILE: &str = "../../shared/data/amplitude-serialization/lc2ppik-lhcb-2683025.json";
/// Fit fractions of the default model in percent as published, and their statistical errors: LHCb collaboration,
/// Phys. Rev. D 108 (2023) 012023 (arXiv:2208.03262).
const PUBLISHED: [(&str, f64, f64); 12] = [
    ("L1405", 7.7, 0.2),
    ("L1520", 1.86, 0.09),
    ("L1600", 5.2, 0.2),
    ("L1670", 1.18, 0.06),
    ("L1690", 1.19, 0.09),
    ("L2000", 9.58, 0.27),
    ("D1232", 28.60, 0.29),
    ("D1600", 4.5, 0.3),
    ("D1700", 3.90, 0.20),
    ("K700", 3.02, 0.16),
    ("K892", 22.14, 0.23),
    ("K1430", 14.7, 0.6),
];
/// Events of a toy, and of its Monte Carlo: the latter adds 1/5 to the squares of the pulls.
const EVENTS: usize = 100_000;
const GENERATED: usize = 500_000;

/// The published file, where it is.
fn published() -> Option<PathBuf> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
    if !file.exists() {
        println!("NOT RUN: {} is absent", file.display());
        return None;
    }
    Some(file)
}

/// Six agree as they are rounded. The others, of two decimals, differ by 0.008 to 0.024: as much as sums over a million
/// events of phase space scatter, and at most a fifth of the published statistical errors.
#[test]
fn fractions_of_lc_to_p_k_pi_are_those_published() {
    let Some(file) = published() else { return };
    let folder = tempfile::tempdir().unwrap();
    let import = ["import", "amplitude-serialization", file.to_str().unwrap()];
    gpuwa_in(
        folder.path(),
        &[&import[..], &["-o", "model.toml"]].concat(),
    )
    .good();
    let grid = ["fractions", "model.toml", "--json", "--integrate", "grid"];
    let grid = gpuwa_in(folder.path(), &grid).json();
    assert_eq!(
        grid["fractions"].as_object().unwrap().len(),
        PUBLISHED.len()
    );
    for (name, expected, error) in PUBLISHED {
        let found = 100.0 * grid["fractions"][name]["value"].as_f64().unwrap();
        let difference = found - expected;
        println!("row|fraction|{name}|{found:.3}|{expected} ± {error}|{difference:.3}");
        assert!(difference.abs() < 0.04, "{name}: {found}");
    }
}

/// Toys: one, or as many as `GPUWA_TOYS` says.
fn toys() -> usize {
    let asked = std::env::var("GPUWA_TOYS").ok();
    asked.and_then(|text| text.parse().ok()).unwrap_or(1)
}

/// The phase between the parity-conserving and the parity-violating amplitudes of an unpolarised decay changes no
/// intensity: a parameter that is held keeps it.
const HELD: &str = "D1232.production[h=-1/2,0].im";

/// The pulls of the free couplings.
fn pulls(result: &Value) -> Vec<f64> {
    let parameters = result["parameters"].as_array().unwrap().iter();
    let number = |p: &Value, key: &str| p[key].as_f64().unwrap();
    parameters
        .filter(|p| p["free"] == true && p["name"] != HELD)
        .map(|p| (number(p, "value") - number(p, "start")) / number(p, "error"))
        .collect()
}

/// The twelve resonances of three pairs are in every projection, with switches of their own, and in the tables.
fn check_page(html: &str) {
    let page = Html::parse_document(html);
    let count = |selector: &str| page.select(&Selector::parse(selector).unwrap()).count();
    assert!(html.contains("<title>Lc → pπK — gpuwa</title>"));
    assert!(!html.contains("NaN"));
    // Free couplings, with the one that is held by a constraint.
    assert_eq!(count("#parameters > .table tbody tr"), 50);
    // Twelve components and their sum.
    assert_eq!(count("#fractions .table:first-of-type tbody tr"), 13);
    let projections = count("#projections figure");
    assert!(projections >= 6, "{projections}");
    assert_eq!(count("#projections g[data-series=wave-11]"), projections);
    assert_eq!(count("#dalitz figure"), 3);
}

/// Sixteen toys gave 784 pulls with a mean of -0.02 ± 0.04 and a root mean square of 1.19 ± 0.08, 1.10 of which is the
/// Monte Carlo's. Those of one fit are correlated and scatter more: the bounds are wide.
#[test]
fn toys_of_lc_to_p_k_pi_give_its_couplings_back() {
    let Some(file) = published() else { return };
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &str| gpuwa_in(folder.path(), &arguments.split(' ').collect::<Vec<_>>());
    run(&format!(
        "import amplitude-serialization {} -o model.toml",
        file.display()
    ))
    .good();
    let model = std::fs::read_to_string(folder.path().join("model.toml")).unwrap();
    // The largest coupling is the unit: that of L1405 is known to a third of itself.
    let (mut config, mut held) = (String::new(), 0.0);
    for line in model.lines() {
        let (free, fixed) = ("free = true", "free = false");
        config += &match line {
            _ if line.starts_with("\"L1405.production[h=1/2,0]\"") => line.replace(fixed, free),
            _ if line.starts_with("\"D1232.production[h=1/2,0]\"") => line.replace(free, fixed),
            _ => line.to_owned(),
        };
        config.push('\n');
        if let Some(entry) = line.strip_prefix("\"D1232.production[h=-1/2,0]\" = ") {
            let im = entry.split("im = ").nth(1).unwrap();
            held = im.split(',').next().unwrap().parse().unwrap();
        }
    }
    config += &format!("[[constraint]]\nparameter = \"{HELD}\"\nmean = {held}\nsigma = 0.01\n");
    config += "[data]\nfiles = \"data.root\"\n[mc]\nfiles = \"mc.root\"\n";
    std::fs::write(folder.path().join("fit.toml"), config).unwrap();
    let mut all = Vec::new();
    for toy in 0..toys() {
        let (data, flat) = (101 + toy, 100_101 + toy);
        run(&format!(
            "generate fit.toml -n {EVENTS} --seed {data} -o data.root --force"
        ))
        .good();
        run(&format!(
            "generate fit.toml --flat -n {GENERATED} --seed {flat} -o mc.root --force"
        ))
        .good();
        run("fit fit.toml --starts 1 -o result --force").good();
        let result = std::fs::read_to_string(folder.path().join("result/result.json")).unwrap();
        let result: Value = serde_json::from_str(&result).unwrap();
        assert_eq!(result["status"], "converged");
        all.extend(pulls(&result));
    }
    let n = all.len() as f64;
    assert_eq!(all.len(), 49 * toys());
    run("report result/result.json --out page.html --quiet").good();
    check_page(&std::fs::read_to_string(folder.path().join("page.html")).unwrap());
    let mean = all.iter().sum::<f64>() / n;
    let width = (all.iter().map(|pull| (pull - mean).powi(2)).sum::<f64>() / n).sqrt();
    println!(
        "{} toys, {n} pulls: mean {mean:.3}, width {width:.3}",
        toys()
    );
    assert!(mean.abs() < 0.4, "{mean}");
    assert!((0.6..1.6).contains(&width), "{width}");
}
