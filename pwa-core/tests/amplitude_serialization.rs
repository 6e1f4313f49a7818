//! Models in the amplitude-serialization format: read by their checksums, written with them, refused
//! where something is not understood.

use pwa_core::engine::CpuBackend;
use pwa_core::interchange::amplitude_serialization::{Comparison, Import, export, import};
use pwa_core::model::Model;
use pwa_core::setup::Job;

/// Made by `oracle/amplitude_serialization.py`.
const SMALL: &str = include_str!("oracle/amplitude_serialization.json");

fn read(json: &str, distribution: Option<&str>) -> Import {
    import(json, "small.json", distribution).unwrap_or_else(|error| panic!("{error}"))
}

fn refusal(json: &str) -> String {
    match import(json, "small.json", Some("everything")) {
        Ok(_) => "accepted".to_owned(),
        Err(error) => error.to_string(),
    }
}

fn largest(checksums: &[Comparison]) -> f64 {
    checksums
        .iter()
        .map(Comparison::difference)
        .fold(0.0, f64::max)
}

/// The model of a config.
fn model(toml: &str) -> Model {
    let source = pwa_core::config::Source::new("model.toml", toml, std::path::Path::new(""));
    let job = Job::open(source, &Default::default(), &CpuBackend::BEST);
    job.unwrap_or_else(|error| panic!("{error}"))
        .models
        .swap_remove(0)
}

#[test]
fn the_checksums_of_every_vertex_and_function_type_are_reproduced() {
    let all = read(SMALL, Some("everything"));
    assert_eq!(all.checksums.len(), 7);
    let difference = largest(&all.checksums);
    // Sums of eight amplitudes, in another order.
    assert!(difference < 1e-13, "{difference:.1e}");
    let one = read(SMALL, Some("one_resonance"));
    assert_eq!(one.checksums.len(), 4);
    assert!(largest(&one.checksums) < 1e-13);
    assert_eq!(one.notes, Vec::<String>::new());
}

#[test]
fn chains_of_one_name_become_one_resonance_and_couplings_have_their_weights() {
    let import = read(SMALL, Some("everything"));
    let resonances: Vec<&String> = import.document.resonance.keys().collect();
    assert_eq!(resonances, ["N", "S", "V", "V#2", "broad"]);
    let model = model(&import.toml);
    assert_eq!(model.waves().len(), 8);
    let coupling = |name: &str| {
        let found = model.parameters.find_coupling(name);
        let id = found.unwrap_or_else(|| panic!("no coupling {name}"));
        let [re, im] = model.parameters.coupling(id).parts;
        [re, im].map(|part| model.parameters.value(part))
    };
    assert_eq!(coupling("N.production[l=2,s=2]"), [-0.4, 0.9]);
    assert_eq!(coupling("S.production[h=-1/2,1/2]"), [-0.5, 0.1]);
    assert_eq!(coupling("broad.total"), [0.9, 0.3]);
}

/// gsq times the mass is the same model under the other rule.
#[test]
fn a_checksum_decides_what_gsq_means() {
    let old = read(SMALL, Some("everything"));
    assert!(old.notes[0].contains("published files"), "{:?}", old.notes);
    let with_mass = SMALL
        .replace("\"gsq\": 0.35", &format!("\"gsq\": {}", 0.35 * 1.45))
        .replace("\"gsq\": 0.2,", &format!("\"gsq\": {},", 0.2 * 1.45));
    let new = read(&with_mass, Some("everything"));
    assert!(new.notes[0].contains("newer programs"), "{:?}", new.notes);
    assert!(new.toml.contains("mass_factor = false"));
    assert!(largest(&new.checksums) < 1e-13);
    let neither = SMALL.replace("\"gsq\": 0.35", "\"gsq\": 0.36");
    let message = refusal(&neither);
    assert!(message.contains("with either meaning of gsq"), "{message}");
}

#[test]
fn without_a_checksum_nothing_is_read() {
    let without = SMALL.replace("\"amplitude_model_checksums\"", "\"others\"");
    let message = refusal(&without);
    assert!(message.contains("no checksum tells what gsq"), "{message}");
}

/// Frames, phases and weights would stay unproven.
#[test]
fn line_shapes_alone_prove_no_intensity() {
    let mut json: serde_json::Value = serde_json::from_str(SMALL).unwrap();
    let list = &mut json["misc"]["amplitude_model_checksums"];
    let list = list.as_array_mut().unwrap();
    list.retain(|checksum| checksum["distribution"] != "everything");
    let message = refusal(&json.to_string());
    assert!(
        message.contains("no checksum of this distribution's intensity"),
        "{message}"
    );
}

