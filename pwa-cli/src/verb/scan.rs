//! `gpuwa scan`: the likelihood along one parameter, or over two.

use std::ops::Range;

use miette::{IntoDiagnostic, Result, miette};
use pwa_core::fit::{Aim, Coordinate, GridPoint, LOWER, Steps, scan, steps_of_row};
use pwa_core::setup::NamedTarget;
use serde_json::{Value, json};

use crate::backend::{Opened, check_device};
use crate::exit::Status;
use crate::options::{Common, ModelOptions, parse_range};
use crate::output::OutputOptions;
use crate::part::{Piece, Pieces, Work};
use crate::refit::{Refit, interrupted};
use crate::shared::{Demand, Shared};
use crate::table::table;

/// The lowest NLL at each value of a parameter, or on a grid of two, with all others minimised again.
#[derive(Debug, clap::Args)]
pub struct Scan {
    #[command(flatten)]
    model: ModelOptions,

    /// One or two of: parameters, COUPLING.modulus, COUPLING.phase, a [quantity]
    #[arg(value_name = "NAME", required = true, num_args = 1..=2)]
    names: Vec<String>,

    /// From where to where, once for each name [default: 3 errors either way, within limits]
    #[arg(long, value_name = "A..B", allow_hyphen_values = true, value_parser = parse_range)]
    range: Vec<(f64, f64)>,

    /// Values of each [default: 31 of one, 15 of each of two]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=10_000))]
    points: Option<u32>,

    /// What the other parameters do
    #[arg(long, value_enum, default_value_t)]
    others: Others,

    #[command(flatten)]
    output: OutputOptions,

    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
enum Others {
    /// They are minimised again: a profile.
    #[default]
    Free,
    /// They stay where they are: a slice.
    Fixed,
}

/// How far a scan goes by itself, in errors.
const REACH: f64 = 3.0;

impl Shared for Scan {
    const VERB: &'static str = "scan";

    fn options(&self) -> (&ModelOptions, &OutputOptions, &Common) {
        (&self.model, &self.output, &self.common)
    }

    fn name(&self) -> String {
        format!("scan-{}", file_name(&self.names))
    }

    fn run(self, work: &Work) -> Result<Status> {
        self.check()?;
        let name = self.name();
        let files = (format!("{name}.json"), work.checkpoint(&name));
        let output = (self.output).open(&self.model.config, &files.0, &files.1)?;
        let backend = self.common.start()?;
        let points = self.points();
        let evaluations = 5 * points.pow(self.names.len() as u32);
        let refit = Refit::open(&self.model, &self.common, &backend, evaluations)?;
        let targets = self.targets(&refit)?;
        let coordinates = self.coordinates(&refit, &targets)?;
        let Some(profile) = refit.profile(&coordinates)? else {
            return Ok(Status::Interrupted);
        };
        let aims = (targets.iter())
            .map(|(target, _)| profile.aim(target.target()).into_diagnostic())
            .collect::<Result<Vec<_>>>()?;
        let aims: Vec<&Aim> = aims.iter().collect();
        // Ranges are typed as values are shown.
        let offsets: Vec<f64> = targets.iter().map(|(_, offset)| *offset).collect();
        let range = |n: usize| {
            let (low, high) = self.range.get(n)?;
            Some((low - offsets[n], high - offsets[n]))
        };
        let axes: Vec<Vec<f64>> = (aims.iter().enumerate())
            .map(|(n, aim)| axis(aim, range(n), points))
            .collect();
        let shown: Vec<Vec<f64>> = (axes.iter().zip(&offsets))
            .map(|(axis, offset)| axis.iter().map(|value| value + offset).collect())
            .collect();
        let identity = refit.identity([
            ("targets", self.names.clone().into()),
            ("values", shown.clone().into()),
            ("others", format!("{:?}", self.others).into()),
        ]);
        let (pieces, files) = (self.pieces(), (&self.output, &output));
        let mut journal = work.journal(&identity, &pieces, files, &self.common)?;
        let lengths: Vec<usize> = axes.iter().map(Vec::len).collect();
        let share = work.share(&pieces, &journal, |piece| {
            let rows = self.rows(&(piece..piece + 1));
            let name = match &shown[0][rows.clone()] {
                [first, .., last] => format!("{first}..{last}"),
                row => row.iter().map(f64::to_string).collect(),
            };
            Ok(Piece {
                name,
                steps: rows.flat_map(|row| steps_of_row(&lengths, row)).collect(),
            })
        })?;
        let mut steps = Steps::new(&refit.likelihood, &mut journal);
        let found = scan(&profile, &aims, &axes, &self.rows(&share), &mut steps)?;
        let found: Vec<Option<GridPoint>> = (found.into_iter())
            .map(|point| Some(point?.shifted(&offsets)))
            .collect();
        check_device()?;
        if let Some(status) = work.end_of_part(&output, &self.common) {
            return Ok(status);
        }
        let units: Vec<&str> = self.names.iter().map(|name| refit.unit(name)).collect();
        let grid = Grid {
            names: &self.names,
            axes: &shown,
            units: &units,
            points: &found,
            nll: profile.minimum.nll,
            weighted: refit.likelihood.is_weighted(),
        };
        let document = grid.document(&aims, &offsets, self.others);
        output.finish(&document, &self.common, || grid.print())?;
        Ok(match interrupted() || !grid.is_complete() {
            true => Status::Interrupted,
            false if grid.lower_minimum().is_some() => Status::Failed,
            false => Status::Good,
        })
    }

