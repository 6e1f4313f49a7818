//! Kernels in the form that is executed: one flat list of instructions with numbered registers.
//!
//! Device functions are put in the place of their calls, arguments become registers, so there is no
//! call stack. Immediates, launch parameters and grid sizes are *constants*, rows of a table like
//! registers. What is not understood is an error here, when the module is loaded.

mod arithmetic;
mod calls;
mod collective;
mod instruction;
mod lower;
mod memory;
mod opcode;
mod operands;
mod operations;

use std::collections::HashMap;
use std::sync::Arc;

use crate::ptx;

pub use instruction::{
    Action, AsyncCopy, Atomic, AtomicKind, Combine, Comparison, Constant, Flag, Gather,
    Instruction, Load, Logic, Operation, Reduction, Register, Rounding, ShuffleMode, Source,
    Special, Store, Trap, Vote,
};

/// A loaded translation unit.
pub struct Program {
    pub kernels: HashMap<String, Arc<Kernel>>,
}

/// Where a variable of the module was put.
#[derive(Clone, Debug)]
pub struct Symbol {
    pub address: u64,
    pub bytes: u64,
}

pub struct Kernel {
    pub name: String,
    /// The text it came from, for reports.
    pub text: Arc<str>,
    pub code: Vec<Instruction>,
    pub registers: u32,
    pub predicates: u32,
    pub constants: Vec<Constant>,
    /// Registers that hold a place in the grid from the beginning.
    pub specials: Vec<(Special, Register)>,
    pub parameters: Vec<Parameter>,
    pub parameter_bytes: u64,
    /// Static shared memory, and of it what dynamic shared memory follows.
    pub shared_bytes: u64,
    /// Local memory of a thread.
    pub local_bytes: u64,
    pub max_threads: Option<u64>,
    /// Such kernels depend on the order of blocks when they add floating-point numbers.
    pub has_global_atomics: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameter {
    pub offset: u64,
    pub bytes: u64,
}

impl Kernel {
    /// The text of a line.
    pub fn line(&self, line: u32) -> &str {
        let index = line.saturating_sub(1) as usize;
        self.text.lines().nth(index).unwrap_or("").trim()
    }
}

/// Generic addresses of shared memory, local memory and parameters begin here; global ones are far below.
pub const SHARED_WINDOW: u64 = 1 << 56;
pub const LOCAL_WINDOW: u64 = 2 << 56;
pub const PARAMETER_WINDOW: u64 = 3 << 56;
/// No window is larger.
pub const WINDOW_BYTES: u64 = 1 << 32;

/// PTX that cannot be executed.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error(transparent)]
    Parse(#[from] ptx::ParseError),
    #[error("PTX line {line}: {problem}, in `{text}`")]
    Instruction {
        line: u32,
        problem: String,
        text: String,
    },
    #[error("function `{function}`: {problem}")]
    Function { function: String, problem: String },
    #[error("the module is for {target}, the card is sm_{card}")]
    Target { target: String, card: u32 },
    #[error("no memory for variable `{name}` of {bytes} bytes")]
    Memory { name: String, bytes: u64 },
}

/// Parses a text and prepares its kernels for a card of some architecture; `place` gives variables their addresses.
pub fn load(
    text: &str,
    card: u32,
    place: &mut dyn FnMut(&ptx::Variable) -> Option<u64>,
) -> Result<(Program, HashMap<String, Symbol>), LoadError> {
    let module = ptx::parse(text)?;
    if target_number(&module.target).is_none_or(|number| number > card) {
        return Err(LoadError::Target {
            target: module.target,
            card,
        });
    }
    let mut symbols = HashMap::new();
    for variable in &module.variables {
        if variable.space == ptx::Space::Shared {
            continue;
        }
        let bytes = variable.size;
        let name = variable.name.clone();
        let Some(address) = place(variable) else {
            return Err(LoadError::Memory { name, bytes });
        };
        symbols.insert(name, Symbol { address, bytes });
    }
    let text: Arc<str> = text.into();
    let mut kernels = HashMap::new();
    for function in module.functions.iter().filter(|f| f.is_kernel) {
        let kernel = lower::kernel(&module, function, &symbols, &text)?;
        kernels.insert(function.name.clone(), Arc::new(kernel));
    }
    Ok((Program { kernels }, symbols))
}

/// The number in `sm_70`.
fn target_number(target: &str) -> Option<u32> {
    let digits: String = target
        .strip_prefix("sm_")?
        .chars()
        .take_while(char::is_ascii_digit)
        .collect();
    digits.parse().ok()
}
