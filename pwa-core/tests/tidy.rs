//! House rules that the compiler does not check. ARCHITECTURE.md names the test behind each.

use std::fs;
use std::path::{Path, PathBuf};

/// The modules of this crate and what each may use. Later ones may use earlier ones only, so there
/// is no cycle; a new arrow is a decision about the architecture, and belongs there too.
const MODULES: &[(&str, &[&str])] = &[
    ("spin", &[]),
    ("particle", &["spin"]),
    ("decay", &["spin", "particle"]),
    ("wave_set", &["particle", "decay"]),
    ("simd", &[]),
    ("kinematics", &["spin", "simd"]),
    ("expr", &["simd"]),
    ("formula", &["expr"]),
    ("lineshape", &["expr", "formula"]),
    ("objective", &[]),
    ("checkpoint", &[]),
    ("engine", &["simd", "expr", "objective"]),
    (
        "model",
        &[
            "spin",
            "particle",
            "decay",
            "kinematics",
            "simd",
            "expr",
            "formula",
            "lineshape",
            "engine",
        ],
    ),
    ("likelihood", &["expr", "objective", "engine", "model"]),
    ("fit", &["objective", "checkpoint"]),
    ("generate", &["kinematics", "model"]),
    ("fence", &[]),
    ("sample", &["fence"]),
    (
        "config",
        &[
            "spin",
            "particle",
            "decay",
            "wave_set",
            "kinematics",
            "formula",
            "lineshape",
            "model",
        ],
    ),
    (
        "interchange",
        &[
            "spin",
            "particle",
            "decay",
            "kinematics",
            "expr",
            "formula",
            "lineshape",
            "engine",
            "model",
            "config",
        ],
    ),
    (
        "analysis",
        &[
            "decay",
            "kinematics",
            "simd",
            "expr",
            "formula",
            "lineshape",
            "engine",
            "model",
            "likelihood",
            "fit",
            "generate",
        ],
    ),
    (
        "setup",
        &[
            "wave_set",
            "kinematics",
            "spin",
            "expr",
            "formula",
            "decay",
            "objective",
            "checkpoint",
            "engine",
            "model",
            "likelihood",
            "fit",
            "generate",
            "sample",
            "config",
            "analysis",
        ],
    ),
    (
        "result",
        &[
            "checkpoint",
            "config",
            "engine",
            "model",
            "likelihood",
            "fit",
            "sample",
            "setup",
            "analysis",
        ],
    ),
];

/// Registries: the folder, what makes a file of it an entry, and what then stands in its `mod.rs`.
const REGISTRIES: &[(&str, &str, &str)] = &[
    ("pwa-core/src/lineshape", "impl Lineshape for", "&{file}::"),
    (
        "pwa-core/src/sample/source",
        "const FORMAT",
        "{file}::FORMAT",
    ),
    ("pwa-core/src/sample/write", "fn write(", "{file}::write"),
    (
        "pwa-core/src/decay/conservation",
        ": ConservationRule =",
        "pub use {file}::",
    ),
    ("pwa-core/src/model/names", "fn name(", "{file}::name("),
    ("pwa-cli/src/verb", "fn run(self)", "({file}::"),
    ("xtask/src/helper", "const HELPER", "{file}::HELPER"),
];

/// A file of code without its tests and comments.
struct Source {
    path: PathBuf,
    lines: Vec<String>,
}

#[test]
fn modules_use_only_what_stands_below_them() {
    let declared = between(&read("pwa-core/src/lib.rs"), "pub mod ", ";");
    let mut known: Vec<&str> = Vec::new();
    for (module, uses) in MODULES {
        for used in *uses {
            assert!(
                known.contains(used),
                "{module} uses {used}, which stands above it"
            );
        }
        known.push(module);
    }
    for module in &declared {
        assert!(
            known.contains(&module.as_str()),
            "{module} is not in MODULES"
        );
    }
    for source in sources("pwa-core/src") {
        let module = module_of(&source.path);
        let Some((_, uses)) = MODULES.iter().find(|(name, _)| *name == module) else {
            continue; // lib.rs
        };
        for line in &source.lines {
            let at = source.path.display();
            for used in between(line, "crate::", "") {
                let fine = used == module || uses.contains(&used.as_str());
                assert!(fine, "{at}: {module} must not use {used}: {line}");
            }
            assert!(
                !line.contains("crate::{"),
                "{at}: one `use` a module: {line}"
            );
            let up = "super::".repeat(depth(&source.path));
            assert!(!line.contains(&up), "{at}: write `crate::`: {line}");
        }
    }
}

