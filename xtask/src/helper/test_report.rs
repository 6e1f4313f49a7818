//! `cargo xtask test-report`: the page of `gpuwa report` in a real browser, narrow and wide, by keyboard alone.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::json;

use super::Helper;
use crate::cargo::{cargo, gpuwa, root, target_folder};
use crate::chromium::{Browser, program};
use crate::command;

pub const HELPER: Helper = Helper {
    name: "test-report",
    about: "reports of the examples in headless Chromium: no errors, no requests, keyboard, 400 and 1600 px",
    run,
};

/// Folders of `data`, and what is written behind their configs.
const EXAMPLES: [(&str, &str); 3] = [
    ("jpsi-gpipi", QUANTITIES),
    ("jpsi-gpipi-gkk", ""),
    ("lb-pkjpsi", ""),
];
/// One has a name that is wider than a narrow page.
const QUANTITIES: &str = r#"
[quantity.scalars]
formula = "x"
fractions = { x = ["f0(1500)", "f0(1710)", "f0(2020)"] }
[quantity."B(J/psi -> gamma f0(1500)) B(f0(1500) -> pi+ pi-)"]
formula = "0.001 * r * w / 0.11"
fractions = { r = "f0(1500)" }
parameters = { w = "f0(1500).width" }
"#;
const WIDTHS: [u32; 2] = [400, 1600];

/// Heads of numbers stand above their last digits, those of words above their first letters.
const HEADS: &str = "[...document.querySelectorAll('table')].every((table) => [...table.tHead.rows[0].cells].every((head, column) => {
    const numbers = [...table.tBodies[0].rows].some((row) => row.cells[column].classList.contains('number'));
    return getComputedStyle(head).textAlign === (numbers ? 'right' : 'left');
}))";

/// A title has a second line only where the first one fills the page but for a word.
const TITLES: &str = "[...document.querySelectorAll('caption')].every((title) => {
    const { lineHeight, fontSize } = getComputedStyle(title);
    const one = title.offsetHeight < 2 * parseFloat(lineHeight);
    return one || title.offsetWidth > document.querySelector('main').clientWidth - 8 * parseFloat(fontSize);
})";

/// A page has fewer places to stop at.
const MOST_TABS: usize = 300;

fn run(arguments: &[String]) -> Result<(), String> {
    if let Some(unknown) = arguments.first() {
        return Err(format!("`test-report` takes no argument `{unknown}`"));
    }
    let chromium = program()
        .ok_or("NOT RUN: there is no Chromium here. On Debian: apt-get install chromium")?;
    cargo(&["build", "--release", "--package", "pwa-cli"])?;
    let folder = target_folder()?.join("test-report");
    for (example, more) in EXAMPLES {
        let out = folder.join(example);
        let page = report(example, more, &out)?;
        let mut browser = Browser::start(&chromium, &folder.join("profile"))?;
        for width in WIDTHS {
            let at = |error: String| format!("{example} at {width} px: {error}");
            browser.open(&page, width).map_err(at)?;
            check(&mut browser, width, &out).map_err(at)?;
            if !browser.complaints.is_empty() {
                return Err(at(browser.complaints.join("\n")));
            }
        }
        println!(
            "{example}: good at {WIDTHS:?} px; screenshots in {}",
            out.display()
        );
    }
    Ok(())
}

/// Fits an example with more in its config, and writes its report.
fn report(example: &str, more: &str, out: &Path) -> Result<PathBuf, String> {
    let config = copied(example, more, &out.join("example"))
        .map_err(|error| format!("cannot copy the example {example}: {error}"))?;
    let page = out.join("report.html");
    let quiet = |command: &mut Command| command::run(command.stdout(Stdio::null()));
    let fit = ["--quiet", "--force", "--out"];
    quiet(gpuwa()?.arg("fit").arg(config).args(fit).arg(out))?;
    let result = out.join("result.json");
    let report = ["--force", "--out"];
    quiet(gpuwa()?.arg("report").arg(result).args(report).arg(&page))?;
    Ok(page)
}

fn copied(example: &str, more: &str, folder: &Path) -> std::io::Result<PathBuf> {
    fs::create_dir_all(folder)?;
    for file in fs::read_dir(root().join("data").join(example))? {
        let file = file?;
        fs::copy(file.path(), folder.join(file.file_name()))?;
    }
    let config = folder.join("fit.toml");
    let text = fs::read_to_string(&config)?;
    fs::write(&config, text + more)?;
    Ok(config)
}

fn check(browser: &mut Browser, width: u32, out: &Path) -> Result<(), String> {
    let page_width = browser.evaluate("document.documentElement.scrollWidth")?;
    if page_width
        .as_u64()
        .is_none_or(|wide| wide > u64::from(width))
    {
        return Err(format!(
            "the page is {page_width} px wide: it scrolls sideways"
        ));
    }
    browser.screenshot(&out.join(format!("report-{width}.png")))?;
    hold(browser, HEADS)?;
    hold(browser, TITLES)?;
    // A number that is cut off looks like a smaller one.
    let fits =
        "((box) => box.scrollWidth <= box.clientWidth)(document.querySelector('#summary .table'))";
    hold(browser, fits)?;
    // Space on the box of the first wave hides all its lines, those of its reaction alone, and shows them again.
    tab_to(
        browser,
        "document.activeElement?.dataset?.toggle === 'wave-0'",
    )?;
    let lines = "[...document.querySelectorAll('[data-series=\"wave-0\"]')]";
    let of_it = "document.activeElement.closest('.reaction').contains(line)";
    let hidden = format!(
        "{lines}.length > 0 && {lines}.every((line) => line.style.display === ({of_it} ? 'none' : ''))"
    );
    let shown = format!("{lines}.every((line) => line.style.display === '')");
    hold(browser, &shown)?;
    browser.press(" ", 32, " ")?;
    hold(browser, &hidden)?;
    browser.screenshot(&out.join(format!("report-{width}-without-a-wave.png")))?;
    browser.press(" ", 32, " ")?;
    hold(browser, &shown)?;
    // Enter opens what is folded.
    tab_to(browser, "document.activeElement?.tagName === 'SUMMARY'")?;
    browser.press("Enter", 13, "\r")?;
    hold(
        browser,
        "document.activeElement.parentElement.open === true",
    )
}

fn hold(browser: &mut Browser, condition: &str) -> Result<(), String> {
    match browser.evaluate(condition)? == json!(true) {
        true => Ok(()),
        false => Err(format!("not so: {condition}")),
    }
}

fn tab_to(browser: &mut Browser, condition: &str) -> Result<(), String> {
    for _ in 0..MOST_TABS {
        browser.press("Tab", 9, "")?;
        if browser.evaluate(condition)? == json!(true) {
            return Ok(());
        }
    }
    Err(format!("the tabulator never comes to where {condition}"))
}
