//! `cargo xtask study coverage`: how often the intervals of one error hold the truth, as a user counts it with `gpuwa toys`.
//!
//! Toys of the model with 20 waves, each with Monte Carlo of its own of ten times the data, whose size is part of the errors. The
//! numbers of one toy are correlated: averages over them have the error that their spread from toy to toy gives, single ones
//! that of the binomial distribution.

use std::process::Stdio;

use serde_json::Value;

use crate::cargo::{cargo, gpuwa, target_folder};
use crate::command::read;

const CONFIG: &str = "benches/workloads/search.toml";
/// What is asked for where nobody says otherwise.
const DEFAULTS: [(&str, &str); 2] = [("--toys", "200"), ("--events", "10000")];
/// Of one standard deviation.
const NOMINAL: f64 = 0.6827;
/// What the average of all numbers is allowed to be.
const AVERAGE: [f64; 2] = [0.65, 0.71];
/// No number is so many binomial errors below the nominal coverage: 58 % of 200 toys.
const BELOW: f64 = 3.12;

pub fn run(arguments: &[String]) -> Result<(), String> {
    // With the features of the whole workspace, as its tests have built it.
    cargo(&["build", "--release", "--workspace", "--bin", "gpuwa"])?;
    let out = target_folder()?.join("study-coverage");
    let mut command = gpuwa()?;
    command.args(["toys", CONFIG, "--quiet", "--out"]).arg(&out);
    for (option, value) in DEFAULTS {
        let of_option = |word: &String| *word == option || word.starts_with(&format!("{option}="));
        if !arguments.iter().any(of_option) {
            command.args([option, value]);
        }
    }
    if !arguments.iter().any(|word| word == "--resume") {
        command.arg("--force");
    }
    command.args(arguments);
    // Its table has every number; what is asked here is said below.
    let status = command.stdout(Stdio::null()).status();
    let status = status.map_err(|error| format!("cannot start gpuwa: {error}"))?;
    // Toys that have not converged end it with status 1, and are counted below.
    if !matches!(status.code(), Some(0 | 1)) {
        return Err(format!("the toys have failed ({status})"));
    }
    let text = read(&out.join("toys.json"))?;
    let document = serde_json::from_slice(&text).map_err(|error| error.to_string())?;
    let coverage = Coverage::of(&document).ok_or("toys.json is not as gpuwa writes it")?;
    print!("{}", coverage.text());
    coverage.verdict()
}

/// Of each number, in how many of the toys with an error its interval holds the truth.
struct Coverage {
    converged: usize,
    toys: usize,
    names: Vec<String>,
    /// Of each toy, whether the interval of each number holds the truth, where it has one.
    held: Vec<Vec<Option<bool>>>,
}

/// A coverage with its error.
#[derive(Clone, Copy)]
struct Part {
    value: f64,
    error: f64,
}

impl Coverage {
    fn of(document: &Value) -> Option<Self> {
        let numbers = document["numbers"].as_array()?;
        let name = |of: &Value| Some(of["name"].as_str()?.to_owned());
        let toys = document["toys"].as_array()?;
        let held = |toy: &Value| {
            let held = numbers.iter().enumerate().map(|(place, of)| {
                let [value, error] = ["values", "errors"].map(|key| toy[key][place].as_f64());
                let (off, error) = (value? - of["truth"].as_f64()?, error?);
                Some((error > 0.0).then(|| off.abs() < error))
            });
            held.collect()
        };
        Some(Self {
            converged: toys.len(),
            toys: toys.len() + document["failed"].as_array()?.len(),
            names: numbers.iter().map(name).collect::<Option<_>>()?,
            held: toys.iter().map(held).collect::<Option<_>>()?,
        })
    }

    fn places(&self, kind: impl Fn(&str) -> bool) -> Vec<usize> {
        let names = self.names.iter().enumerate();
        let of_kind = names.filter(|(_, name)| kind(name));
        of_kind.map(|(place, _)| place).collect()
    }

    /// Of one number; none without an error in any toy.
    fn single(&self, place: usize) -> Option<Part> {
        let held: Vec<bool> = self.held.iter().filter_map(|toy| toy[place]).collect();
        let n = held.len() as f64;
        let value = held.iter().filter(|held| **held).count() as f64 / n;
        let error = (value * (1.0 - value) / n).sqrt();
        (!held.is_empty()).then_some(Part { value, error })
    }