#[test]
fn only_config_and_interchange_know_toml() {
    for source in sources("pwa-core/src") {
        let allowed = ["config", "interchange"].contains(&module_of(&source.path).as_str());
        forbid(
            &source,
            if allowed {
                &[]
            } else {
                &["toml::", "use toml"]
            },
        );
    }
}

#[test]
fn the_core_does_not_print_exit_or_read_the_environment() {
    let words = [
        "print!(",
        "println!(",
        "stdout()",
        "stderr()",
        "process::exit",
        "env::var",
        "env::args",
    ];
    for source in sources("pwa-core/src") {
        forbid(&source, &words);
    }
}

#[test]
fn the_core_names_no_gpu_interface() {
    for source in sources("pwa-core/src") {
        forbid(&source, &["cuda", "Cuda", "CUDA", "nvrtc", "NVRTC"]);
    }
}

#[test]
fn results_do_not_depend_on_the_system_libm() {
    let lint = "#![cfg_attr(not(test), warn(clippy::disallowed_methods))]";
    assert!(read("pwa-core/src/lib.rs").contains(lint));
    let list = read("clippy.toml");
    for method in ["sin", "cos", "exp", "ln", "atan2", "powf", "powi", "hypot"] {
        assert!(list.contains(&format!("\"f64::{method}\"")), "{method}");
    }
}

#[test]
fn files_stay_short() {
    for source in all_sources() {
        let text = fs::read_to_string(root().join(&source.path)).unwrap();
        let (lines, at) = (text.lines().count(), source.path.display());
        assert!(lines <= 800, "{at} has {lines} lines: split it");
        if lines > 400 {
            println!("{at} has {lines} lines: time to split it");
        }
    }
}

#[test]
fn every_file_opens_with_its_idea() {
    for source in all_sources() {
        let text = fs::read_to_string(root().join(&source.path)).unwrap();
        assert!(text.starts_with("//! "), "{}", source.path.display());
    }
}

#[test]
fn nothing_panics_without_a_proof() {
    for source in all_sources() {
        forbid(&source, &["panic!(", "todo!(", "unimplemented!(", "dbg!("]);
        let text = fs::read_to_string(root().join(&source.path)).unwrap();
        let mut comment_above = false;
        for line in without_tests(&text).lines() {
            let comment = line.contains("// ");
            for word in [".unwrap()", ".expect(\"", "unreachable!("] {
                let proved = comment || comment_above;
                let at = source.path.display();
                assert!(
                    !line.contains(word) || proved,
                    "{at}: why can `{line}` not fail?"
                );
            }
            comment_above = comment;
        }
    }
}

#[test]
fn registries_list_what_their_folders_hold() {
    for (folder, entry, listed) in REGISTRIES {
        let list = read(&format!("{folder}/mod.rs"));
        let mut entries = 0;
        for path in files(Path::new(folder)) {
            let text = read(path.to_str().unwrap());
            let file = path.file_stem().unwrap().to_str().unwrap();
            if path.parent() != Some(Path::new(folder)) || file == "mod" || !text.contains(entry) {
                continue;
            }
            let line = listed.replace("{file}", file);
            assert!(list.contains(&line), "{folder}/mod.rs lacks `{line}`");
            entries += 1;
        }
        assert!(entries > 0, "nothing in {folder} has `{entry}`");
    }
}

#[test]
fn architecture_names_every_module() {
    let text = read("ARCHITECTURE.md");
    for module in between(&read("pwa-core/src/lib.rs"), "pub mod ", ";") {
        let named = [format!("`{module}/`"), format!("`{module}.rs`")];
        assert!(named.iter().any(|name| text.contains(name)), "{module}");
    }
    assert!(text.lines().count() < 300, "a map fits on a few pages");
}

