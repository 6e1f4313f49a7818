//! Labels in the notation of the Particle Data Group: from LaTeX to text with indices and exponents.

use maud::{Markup, html};
use pwa_core::model::particle_latex;

/// Text in pieces that stand on, above or below the line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    pieces: Vec<(Height, String)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Height {
    Line,
    Above,
    Below,
}

/// Commands of LaTeX that labels hold.
const SYMBOLS: &[(&str, &str)] = &[
    ("Lambda", "Λ"),
    ("Sigma", "Σ"),
    ("Omega", "Ω"),
    ("Delta", "Δ"),
    ("Upsilon", "Υ"),
    ("Xi", "Ξ"),
    ("gamma", "γ"),
    ("omega", "ω"),
    ("sigma", "σ"),
    ("kappa", "κ"),
    ("theta", "θ"),
    ("chi", "χ"),
    ("psi", "ψ"),
    ("phi", "φ"),
    ("rho", "ρ"),
    ("tau", "τ"),
    ("eta", "η"),
    ("mu", "μ"),
    ("nu", "ν"),
    ("pi", "π"),
    ("prime", "′"),
    ("cos", "cos "),
    ("to", "→"),
    ("textbackslash", "\\"),
    // Letters upright, as text has them.
    ("mathrm", ""),
];

impl Label {
    /// Plain text.
    pub fn plain(text: &str) -> Self {
        Self {
            pieces: vec![(Height::Line, text.to_owned())],
        }
    }

    /// From a formula of names, indices and exponents.
    pub fn of(latex: &str) -> Self {
        let mut label = Self { pieces: Vec::new() };
        let mut rest = latex;
        while let Some(character) = rest.chars().next() {
            let after = &rest[character.len_utf8()..];
            let height = match character {
                '^' => Height::Above,
                '_' => Height::Below,
                _ => {
                    let (text, behind) = symbol(rest);
                    label.push(Height::Line, text);
                    rest = behind;
                    continue;
                }
            };
            let (group, behind) = group(after);
            let mut inner = group;
            while !inner.is_empty() {
                let (text, behind) = symbol(inner);
                label.push(height, text);
                inner = behind;
            }
            rest = behind;
        }
        label
    }

    /// A parameter, coupling or fraction by its name: `f0(1500).mass` is f_0(1500) mass.
    pub fn of_parameter(name: &str, unit: &str) -> Self {
        let (before, rest) = match name.strip_prefix("fraction of ") {
            Some(rest) => ("fraction of ", rest),
            None => ("", name),
        };
        // Names of decays and of other programs have no particle in front.
        let is_particle = !rest.contains(['[', '>', ':']);
        let (particle, behind) = rest.split_once('.').unwrap_or((rest, ""));
        if !is_particle || (before.is_empty() && behind.is_empty()) {
            return Self::plain(name).with_unit(unit);
        }
        let mut label = Self::plain(before);
        for (height, text) in Self::of(&particle_latex(particle)).pieces {
            label.pieces.push((height, text));
        }
        if !behind.is_empty() {
            label.push(Height::Line, &format!(" {}", behind.replace('.', " ")));
        }
        label.with_unit(unit)
    }

    /// A unit in brackets behind it.
    #[must_use]
    pub fn with_unit(mut self, unit: &str) -> Self {
        if !unit.is_empty() {
            self.push(Height::Line, &format!(" [{unit}]"));
        }
        self
    }

    fn push(&mut self, height: Height, text: &str) {
        // The hyphen of small letters hardly shows.
        let charge = (height == Height::Above).then(|| text.replace('-', "−"));
        let text = charge.as_deref().unwrap_or(text);
        match self.pieces.last_mut() {
            Some((last, known)) if *last == height => known.push_str(text),
            _ if text.is_empty() => {}
            _ => self.pieces.push((height, text.to_owned())),
        }
    }

    /// Inside a `text` element of SVG with letters of this size.
    pub fn svg(&self, size: f64) -> Markup {
        let mut above = 0.0;
        let pieces = self.pieces.iter().map(|(height, text)| {
            let (wanted, size) = match height {
                Height::Line => (0.0, size),
                Height::Above => (0.38 * size, 0.72 * size),
                Height::Below => (-0.22 * size, 0.72 * size),
            };
            let down = above - wanted;
            above = wanted;
            html! { tspan dy=(format!("{down:.2}")) font-size=(format!("{size:.1}")) { (text) } }
        });
        let pieces: Vec<Markup> = pieces.collect();
        html! { @for piece in &pieces { (piece) } }
    }

