//! PTX as text and as a syntax tree: tokens, declarations, instructions with their operands.
//!
//! Nothing here knows what an instruction does; `program` gives it its meaning.

mod parse;
mod token;
mod types;

pub use parse::{ParseError, parse};
pub use types::{Class, Type};

/// A translation unit.
#[derive(Debug, Default)]
pub struct Module {
    /// `sm_70` and the like.
    pub target: String,
    pub functions: Vec<Function>,
    /// Variables outside functions.
    pub variables: Vec<Variable>,
}

/// A kernel (`.entry`) or a device function (`.func`) with a body.
#[derive(Debug)]
pub struct Function {
    pub name: String,
    pub is_kernel: bool,
    pub returns: Vec<Variable>,
    pub parameters: Vec<Variable>,
    /// Threads of a block at most (`.maxntid`).
    pub max_threads: Option<u64>,
    pub body: Vec<Statement>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Space {
    Generic,
    Global,
    Constant,
    Shared,
    Local,
    Parameter,
}

/// A declared variable, parameter or array.
#[derive(Clone, Debug)]
pub struct Variable {
    pub space: Space,
    pub name: String,
    pub element: Type,
    pub align: u64,
    /// Bytes; 0 with `is_dynamic`.
    pub size: u64,
    /// `extern .shared x[]`: its size is an argument of the launch.
    pub is_dynamic: bool,
    pub initial: Vec<u8>,
}

#[derive(Debug)]
pub enum Statement {
    /// `{` and `}` limit the names of registers and parameters.
    Open,
    Close,
    Registers {
        names: Vec<String>,
        ty: Type,
    },
    Variable(Variable),
    Label(String),
    Instruction(Instruction),
}

#[derive(Clone, Debug)]
pub struct Instruction {
    pub line: u32,
    /// `@p` or `@!p`.
    pub guard: Option<Guard>,
    /// `ld.global.nc.f64`.
    pub opcode: String,
    pub operands: Vec<Operand>,
}

#[derive(Clone, Debug)]
pub struct Guard {
    pub register: String,
    pub negated: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    /// A register, a special register, a symbol or a label.
    Name(String),
    /// `!p`.
    Not(String),
    /// Bits of an integer, or of a literal 0d... or 0f....
    Bits(u64),
    /// A decimal floating-point literal.
    Float(f64),
    /// `{a, b}`, and the lists in parentheses of a call.
    List(Vec<Operand>),
    /// `[a+8]`.
    Address(Box<Operand>, i64),
    /// `p|q`.
    Pair(Box<Operand>, Box<Operand>),
}
