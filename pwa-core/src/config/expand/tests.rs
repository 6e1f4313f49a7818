use std::path::Path;

use super::super::{Defaults, Source, SpinEntry, print};
use super::expand;
use crate::engine::CpuBackend;
use crate::setup::{Job, Overrides};

/// Couplings that differ by resonance, a shared width, a polar start, an option's default.
const JPSI: &str = r#"
gpuwa = 1
convention = "helicity-1"

[decay]
initial = { particle = "J/psi(1S)", helicities = [-1, 1] }
final   = ["gamma", "pi+", "pi-"]

[[decay.chain]]
decay = "J/psi(1S) -> gamma X, X -> pi+ pi-"
X     = ["f0(1500)", "f0(980)", "f2(1270)", "f0(1710)"]

[resonance."f0(1500)"]
mass  = { start = 1.506, free = true, limits = [1.45, 1.56] }
width = 0.112

[resonance."f0(1710)"]
width = { same_as = "f0(1500).width" }

[resonance."f0(980)"]
shape = "flatte"
options = { channels = [[0.13957, 0.13957], [0.493677, 0.493677]] }
parameters = { g_0 = { start = 0.2, free = true }, g_1 = 0.8 }

[coupling]
"f2(1270).total" = { modulus = 1.2, phase = 1.16 }
"f0(1710).total" = { same_as = "f2(1270).total" }

[phase_space]
events = 300
"#;

/// Identical particles, half-integer spin, weak decays, two topologies.
const LAMBDA: &str = r#"
gpuwa = 1
convention = "helicity-1"

[decay]
initial = "Lambda(b)0"
final   = ["p", "K-", "J/psi(1S)"]
couplings = "polar"

[[decay.chain]]
decay = "Lambda(b)0 -> R J/psi(1S), R -> p K-"
R     = ["Lambda(1520)", "Lambda(1600)"]
weak  = ["Lambda(b)0"]
barrier = { "Lambda(1520)" = { form = "bare", radius = 1.7 } }

[[decay.chain]]
decay = "Lambda(b)0 -> P K-, P -> p J/psi(1S)"
weak  = ["Lambda(b)0"]

[resonance.P]
spin = "3/2"
parity = -1
mass = 4.38
width = 0.2
charge = 1

[phase_space]
events = 100
"#;

fn job(text: &str) -> Job<'static> {
    let source = Source::new("fit.toml", text, Path::new(""));
    Job::open(source, &Overrides::default(), &CpuBackend::BEST).unwrap()
}

fn expanded(job: &Job) -> String {
    let document = expand(&job.document, &job.source, &job.models).unwrap();
    print(&document, &[], Defaults::Write).unwrap()
}

#[test]
fn an_expanded_config_is_the_same_model() {
    for text in [JPSI, LAMBDA] {
        let before = job(text);
        let full = expanded(&before);
        let after = job(&full);
        assert_eq!(before.parameters(), after.parameters());
        assert_eq!(before.models[0].scales, after.models[0].scales);
        let intensities = |job: &Job| {
            let (lowered, sums) = job.phase_space(&job.models[0]).unwrap();
            sums.intensities(&lowered.slots.slots(&job.parameters().start()))
                .unwrap()
        };
        assert_eq!(intensities(&before), intensities(&after), "{full}");
    }
}

#[test]
fn expanding_again_changes_nothing() {
    for text in [JPSI, LAMBDA] {
        let full = expanded(&job(text));
        assert_eq!(expanded(&job(&full)), full);
    }
}

#[test]
fn resonances_of_other_couplings_get_an_entry_of_their_own() {
    let job = job(JPSI);
    let document = expand(&job.document, &job.source, &job.models).unwrap();
    let slots: Vec<_> = document
        .decay
        .as_ref()
        .unwrap()
        .chain
        .iter()
        .map(|entry| entry.slots["X"].join(" "))
        .collect();
    assert_eq!(slots, ["f0(1500) f0(980)", "f2(1270)", "f0(1710)"]);
    assert_eq!(
        document.resonance["f2(1270)"].spin,
        Some(SpinEntry("2".to_owned()))
    );
    assert_eq!(document.resonance["f0(980)"].options["barrier"], true);
}