    pub fn html(&self) -> Markup {
        html! {
            @for (height, text) in &self.pieces {
                @match height {
                    Height::Line => (text),
                    Height::Above => sup { (text) },
                    Height::Below => sub { (text) },
                }
            }
        }
    }

    /// Without heights, for what has no markup.
    pub fn text(&self) -> String {
        self.pieces.iter().map(|(_, text)| text.as_str()).collect()
    }

    /// About the width of the text, in units of the size of its letters.
    pub fn width(&self) -> f64 {
        let of = |(height, text): &(Height, String)| {
            let letters = text.chars().count() as f64;
            letters * if *height == Height::Line { 0.62 } else { 0.45 }
        };
        self.pieces.iter().map(of).sum()
    }
}

/// The first symbol of a formula, and what stands behind it.
fn symbol(rest: &str) -> (&str, &str) {
    let first = rest.chars().next().map_or(0, char::len_utf8);
    let (character, after) = rest.split_at(first);
    match character {
        "{" | "}" => ("", after),
        "\\" => {
            let length = after.find(|c: char| !c.is_ascii_alphabetic());
            let (name, behind) = after.split_at(length.unwrap_or(after.len()));
            match SYMBOLS.iter().find(|(known, _)| *known == name) {
                // The space behind a command ends its name.
                Some((_, text)) => (text, behind.strip_prefix(' ').unwrap_or(behind)),
                None if name.is_empty() => {
                    let escaped = behind.chars().next().map_or(0, char::len_utf8);
                    behind.split_at(escaped)
                }
                None => (name, behind),
            }
        }
        _ => (character, after),
    }
}

/// What an index or exponent holds: one symbol, or all inside of braces.
fn group(rest: &str) -> (&str, &str) {
    let Some(inner) = rest.strip_prefix('{') else {
        let length = rest.len() - symbol(rest).1.len();
        return rest.split_at(length);
    };
    let mut depth = 1;
    for (place, character) in inner.char_indices() {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return (&inner[..place], &inner[place + 1..]);
        }
    }
    (inner, "")
}

#[cfg(test)]
mod tests {
    use super::Label;

    #[test]
    fn particles_have_their_indices_and_exponents() {
        let cases = [
            (r"K^{*}(892)^{0}", "K<sup>*</sup>(892)<sup>0</sup>"),
            (r"f_{0}(1500)", "f<sub>0</sub>(1500)"),
            (r"\Lambda_{c}^{+}", "Λ<sub>c</sub><sup>+</sup>"),
            (
                r"m^{2}(\pi^{+}\pi^{-})",
                "m<sup>2</sup>(π<sup>+</sup>π<sup>−</sup>)",
            ),
            (r"\cos\theta(\gamma)", "cos θ(γ)"),
            (r"S\_wave", "S_wave"),
            (r"\mathrm{pipi}:f_{0}(1500)", "pipi:f<sub>0</sub>(1500)"),
            (r"m(\gamma K^{+})", "m(γK<sup>+</sup>)"),
            (r"f_{2}^{\prime}(1525)", "f<sub>2</sub><sup>′</sup>(1525)"),
        ];
        for (latex, html) in cases {
            assert_eq!(Label::of(latex).html().into_string(), html, "{latex}");
        }
    }

    #[test]
    fn parameters_have_the_names_of_their_particles() {
        let html = |name, unit| Label::of_parameter(name, unit).html().into_string();
        assert_eq!(
            html("f0(1500).mass", "GeV"),
            "f<sub>0</sub>(1500) mass [GeV]"
        );
        assert_eq!(
            html("fraction of K*(892)0", ""),
            "fraction of K<sup>*</sup>(892)<sup>0</sup>"
        );
        assert_eq!(html("A->B.C_total_0r", ""), "A-&gt;B.C_total_0r");
    }

    #[test]
    fn what_a_name_holds_is_no_markup() {
        let label = Label::of("<script>_{&}");
        assert_eq!(label.html().into_string(), "&lt;script&gt;<sub>&amp;</sub>");
        assert!(!label.svg(10.0).into_string().contains("<script>"));
    }

    #[test]
    fn broken_formulas_are_text() {
        for latex in ["^", "_{", "\\", "a^{b", "}{", "\\unknown{x}"] {
            let _ = Label::of(latex).html();
        }
    }
}
