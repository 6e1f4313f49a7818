//! Conditions on columns that decide which events are kept.

use super::SampleError;
use super::columns::Listing;

const HELP: &str = "conditions are `column`, `!column` or `column op number` with < <= > >= == !=, joined by `,` or `&&`";

/// Conditions that must all hold.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Cut {
    pub conditions: Vec<Condition>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Condition {
    /// The column, or a place of one.
    pub word: String,
    test: Test,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Test {
    Less(f64),
    LessOrEqual(f64),
    Greater(f64),
    GreaterOrEqual(f64),
    Equal(f64),
    NotEqual(f64),
}

/// A test for the number it is given.
type MakeTest = fn(f64) -> Test;

/// Longer operators first, so that `<=` is not read as `<`.
const OPERATORS: [(&str, MakeTest); 6] = [
    ("<=", Test::LessOrEqual),
    (">=", Test::GreaterOrEqual),
    ("==", Test::Equal),
    ("!=", Test::NotEqual),
    ("<", Test::Less),
    (">", Test::Greater),
];

impl Cut {
    pub fn parse(text: &str) -> Result<Self, SampleError> {
        let conditions = text
            .replace("&&", ",")
            .split(',')
            .map(|part| condition(part.trim()))
            .collect::<Result<_, _>>();
        let conditions =
            conditions.map_err(|why| SampleError::request(format!("cut `{text}`: {why}"), HELP))?;
        Ok(Self { conditions })
    }

    /// Asks that every column of the cut is there.
    pub fn check(&self, listing: &Listing) -> Result<(), SampleError> {
        self.conditions
            .iter()
            .try_for_each(|c| listing.pick(&c.word).map(drop))
    }
}

impl Condition {
    pub fn holds(&self, value: f64) -> bool {
        match self.test {
            Test::Less(x) => value < x,
            Test::LessOrEqual(x) => value <= x,
            Test::Greater(x) => value > x,
            Test::GreaterOrEqual(x) => value >= x,
            Test::Equal(x) => value == x,
            Test::NotEqual(x) => value != x,
        }
    }
}

fn condition(part: &str) -> Result<Condition, String> {
    let (word, test) = match OPERATORS
        .iter()
        .find_map(|(op, test)| Some((part.split_once(op)?, test)))
    {
        Some(((word, number), test)) => {
            let number = number.trim();
            match number.parse::<f64>() {
                Ok(x) if x.is_finite() => (word.trim(), test(x)),
                _ => return Err(format!("`{number}` is not a number")),
            }
        }
        None => match part.strip_prefix('!') {
            Some(word) => (word.trim(), Test::Equal(0.0)),
            None => (part, Test::NotEqual(0.0)),
        },
    };
    if word.is_empty() || word.contains(|c: char| c.is_whitespace() || "&|()<>=!".contains(c)) {
        return Err(format!("`{part}` is not a condition"));
    }
    Ok(Condition {
        word: word.into(),
        test,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operator_is_read() {
        let cut = Cut::parse("good, !muon && x[1] <= 3.5,x>=-1e2,n==3,n != 4, y<0,z>0").unwrap();
        let words: Vec<&str> = cut.conditions.iter().map(|c| c.word.as_str()).collect();
        assert_eq!(words, ["good", "muon", "x[1]", "x", "n", "n", "y", "z"]);
        let holds = |value| {
            cut.conditions
                .iter()
                .map(|c| u8::from(c.holds(value)))
                .collect::<Vec<_>>()
        };
        assert_eq!(holds(0.0), [0, 1, 1, 1, 0, 1, 0, 0]);
        assert_eq!(holds(4.0), [1, 0, 0, 1, 0, 0, 0, 1]);
    }

    #[test]
    fn what_is_not_a_condition_is_refused() {
        for (text, why) in [
            ("a || b", "`a || b` is not a condition"),
            ("a > b", "`b` is not a number"),
            ("a,", "`` is not a condition"),
            ("(a > 3)", "`3)` is not a number"),
            ("a > nan", "`nan` is not a number"),
        ] {
            assert_eq!(
                Cut::parse(text).unwrap_err().to_string(),
                format!("cut `{text}`: {why}")
            );
        }
    }
}