    fn demand(&self, backend: &Opened) -> Result<Demand> {
        self.check()?;
        let refit = Refit::open(&self.model, &self.common, backend, 1)?;
        self.coordinates(&refit, &self.targets(&refit)?)?;
        Demand::of(self.pieces(), &refit.job, &refit.job.load()?)
    }
}

impl Scan {
    fn check(&self) -> Result<()> {
        if !self.range.is_empty() && self.range.len() != self.names.len() {
            return Err(miette!(
                help = "give --range A..B once for each name, in their order",
                "{} ranges for {} names",
                self.range.len(),
                self.names.len()
            ));
        }
        if self.names.len() == 2 && self.names[0] == self.names[1] {
            return Err(miette!("`{}` stands there twice", self.names[0]));
        }
        Ok(())
    }

    fn targets<'a>(&self, refit: &'a Refit) -> Result<Vec<(NamedTarget<'a>, f64)>> {
        let names = self.names.iter();
        names.map(|name| refit.target(name)).collect()
    }

    fn points(&self) -> usize {
        match (self.points, self.names.len()) {
            (Some(points), _) => points as usize,
            (None, 1) => 31,
            (None, _) => 15,
        }
    }

    /// Points of a row begin at their neighbours, as all do of one parameter.
    fn pieces(&self) -> Pieces {
        let number = self.points();
        let (kind, block) = match self.names.len() {
            1 => ("points", number),
            _ => ("rows", 1),
        };
        Pieces {
            kind,
            number,
            block,
        }
    }

    /// The values of the first name in these pieces.
    fn rows(&self, pieces: &Range<usize>) -> Range<usize> {
        let block = self.pieces().block;
        block * pieces.start..block * pieces.end
    }

    /// The coordinates, closed where they are if the others stay.
    fn coordinates(
        &self,
        refit: &Refit,
        targets: &[(NamedTarget, f64)],
    ) -> Result<Vec<Coordinate>> {
        let mut coordinates = refit.coordinates.clone();
        if self.others == Others::Free {
            return Ok(coordinates);
        }
        let mut scanned = Vec::new();
        for (name, (target, _)) in self.names.iter().zip(targets) {
            let NamedTarget::Coordinate(place) = target else {
                return Err(miette!(
                    help = "leave --others fixed out",
                    "`{name}` is a function of several parameters: it cannot change alone"
                ));
            };
            scanned.push(*place);
        }
        for (place, coordinate) in coordinates.iter_mut().enumerate() {
            if !scanned.contains(&place) {
                coordinate.limits = Some((coordinate.start, coordinate.start));
            }
        }
        Ok(coordinates)
    }
}

