//! Names and words as LaTeX.

use std::fmt::Write;

/// Text outside of formulas, with every character that LaTeX reads as a command made harmless.
pub fn words(text: &str) -> String {
    let mut out = String::new();
    for character in text.chars() {
        match character {
            '_' | '&' | '%' | '#' | '$' | '{' | '}' => out.extend(['\\', character]),
            '\\' => out.push_str(r"\textbackslash{}"),
            '^' => out.push_str(r"\^{}"),
            '~' => out.push_str(r"\~{}"),
            '<' | '>' => out.extend(['$', character, '$']),
            _ => out.push(character),
        }
    }
    out.replace("-$>$", r"$\to$")
}

/// Greek letters of particle names.
const GREEK: &[(&str, &str)] = &[
    ("Lambda", r"\Lambda"),
    ("Sigma", r"\Sigma"),
    ("Omega", r"\Omega"),
    ("Delta", r"\Delta"),
    ("Upsilon", r"\Upsilon"),
    ("Xi", r"\Xi"),
    ("gamma", r"\gamma"),
    ("omega", r"\omega"),
    ("sigma", r"\sigma"),
    ("kappa", r"\kappa"),
    ("theta", r"\theta"),
    ("chi", r"\chi"),
    ("psi", r"\psi"),
    ("phi", r"\phi"),
    ("rho", r"\rho"),
    ("tau", r"\tau"),
    ("eta", r"\eta"),
    ("mu", r"\mu"),
    ("nu", r"\nu"),
    ("pi", r"\pi"),
];

/// Symbols without a space between them. `\gamma` in front of `K^{+}` ends its name by one, as `\gammaK` is another command.
pub fn beside(symbols: impl IntoIterator<Item = String>) -> String {
    let mut text = String::new();
    for symbol in symbols {
        let behind = text.rfind('\\').map(|at| &text[at + 1..]);
        let command = behind.is_some_and(|name| name.chars().all(char::is_alphabetic));
        if command && symbol.starts_with(char::is_alphabetic) {
            text.push(' ');
        }
        text.push_str(&symbol);
    }
    text
}

/// `K*(892)0` is K^{*}(892)^{0}, `Lambda(c)+` is Λ_c^+, `f0(1500)` is f_0(1500). The reaction in front of a name, as in
/// `pipi:f0(1500)`, is a word and no particle.
pub fn particle(name: &str) -> String {
    if let Some((reaction, name)) = name.split_once(':') {
        return format!(r"\mathrm{{{}}}:{}", plain(reaction), particle(name));
    }
    let charge = name.trim_end_matches(['+', '-']).len();
    let (stem, charge) = name.split_at(charge);
    // A 0 behind a bracket or a letter that carries no index is a charge: pi0, K*(892)0.
    let neutral = stem.strip_suffix('0').filter(|rest| {
        charge.is_empty()
            && (rest.ends_with([')', '*'])
                || GREEK.iter().any(|g| rest.ends_with(g.0))
                || ["K", "D", "B"].contains(rest))
    });
    let (stem, charge) = match neutral {
        Some(rest) => (rest, "0"),
        None => (stem, charge),
    };
    let mut text = String::new();
    let mut rest = stem;
    while let Some(character) = rest.chars().next() {
        if let Some((word, symbol)) = GREEK.iter().find(|(word, _)| rest.starts_with(word)) {
            text.push_str(symbol);
            rest = &rest[word.len()..];
            // `\pi a` is no command of another name, `\pia` is.
            if rest.starts_with(char::is_alphabetic) {
                text.push(' ');
            }
            continue;
        }
        let index = rest.strip_prefix('(').and_then(|rest| rest.split_once(')'));
        match (character, index) {
            ('(', Some((inner, after))) if inner.starts_with(|c: char| c.is_ascii_alphabetic()) => {
                let _ = write!(text, "_{{{inner}}}");
                rest = after;
            }
            ('(', Some((inner, after))) => {
                let _ = write!(text, "({})", plain(inner));
                rest = after;
            }
            ('0'..='9', _) => {
                let end = rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
                let (digits, after) = rest.split_at(rest.len() - end);
                let _ = write!(text, "_{{{digits}}}");
                rest = after;
            }
            ('*', _) => {
                text.push_str("^{*}");
                rest = &rest[1..];
            }
            ('\'', _) => {
                text.push_str(r"^{\prime}");
                rest = &rest[1..];
            }
            ('(' | ')', _) => {
                // A bracket without its partner.
                rest = &rest[1..];
            }
            _ => {
                text.push_str(&plain(&character.to_string()));
                rest = &rest[character.len_utf8()..];
            }
        }
    }
    match charge {
        "" => text,
        // A star and a charge are one exponent.
        _ if text.ends_with("^{*}") => {
            text.truncate(text.len() - 1);
            format!("{text}{charge}}}")
        }
        _ => format!("{text}^{{{charge}}}"),
    }
}

/// Letters and digits of a name inside a formula.
fn plain(text: &str) -> String {
    let mut out = String::new();
    for character in text.chars() {
        match character {
            '_' | '&' | '%' | '#' | '$' => out.extend(['\\', character]),
            '{' | '}' | '\\' | '^' | '~' => {}
            _ => out.push(character),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{beside, particle, words};

    #[test]
    fn particles_look_as_in_the_review_of_particle_physics() {
        let cases = [
            ("f0(1500)", r"f_{0}(1500)"),
            ("K*(892)0", r"K^{*}(892)^{0}"),
            ("K(S)0", r"K_{S}^{0}"),
            ("chi(c1)(1P)", r"\chi_{c1}(1P)"),
            ("J/psi(1S)", r"J/\psi(1S)"),
            ("Lambda(c)+", r"\Lambda_{c}^{+}"),
            ("pi0", r"\pi^{0}"),
            ("pi-", r"\pi^{-}"),
            ("a1(1260)+", r"a_{1}(1260)^{+}"),
            ("eta'(958)", r"\eta^{\prime}(958)"),
            ("D*+", r"D^{*+}"),
            ("Delta(1232)++", r"\Delta(1232)^{++}"),
            ("S_wave", r"S\_wave"),
            ("x)^{", r"x"),
            ("pipi:f0(1500)", r"\mathrm{pipi}:f_{0}(1500)"),
        ];
        for (name, latex) in cases {
            assert_eq!(particle(name), latex, "{name}");
        }
    }

    #[test]
    fn a_command_ends_where_the_next_symbol_begins() {
        let row = |names: &[&str]| beside(names.iter().map(|name| particle(name)));
        assert_eq!(row(&["gamma", "K+", "K-"]), r"\gamma K^{+}K^{-}");
        assert_eq!(row(&["gamma", "pi+", "pi-"]), r"\gamma\pi^{+}\pi^{-}");
        assert_eq!(row(&["S_wave", "K+"]), r"S\_waveK^{+}");
    }

    #[test]
    fn text_holds_no_command() {
        assert_eq!(
            words("a_1 -> b\\c {x}"),
            r"a\_1 $\to$ b\textbackslash{}c \{x\}"
        );
    }
}
