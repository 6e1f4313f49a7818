//! Places inside a TOML string: of its value, and of the text it is written as.

/// The byte of a string literal, quotes included, at which byte `place` of its value is written.
pub(super) fn place_in_literal(literal: &str, place: usize) -> usize {
    let quote = ["\"\"\"", "'''", "\"", "'"]
        .into_iter()
        .find(|quote| literal.starts_with(quote))
        .unwrap_or("");
    let mut at = quote.len();
    if quote.len() == 3 {
        // A line break right behind the quotes is no part of the value.
        let inside = &literal[at..];
        at += inside.len() - inside.strip_prefix('\r').unwrap_or(inside).len();
        at += usize::from(literal[at..].starts_with('\n'));
    }
    let escapes = quote.starts_with('"');
    let mut value = 0;
    while value < place {
        let rest = &literal[at..];
        let Some(character) = rest.chars().next() else {
            break;
        };
        let (written, meant) = match rest.strip_prefix('\\').filter(|_| escapes) {
            Some(escape) => escape_lengths(escape),
            None => (character.len_utf8(), character.len_utf8()),
        };
        at += written;
        value += meant;
    }
    at
}

/// Bytes of an escape, the backslash counted, and of what it means.
fn escape_lengths(escape: &str) -> (usize, usize) {
    let digits = match escape.chars().next() {
        Some('x') => 2,
        Some('u') => 4,
        Some('U') => 8,
        // A backslash at the end of a line takes the space up to the next word away.
        Some(c) if c.is_whitespace() => {
            let skipped = escape.len() - escape.trim_start().len();
            return (1 + skipped, 0);
        }
        _ => return (2, 1),
    };
    let code = escape.get(1..=digits).unwrap_or_default();
    let meant = u32::from_str_radix(code, 16).ok().and_then(char::from_u32);
    (2 + digits, meant.map_or(1, char::len_utf8))
}

#[cfg(test)]
mod tests {
    use super::place_in_literal;

    /// Each literal's value has an `x`, which must be found.
    #[test]
    fn a_place_of_the_value_is_found_in_every_kind_of_string() {
        let literals = [
            "\"ab x\"",
            "'a\\n x'",
            "\"\\\"q\\u03c3 \\U0001F600 \\t x\"",
            "\"\"\"\n  σ line\n x\"\"\"",
            "'''\r\nab x'''",
            "\"\"\"ab \\\n     c x\"\"\"",
            "\"\\x41x\"",
        ];
        for literal in literals {
            let document: toml::Table = toml::from_str(&format!("v = {literal}")).unwrap();
            let value = document["v"].as_str().unwrap();
            let place = place_in_literal(literal, value.rfind('x').unwrap());
            assert_eq!(place, literal.rfind('x').unwrap(), "{literal}");
            assert_eq!(&literal[place..=place], "x", "{literal}");
        }
    }
}