fn axis(aim: &Aim, range: Option<(f64, f64)>, points: usize) -> Vec<f64> {
    let (low, high) = range.unwrap_or((
        (aim.value - REACH * aim.sigma).max(aim.range.0),
        (aim.value + REACH * aim.sigma).min(aim.range.1),
    ));
    let step = (high - low) / (points - 1) as f64;
    (0..points)
        .map(|i| match i + 1 == points {
            true => high,
            false => low + step * i as f64,
        })
        .collect()
}

/// Names without what files cannot be called.
fn file_name(names: &[String]) -> String {
    let plain = |c: char| {
        if c.is_alphanumeric() || "+-.'".contains(c) {
            c
        } else {
            '_'
        }
    };
    let names: Vec<String> = (names.iter())
        .map(|name| name.chars().map(plain).collect())
        .collect();
    names.join("-")
}

struct Grid<'a> {
    names: &'a [String],
    axes: &'a [Vec<f64>],
    units: &'a [&'a str],
    points: &'a [Option<GridPoint>],
    nll: f64,
    /// NLL does not know how much events fluctuate.
    weighted: bool,
}

impl Grid<'_> {
    fn document(&self, aims: &[&Aim], offsets: &[f64], others: Others) -> Value {
        let named = self.names.iter().zip(self.units);
        let targets = (named.zip(self.axes)).zip(aims.iter().zip(offsets));
        let targets = targets.map(|(((name, unit), axis), (aim, offset))| {
            let value = aim.value + offset;
            json!({"name": name, "unit": unit, "value": value, "error": aim.sigma, "values": axis})
        });
        let points = self
            .points
            .iter()
            .flatten()
            .map(|point| match &point.found {
                Ok(held) => json!({
                    "values": point.values,
                    "nll": held.nll,
                    "rise": held.nll - self.nll,
                    "slopes": held.slopes,
                }),
                Err(reason) => json!({"values": point.values, "nll": null, "reason": reason}),
            });
        json!({
            "kind": "scan",
            "nll": self.nll,
            "others": match others {
                Others::Free => "free",
                Others::Fixed => "fixed",
            },
            "weighted": self.weighted,
            "complete": self.is_complete(),
            "targets": targets.collect::<Vec<Value>>(),
            "points": points.collect::<Vec<Value>>(),
        })
    }

    fn is_complete(&self) -> bool {
        self.points.iter().all(Option::is_some)
    }

    /// The lowest rise of all points, and where, if that is below the fit's minimum.
    fn lower_minimum(&self) -> Option<(f64, &GridPoint)> {
        let rises = self.points.iter().flatten().filter_map(|point| {
            let held = point.found.as_ref().ok()?;
            Some((held.nll - self.nll, point))
        });
        let lowest = rises.min_by(|a, b| a.0.total_cmp(&b.0));
        lowest.filter(|(rise, _)| *rise < -LOWER)
    }

    fn print(&self) {
        let rise = |point: &Option<GridPoint>| match point.as_ref().map(|point| &point.found) {
            Some(Ok(held)) => format!("{:.3}", held.nll - self.nll),
            Some(Err(_)) => "no value".to_owned(),
            None => String::new(),
        };
        let shown = |value: f64| format!("{value:.6}");
        match self.axes {
            [axis] => {
                let rows = axis.iter().zip(self.points);
                let rows = rows.map(|(&value, point)| vec![shown(value), rise(point)]);
                say!("{}", table(&[&self.names[0], "ΔNLL"], rows.collect()));
            }
            [first, second] => {
                let columns: Vec<String> = second.iter().map(|&value| shown(value)).collect();
                say!("ΔNLL: {} down, {} across", self.names[0], self.names[1]);
                let mut header = vec![""];
                header.extend(columns.iter().map(String::as_str));
                let rows = first.iter().zip(self.points.chunks(second.len()));
                let rows = rows.map(|(&value, row)| {
                    std::iter::once(shown(value))
                        .chain(row.iter().map(rise))
                        .collect()
                });
                say!("{}", table(&header, rows.collect()));
            }
            _ => {}
        }
        for point in self.points.iter().flatten() {
            if let Err(reason) = &point.found {
                say!("at {:?}: {reason}", point.values);
            }
        }
        if let Some((rise, point)) = self.lower_minimum() {
            let at = &point.values;
            say!("a lower minimum: NLL changes by {rise:.4} at {at:?}; the fit has not found it");
        }
    }
}
