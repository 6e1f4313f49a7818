//! `--dalitz` and `--point`: events as points of a Dalitz plot.

use std::path::Path;

use miette::{Result, miette};
use pwa_core::model::Model;
use pwa_core::sample::{Sample, read_columns, split_tree_suffix};
use pwa_core::setup::{DalitzVariables, dalitz_sample};

#[derive(Debug, clap::Args)]
pub struct DalitzOptions {
    /// Events are points of a Dalitz plot in these variables: `m2_12,m2_23` (GeV²) or
    /// `m_12,cos_theta_12`, particles numbered as in [decay]; read from --point, or from columns of
    /// --data (`m2_12=NAME` where they are called otherwise)
    #[arg(long, value_name = "X,Y")]
    dalitz: Option<String>,

    /// A point in the variables of --dalitz, any number of times
    #[arg(
        long,
        value_name = "X,Y",
        requires = "dalitz",
        allow_hyphen_values = true
    )]
    point: Vec<String>,
}

impl DalitzOptions {
    /// The points as events; None without --dalitz.
    pub fn sample(&self, model: &Model, data: Option<&str>) -> Result<Option<Sample>> {
        let Some(given) = &self.dalitz else {
            return Ok(None);
        };
        let [first, second] = two(given, "--dalitz")?;
        let column = |word: &str| match word.split_once('=') {
            Some((name, column)) => (name.to_owned(), column.to_owned()),
            None => (word.to_owned(), word.to_owned()),
        };
        let [(x, x_column), (y, y_column)] = [column(first), column(second)];
        let variables = DalitzVariables::parse([&x, &y])?;
        let points: Vec<[f64; 2]> = match (&self.point[..], data) {
            ([], Some(file)) => {
                let (path, tree) = split_tree_suffix(file);
                let columns = read_columns(Path::new(path), tree, &[&x_column, &y_column])?;
                let (x, y) = (&columns[0], &columns[1]);
                x.iter().zip(y).map(|(&x, &y)| [x, y]).collect()
            }
            ([], None) => return Err(miette!("no points: give --point X,Y or --data FILE")),
            (points, None) => points
                .iter()
                .map(|text| point(text))
                .collect::<Result<_>>()?,
            (_, Some(_)) => {
                return Err(miette!(
                    "--point and --data both give events: leave one out"
                ));
            }
        };
        Ok(Some(dalitz_sample(model, variables, &points)?))
    }
}

fn point(text: &str) -> Result<[f64; 2]> {
    let words = two(text, "--point")?;
    let number = |word: &str| {
        let number = word.trim().parse::<f64>();
        number.map_err(|_| miette!("--point {text}: `{word}` is no number"))
    };
    Ok([number(words[0])?, number(words[1])?])
}

fn two<'a>(text: &'a str, option: &str) -> Result<[&'a str; 2]> {
    let (first, second) = text
        .split_once(',')
        .ok_or_else(|| miette!("{option} {text}: write two values with a comma between"))?;
    Ok([first.trim(), second.trim()])
}
