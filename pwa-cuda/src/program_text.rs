//! Programs of shapes as CUDA C: the same operations as on the CPU, rounded at the same places.

use std::collections::HashMap;
use std::fmt::Write;

use pwa_core::expr::{Operation, Place, Program};

/// The statements that compute a program's outputs, and where these are.
///
/// Scalars of the point are read from `s`, variables from `x0`, `x1`, ...
pub struct ProgramText {
    pub statements: String,
    pub outputs: Vec<String>,
}

impl ProgramText {
    pub fn new(program: &Program, indent: &str) -> Self {
        let mut names: HashMap<u32, String> = HashMap::new();
        let mut statements = String::new();
        let name = |names: &HashMap<u32, String>, place: Place| match place {
            Place::Scalar(index) => match program.constant(index) {
                Some(value) => number(value),
                None => format!("s[{index}]"),
            },
            Place::Variable(index) => format!("x{index}"),
            // A tape reads what it has written.
            Place::Register(index) => names.get(&index).cloned().unwrap_or_default(),
        };
        for (step, &(target, operation)) in program.tape().iter().enumerate() {
            let at = |place| name(&names, place);
            let value = match operation {
                Operation::Add(a, b) => format!("{} + {}", at(a), at(b)),
                Operation::Sub(a, b) => format!("{} - {}", at(a), at(b)),
                Operation::Mul(a, b) => format!("{} * {}", at(a), at(b)),
                Operation::MulAdd(a, b, c) => format!("fma({}, {}, {})", at(a), at(b), at(c)),
                Operation::MulSub(a, b, c) => format!("fma({}, {}, -{})", at(a), at(b), at(c)),
                Operation::NegMulAdd(a, b, c) => format!("fma(-{}, {}, {})", at(a), at(b), at(c)),
                Operation::Div(a, b) => format!("{} / {}", at(a), at(b)),
                Operation::Neg(a) => format!("-{}", at(a)),
                Operation::Sqrt(a) => format!("sqrt({})", at(a)),
                Operation::Exp(a) => format!("exact_exp({})", at(a)),
                Operation::Log(a) => format!("exact_log({})", at(a)),
                Operation::Sin(a) => format!("exact_sin({})", at(a)),
                Operation::Cos(a) => format!("exact_cos({})", at(a)),
                Operation::Atan2(a, b) => format!("exact_atan2({}, {})", at(a), at(b)),
                Operation::Select(test, a, b) => {
                    format!("{} >= 0.0 ? {} : {}", at(test), at(a), at(b))
                }
            };
            // Writing to a string does not fail.
            let _ = writeln!(statements, "{indent}const double t{step} = {value};");
            names.insert(target, format!("t{step}"));
        }
        let outputs = (program.places().iter())
            .map(|&place| name(&names, place))
            .collect();
        Self {
            statements,
            outputs,
        }
    }
}

/// A double by its bits: no digits get lost on the way through a compiler.
pub fn number(value: f64) -> String {
    format!("bits(0x{:016x}LL /* {value:e} */)", value.to_bits())
}

#[cfg(test)]
mod tests {
    use pwa_core::expr::{Expr, Lowering};

    use super::*;

    #[test]
    fn operations_are_printed_where_the_tape_has_them() {
        let (m, m0) = (Expr::variable(0), Expr::parameter(0));
        let formula = (m.powi(2) * &m0 + 2.0).exp();
        let mut lowering = Lowering::new();
        let (re, _) = lowering.lower(&formula);
        let text = ProgramText::new(&Program::new(&lowering.graph, &[re]), "  ");
        assert_eq!(
            text.statements,
            "  const double t0 = x0 * x0;\n  \
             const double t1 = fma(t0, s[0], bits(0x4000000000000000LL /* 2e0 */));\n  \
             const double t2 = exact_exp(t1);\n"
        );
        assert_eq!(text.outputs, ["t2"]);
    }
}
