//! A formula as LaTeX.

use super::{FUNCTIONS, Formula, Function, Kind, Node, Operator};

impl Formula {
    /// The formula in LaTeX's math mode; `functions` are those beside [`FUNCTIONS`].
    pub fn latex(&self, functions: &'static [Function]) -> String {
        print(&self.root, 0, functions)
    }
}

/// Greek letters that are written as words.
const GREEK: &[&str] = &[
    "alpha", "beta", "gamma", "delta", "epsilon", "eta", "theta", "kappa", "lambda", "mu", "nu",
    "xi", "rho", "sigma", "tau", "phi", "chi", "psi", "omega", "Gamma", "Delta", "Lambda", "Sigma",
    "Phi", "Omega",
];

/// `m0` is m_0, `sigma_12` is σ_12: a name with what follows its first letters as an index.
pub fn latex_name(name: &str) -> String {
    let (stem, index) = match name.split_once('_') {
        Some((stem, index)) if !stem.is_empty() => (stem, index),
        _ => {
            let end = name.trim_end_matches(|c: char| c.is_ascii_digit()).len();
            name.split_at(end)
        }
    };
    let stem = match () {
        () if GREEK.contains(&stem) => format!("\\{stem}"),
        () if stem.chars().count() == 1 => stem.to_owned(),
        () => format!("\\mathrm{{{}}}", escaped(stem)),
    };
    match index {
        "" => stem,
        index if index.chars().all(|c| c.is_ascii_digit()) => format!("{stem}_{{{index}}}"),
        index => format!("{stem}_{{\\mathrm{{{}}}}}", escaped(index)),
    }
}

fn escaped(text: &str) -> String {
    text.replace('_', r"\_")
}

/// The part as it stands where operators bind with `strength` around it.
fn print(node: &Node, strength: u8, functions: &'static [Function]) -> String {
    let part = |node: &Node, strength: u8| print(node, strength, functions);
    // Two operators never meet: `a - (-b)`.
    let right = |node: &Node, strength: u8| match node.kind {
        Kind::Neg(_) => part(node, 9),
        _ => part(node, strength),
    };
    let (text, own) = match &node.kind {
        Kind::Number(value) => (number(*value), 9),
        Kind::Imaginary(value) if *value == 1.0 => ("i".to_owned(), 9),
        Kind::Imaginary(value) => (format!("{}\\,i", number(*value)), 5),
        Kind::Name(name) if name == "im" => ("i".to_owned(), 9),
        Kind::Name(name) if name == "pi" => (r"\pi".to_owned(), 9),
        Kind::Name(name) => (latex_name(name), 9),
        Kind::Neg(inner) => (format!("-{}", right(inner, 5)), 5),
        Kind::Binary(operator, sides) => {
            let [a, b] = &**sides;
            match operator {
                Operator::Add => (format!("{} + {}", part(a, 3), right(b, 3)), 3),
                Operator::Sub => (format!("{} - {}", part(a, 3), right(b, 4)), 3),
                Operator::Mul => (format!(r"{} \, {}", part(a, 5), right(b, 5)), 5),
                Operator::Div => (format!(r"\frac{{{}}}{{{}}}", part(a, 0), part(b, 0)), 7),
                Operator::Pow => (format!("{}^{{{}}}", part(a, 8), part(b, 0)), 7),
                Operator::GreaterOrEqual => (format!(r"{} \ge {}", part(a, 3), part(b, 3)), 1),
                Operator::Greater => (format!("{} > {}", part(a, 3), part(b, 3)), 1),
                Operator::LessOrEqual => (format!(r"{} \le {}", part(a, 3), part(b, 3)), 1),
                Operator::Less => (format!("{} < {}", part(a, 3), part(b, 3)), 1),
            }
        }
        Kind::Call(name, arguments) => {
            let arguments: Vec<String> = arguments.iter().map(|a| part(a, 0)).collect();
            return match (name.as_str(), &arguments[..]) {
                ("if", [test, then, otherwise]) => format!(
                    r"\begin{{cases}} {then} & {test} \\ {otherwise} & \text{{else}} \end{{cases}}"
                ),
                _ => call(name, &arguments, functions),
            };
        }
    };
    match own < strength {
        true => format!(r"\left({text}\right)"),
        false => text,
    }
}

fn call(name: &str, arguments: &[String], functions: &'static [Function]) -> String {
    let mut known = FUNCTIONS.iter().chain(functions);
    let template = known.find(|function| function.name == name);
    let Some(template) = template.map(|function| function.latex) else {
        // `build` has refused it before.
        return format!(r"\mathrm{{{}}}({})", escaped(name), arguments.join(", "));
    };
    let places = arguments.iter().enumerate();
    places.fold(template.to_owned(), |text, (place, argument)| {
        text.replace(&format!("#{}", place + 1), argument)
    })
}

/// A number as one writes it by hand: `1.5 \times 10^{-3}`.
fn number(value: f64) -> String {
    let text = format!("{value:?}");
    match text.split_once('e') {
        Some((mantissa, exponent)) => format!(r"{mantissa} \times 10^{{{exponent}}}"),
        None => text.strip_suffix(".0").unwrap_or(&text).to_owned(),
    }
}
