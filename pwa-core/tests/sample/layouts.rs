//! Branch layouts found and asked for.

use pwa_core::sample::{ErrorKind, Sample, SampleRequest, Unit, read_sample};

use super::{particles, read, request, shared, trees};

/// Invariant mass of all particles of one event, in GeV.
fn mass(sample: &Sample, event: usize) -> f64 {
    let sum = |f: fn(&pwa_core::sample::ParticleMomenta) -> &Vec<f64>| {
        sample.particles.iter().map(|p| f(p)[event]).sum::<f64>()
    };
    let (e, x, y, z) = (
        sum(|p| &p.e),
        sum(|p| &p.px),
        sum(|p| &p.py),
        sum(|p| &p.pz),
    );
    (e * e - x * x - y * y - z * z).sqrt()
}

#[test]
fn names_and_layout_are_found_and_said() {
    let sample = read(trees(), "momenta.root", &["K-", "gamma", "pi+"]);
    assert_eq!((sample.len(), sample.weighted), (34, true));
    insta::assert_snapshot!(sample.notes.join("\n"), @r"
    momenta.root: tree `events`, its only tree
    momenta.root: momenta from `{p}_E {p}_PX {p}_PY {p}_PZ` with K- = K, gamma = gam, pi+ = pip
    weights from the column `weight`
    ");
    let names: Vec<&str> = sample.particles.iter().map(|p| p.name.as_str()).collect();
    assert_eq!(names, ["K-", "gamma", "pi+"]);
    sample.check_timelike(1e-12).unwrap();
    let gamma = sample.particle("gamma").unwrap();
    let [x, y, z] = gamma.at(33);
    assert!((gamma.e[33] - (x * x + y * y + z * z).sqrt()).abs() < 1e-15);
    assert_eq!(sample.origin[0].sha256.len(), 64);
    assert_eq!(
        sample.origin[0].sum_of_weights,
        sample.weights.iter().sum::<f64>()
    );
}

#[test]
fn arrays_are_found_and_columns_of_any_capitals_are_weights() {
    let arrays = read(trees(), "arrays.root", &["K", "pi+", "gamma"]);
    assert!(
        arrays
            .notes
            .iter()
            .any(|n| n == "weights from the column `Weight`"),
        "{:?}",
        arrays.notes
    );
    assert!(
        arrays
            .notes
            .iter()
            .any(|n| n.contains("`p4_{p}` with K = K, pi+ = pip, gamma = gam")),
        "{:?}",
        arrays.notes
    );
    let mut other = request(trees(), "arrays.root", &["K"]);
    other.momenta = Some("p4_{p}[px,E,pz,py]".into());
    let other = read_sample(&other).unwrap();
    assert_eq!(other.particles[0].e, arrays.particles[0].px);
    assert_eq!(other.particles[0].py, arrays.particles[0].pz);
}

#[test]
fn several_files_follow_each_other_in_order() {
    let one = read(trees(), "momenta.root", &["K"]);
    let mut twice = request(trees(), "moment?.root", &["K"]);
    twice.files.push("momenta.root".into());
    let twice = read_sample(&twice).unwrap();
    assert_eq!((twice.len(), twice.origin.len()), (68, 2));
    assert_eq!(
        twice.particles[0].e,
        [&one.particles[0].e[..], &one.particles[0].e[..]].concat()
    );
    assert_eq!(twice.sum_of_weights(), 2.0 * one.sum_of_weights());
}

#[test]
fn cuts_charges_and_weights_are_taken_as_asked() {
    let all = read(trees(), "momenta.root", &["K"]);
    let mut asked = request(trees(), "momenta.root", &["K"]);
    asked.cut = Some("charge > 0, K_PZ<0.2".into());
    asked.charge = Some("charge".into());
    asked.weight = Some("-0.5".into());
    let cut = read_sample(&asked).unwrap();
    let expected = (0..all.len())
        .filter(|i| all.particles[0].pz[*i] < 0.2)
        .count();
    assert!(cut.len() < expected && cut.weighted && cut.weights.iter().all(|w| *w == -0.5));
    assert!(cut.charge.as_ref().unwrap().iter().all(|c| *c == 1.0));
    assert_eq!(
        cut.notes.last().unwrap(),
        &format!(
            "the cut `charge > 0, K_PZ<0.2` keeps {} of 34 events",
            cut.len()
        )
    );
    assert_eq!(
        (cut.origin[0].entries, cut.origin[0].events),
        (34, cut.len())
    );
    asked.cut = Some("!charge".into());
    let none = read_sample(&asked).unwrap_err();
    assert_eq!(
        (none.to_string().as_str(), none.kind()),
        ("cut `!charge` has no events", ErrorKind::Data)
    );
}

#[test]
fn momenta_without_energies_need_masses_and_say_so() {
    let asked = SampleRequest {
        momenta: Some("{p}_PX {p}_PY {p}_PZ".into()),
        unit: Unit::MeV,
        ..request(trees(), "momenta.root", &["K=K:0.000493677"])
    };
    let sample = read_sample(&asked).unwrap();
    assert_eq!(
        sample.notes[1],
        "momenta.root: no energies, computed from the masses of K (0.000493677 GeV)"
    );
    // The file is in GeV: everything read as MeV is a thousand times smaller. Two roundings in each value.
    let gev = read(trees(), "momenta.root", &["K"]);
    for (small, e) in sample.particles[0].e.iter().zip(&gev.particles[0].e) {
        assert!((1000.0 * small / e - 1.0).abs() < 1e-14);
    }
}

#[test]
fn an_lhcb_tree_of_momenta_in_mev_is_read() {
    let Some(folder) = shared("samples") else {
        return;
    };
    let mut asked = request(folder, "lhcb_PhaseSpaceSimulation.root", &[]);
    asked.particles = particles(&["K+=H1:0.493677", "K+=H2:0.493677", "K-=H3:0.493677"]);
    asked.momenta = Some("{p}_PX {p}_PY {p}_PZ".into());
    asked.unit = Unit::MeV;
    let sample = read_sample(&asked).unwrap();
    assert_eq!((sample.len(), sample.weighted), (50_000, false));
    // The simulated B+ has its mass of 5.27926 GeV in every event, to the digits of its doubles.
    for event in [0, 1, 49_999] {
        assert!(
            (mass(&sample, event) - 5.279).abs() < 1e-3,
            "{}",
            mass(&sample, event)
        );
    }
    // The layout is found as well.
    asked.momenta = None;
    let found = read_sample(&asked).unwrap();
    assert_eq!(found.particles, sample.particles);
}

#[test]
fn amptools_trees_are_read_with_beam_and_places() {
    let Some(folder) = shared("samples") else {
        return;
    };
    let plain = read(
        folder.clone(),
        "laddu_data_f64.root",
        &["p=proton", "KS1=kshort1", "KS2=kshort2"],
    );
    let amptools = read(
        folder.clone(),
        "laddu_data_amptools.root",
        &["gamma=Beam", "p", "KS1", "KS2"],
    );
    assert!(
        amptools.notes[1].starts_with("laddu_data_amptools.root: momenta from `E_FinalState[{i}]"),
        "{:?}",
        amptools.notes
    );
    // Both files hold the same ten events.
    assert_eq!(amptools.particles[1].e, plain.particles[0].e);
    assert_eq!(amptools.particles[3].pz, plain.particles[2].pz);
    assert_eq!(amptools.weights, plain.weights);
    assert!(amptools.particles[0].e.iter().all(|e| *e > 8.0));
    let some = read(folder.clone(), "laddu_data_amptools.root", &["KS2=2"]);
    assert_eq!(some.particles[0].px, plain.particles[2].px);
    let two = read_sample(&request(
        folder.clone(),
        "laddu_data_amptools.root",
        &["p", "KS1"],
    ))
    .unwrap_err();
    assert!(
        two.to_string().contains("has 3 final particles at entry 0"),
        "{two}"
    );
    let single = read(folder, "laddu_data_f32.root", &["p=proton"]);
    // Float branches keep 24 bits.
    assert!((single.particles[0].e[3] / plain.particles[0].e[3] - 1.0).abs() < 1e-7);
}

#[test]
fn the_layouts_of_tf_pwa_examples_are_found() {
    let Some(folder) = shared("oracles/tf-pwa") else {
        return;
    };
    for (file, words, layout) in [
        (
            "a_dkpipi/data_w.root",
            ["K", "pi1", "pi2"],
            "{p}_E {p}_PX {p}_PY {p}_PZ",
        ),
        ("b_jpsigpipi/phsp_w.root", ["gamma", "pi+", "pi-"], "p4_{p}"),
        (
            "c_lbpkjpsi/data.root",
            ["p", "K-", "J/psi(1S)"],
            "{p}_PE {p}_PX {p}_PY {p}_PZ",
        ),
    ] {
        let sample = read(folder.clone(), file, &words);
        assert!(
            sample.notes[1].contains(&format!("`{layout}`")),
            "{:?}",
            sample.notes
        );
        assert_eq!(sample.weighted, file.contains("_w"));
    }
}

#[test]
fn own_columns_of_a_particle_need_no_pattern() {
    let Some(folder) = shared("samples") else {
        return;
    };
    let mut asked = request(
        folder,
        "skhep_uproot-Zmumu-zstd.root",
        &["mu+=E1 px1 py1 pz1", "mu-=E2 px2 py2 pz2"],
    );
    let own = read_sample(&asked).unwrap();
    assert_eq!(own.len(), 2304);
    asked.particles = particles(&["mu+=1", "mu-=2"]);
    assert_eq!(read_sample(&asked).unwrap().particles, own.particles);
}
