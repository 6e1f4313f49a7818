//! What a line shape says of itself: the head of its file, read where it stands.

/// The `//!` lines at the top of a shape's file. `Units:`, `Source:` and `Limits:` open a paragraph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Documentation {
    /// The first paragraph in one line.
    pub summary: String,
    /// All of the head, as it stands.
    pub text: String,
}

impl Documentation {
    /// The head of a file's text.
    pub fn of(file: &str) -> Self {
        let lines: Vec<&str> = (file.lines())
            .map_while(|line| line.strip_prefix("//!"))
            .map(|line| line.strip_prefix(' ').unwrap_or(line))
            .collect();
        let summary: Vec<&str> = (lines.iter().copied())
            .take_while(|line| !line.is_empty())
            .collect();
        Self {
            summary: summary.join(" "),
            text: lines.join("\n"),
        }
    }

    /// The paragraph that opens with `word:`, in one line and without that word; empty where there
    /// is none.
    pub fn paragraph(&self, word: &str) -> String {
        let opening = format!("{word}:");
        let mut lines = (self.text.lines()).skip_while(|line| !line.starts_with(&opening));
        let Some(first) = lines.next() else {
            return String::new();
        };
        let rest = lines.take_while(|line| !line.is_empty() && !opens_a_paragraph(line));
        let words: Vec<&str> = std::iter::once(first[opening.len()..].trim())
            .chain(rest)
            .collect();
        words.join(" ")
    }
}

/// `Units: ...`, `Source: ...`, `Limits: ...`
fn opens_a_paragraph(line: &str) -> bool {
    ["Units:", "Source:", "Limits:"]
        .iter()
        .any(|opening| line.starts_with(opening))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paragraph_ends_where_the_next_one_opens() {
        let file = "//! A shape\n//! of two lines.\n//!\n//! Units: GeV.\n//! Source: a book,\n\
                    //! page 3.\n//! Limits: none.\n\nuse x;\n//! Source: no.";
        let documentation = Documentation::of(file);
        assert_eq!(documentation.summary, "A shape of two lines.");
        assert_eq!(documentation.paragraph("Units"), "GeV.");
        assert_eq!(documentation.paragraph("Source"), "a book, page 3.");
        assert_eq!(documentation.paragraph("Limits"), "none.");
        assert_eq!(documentation.paragraph("Options"), "");
    }
}