    /// Of some numbers together.
    fn average(&self, places: &[usize]) -> Part {
        let of_toy = |toy: &Vec<Option<bool>>| {
            let held = places.iter().filter_map(|&place| toy[place]);
            let (count, sum) = held.fold((0, 0), |(count, sum), held| {
                (count + 1, sum + usize::from(held))
            });
            (count > 0).then(|| sum as f64 / f64::from(count))
        };
        let parts: Vec<f64> = self.held.iter().filter_map(of_toy).collect();
        let n = parts.len() as f64;
        let value = parts.iter().sum::<f64>() / n;
        let squares = parts.iter().map(|part| (part - value) * (part - value));
        let error = (squares.sum::<f64>() / (n - 1.0) / n).sqrt();
        Part { value, error }
    }

    /// The numbers with the lowest and the highest coverage.
    fn extremes(&self, places: &[usize]) -> Option<[(usize, Part); 2]> {
        let singles = places.iter();
        let singles = singles.filter_map(|&place| Some((place, self.single(place)?)));
        let by_value = |a: &(usize, Part), b: &(usize, Part)| a.1.value.total_cmp(&b.1.value);
        let lowest = singles.clone().min_by(by_value)?;
        Some([lowest, singles.max_by(by_value)?])
    }

    fn text(&self) -> String {
        let mut text = format!("{} of {} toys converged\n", self.converged, self.toys);
        let is_fraction = |name: &str| name.starts_with("fraction of ");
        let kinds = [
            ("parameters", self.places(|name| !is_fraction(name))),
            ("fractions", self.places(is_fraction)),
            ("numbers", self.places(|_| true)),
        ];
        for (kind, places) in kinds {
            let Some([lowest, highest]) = self.extremes(&places) else {
                continue;
            };
            let of = |(place, part)| format!("{} of {}", percent(part), self.names[place]);
            text += &format!(
                "{} {kind}: {} hold the truth on average, lowest {}, highest {}\n",
                places.len(),
                percent(self.average(&places)),
                of(lowest),
                of(highest)
            );
        }
        text
    }

    fn verdict(&self) -> Result<(), String> {
        let all = self.places(|_| true);
        let Some([(place, lowest), _]) = self.extremes(&all) else {
            return Err("no number has an error".to_owned());
        };
        let [low, high] = AVERAGE;
        let average = self.average(&all).value;
        if !(low..=high).contains(&average) {
            return Err(format!(
                "the average is {:.1} %, and not between {:.0} and {:.0} %",
                100.0 * average,
                100.0 * low,
                100.0 * high
            ));
        }
        let limit = NOMINAL - BELOW * (NOMINAL * (1.0 - NOMINAL) / self.converged as f64).sqrt();
        if lowest.value < limit {
            return Err(format!(
                "{} is covered in {:.1} %, below {:.1} %",
                self.names[place],
                100.0 * lowest.value,
                100.0 * limit
            ));
        }
        println!(
            "kept: the average is between {:.0} and {:.0} %, none is below {:.1} %",
            100.0 * low,
            100.0 * high,
            100.0 * limit
        );
        Ok(())
    }
}

fn percent(part: Part) -> String {
    format!("{:.1} ± {:.1} %", 100.0 * part.value, 100.0 * part.error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Toys of two numbers with error 1: of so many in ten the first one holds the truth, of seven the second.
    fn toys(held: usize) -> Coverage {
        let toy = |number: usize| {
            let off = |held: usize| if number % 10 < held { 0.5 } else { 2.0 };
            json!({"values": [off(held), 3.0 - off(7)], "errors": [1.0, 1.0]})
        };
        let truths = [("a", 0.0), ("fraction of b", 3.0)];
        let numbers = truths.map(|(name, truth)| json!({"name": name, "truth": truth}));
        let toys: Vec<Value> = (0..200).map(toy).collect();
        let failed = [json!({"toy": 3, "reason": "none"})];
        let document = json!({"numbers": numbers, "toys": toys, "failed": failed});
        Coverage::of(&document).unwrap()
    }

    #[test]
    fn intervals_that_hold_the_truth_too_seldom_or_too_often_are_told() {
        let good = toys(7);
        assert!(good.verdict().is_ok());
        let text = good.text();
        assert!(
            text.starts_with("200 of 201 toys converged\n1 parameters: 70.0 ± "),
            "{text}"
        );
        assert!(text.contains("2 numbers: 70.0 ± "), "{text}");
        // Both numbers of a toy hold it together, so two say no more than one.
        let error = good.average(&[0, 1]).error;
        assert!((error / good.average(&[0]).error - 1.0).abs() < 1e-9);
        let problem = toys(9).verdict().unwrap_err();
        assert!(problem.starts_with("the average is 80.0 %"), "{problem}");
        // 60 % is within three errors of 200 toys.
        assert!(toys(6).verdict().is_ok());
        let few = toys(5).verdict().unwrap_err();
        assert!(few.starts_with("the average is 60.0 %"), "{few}");
    }
}
