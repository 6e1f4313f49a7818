//! Real files as their experiments wrote them, read as they are. They stand beside the repository;
//! without them the stories say so.

mod support;

use std::path::PathBuf;

use support::{
    assert_all_close, gpuwa, number, numbers, own, read_json, relative, shared, text, unwrapped,
    write,
};

/// B+ -> K+ K+ K- with the three-momenta of LHCb, in MeV. `like_sign`: what the branches call the
/// two K+.
fn bkkk(file: &str, like_sign: [&str; 2], more: &str) -> String {
    let [first, second] = like_sign;
    format!(
        r#"
gpuwa = 1
convention = "helicity-1"

[decay]
initial   = "B+"
final     = ["K+", "K+", "K-"]
masses    = "nominal"
normalise = false

[[decay.chain]]
decay = "B+ -> X K+, X -> K+ K-"
X     = ["phi(1020)", "f0(1500)", "NR"]
weak  = ["B+"]

[resonance.NR]
spin  = 0
shape = "constant"

[coupling]
"f0(1500).total" = {{ re = 0.05, im = 0.1 }}
"NR.total"       = {{ re = 2.0, im = -1.0 }}

[data]
files   = "{file}"
momenta = "{{p}}_PX {{p}}_PY {{p}}_PZ"
alias   = {{ "K+" = ["{first}", "{second}"], "K-" = "H2" }}
unit    = "MeV"
{more}
"#
    )
}

struct Folder {
    folder: tempfile::TempDir,
    file: PathBuf,
}

impl Folder {
    fn lhcb() -> Option<Self> {
        Some(Self {
            file: shared("samples/lhcb_PhaseSpaceSimulation.root")?,
            folder: tempfile::tempdir().unwrap(),
        })
    }

    fn intensity(&self, like_sign: [&str; 2], more: &str) -> Vec<f64> {
        let config = bkkk(text(&self.file), like_sign, more);
        let path = write(self.folder.path(), "bkkk.toml", &config);
        numbers(&gpuwa(&["eval", text(&path), "--json", "--quiet"]).json()["intensity"])
    }
}

/// 50,000 events without a branch of energies, against numpy and uproot (`oracle/make_bkkk.py`).
#[test]
fn lhcb_momenta_become_intensities() {
    let Some(lhcb) = Folder::lhcb() else { return };
    let reference = read_json(&own("oracle/bkkk.json"));
    let intensity = lhcb.intensity(["H1", "H3"], "");
    assert_eq!(intensity.len(), 50_000);
    // Kaons of hundreds of GeV: invariant masses cancel half of the digits of a double, and the phi is
    // narrow. The reference is computed in long double; the median difference is 1e-13.
    let wanted = numbers(&reference["intensity"]);
    assert_all_close("intensity", &intensity[..wanted.len()], &wanted, 1e-8);
    let sparse: Vec<f64> = intensity.iter().step_by(250).copied().collect();
    let wanted = numbers(&reference["every_250th"]);
    assert_all_close("every 250th intensity", &sparse, &wanted, 1e-8);
    let (sum, wanted) = (intensity.iter().sum(), number(&reference["sum"]));
    assert!(relative(sum, wanted) < 1e-10, "{sum} against {wanted}");
}

#[test]
fn swapping_the_two_kaons_changes_nothing() {
    let Some(lhcb) = Folder::lhcb() else { return };
    let (one, other) = (
        lhcb.intensity(["H1", "H3"], ""),
        lhcb.intensity(["H3", "H1"], ""),
    );
    assert_all_close("intensity", &one, &other, 1e-11);
}

/// Kaons of one charge by a cut; conjugate events by the charge column. Parity flips the momenta of
/// the conjugates, which spinless particles do not feel.
#[test]
fn charges_select_and_conjugate() {
    let Some(lhcb) = Folder::lhcb() else { return };
    let wanted =
        number(&read_json(&own("oracle/bkkk.json"))["events_with_like_sign_h1_h3_positive"]);
    let plus = lhcb.intensity(["H1", "H3"], "cut = \"H1_Charge > 0, H3_Charge > 0\"");
    assert_eq!(plus.len() as f64, wanted);
    let all = lhcb.intensity(["H1", "H3"], "");
    let flipped = lhcb.intensity(["H1", "H3"], "charge = \"H3_Charge\"");
    assert_all_close("intensity", &flipped, &all, 1e-11);
}

