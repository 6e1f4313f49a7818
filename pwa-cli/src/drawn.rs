//! Pictures of what other verbs have written: a file says in `kind` which.

use std::path::Path;

use miette::{IntoDiagnostic, Result, WrapErr, miette};
use pwa_core::setup::BinnedFit;
use pwa_report::figure::{self, Figure, Profiles, PullsOf, Scan, Varied};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

const DRAWN: &str =
    "`plot` draws a config, a result.json, and what bins, scan, profile, toys and vary write";

/// What `gpuwa toys` writes.
#[derive(Deserialize)]
struct Toys {
    numbers: Vec<NumberOfToys>,
    toys: Vec<Toy>,
}

#[derive(Deserialize)]
struct NumberOfToys {
    name: String,
    truth: f64,
    pulls: Option<PullsOfNumber>,
}

#[derive(Deserialize)]
struct PullsOfNumber {
    mean: [f64; 2],
    width: [f64; 2],
}

#[derive(Deserialize)]
struct Toy {
    values: Vec<f64>,
    errors: Vec<f64>,
}

/// The pictures of a JSON file with their names; none where it is a config or a result.json.
///
/// # Errors
/// When it cannot be read, or nothing in it can be drawn.
pub fn drawn_from(path: &Path) -> Result<Option<Vec<(String, Figure)>>> {
    let is_json = path
        .extension()
        .is_some_and(|extension| extension == "json");
    if !is_json {
        return Ok(None);
    }
    let shown = path.display();
    let text = std::fs::read_to_string(path)
        .into_diagnostic()
        .wrap_err_with(|| format!("cannot read `{shown}`"))?;
    let document: Value = serde_json::from_str(&text)
        .into_diagnostic()
        .wrap_err_with(|| format!("`{shown}` is no JSON"))?;
    let Some(kind) = document["kind"].as_str().map(str::to_owned) else {
        if document["format"].is_null() {
            return Err(miette!(
                help = DRAWN,
                "`{shown}` is nothing that can be drawn"
            ));
        }
        return Ok(None);
    };
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let named = |figure: Option<Figure>| figure.map(|figure| (stem.clone().into_owned(), figure));
    let pictures = match &*kind {
        "bins" => {
            let named = figure::bins(&read::<BinnedFit>(document, path)?).into_iter();
            named
                .map(|(name, figure)| (file_name(&name), figure))
                .collect()
        }
        "scan" => Vec::from_iter(named(figure::scan(&read::<Scan>(document, path)?))),
        "profile" => Vec::from_iter(named(figure::intervals(&read::<Profiles>(document, path)?))),
        "toys" => Vec::from_iter(named(figure::pulls(&pulls(read(document, path)?)))),
        "vary" => Vec::from_iter(named(figure::shifts(&read::<Varied>(document, path)?))),
        other => {
            return Err(miette!(
                help = DRAWN,
                "`{shown}`: there is no picture of `{other}`"
            ));
        }
    };
    match pictures.is_empty() {
        true => Err(miette!("`{shown}` holds nothing that could be drawn")),
        false => Ok(Some(pictures)),
    }
}

fn read<T: DeserializeOwned>(document: Value, path: &Path) -> Result<T> {
    serde_json::from_value(document)
        .into_diagnostic()
        .wrap_err_with(|| format!("`{}` is not as gpuwa writes it", path.display()))
}

/// Of each number that has an error in toys.
fn pulls(toys: Toys) -> Vec<PullsOf> {
    let numbers = toys.numbers.into_iter().enumerate();
    let with_pulls = numbers.filter_map(|(place, number)| {
        let of = number.pulls?;
        let pulls = toys.toys.iter().filter_map(|toy| {
            let (value, error) = (toy.values.get(place)?, *toy.errors.get(place)?);
            (error > 0.0).then(|| (value - number.truth) / error)
        });
        Some(PullsOf {
            name: number.name,
            pulls: pulls.collect(),
            mean: of.mean,
            width: of.width,
        })
    });
    with_pulls.collect()
}

/// `m(pi+ pi-)` is m_pip_pim: no character that a shell or a file system reads.
pub fn file_name(text: &str) -> String {
    let mut name = String::new();
    for character in text.chars() {
        match character {
            '+' => name.push('p'),
            '-' => name.push('m'),
            '*' => name.push_str("st"),
            c if c.is_ascii_alphanumeric() => name.push(c),
            _ if name.ends_with('_') => {}
            _ => name.push('_'),
        }
    }
    name.trim_matches('_').to_owned()
}