/// What is replaced, by what, and what the message then says, with its place.
#[test]
fn what_is_not_understood_is_refused_at_its_place() {
    let cases = [
        (
            "\"type\": \"parity\"",
            "\"type\": \"tensor\"",
            "unknown vertex type `tensor`",
        ),
        ("\"spin\": \"3/2\"", "\"spin\": \"1/3\"", "unsupported spin"),
        (
            "\"spin\": \"1\"",
            "\"spin\": \"-1\"",
            "unsupported spin of `A`",
        ),
        (
            "exp(-0.1 * m_12_sq)",
            "exq(-0.1 * m_12_sq)",
            "unknown function `exq`",
        ),
        ("0.3 * exp(", "0.3 * / exp(", "/"),
        (
            "m_12_sq) / sqrt",
            "m_23_sq) / sqrt",
            "several variables: m_12_sq, m_23_sq",
        ),
        (
            "\"BreitWigner\"",
            "\"BreitWignar\"",
            "unknown type `BreitWignar`",
        ),
        (
            "\"width\": 0.12",
            "\"breadth\": 0.12",
            "unknown field `breadth`",
        ),
        (
            "\"parametrization\": \"V_NR\"",
            "\"parametrization\": \"V_XX\"",
            "no function `V_XX`",
        ),
        (
            "\"parametrization\": \"V_NR\"",
            "\"parametrization\": \"F1\"",
            "no line shape",
        ),
        (
            "\"formfactor\": \"F1\"",
            "\"formfactor\": \"N_BW\"",
            "`N_BW` is no form factor",
        ),
        (
            "\"weight\": \"0.9 + 0.3i\"",
            "\"weight\": \"much\"",
            "no complex number",
        ),
        ("\"functions\": [", "\"functions\" [", "expected `:`"),
        (
            "\"value\": 42.5",
            "\"value\": 43.5",
            "the checksum of `everything` at `validation_point1`",
        ),
        (
            "Hadronic",
            "Polarized",
            "`PolarizedUnpolarizedIntensity` are not read",
        ),
        (
            "\"value\": 2.6\n",
            "\"value\": 2.7\n",
            "`m_31_2` = 2.7 GeV, the decay 2.6 GeV",
        ),
        (
            "\"value\": -0.3\n",
            "\"value\": -1.3\n",
            "outside the Dalitz plot",
        ),
    ];
    for (old, new, expected) in cases {
        let changed = SMALL.replacen(old, new, 1);
        assert_ne!(changed, SMALL, "`{old}` does not stand in the file");
        let message = refusal(&changed);
        assert!(message.contains(expected), "{old} -> {new}: {message}");
        let place = message.strip_prefix("small.json:").unwrap_or_default();
        let line = place.split(':').next().map(str::parse::<usize>);
        assert!(matches!(line, Some(Ok(2..))), "no place: {message}");
    }
}

#[test]
fn another_order_of_a_pair_has_no_checksum_and_is_refused() {
    let swapped = SMALL.replacen(
        "\"topology\": [\n       [\n        3,\n        1\n",
        "\"topology\": [\n       [\n        1,\n        3\n",
        1,
    );
    let message = refusal(&swapped);
    assert!(message.contains("topology that is not read"), "{message}");
}

#[test]
fn a_distribution_is_named_where_there_are_several() {
    let error = import(SMALL, "small.json", None).unwrap_err();
    assert!(error.to_string().contains("2 distributions"), "{error}");
    let help = error.help.unwrap_or_default();
    assert!(help.contains("everything, one_resonance"), "{help}");
}

#[test]
fn a_massless_particle_keeps_the_helicities_of_the_format_with_a_warning() {
    let massless = SMALL.replace("\"mass\": 0.52\n", "\"mass\": 0.0\n");
    let text = massless.replace("\"ma\": 0.52", "\"ma\": 0.0");
    // Other masses have other checksums; the message shows that all was read.
    let message = refusal(&text);
    assert!(message.contains("checksum"), "{message}");
}

/// All that an exported file says is read back: same checksums, same intensities.
#[test]
fn an_exported_model_reads_back_to_the_last_digits() {
    let first = read(SMALL, Some("everything"));
    let written = export(&model(&first.toml)).unwrap();
    let second = import(&written, "written.json", None).unwrap_or_else(|e| panic!("{e}"));
    // Four intensities, eight chains, five shapes.
    assert_eq!(second.checksums.len(), 17);
    assert!(
        largest(&second.checksums) < 1e-13,
        "{:.1e}",
        largest(&second.checksums)
    );
    assert!(written.contains("chain_checksums"));
}

/// D+ -> pi+ K- pi+ with identical pions, barriers of gpuwa's own and a swapped order of daughters.
#[test]
fn identical_particles_and_other_barriers_are_written_out() {
    let config = "gpuwa = 1\nconvention = \"dpd-1\"\n\
        [decay]\ninitial = \"D+\"\nfinal = [\"pi+\", \"K-\", \"pi+\"]\n\
        [[decay.chain]]\ndecay = \"D+ -> R pi+, R -> K- pi+\"\nweak = [\"D+\"]\n\
        R = [\"K*(892)0\", \"K(2)*(1430)0\"]\n\
        [[decay.chain]]\ndecay = \"D+ -> S pi+, S -> pi+ K-\"\nweak = [\"D+\"]\nS = [\"K(0)*(1430)0\"]\n\
        [coupling]\n\"K(2)*(1430)0.total\" = { re = 0.4, im = 0.9 }\n";
    let model = model(config);
    let written = export(&model).unwrap();
    let read = import(&written, "written.json", None).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(
        read.checksums
            .iter()
            .filter(|c| c.name.contains("default_model"))
            .count(),
        4
    );
    assert!(
        largest(&read.checksums) < 1e-13,
        "{:.1e}",
        largest(&read.checksums)
    );
}

#[test]
fn what_the_format_has_no_place_for_is_not_written() {
    let config = "gpuwa = 1\nconvention = \"helicity-1\"\n\
        [decay]\ninitial = \"D0\"\nfinal = [\"pi+\", \"K-\", \"pi0\"]\n\
        [[decay.chain]]\ndecay = \"D0 -> R pi0, R -> K- pi+\"\nweak = [\"D0\"]\nR = [\"K*(892)0\"]\n";
    let message = |config: &str| export(&model(config)).unwrap_err().to_string();
    assert!(message(config).contains("this one is helicity-1"));
    let plane = config.replace("helicity-1", "dpd-1");
    assert!(export(&model(&plane)).is_ok());
    let shape = format!("{plane}[resonance.\"K*(892)0\"]\nshape = \"gounaris-sakurai\"\n");
    assert!(message(&shape).contains("`gounaris-sakurai` of `K*(892)0`"));
}