#[test]
fn what_a_tree_without_energies_is_read_as_is_said() {
    let Some(lhcb) = Folder::lhcb() else { return };
    let config = bkkk(text(&lhcb.file), ["H1", "H3"], "");
    let path = write(lhcb.folder.path(), "bkkk.toml", &config);
    let said = unwrapped(&gpuwa(&["eval", text(&path)]).fails(0, &[]).stderr);
    assert!(said.contains("tree `PhaseSpaceTree`"), "{said}");
    assert!(
        said.contains("no energies, computed from the masses of"),
        "{said}"
    );
}

/// gamma p -> p KS KS at beam energies that differ from event to event: the initial particle is of
/// the user's making and has no mass.
fn photoproduction(data: &str) -> String {
    format!(
        r#"
gpuwa = 1
convention = "helicity-1"

[decay]
initial   = {{ particle = "gp", z = "momentum" }}
final     = ["p", "K(S)0", "K(S)0"]
normalise = false

[particle."gp"]
spin   = "1/2"
charge = 1

[[decay.chain]]
decay   = "gp -> X p, X -> K(S)0 K(S)0"
X       = ["f0(1500)"]
weak    = ["gp"]
ls      = {{ gp = [[0, 0.5]] }}
barrier = {{ gp = "none" }}
[[decay.chain]]
decay   = "gp -> X p, X -> K(S)0 K(S)0"
X       = ["f2'(1525)"]
weak    = ["gp"]
ls      = {{ gp = [[1, 1.5]] }}
barrier = {{ gp = "none" }}

[data]
{data}
"#
    )
}

fn photoproduction_intensity(data: &str) -> Vec<f64> {
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), "gp.toml", &photoproduction(data));
    numbers(&gpuwa(&["eval", text(&path), "--json", "--quiet"]).json()["intensity"])
}

fn laddu(file: &str, kaons: &str) -> Option<String> {
    let path = shared(&format!("samples/{file}"))?;
    Some(format!(
        "files = \"{}\"\nmomenta = \"{{p}}_e {{p}}_px {{p}}_py {{p}}_pz\"\n\
         alias = {{ p = \"proton\", \"K(S)0\" = {kaons} }}",
        text(&path)
    ))
}

const IN_ORDER: &str = "[\"kshort1\", \"kshort2\"]";

/// One set of events as floats, as doubles and in the layout of AmpTools, found by itself.
#[test]
fn laddu_and_amptools_trees_hold_the_same_events() {
    let Some(doubles) = laddu("laddu_data_f64.root", IN_ORDER) else {
        return;
    };
    let wanted = photoproduction_intensity(&doubles);
    assert_eq!(wanted.len(), 10);
    assert!(wanted.iter().all(|&i| i > 0.0));
    let floats = laddu("laddu_data_f32.root", IN_ORDER).unwrap();
    assert_eq!(photoproduction_intensity(&floats), wanted);
    for name in ["laddu_data_amptools.root", "laddu_data_amptools_pol.root"] {
        let path = shared(&format!("samples/{name}")).unwrap();
        let found = photoproduction_intensity(&format!("files = \"{}\"", text(&path)));
        assert_all_close(name, &found, &wanted, 1e-12);
    }
}

#[test]
fn exchanged_kshorts_are_the_same_event() {
    let Some(one) = laddu("laddu_data_f64.root", IN_ORDER) else {
        return;
    };
    let other = laddu("laddu_data_f64.root", "[\"kshort2\", \"kshort1\"]").unwrap();
    assert_all_close(
        "intensity",
        &photoproduction_intensity(&other),
        &photoproduction_intensity(&one),
        1e-11,
    );
}

#[test]
fn check_reads_what_eval_reads() {
    for name in ["laddu_data_f32.root", "laddu_data_f64.root"] {
        let Some(data) = laddu(name, IN_ORDER) else {
            return;
        };
        let folder = tempfile::tempdir().unwrap();
        let path = write(folder.path(), "gp.toml", &photoproduction(&data));
        let said = gpuwa(&["check", text(&path)]).good();
        assert!(said.contains("f2'(1525)"), "{said}");
    }
    let Some(amptools) = shared("samples/laddu_data_amptools.root") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let data = format!("files = \"{}\"", text(&amptools));
    let path = write(folder.path(), "gp.toml", &photoproduction(&data));
    gpuwa(&["check", text(&path)]).good();
}
