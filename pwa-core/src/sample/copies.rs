//! Smeared copies of events: which entries of a file belong to one event.

use std::path::Path;

use super::SampleError;

/// How the copies of an event are known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Copies<'a> {
    /// There are so many of each.
    Count(usize),
    /// They have the same value of a column.
    Column(&'a str),
}

impl<'a> Copies<'a> {
    pub fn of(text: &'a str) -> Self {
        text.trim().parse().map_or(Self::Column(text), Self::Count)
    }

    /// How many copies each event of a file has, of `entries` that were `kept`; `marks`: the values of the column.
    pub fn sizes(
        self,
        entries: usize,
        marks: Option<&[f64]>,
        kept: Kept,
        path: &Path,
    ) -> Result<Vec<usize>, SampleError> {
        let bad = |what, help| SampleError::Copies {
            path: path.to_owned(),
            what,
            help,
        };
        match (self, marks) {
            (Self::Count(count), _) => {
                if kept == Kept::ByCut {
                    let help = "name a column that tells the events apart";
                    return Err(bad(
                        "a cut may take away some copies of an event".to_owned(),
                        help,
                    ));
                }
                if count == 0 || !entries.is_multiple_of(count) {
                    let what = format!("{entries} entries are no events of {count} copies each");
                    return Err(bad(what, "give the number of copies that stand there"));
                }
                Ok(vec![count; entries / count])
            }
            (Self::Column(_), marks) => {
                let same = |a: &f64, b: &f64| a == b;
                let events: Vec<&[f64]> = marks.unwrap_or_default().chunk_by(same).collect();
                let mut first: Vec<f64> = events.iter().map(|event| event[0]).collect();
                first.sort_unstable_by(f64::total_cmp);
                if let Some(twice) = first.windows(2).find(|pair| pair[0] == pair[1]) {
                    let what = format!(
                        "entries with {} in the column of `copies` stand in two places",
                        twice[0]
                    );
                    let help = "let the copies of an event stand one behind the other, and events have numbers of their own";
                    return Err(bad(what, help));
                }
                Ok(events.into_iter().map(<[f64]>::len).collect())
            }
        }
    }
}

/// Which entries of a file are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    All,
    ByCut,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_of_an_event_stand_together() {
        let path = Path::new("data.root");
        let column = Copies::of("event");
        assert_eq!(column, Copies::Column("event"));
        let marks = [7.0, 7.0, 3.0, 9.0, 9.0, 9.0];
        let sizes = column.sizes(6, Some(&marks), Kept::ByCut, path);
        assert_eq!(sizes.unwrap(), [2, 1, 3]);
        assert_eq!(
            Copies::of("3").sizes(6, None, Kept::All, path).unwrap(),
            [3, 3]
        );
        let apart = [7.0, 3.0, 9.0, 7.0, 3.0, 9.0];
        let refused = column.sizes(6, Some(&apart), Kept::All, path);
        assert!(refused.is_err());
        for (count, kept) in [("4", Kept::All), ("0", Kept::All), ("3", Kept::ByCut)] {
            assert!(Copies::of(count).sizes(6, None, kept, path).is_err());
        }
    }
}
