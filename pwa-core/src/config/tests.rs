use std::path::Path;

use super::*;

const JPSI: &str = r#"
gpuwa = 1
convention = "helicity-1"

[decay]
initial = { particle = "J/psi(1S)", helicities = [-1, 1] }
final   = ["gamma", "pi+", "pi-"]

[[decay.chain]]
decay = "J/psi(1S) -> gamma X, X -> pi+ pi-"
X     = ["f0(1500)", "f2(1270)"]
ls    = { "J/psi(1S)" = [[0, 1], [2, 1]] }

[resonance."f0(1500)"]
mass  = { start = 1.506, free = true, limits = [1.45, 1.56] }
width = 0.112

[coupling]
"f2(1270).total" = { modulus = 1.2, phase = 1.16 }

[data]
files = "data.root"
"#;

fn source(text: &str) -> Source {
    Source::new("fit.toml", text, Path::new(""))
}

#[test]
fn a_document_survives_writing_and_reading() {
    let document = source(JPSI).parse().unwrap();
    assert_eq!(
        document.decay.as_ref().unwrap().chain[0].slots["X"],
        ["f0(1500)", "f2(1270)"]
    );
    let written = toml::to_string(&document).unwrap();
    assert_eq!(source(&written).parse().unwrap(), document);
}

#[test]
fn a_misspelt_key_is_named_with_the_nearest_one() {
    let error = source(&JPSI.replace("limits =", "limit ="))
        .parse()
        .unwrap_err();
    assert!(error.problem.contains("unknown field `limit`"), "{error}");
    assert_eq!(error.help.as_deref(), Some("did you mean `limits`?"));
}

#[test]
fn an_error_points_at_the_entry_it_names() {
    let source = source(JPSI);
    let path: [Step; 4] = [
        "resonance".into(),
        "f0(1500)".into(),
        "mass".into(),
        "start".into(),
    ];
    let report = format!("{:?}", source.error(&path, "too heavy", None));
    let at = JPSI.find("1.506").unwrap();
    assert!(report.contains(&format!("SourceOffset({at})")), "{report}");
}
