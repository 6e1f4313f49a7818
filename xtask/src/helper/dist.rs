//! `cargo xtask dist`: the portable binary. One file for every Linux with glibc 2.17 or newer on x86-64, with or without a
//! GPU, in an archive with what belongs to it.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::Helper;
use crate::cargo::{root, target_folder};
use crate::command::{copy, fresh_folder, git, link, output, read, run, tar_gz, write};
use crate::elf::{first_glibc, libraries_of, needs};
use crate::packages::{Package, notice, of_binary};
use crate::wheel::wheel;

pub const HELPER: Helper = Helper {
    name: "dist",
    about: "build the portable binary and its archive, target/dist/gpuwa-VERSION-….tar.gz; --check: what it needs, or a release build",
    run: |arguments| match arguments {
        [] => archive(),
        [check] if check == "--check" => check_built(),
        [unknown, ..] => Err(format!("`dist` takes no argument `{unknown}`")),
    },
};

const TARGET: &str = "x86_64-unknown-linux-gnu";
/// Of CentOS 7 and SL7, which is what Rust itself asks for too.
const GLIBC: (u32, u32) = (2, 17);
/// Parts of glibc; all else is looked for when it is needed, the CUDA driver and NVRTC among it.
const LIBRARIES: [&str; 6] = [
    "libc.so.6",
    "libm.so.6",
    "libdl.so.2",
    "libpthread.so.0",
    "librt.so.1",
    "ld-linux-x86-64.so.2",
];
/// Variables with which a developer builds faster and the program runs slower.
const FOREIGN: [&str; 2] = ["CARGO_PROFILE_", "RUSTFLAGS"];
/// Where each shell looks for completions, below a prefix such as /usr.
const COMPLETIONS: [(&str, &str); 3] = [
    ("bash", "share/bash-completion/completions/gpuwa"),
    ("zsh", "share/zsh/site-functions/_gpuwa"),
    ("fish", "share/fish/vendor_completions.d/gpuwa.fish"),
];
const TEXTS: [&str; 4] = ["README.md", "CHANGELOG.md", "LICENSE-MIT", "LICENSE-APACHE"];

fn archive() -> Result<(), String> {
    let binary = binary()?;
    let name = format!(
        "gpuwa-{}-{TARGET}-glibc{}.{}",
        env!("CARGO_PKG_VERSION"),
        GLIBC.0,
        GLIBC.1
    );
    let dist = target_folder()?.join("dist");
    let folder = dist.join(&name);
    fresh_folder(&folder)?;
    install(&binary, &folder)?;
    let archive = dist.join(format!("{name}.tar.gz"));
    tar_gz(&dist, &name, &archive)?;
    println!("{}", archive.display());
    Ok(())
}

/// Builds the binary and checks what it asks of a machine.
pub fn binary() -> Result<PathBuf, String> {
    let (zig, zigbuild) = (wheel("zig-0.17.1")?, wheel("cargo-zigbuild-0.24.1")?);
    let dist = target_folder()?.join("dist");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths([zig].into_iter().chain(std::env::split_paths(&path)))
        .map_err(|error| format!("PATH: {error}"))?;
    let mut command = Command::new(zigbuild.join("cargo-zigbuild"));
    for (variable, _) in std::env::vars_os() {
        let name = variable.to_string_lossy();
        if FOREIGN.iter().any(|foreign| name.starts_with(foreign)) {
            command.env_remove(&variable);
        }
    }
    let glibc = format!("{TARGET}.{}.{}", GLIBC.0, GLIBC.1);
    run(command
        .args([
            "zigbuild",
            "--profile",
            "dist",
            "--locked",
            "--package",
            "pwa-cli",
        ])
        .args(["--target", &glibc])
        .current_dir(root())
        .env("PATH", path)
        .env("CARGO_TARGET_DIR", dist.join("build"))
        .env("CARGO_ENCODED_RUSTFLAGS", without_folders()?)
        // Else a liblzma that is installed here is linked, which asks for the glibc of this machine.
        .env("LZMA_API_STATIC", "1")
        .env("ZIG_GLOBAL_CACHE_DIR", dist.join("zig"))
        .env("CARGO_ZIGBUILD_CACHE_DIR", dist.join("zigbuild")))?;
    let binary = built()?;
    check(&binary)?;
    Ok(binary)
}

