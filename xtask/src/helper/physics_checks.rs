//! `cargo xtask physics-checks`: docs/physics-checks.md, from what tests and the program say.

use std::fmt::Write;
use std::path::Path;
use std::time::Instant;

use super::Helper;
use crate::cargo::{gpuwa, program, root};
use crate::command::{output, write};

pub const HELPER: Helper = Helper {
    name: "physics-checks",
    about: "make docs/physics-checks.md: line shapes and published models against their references",
    run,
};

/// Tests that print rows: `row|shape|...`, `row|model|...` and `row|fraction|...`.
const TESTS: &[&str] = &[
    "oracle_lineshapes",
    "oracle_k_matrix",
    "oracle_amplitude_serialization",
    "oracle_published_toys",
];

/// A published model and a mass of its first two particles, GeV, that its Dalitz plot has.
const MODELS: &[(&str, &str, f64)] = &[
    ("lc2ppik-lhcb-2683025.json", "", 1.2),
    ("lb2pkg-lhcb-2765817.json", "", 2.0),
    (
        "x2pipipi-compass-1391643.json",
        "compass_3pi_JP=1+_M=0_1540_1560",
        0.8,
    ),
    (
        "x2pipipi-compass-1391643.json",
        "compass_3pi_JP=1-_M=1_1540_1560",
        0.8,
    ),
    (
        "x2pipipi-compass-1391643.json",
        "compass_3pi_JP=2+_M=1_1540_1560",
        0.8,
    ),
    (
        "x2pipipi-compass-1391643.json",
        "compass_3pi_JP=4+_M=1_1540_1560",
        0.8,
    ),
];

/// Starts of the program, the fastest of which counts: others may use the machine.
const TRIES: usize = 5;

const FOLDER: &str = "../shared/data/amplitude-serialization";

fn run(arguments: &[String]) -> Result<(), String> {
    if let Some(unknown) = arguments.first() {
        return Err(format!("`physics-checks` takes no argument `{unknown}`"));
    }
    let targets = TESTS.iter().flat_map(|test| ["--test", *test]);
    let mut test = vec!["test", "--release", "--workspace"];
    test.extend(targets.chain(["--", "--nocapture"]));
    let said = output(program().args(test))?;
    let rows = |kind: &str| -> Vec<Vec<String>> {
        let start = format!("row|{kind}|");
        let lines = said.lines().filter_map(|line| line.strip_prefix(&start));
        lines
            .map(|line| line.split('|').map(str::to_owned).collect())
            .collect()
    };
    let mut text = "# Physics checks\n\n\
        Made by `cargo xtask physics-checks` from what the tests print that the gate runs too; nothing is typed in.\n\n\
        ## Line shapes\n\n\
        The largest relative difference from each table, and the one its test allows. `lineshapes.py` is \
        `pwa-core/tests/oracle/lineshapes.py`: formulas of the literature with 50 digits, by other ways than the \
        program.\n\n\
        | shape | compared with | values | largest difference | limit |\n|---|---|---|---|---|\n"
        .to_owned();
    let mut shapes = rows("shape");
    shapes.sort();
    for row in shapes {
        push(&mut text, &row);
    }
    text += "\n## Published models\n\n\
        Files of the amplitude-serialization format. A checksum is a value that its authors computed; seconds are wall \
        time of `gpuwa eval` on one point of the Dalitz plot, from its start to its end.\n\n\
        | file | distribution | checksums | largest difference | seconds to the first intensity |\n|---|---|---|---|---|\n";
    let models = rows("model");
    for (file, distribution, mass) in MODELS {
        let same = |row: &&Vec<String>| row[0] == *file && row[1] == *distribution;
        let Some(row) = models.iter().find(same) else {
            println!("absent  {FOLDER}/{file}: its checksums are not in the table");
            continue;
        };
        let seconds = seconds(file, distribution, *mass)?;
        push(
            &mut text,
            &[row.clone(), vec![format!("{seconds:.2}")]].concat(),
        );
    }
    text += "\nFit fractions of lc2ppik-lhcb-2683025.json in percent, by `gpuwa fractions --integrate grid`, beside those of the \
        LHCb collaboration with their statistical errors, Phys. Rev. D 108 (2023) 012023.\n\n\
        | resonance | here | published | difference |\n|---|---|---|---|\n";
    for row in rows("fraction") {
        push(&mut text, &row);
    }
    let path = root().join("docs/physics-checks.md");
    write(&path, &text)
}

fn push(text: &mut String, cells: &[String]) {
    // Writing to a string does not fail.
    let _ = writeln!(text, "| {} |", cells.join(" | "));
}

/// From the start of the program to its end, with one intensity between.
fn seconds(file: &str, distribution: &str, mass: f64) -> Result<f64, String> {
    let mut import = gpuwa()?;
    import.args(["import", "amplitude-serialization"]);
    import.arg(Path::new(FOLDER).join(file));
    if !distribution.is_empty() {
        import.args(["--distribution", distribution]);
    }
    let config = std::env::temp_dir().join(format!("physics-checks-{}.toml", std::process::id()));
    write(&config, &output(&mut import)?)?;
    let result = (0..TRIES)
        .map(|_| once(&config, mass))
        .collect::<Result<Vec<_>, _>>();
    let removed = std::fs::remove_file(&config);
    removed.map_err(|error| format!("{}: {error}", config.display()))?;
    Ok(result?.into_iter().fold(f64::INFINITY, f64::min))
}

fn once(config: &Path, mass: f64) -> Result<f64, String> {
    let start = Instant::now();
    let point = format!("{mass},0.2");
    let options = ["--dalitz", "m_12,cos_theta_12", "--point", &point];
    output(gpuwa()?.arg("eval").arg(config).args(options))?;
    Ok(start.elapsed().as_secs_f64())
}
