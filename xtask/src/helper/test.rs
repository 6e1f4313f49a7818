//! `cargo xtask test`: all tests, by the README's command.

use super::Helper;
use crate::cargo::{cargo_with, root};

pub const HELPER: Helper = Helper {
    name: "test",
    about: "all tests; arguments go to cargo test, e.g. `cargo xtask test lineshape`",
    run: |arguments| all_with(&[], arguments),
};

pub fn all(variables: &[(&str, &str)]) -> Result<(), String> {
    all_with(variables, &[])
}

fn all_with(variables: &[(&str, &str)], more: &[String]) -> Result<(), String> {
    let mut arguments = from_readme()?;
    arguments.extend_from_slice(more);
    cargo_with(variables, &arguments)
}

/// The arguments of the marked command, so that it stands in one place.
fn from_readme() -> Result<Vec<String>, String> {
    let path = root().join("README.md");
    let text = std::fs::read_to_string(&path)
        .map_err(|error| format!("cannot read `{}`: {error}", path.display()))?;
    marked_command(&text).ok_or_else(|| {
        "README.md has no line `cargo …` in the block behind `<!-- ci: test -->`".to_owned()
    })
}

fn marked_command(readme: &str) -> Option<Vec<String>> {
    let (_, block) = readme.split_once("<!-- ci: test -->\n```sh\n")?;
    let command = block.lines().next()?.strip_prefix("cargo ")?;
    Some(command.split_whitespace().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_is_the_first_line_of_the_marked_block() {
        let readme = "a\n<!-- ci: test -->\n```sh\ncargo test --release\n```\n";
        let command = marked_command(readme).unwrap();
        assert_eq!(command, ["test", "--release"]);
        assert_eq!(marked_command("```sh\ncargo test\n```\n"), None);
    }
}
