//! How far variations move the numbers of a result: each by itself, and what those of one cause amount to.

use pwa_core::analysis::Combined;
use pwa_core::config::Variation;
use pwa_core::fit::LOWER;
use serde_json::{Value, json};

use crate::numbers::Number;
use crate::table::{table, with_error};
use crate::variation::Varied;

/// The ends of variations beside the nominal result.
pub struct Shifts<'a> {
    nominal: &'a [Number],
    variations: Vec<Shifted<'a>>,
    /// By the first of their variations: name and members.
    groups: Vec<(&'a str, Vec<usize>)>,
    /// All variations have an end.
    complete: bool,
}

struct Shifted<'a> {
    variation: &'a Variation,
    end: &'a Result<Varied, String>,
    /// Of each nominal number, where the variation has it too.
    shifts: Vec<Option<f64>>,
}

impl<'a> Shifts<'a> {
    /// `ends`: of the first of these variations.
    pub fn new(
        nominal: &'a [Number],
        list: &'a [Variation],
        ends: &'a [Result<Varied, String>],
    ) -> Self {
        let variations = list.iter().zip(ends).map(|(variation, end)| Shifted {
            variation,
            end,
            shifts: nominal.iter().map(|number| shift(number, end)).collect(),
        });
        let mut groups: Vec<(&str, Vec<usize>)> = Vec::new();
        for (place, variation) in list.iter().take(ends.len()).enumerate() {
            let name = variation.group.as_ref().unwrap_or(&variation.name);
            let same = |members: &[usize]| {
                variation.group.is_some() && list[members[0]].group == variation.group
            };
            match groups.iter_mut().find(|(_, members)| same(members)) {
                Some((_, members)) => members.push(place),
                None => groups.push((name, vec![place])),
            }
        }
        Self {
            nominal,
            variations: variations.collect(),
            groups,
            complete: ends.len() == list.len(),
        }
    }

    /// What the members of a group amount to for a number.
    fn combined(&self, members: &[usize], number: usize) -> Option<Combined> {
        let shifts = members
            .iter()
            .filter_map(|&member| self.variations[member].shifts[number]);
        Combined::of(&shifts.collect::<Vec<f64>>())
    }

    fn total(&self, number: usize) -> Option<Combined> {
        let causes = self.groups.iter();
        let causes = causes.filter_map(|(_, members)| self.combined(members, number));
        Combined::total(&causes.collect::<Vec<Combined>>())
    }

    pub fn document(&self) -> Value {
        let combined = |number: usize, combined: Option<Combined>| {
            let Number {
                name, value, error, ..
            } = &self.nominal[number];
            let sigmas = |of: fn(&Combined) -> f64| {
                combined.and_then(|combined| self.nominal[number].sigmas(of(&combined)))
            };
            json!({
                "name": name,
                "value": value,
                "error": error,
                "largest": combined.map(|of| of.largest),
                "quadrature": combined.map(|of| of.quadrature),
                "largest_sigmas": sigmas(|of| of.largest),
                "quadrature_sigmas": sigmas(|of| of.quadrature),
            })
        };
        let places = 0..self.nominal.len();
        let group = |(name, members): &(&str, Vec<usize>)| {
            let all = places
                .clone()
                .map(|n| combined(n, self.combined(members, n)));
            let failed = members.iter().map(|&member| &self.variations[member]);
            let failed = failed.filter(|member| member.end.is_err());
            json!({
                "name": name,
                "variations": members.iter().map(|&n| &self.variations[n].variation.name).collect::<Vec<_>>(),
                "failed": failed.map(|member| &member.variation.name).collect::<Vec<_>>(),
                "numbers": all.collect::<Vec<Value>>(),
            })
        };
        json!({
            "kind": "vary",
            "complete": self.complete,
            "variations": self.variations.iter().map(|of| of.document(self.nominal)).collect::<Vec<Value>>(),
            "groups": self.groups.iter().map(group).collect::<Vec<Value>>(),
            "total": places.clone().map(|n| combined(n, self.total(n))).collect::<Vec<Value>>(),
        })
    }

    pub fn print(&self) {
        for (name, members) in &self.groups {
            say!("{name}");
            let rows = (0..self.nominal.len()).flat_map(|number| self.rows(members, number));
            let header = ["number", "nominal", "variation", "shift", "σ"];
            say!("{}", table(&header, rows.collect()));
        }
        if self.groups.len() > 1 {
            say!("all groups, added in quadrature");
            let rows = self.nominal.iter().enumerate().map(|(place, number)| {
                let total = self.total(place);
                let cells = |of: fn(&Combined) -> f64| {
                    total.map_or_else(none, |total| number.cells(of(&total), Sign::Off))
                };
                let [largest, of_largest] = cells(|of| of.largest);
                let [quadrature, of_quadrature] = cells(|of| of.quadrature);
                let name = number.name.clone();
                vec![
                    name,
                    number.measured(),
                    largest,
                    of_largest,
                    quadrature,
                    of_quadrature,
                ]
            });
            let header = [
                "number",
                "nominal",
                "largest of each",
                "σ",
                "quadrature of each",
                "σ",
            ];
            say!("{}", table(&header, rows.collect()));
        }
        for shifted in &self.variations {
            for line in shifted.remarks(self.nominal) {
                say!("{}: {line}", shifted.variation.name);
            }
        }
        let good = self.variations.iter().filter(|of| of.end.is_ok()).count();
        say!("{good} of {} variations converged", self.variations.len());
    }

