//! Published models: every checksum of the files in the shared collection.

use std::path::Path;

use pwa_core::config::Source;
use pwa_core::engine::CpuBackend;
use pwa_core::interchange::amplitude_serialization::{Comparison, Import, import};
use pwa_core::setup::Job;

const FOLDER: &str = "../../shared/data/amplitude-serialization";

/// The file's text; None, with a word, where the collection is absent.
fn published(name: &str) -> Option<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(FOLDER)
        .join(name);
    let text = std::fs::read_to_string(&path).ok();
    if text.is_none() {
        println!("NOT RUN: {} is absent", path.display());
    }
    text
}

fn read(json: &str, name: &str, distribution: Option<&str>, checksums: usize) -> Import {
    let import = import(json, name, distribution).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(import.checksums.len(), checksums, "{name}");
    let differences = import.checksums.iter().map(Comparison::difference);
    let largest = differences.fold(0.0, f64::max);
    // A row of docs/physics-checks.md.
    let distribution = distribution.unwrap_or("");
    println!("\nrow|model|{name}|{distribution}|{checksums}|{largest:.1e}");
    // The files print seventeen digits.
    assert!(largest < 1e-13, "{name}: {largest:.1e}");
    import
}

#[test]
fn lc_to_p_k_pi() {
    let name = "lc2ppik-lhcb-2683025.json";
    let Some(json) = published(name) else { return };
    let import = read(&json, name, None, 11);
    assert!(
        import
            .notes
            .iter()
            .any(|note| note.contains("published files"))
    );
}

/// The type that other programs have for the broad kaons, in place of the file's expressions.
#[test]
fn broad_kaons_by_their_type_have_the_same_checksums() {
    let name = "lc2ppik-lhcb-2683025.json";
    let Some(json) = published(name) else { return };
    let mut file: serde_json::Value = serde_json::from_str(&json).unwrap();
    for (function, mass, width, slope) in [
        ("K700_BuggBW", 0.824, 0.478, 0.941060),
        ("K1430_BuggBW", 1.375, 0.190, 0.020981),
    ] {
        let functions = file["functions"].as_array_mut().unwrap();
        let found = functions
            .iter_mut()
            .find(|f| f["name"] == function)
            .unwrap();
        *found = serde_json::json!({
            "name": function, "type": "BreitWignerWidthExpLikeBugg",
            "x": "sigma", "mass": mass, "width": width, "slope": slope,
        });
    }
    let import = read(&file.to_string(), name, None, 11);
    assert!(import.toml.contains("bugg-exponential"));
}

/// Fit fractions by quadrature, against the central values of LHCb, Phys. Rev. D 108 (2023) 012023,
/// arXiv:2208.03262, in per cent, as the analysts' own programs compare with them
/// (github.com/ComPWA/polarimetry, `data/observable-references.yaml`). The file's rounded parameters miss the last digit
/// by up to 0.04; the errors are 0.25 and more.
#[test]
fn fit_fractions_of_lc_to_p_k_pi() {
    let name = "lc2ppik-lhcb-2683025.json";
    let Some(json) = published(name) else { return };
    let import = read(&json, name, None, 11);
    let source = Source::new("model.toml", import.toml, Path::new(""));
    let job = Job::open(source, &Default::default(), &CpuBackend::BEST).unwrap();
    let grid = job.grid_fractions(&job.models[0], None).unwrap();
    assert!(grid.change < 1e-6, "{:.1e}", grid.change);
    let of_paper = [
        ("L1405", 7.7),
        ("L1520", 1.86),
        ("L1600", 5.2),
        ("L1670", 1.18),
        ("L1690", 1.19),
        ("L2000", 9.58),
        ("D1232", 28.60),
        ("D1600", 4.5),
        ("D1700", 3.90),
        ("K700", 3.02),
        ("K892", 22.14),
        ("K1430", 14.7),
    ];
    assert_eq!(grid.fractions.fractions.len(), of_paper.len());
    for (name, percent) in of_paper {
        let mut fractions = grid.fractions.fractions.iter();
        let fraction = fractions.find(|fraction| fraction.name == name).unwrap();
        let difference = 100.0 * fraction.value - percent;
        assert!(difference.abs() < 0.06, "{name}: {difference:.3} %");
    }
}

/// 74 chains; the file treats the photon as a massive vector, and is reproduced so.
#[test]
fn lb_to_p_k_gamma() {
    let name = "lb2pkg-lhcb-2765817.json";
    let Some(json) = published(name) else { return };
    let import = read(&json, name, None, 17);
    assert!(
        import
            .notes
            .iter()
            .any(|note| note.contains("massless `g`"))
    );
}

#[test]
fn pi_p_to_three_pi() {
    let name = "x2pipipi-compass-1391643.json";
    let Some(json) = published(name) else { return };
    for (distribution, checksums) in [
        ("compass_3pi_JP=1+_M=0_1540_1560", 9),
        ("compass_3pi_JP=1-_M=1_1540_1560", 5),
        ("compass_3pi_JP=2+_M=1_1540_1560", 7),
        ("compass_3pi_JP=4+_M=1_1540_1560", 6),
    ] {
        read(&json, name, Some(distribution), checksums);
    }
}