/// Where the binary lies once it was built.
pub fn built() -> Result<PathBuf, String> {
    let build = target_folder()?.join("dist/build");
    Ok(build.join(TARGET).join("dist/gpuwa"))
}

/// Places of sources, which stand in messages, without the folders of this machine: the same binary from any.
fn without_folders() -> Result<String, String> {
    let home = std::env::var("CARGO_HOME")
        .or_else(|_| std::env::var("HOME").map(|home| format!("{home}/.cargo")));
    let home = home.map_err(|error| format!("HOME: {error}"))?;
    let root = root().canonicalize().map_err(|error| error.to_string())?;
    let flags = [
        format!("--remap-path-prefix={home}=/cargo"),
        format!("--remap-path-prefix={}=/gpuwa", root.display()),
    ];
    // The separator that cargo documents for this variable.
    Ok(flags.join("\x1f"))
}

/// For the gate, which has no time to build it: optimised dependencies for another target are all of them once more. Where
/// there is none, the symbols of the usual release build have to be as old.
fn check_built() -> Result<(), String> {
    let binary = built()?;
    if binary.exists() {
        return check(&binary);
    }
    let release = target_folder()?.join("release/gpuwa");
    let libraries = libraries_of(&release)?;
    let ((major, minor), symbol) = first_glibc(&read(&release)?, &libraries)?;
    let shown = format!(
        "{}: its symbols are those of glibc {major}.{minor}, `{symbol}` among them",
        release.display()
    );
    if (major, minor) > GLIBC {
        return Err(format!("{shown}: newer than {}.{}", GLIBC.0, GLIBC.1));
    }
    println!("{shown}; no portable binary is here to check: `cargo xtask dist` builds one");
    Ok(())
}

fn check(binary: &Path) -> Result<(), String> {
    let bytes = read(binary)?;
    let needs = needs(&bytes)?;
    let (major, minor) = needs.glibc;
    let shown = format!(
        "{}: {:.1} MB, glibc {major}.{minor}, {}",
        binary.display(),
        bytes.len() as f64 / 1e6,
        needs.libraries.join(" ")
    );
    if needs.glibc > GLIBC {
        return Err(format!("{shown}: newer than glibc {}.{}", GLIBC.0, GLIBC.1));
    }
    let foreign = needs
        .libraries
        .iter()
        .find(|library| !LIBRARIES.contains(&library.as_str()));
    if let Some(library) = foreign {
        return Err(format!("{shown}: `{library}` is no part of glibc"));
    }
    println!("{shown}");
    Ok(())
}

/// The binary and what belongs to it, below a prefix such as /usr/local; the packages that it is made of.
pub fn install(binary: &Path, prefix: &Path) -> Result<Vec<Package>, String> {
    copy(binary, &prefix.join("bin/gpuwa"))?;
    // Under this name the program takes the commands that login nodes of IHEP have.
    link("gpuwa", &prefix.join("bin/hep_container"))?;
    for (shell, place) in COMPLETIONS {
        let text = output(Command::new(binary).args(["completions", shell]))?;
        write(&prefix.join(place), &text)?;
    }
    let documents = prefix.join("share/doc/gpuwa");
    for name in TEXTS {
        copy(&root().join(name), &documents.join(name))?;
    }
    copy(&root().join("docs"), &documents.join("docs"))?;
    let packages = of_binary(TARGET)?;
    write(&documents.join("THIRD-PARTY"), &notice(&packages)?)?;
    for example in examples()? {
        copy(
            &root().join(&example),
            &prefix.join("share/gpuwa").join(&example),
        )?;
    }
    Ok(packages)
}

/// What the repository has below `data`, and nothing that was made there since.
fn examples() -> Result<Vec<String>, String> {
    let files = git(&["ls-files", "data"])?;
    Ok(files.lines().map(str::to_owned).collect())
}