    /// The shifts of a number in a group.
    fn rows(&self, members: &[usize], place: usize) -> Vec<Vec<String>> {
        let number = &self.nominal[place];
        let mut rows: Vec<Vec<String>> = Vec::new();
        let mut row = |what: &str, [shift, sigmas]: [String; 2]| {
            // A number is named once.
            let [name, nominal] = match rows.is_empty() {
                true => [number.name.clone(), number.measured()],
                false => Default::default(),
            };
            rows.push(vec![name, nominal, what.to_owned(), shift, sigmas]);
        };
        for &member in members {
            let Shifted {
                variation, shifts, ..
            } = &self.variations[member];
            let cells = shifts[place].map_or_else(none, |shift| number.cells(shift, Sign::On));
            row(&variation.name, cells);
        }
        if let Some(combined) = self.combined(members, place).filter(|_| members.len() > 1) {
            row("largest", number.cells(combined.largest, Sign::Off));
            row(
                "in quadrature",
                number.cells(combined.quadrature, Sign::Off),
            );
        }
        rows
    }
}

impl Shifted<'_> {
    fn document(&self, nominal: &[Number]) -> Value {
        let Variation { name, group, .. } = self.variation;
        let varied = match self.end {
            Ok(varied) => varied,
            Err(reason) => return json!({"name": name, "group": group, "reason": reason}),
        };
        let numbers = nominal
            .iter()
            .zip(&self.shifts)
            .filter_map(|(number, shift)| {
                let shift = (*shift)?;
                Some(json!({
                    "name": number.name,
                    "value": number.value + shift,
                    "shift": shift,
                    "sigmas": number.sigmas(shift),
                }))
            });
        let [only_nominal, only_here] = self.one_sided(nominal);
        json!({
            "name": name,
            "group": group,
            "nll": varied.nll,
            "found": varied.found[0],
            "starts": varied.found[1],
            "from_nominal": varied.from_nominal,
            "numbers": numbers.collect::<Vec<Value>>(),
            "only_nominal": only_nominal,
            "only_here": only_here,
        })
    }

    /// Names that only the nominal result has, and only this variation.
    fn one_sided<'s>(&'s self, nominal: &'s [Number]) -> [Vec<&'s str>; 2] {
        let Ok(varied) = self.end else {
            return Default::default();
        };
        let absent = nominal
            .iter()
            .filter(|number| !varied.names.contains(&number.name));
        let new = varied
            .names
            .iter()
            .filter(|name| nominal.iter().all(|of| of.name != **name));
        [
            absent.map(|number| &*number.name).collect(),
            new.map(String::as_str).collect(),
        ]
    }

    /// What one has to know of this variation.
    fn remarks(&self, nominal: &[Number]) -> Vec<String> {
        let varied = match self.end {
            Ok(varied) => varied,
            Err(reason) => return vec![reason.clone()],
        };
        let [absent, new] = self.one_sided(nominal);
        let mut remarks = Vec::new();
        if !absent.is_empty() {
            remarks.push(format!("has no {}", absent.join(", ")));
        }
        if !new.is_empty() {
            remarks.push(format!("alone has {}", new.join(", ")));
        }
        match varied.from_nominal {
            None => remarks.push("the nominal minimum leads to none here".to_owned()),
            Some(above) if above > LOWER => remarks.push(format!(
                "a random start found a minimum lower by {above:.3} than the one the nominal minimum leads to: shifts are those to another solution"
            )),
            Some(_) => {}
        }
        remarks
    }
}

fn shift(number: &Number, end: &Result<Varied, String>) -> Option<f64> {
    let varied = end.as_ref().ok()?;
    let place = varied.names.iter().position(|name| *name == number.name)?;
    Some(number.shift(varied.values[place]))
}

/// Whether a positive number says so.
#[derive(Clone, Copy)]
enum Sign {
    On,
    Off,
}

impl Number {
    /// A shift in its unit and in errors.
    fn cells(&self, shift: f64, sign: Sign) -> [String; 2] {
        let signed = |text: String| match sign {
            Sign::On if !text.starts_with('-') => format!("+{text}"),
            _ => text,
        };
        let sigmas = self
            .sigmas(shift)
            .map(|sigmas| signed(format!("{sigmas:.2}")));
        let (shift, _) = with_error(shift, self.error);
        [signed(shift), sigmas.unwrap_or_else(|| "—".to_owned())]
    }
}

fn none() -> [String; 2] {
    ["—".to_owned(), "—".to_owned()]
}
