//! A density that is constant in bins, from a text file.

/// Bins in one or two variables.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Histogram {
    bins: Vec<Bin>,
}

#[derive(Debug, Clone, PartialEq)]
struct Bin {
    /// From and to, of each variable.
    range: Vec<[f64; 2]>,
    /// Content by size.
    density: f64,
}

impl Bin {
    fn holds(&self, point: &[f64]) -> bool {
        let mut pairs = self.range.iter().zip(point);
        pairs.all(|(&[from, to], x)| (from..to).contains(x))
    }

    fn overlaps(&self, other: &Self) -> bool {
        let mut pairs = self.range.iter().zip(&other.range);
        pairs.all(|(a, b)| a[0] < b[1] && b[0] < a[1])
    }
}

impl Histogram {
    /// From and to of each variable and the content, a bin a line; `#` begins a comment.
    pub fn read(text: &str, dimension: usize) -> Result<Self, String> {
        if !(1..=2).contains(&dimension) {
            return Err(format!(
                "a histogram has one or two variables, not {dimension}"
            ));
        }
        let mut bins: Vec<Bin> = Vec::new();
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.split('#').next().unwrap_or_default().trim();
            if line.is_empty() {
                continue;
            }
            let words = line.split([' ', '\t', ',']).filter(|word| !word.is_empty());
            let numbers: Result<Vec<f64>, _> = words.map(str::parse).collect();
            let numbers = numbers.map_err(|error| format!("line {number}: {error}"))?;
            if numbers.len() != 2 * dimension + 1 {
                let (found, wanted) = (numbers.len(), 2 * dimension + 1);
                return Err(format!("line {number}: {found} numbers, not {wanted}"));
            }
            let (range, _) = numbers[..2 * dimension].as_chunks::<2>();
            let size: f64 = range.iter().map(|[from, to]| to - from).product();
            let ordered = range.iter().all(|[from, to]| from < to);
            let content = numbers[2 * dimension];
            if !(ordered && size.is_finite() && content >= 0.0 && content.is_finite()) {
                return Err(format!(
                    "line {number}: a bin goes from a lower to a higher number and holds none below zero"
                ));
            }
            let bin = Bin {
                range: range.to_vec(),
                density: content / size,
            };
            if bins.iter().any(|other| other.overlaps(&bin)) {
                return Err(format!("line {number}: the bin overlaps an earlier one"));
            }
            bins.push(bin);
        }
        Ok(Self { bins })
    }

    /// Not a number outside the bins.
    pub fn at(&self, point: &[f64]) -> f64 {
        let mut bins = self.bins.iter();
        bins.find(|bin| bin.holds(point))
            .map_or(f64::NAN, |bin| bin.density)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_density_is_content_by_area_and_unknown_outside() {
        let text = "# x from to, y from to, content\n0 1 0 2 4\n1, 2, 0, 2, 0 # empty\n";
        let histogram = Histogram::read(text, 2).unwrap();
        assert_eq!(histogram.at(&[0.5, 1.9]), 2.0);
        assert_eq!(histogram.at(&[1.0, 0.0]), 0.0);
        assert!(histogram.at(&[2.0, 1.0]).is_nan());
    }

    #[test]
    fn lines_that_are_no_bins_are_named() {
        for (text, says) in [
            ("0 1 2\n0.5 2 1\n", "line 2: the bin overlaps"),
            ("1 0 2\n", "line 1: a bin goes"),
            ("0 1 -2\n", "line 1: a bin goes"),
            ("\n0 1\n", "line 2: 2 numbers, not 3"),
            ("0 one 2\n", "line 1: invalid float"),
        ] {
            let problem = Histogram::read(text, 1).unwrap_err();
            assert!(problem.contains(says), "{problem}");
        }
        assert!(
            Histogram::read("", 3)
                .unwrap_err()
                .contains("one or two variables")
        );
    }
}
