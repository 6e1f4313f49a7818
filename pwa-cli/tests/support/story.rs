//! Small configs, and a folder to run them in.

use std::path::Path;

use super::{Run, gpuwa_in, own, repository, text, write};

/// A folder with a config called fit.toml in it.
pub struct Story {
    pub folder: tempfile::TempDir,
}

/// S and D wave of J/psi -> gamma pi+ pi- without a line shape, of the samples of the example.
pub fn waves_of_jpsi(folder: &Path) -> String {
    let [data, monte_carlo] = ["data.root", "mc.root"].map(|file| folder.join(file));
    format!(
        r#"gpuwa = 1
convention = "helicity-1"

[decay]
initial = {{ particle = "J/psi(1S)", helicities = [-1, 1], z = "lab" }}
final   = ["gamma", "pi+", "pi-"]

[[decay.chain]]
decay   = "J/psi(1S) -> gamma X, X -> pi+ pi-"
X       = ["S", "D"]
barrier = {{ "J/psi(1S)" = "none", X = "none" }}

[resonance.S]
spin   = 0
parity = 1
shape  = "constant"
[resonance.D]
spin   = 2
parity = 1
shape  = "constant"

[phase_space]
events = 2000

[data]
files = "{}"
[mc]
files = "{}"
"#,
        text(&data),
        text(&monte_carlo)
    )
}

/// J/psi -> gamma pi+ pi-, no data.
pub const JPSI: &str = r#"gpuwa = 1
convention = "helicity-1"

[decay]
initial = { particle = "J/psi(1S)", helicities = [-1, 1] }
final   = ["gamma", "pi+", "pi-"]

[[decay.chain]]
decay = "J/psi(1S) -> gamma X, X -> pi+ pi-"
X     = ["f0(1500)", "f2(1270)"]

[resonance."f0(1500)"]
mass  = { start = 1.506, free = true, limits = [1.45, 1.56] }
width = 0.112

[coupling]
"f2(1270).total" = { modulus = 1.2, phase = 1.16 }

[phase_space]
events = 200
"#;

/// B -> a b c with data and Monte Carlo.
pub fn with_data(data: &str, mc: &str) -> String {
    format!(
        r#"gpuwa = 1
convention = "helicity-1"

[decay]
initial   = "B"
final     = ["a", "b", "c"]

[[decay.chain]]
decay = "B -> X c, X -> a b"
X     = ["R", "NR"]

[particle.B]
mass = 2.0
spin = 0
[particle.a]
mass = 0.5
spin = 0
[particle.b]
mass = 0.14
spin = 0
[particle.c]
mass = 0.3
spin = 0

[resonance.R]
spin  = 0
mass  = 1.0
width = {{ start = 0.1, free = true }}
[resonance.NR]
spin  = 0
shape = "constant"

[phase_space]
events = 200

[data]
{data}
[mc]
{mc}
"#
    )
}

pub fn events(name: &str) -> String {
    let path = own(&format!("oracle/background_{name}.npz"));
    format!("files = \"{}\"", text(&path))
}

impl Story {
    pub fn new(config: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "fit.toml", config);
        Self { folder }
    }

    pub fn run(&self, arguments: &[&str]) -> Run {
        gpuwa_in(self.folder.path(), arguments)
    }

    /// A file of flat events of the config's model.
    pub fn flat(&self, file: &str, events: &str, seed: &str) {
        let numbers = ["--events", events, "--seed", seed, "--out", file];
        let run = [&["generate", "fit.toml", "--flat"], &numbers[..]].concat();
        self.run(&run).good();
    }
}

/// An example, its samples where they are.
pub fn example(name: &str) -> String {
    let folder = repository(&format!("data/{name}"));
    let text = std::fs::read_to_string(folder.join("fit.toml")).unwrap();
    let sample = |text: String, file: &str| {
        let full = folder.join(file).display().to_string();
        text.replace(&format!("\"{file}\""), &format!("{full:?}"))
    };
    sample(sample(text, "data.root"), "mc.root")
}

/// A fit of a config, in `out`.
pub fn fitted(config: &str) -> Story {
    let story = Story::new(config);
    let run = story.run(&[
        "fit", "fit.toml", "--starts", "10", "--out", "out", "--quiet",
    ]);
    run.good();
    story
}
