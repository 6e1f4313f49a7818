//! Which operation an opcode names, what values it takes, and how modifiers are spelt.

use super::instruction::{Comparison, Operation, Rounding};
use super::opcode::Opcode;
use crate::ptx::{Class, Type};

const U32: Type = Type::new(Class::Unsigned, 4);

/// The operation of an opcode, where that says it all.
pub fn operation(opcode: &mut Opcode) -> Option<Operation> {
    use Operation::*;
    Some(match opcode.base {
        "add" | "addc" => Add,
        "sub" | "subc" => Subtract,
        "mul" => opcode
            .take_one(&[
                ("lo", Multiply),
                ("hi", MultiplyHigh),
                ("wide", MultiplyWide),
            ])
            .unwrap_or(Multiply),
        "mad" | "madc" => {
            let kinds = [
                ("lo", MultiplyAdd),
                ("hi", MultiplyAddHigh),
                ("wide", MultiplyAddWide),
            ];
            opcode.take_one(&kinds).unwrap_or(Fused)
        }
        "fma" => Fused,
        "div" => Divide,
        "rem" => Remainder,
        "rcp" if opcode.has("approx") => ReciprocalApproximate,
        "rcp" => Reciprocal,
        "rsqrt" => RootReciprocalApproximate,
        "sqrt" => SquareRoot,
        "neg" => Negate,
        "abs" => Absolute,
        "min" => Minimum,
        "max" => Maximum,
        "copysign" => CopySign,
        "and" => And,
        "or" => Or,
        "xor" => Xor,
        "not" => Not,
        "cnot" => IsZero,
        "shl" => ShiftLeft,
        "shr" => ShiftRight,
        "clz" => LeadingZeros,
        "popc" => PopulationCount,
        "brev" => ReverseBits,
        "bfind" => FindBit {
            from_top: opcode.take("shiftamt"),
        },
        "bfe" => ExtractBits,
        "prmt" => Permute,
        "shf" => {
            let clamp = opcode.take_one(&[("clamp", true), ("wrap", false)])?;
            match opcode.take_one(&[("l", true), ("r", false)])? {
                true => FunnelLeft { clamp },
                false => FunnelRight { clamp },
            }
        }
        "ex2" => Exp2Approximate,
        "lg2" => Log2Approximate,
        "sin" => SineApproximate,
        "cos" => CosineApproximate,
        _ => return None,
    })
}

/// The types of the values that an operation takes.
pub fn operand_types(operation: Operation, ty: Type) -> Vec<Type> {
    use Operation::*;
    let wide = Type::new(ty.class, (2 * ty.bytes).min(8));
    match operation {
        Move
        | Reciprocal
        | ReciprocalApproximate
        | RootReciprocalApproximate
        | SquareRoot
        | Negate
        | Absolute
        | Not
        | IsZero
        | LeadingZeros
        | PopulationCount
        | ReverseBits
        | FindBit { .. }
        | Exp2Approximate
        | Log2Approximate
        | SineApproximate
        | CosineApproximate
        | Convert { .. } => vec![ty],
        Add
        | Subtract
        | Multiply
        | MultiplyHigh
        | MultiplyWide
        | Divide
        | Remainder
        | Minimum
        | Maximum
        | CopySign
        | And
        | Or
        | Xor
        | InsertBits { .. } => vec![ty; 2],
        ShiftLeft | ShiftRight => vec![ty, U32],
        MultiplyAdd | MultiplyAddHigh | Fused | Table(_) => vec![ty; 3],
        MultiplyAddWide => vec![ty, ty, wide],
        ExtractBits => vec![ty, U32, U32],
        Permute | FunnelLeft { .. } | FunnelRight { .. } => vec![U32; 3],
    }
}

pub const COMPARISONS: &[(&str, Comparison)] = &[
    ("eq", Comparison::Equal),
    ("ne", Comparison::NotEqual),
    ("lt", Comparison::Less),
    ("lo", Comparison::Less),
    ("le", Comparison::LessEqual),
    ("ls", Comparison::LessEqual),
    ("gt", Comparison::Greater),
    ("hi", Comparison::Greater),
    ("ge", Comparison::GreaterEqual),
    ("hs", Comparison::GreaterEqual),
    ("equ", Comparison::EqualOrNan),
    ("neu", Comparison::NotEqualOrNan),
    ("ltu", Comparison::LessOrNan),
    ("leu", Comparison::LessEqualOrNan),
    ("gtu", Comparison::GreaterOrNan),
    ("geu", Comparison::GreaterEqualOrNan),
    ("num", Comparison::Numbers),
    ("nan", Comparison::Nan),
];

pub const ROUNDINGS: &[(&str, Rounding)] = &[
    ("rn", Rounding::Nearest),
    ("rz", Rounding::Zero),
    ("rm", Rounding::Down),
    ("rp", Rounding::Up),
    ("rni", Rounding::NearestInteger),
    ("rzi", Rounding::ZeroInteger),
    ("rmi", Rounding::DownInteger),
    ("rpi", Rounding::UpInteger),
];
