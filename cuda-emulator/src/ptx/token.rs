//! Words of PTX with their lines.

/// A word or a punctuation mark.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Token<'a> {
    pub text: &'a str,
    pub line: u32,
}

/// Splits a text into tokens; comments are left out.
pub fn tokens(text: &str) -> Vec<Token<'_>> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut line = 1;
    let mut at = 0;
    while at < bytes.len() {
        let rest = &text[at..];
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if bytes[at].is_ascii_whitespace() || bytes[at] == 0 {
            1
        } else {
            let length = length_of_token(rest);
            let text = &rest[..length];
            found.push(Token { text, line });
            length
        };
        line += rest[..length].matches('\n').count() as u32;
        at += length;
    }
    found
}

fn length_of_token(rest: &str) -> usize {
    if let Some(inside) = rest.strip_prefix('"') {
        return inside.find('"').map_or(rest.len(), |end| end + 2);
    }
    let word = rest
        .find(|c: char| !(c.is_ascii_alphanumeric() || "_$%.".contains(c)))
        .unwrap_or(rest.len());
    if word > 0 {
        return word;
    }
    // Any other character stands alone.
    rest.chars().next().map_or(1, char::len_utf8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_marks_and_comments_are_told_apart() {
        let text = "mov.u32 %r1, -0x10; // tail\n/* a\nb */ $L__BB0_1: .pragma \"no;unroll\";";
        let words: Vec<(&str, u32)> = tokens(text).iter().map(|t| (t.text, t.line)).collect();
        assert_eq!(
            words,
            [
                ("mov.u32", 1),
                ("%r1", 1),
                (",", 1),
                ("-", 1),
                ("0x10", 1),
                (";", 1),
                ("$L__BB0_1", 3),
                (":", 3),
                (".pragma", 3),
                ("\"no;unroll\"", 3),
                (";", 3),
            ]
        );
    }
}
