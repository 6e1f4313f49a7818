//! Tables once: as HTML, as LaTeX, as Markdown.

use maud::{Markup, html};
use pwa_core::model::{latex_words, particle_latex};

use crate::{Label, with_error};

/// A table with the numbers under a name of its own.
#[derive(Debug, Clone)]
pub struct Table {
    pub title: String,
    pub head: Vec<Cell>,
    pub rows: Vec<Vec<Cell>>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    Text(String),
    /// A name of a parameter, a path, a hash.
    Code(String),
    /// A particle or several.
    Particle(String),
    /// Already rounded, the error if there is one.
    Number(String, Option<String>),
}

impl Cell {
    pub fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    /// With the digits that the error justifies.
    pub fn measured(value: f64, error: Option<f64>) -> Self {
        let (value, shown) = with_error(value, error);
        Self::Number(value, error.map(|_| shown))
    }

    fn is_number(&self) -> bool {
        matches!(self, Self::Number(..))
    }

    fn html(&self) -> Markup {
        html! {
            @match self {
                Self::Text(text) => (text),
                Self::Code(text) => code { (text) },
                Self::Particle(name) => (Label::of(&particle_latex(name)).html()),
                Self::Number(value, None) => (value.replace('-', "−")),
                Self::Number(value, Some(error)) => { (value.replace('-', "−")) " ± " (error) }
            }
        }
    }

    fn latex(&self) -> String {
        match self {
            Self::Text(text) => latex_words(text),
            Self::Code(text) => format!(r"\texttt{{{}}}", latex_words(text)),
            Self::Particle(name) => format!("${}$", particle_latex(name)),
            Self::Number(value, None) => format!("${value}$"),
            Self::Number(value, Some(error)) => format!(r"${value} \pm {error}$"),
        }
    }

    fn markdown(&self) -> String {
        let text = match self {
            Self::Text(text) | Self::Particle(text) => text.clone(),
            Self::Code(text) => format!("`{text}`"),
            Self::Number(value, None) => value.clone(),
            Self::Number(value, Some(error)) => format!("{value} ± {error}"),
        };
        text.replace('|', r"\|").replace('\n', " ")
    }
}

impl Table {
    pub fn new(title: &str, head: &[&str]) -> Self {
        Self {
            title: title.to_owned(),
            head: head.iter().map(|text| Cell::text(text)).collect(),
            rows: Vec::new(),
        }
    }

    /// Then its head stands above their last digits.
    fn has_numbers(&self, column: usize) -> bool {
        let mut cells = self.rows.iter().filter_map(|row| row.get(column));
        cells.any(Cell::is_number)
    }

    /// In a box of its own that scrolls, by keys too: a table may be wider than the page.
    pub fn html(&self) -> Markup {
        html! {
            div.table tabindex="0" role="region" aria-label=(self.title) {
                table {
                    caption { (self.title) }
                    thead {
                        tr {
                            @for (column, cell) in self.head.iter().enumerate() {
                                th.number[self.has_numbers(column)] scope="col" { (cell.html()) }
                            }
                        }
                    }
                    tbody {
                        @for row in &self.rows {
                            tr {
                                @for (column, cell) in row.iter().enumerate() {
                                    @match column {
                                        0 => th scope="row" { (cell.html()) },
                                        _ => td.number[cell.is_number()] { (cell.html()) },
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    pub fn latex(&self) -> String {
        let columns: String = (0..self.head.len())
            .map(|column| match self.has_numbers(column) {
                true => 'r',
                false => 'l',
            })
            .collect();
        let line = |row: &[Cell]| {
            let cells: Vec<String> = row.iter().map(Cell::latex).collect();
            format!("{} \\\\\n", cells.join(" & "))
        };
        let rows: String = self.rows.iter().map(|row| line(row)).collect();
        format!(
            "\\begin{{table}}\n\\caption{{{}}}\n\\begin{{tabular}}{{{columns}}}\n\\hline\n{}\\hline\n{rows}\\hline\n\\end{{tabular}}\n\\end{{table}}\n",
            latex_words(&self.title),
            line(&self.head)
        )
    }

    pub fn markdown(&self) -> String {
        let line = |row: &[Cell]| {
            let cells: Vec<String> = row.iter().map(Cell::markdown).collect();
            format!("| {} |\n", cells.join(" | "))
        };
        let rows: String = self.rows.iter().map(|row| line(row)).collect();
        let rule = "|---".repeat(self.head.len());
        format!("**{}**\n\n{}{rule}|\n{rows}", self.title, line(&self.head))
    }
}

#[cfg(test)]
mod tests {
    use super::{Cell, Table};

    fn table() -> Table {
        let mut table = Table::new("Masses & <widths>", &["name", "value"]);
        table.rows.push(vec![
            Cell::Code("a_b|c".to_owned()),
            Cell::measured(-1.23456, Some(0.012)),
        ]);
        table.rows.push(vec![
            Cell::Particle("K*(892)0".to_owned()),
            Cell::measured(0.5, None),
        ]);
        table
    }

    #[test]
    fn names_are_escaped_in_each_notation() {
        let html = table().html().into_string();
        assert!(html.contains("Masses &amp; &lt;widths&gt;"), "{html}");
        assert!(html.contains("K<sup>*</sup>(892)<sup>0</sup>"), "{html}");
        let latex = table().latex();
        assert!(
            latex.contains(r"\caption{Masses \& $<$widths$>$}"),
            "{latex}"
        );
        assert!(
            latex.contains(r"\texttt{a\_b|c} & $-1.235 \pm 0.012$ \\"),
            "{latex}"
        );
        let markdown = table().markdown();
        assert!(
            markdown.contains(r"| `a_b\|c` | -1.235 ± 0.012 |"),
            "{markdown}"
        );
    }
}