#[test]
fn architecture_names_a_test_for_every_invariant() {
    let text = read("ARCHITECTURE.md");
    let invariants: Vec<&str> = text
        .split("\n\n")
        .filter(|paragraph| paragraph.starts_with("Invariant:"))
        .collect();
    assert!(!invariants.is_empty());
    let tests: String = files(Path::new("pwa-core"))
        .chain(files(Path::new("pwa-cli")))
        .map(|path| read(path.to_str().unwrap()))
        .collect();
    for invariant in invariants {
        let guard = between(invariant, "Guard: `", "`");
        assert_eq!(guard.len(), 1, "no guard: {invariant}");
        assert!(
            tests.contains(&format!("fn {}(", guard[0])),
            "no test `{}`",
            guard[0]
        );
    }
}

#[test]
fn readme_marks_the_commands_that_are_tried() {
    let text = read("README.md");
    for mark in ["main-job", "test"] {
        let blocks: Vec<&str> = text.split(&format!("<!-- ci: {mark} -->\n")).collect();
        assert_eq!(blocks.len(), 2, "README.md: one block `{mark}`");
        let block = blocks[1].strip_prefix("```sh\n").unwrap();
        let command = block.split("\n```").next().unwrap();
        assert!(
            command.starts_with("cargo ") && !command.contains('\n'),
            "{command}"
        );
    }
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// A file of the repository.
fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every Rust file in a folder of the repository, in order.
fn files(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                found.push(path.strip_prefix(root()).unwrap().to_owned());
            }
        }
    }
    found.sort();
    found.into_iter()
}

fn all_sources() -> impl Iterator<Item = Source> {
    let folders = [
        "pwa-core/src",
        "pwa-cuda/src",
        "pwa-cli/src",
        "cuda-emulator/src",
        "benches/src",
        "xtask/src",
    ];
    folders.into_iter().flat_map(sources)
}

/// The files of a folder that are no tests.
fn sources(folder: &str) -> impl Iterator<Item = Source> {
    files(Path::new(folder))
        .filter(|path| !is_test(path))
        .map(|path| {
            let text = read(path.to_str().unwrap());
            let code = without_tests(&text)
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"));
            let lines = code.map(str::to_owned).collect();
            Source { path, lines }
        })
}

/// Whether the file, or a folder it is in, is declared under `#[cfg(test)]`.
fn is_test(path: &Path) -> bool {
    path.ancestors().any(|part| {
        let (Some(name), Some(parent)) = (part.file_stem(), part.parent()) else {
            return false;
        };
        let declared = format!("#[cfg(test)]\nmod {};", name.to_string_lossy());
        let lists = ["mod.rs", "lib.rs", "main.rs"].map(|list| parent.join(list));
        lists
            .into_iter()
            .chain([parent.with_extension("rs")])
            .filter_map(|list| fs::read_to_string(root().join(list)).ok())
            .any(|list| list.contains(&declared))
    })
}

/// Tests stand at the end of a file.
fn without_tests(text: &str) -> &str {
    text.split("\n#[cfg(test)]\nmod tests {").next().unwrap()
}

/// `model` of `pwa-core/src/model/lower.rs`.
fn module_of(path: &Path) -> String {
    let first = path.components().nth(2).unwrap();
    let first = Path::new(first.as_os_str()).file_stem().unwrap();
    first.to_str().unwrap().to_owned()
}

/// How many `super::` lead from a file to the root of its crate.
fn depth(path: &Path) -> usize {
    let is_list = path.file_stem().is_some_and(|stem| stem == "mod");
    path.components().count() - 2 - usize::from(is_list)
}

/// What stands between two markers; up to the end of the word when the second is empty.
fn between(text: &str, before: &str, after: &str) -> Vec<String> {
    let parts = text.split(before).skip(1);
    let words = parts.filter_map(|part| match after {
        "" => part
            .split(|c: char| !(c.is_alphanumeric() || c == '_'))
            .next(),
        _ => Some(part.split_once(after)?.0),
    });
    words
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

fn forbid(source: &Source, words: &[&str]) {
    for line in &source.lines {
        for word in words {
            let at = source.path.display();
            assert!(!line.contains(word), "{at}: `{word}` in `{}`", line.trim());
        }
    }
}
