//! Running other programs: what fails says which one and how.

use std::path::Path;
use std::process::{Command, Stdio};

use sha2::{Digest, Sha256};

/// Runs a program, shown before it runs.
pub fn run(command: &mut Command) -> Result<(), String> {
    let shown = shown(command);
    eprintln!("+ {shown}");
    let status = command.status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("`{shown}` failed ({status})")),
        Err(error) => Err(format!("cannot start `{shown}`: {error}")),
    }
}

/// What a program prints on its standard output; where it fails, that is part of the error.
pub fn output(command: &mut Command) -> Result<String, String> {
    let shown = shown(command);
    let output = command.stderr(Stdio::inherit()).output();
    let output = output.map_err(|error| format!("cannot start `{shown}`: {error}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stdout);
        let problem = format!("`{shown}` failed ({})\n{said}", output.status);
        return Err(problem.trim_end().to_owned());
    }
    String::from_utf8(output.stdout)
        .map_err(|_| format!("`{shown}` printed something else than text"))
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words: Vec<_> = words.map(|word| word.to_string_lossy()).collect();
    words.join(" ")
}

/// Seconds since 1970 that everything made here is dated with: of the last commit, unless
/// `SOURCE_DATE_EPOCH` says otherwise.
pub fn source_date() -> Result<u64, String> {
    let text = match std::env::var("SOURCE_DATE_EPOCH") {
        Ok(text) => text,
        Err(_) => git(&["log", "-1", "--format=%ct"])?,
    };
    let number = text.trim().parse();
    number.map_err(|_| format!("SOURCE_DATE_EPOCH={text}: not a number of seconds"))
}

/// What git says about the checkout.
pub fn git(arguments: &[&str]) -> Result<String, String> {
    let root = crate::cargo::root();
    let text = output(Command::new("git").args(arguments).current_dir(root))?;
    Ok(text.trim().to_owned())
}

/// A tar archive of `name` in `folder` that depends on its content and the date alone.
pub fn tar(folder: &Path, name: &str, to: &Path) -> Result<(), String> {
    let date = source_date()?;
    run(Command::new("tar")
        .args(["--create", "--sort=name", "--format=gnu", "--numeric-owner"])
        .args(["--owner=0", "--group=0"])
        .arg(format!("--mtime=@{date}"))
        .arg("--file")
        .arg(to)
        .arg("--directory")
        .arg(folder)
        .arg(name))
}

/// The same with gzip, without the name and time that it would note; the SHA-256 of what is compressed.
pub fn tar_gz(folder: &Path, name: &str, to: &Path) -> Result<String, String> {
    let plain = to.with_extension("");
    tar(folder, name, &plain)?;
    let sum = sha256(&read(&plain)?);
    run(Command::new("gzip")
        .args(["-9", "--no-name", "--force"])
        .arg(&plain))?;
    Ok(sum)
}

/// In the form that sha256sum prints.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

pub fn read(path: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|error| format!("cannot read `{}`: {error}", path.display()))
}

/// A copy of a file or a folder, in the place of what was there.
pub fn copy(from: &Path, to: &Path) -> Result<(), String> {
    let problem = |error| {
        format!(
            "cannot copy `{}` to `{}`: {error}",
            from.display(),
            to.display()
        )
    };
    if !from.is_dir() {
        if let Some(folder) = to.parent() {
            std::fs::create_dir_all(folder).map_err(problem)?;
        }
        return std::fs::copy(from, to).map(drop).map_err(problem);
    }
    for entry in std::fs::read_dir(from).map_err(problem)? {
        let entry = entry.map_err(problem)?;
        copy(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}

/// A symbolic link.
pub fn link(to: &str, from: &Path) -> Result<(), String> {
    std::os::unix::fs::symlink(to, from)
        .map_err(|error| format!("cannot link `{}`: {error}", from.display()))
}

/// Writes a text, with the folder it goes into.
pub fn write(to: &Path, text: &str) -> Result<(), String> {
    let problem = |error| format!("cannot write `{}`: {error}", to.display());
    if let Some(folder) = to.parent() {
        std::fs::create_dir_all(folder).map_err(problem)?;
    }
    std::fs::write(to, text).map_err(problem)
}

/// An empty folder in the place of what was there.
pub fn fresh_folder(folder: &Path) -> Result<(), String> {
    let problem = |error| format!("cannot make the folder `{}`: {error}", folder.display());
    if folder.exists() {
        std::fs::remove_dir_all(folder).map_err(problem)?;
    }
    std::fs::create_dir_all(folder).map_err(problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_program_printed_before_it_failed_is_not_lost() {
        let mut command = Command::new("sh");
        let problem = output(command.args(["-c", "echo half a table; exit 3"])).unwrap_err();
        assert!(problem.contains("exit status: 3"), "{problem}");
        assert!(problem.ends_with("\nhalf a table"), "{problem}");
    }
}
