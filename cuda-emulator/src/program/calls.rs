//! Calls: the body of a function takes the place of its call.

use std::collections::HashMap;

use super::lower::{Lowering, Name, Problem};
use super::{Action, Flag, Trap};
use crate::ptx::{self, Operand, Variable};

impl Lowering<'_> {
    /// Puts a function in the place of its call.
    pub fn call(&mut self, instruction: &ptx::Instruction, guard: Flag) -> Result<(), Problem> {
        let (results, name, arguments) = match &instruction.operands[..] {
            [Operand::Name(name)] => (&[][..], name, &[][..]),
            [Operand::Name(name), Operand::List(arguments)] => (&[][..], name, &arguments[..]),
            [Operand::List(results), Operand::Name(name)] => (&results[..], name, &[][..]),
            [
                Operand::List(results),
                Operand::Name(name),
                Operand::List(arguments),
            ] => (&results[..], name, &arguments[..]),
            _ => return Err("this form of call is not supported".to_owned()),
        };
        if name == "__assertfail" {
            self.emit(Action::Trap(Trap::Assertion), guard, instruction.line);
            return Ok(());
        }
        let Some(function) = self
            .module
            .functions
            .iter()
            .find(|f| f.name == *name && !f.is_kernel)
        else {
            return Err(format!("function `{name}` has no body here"));
        };
        if self.calls.contains(&name.as_str()) {
            return Err(format!("`{name}` calls itself, which is not supported"));
        }
        let slots = |lowering: &Self, given: &[Operand], wanted: &[Variable]| {
            if given.len() != wanted.len() {
                return Err(format!(
                    "`{name}` wants {} values, not {}",
                    wanted.len(),
                    given.len()
                ));
            }
            let pairs = given.iter().zip(wanted);
            pairs
                .map(|(given, wanted)| Ok((wanted.name.clone(), Name::Slot(lowering.slot(given)?))))
                .collect()
        };
        let mut names: HashMap<String, Name> = slots(self, arguments, &function.parameters)?;
        names.extend::<HashMap<String, Name>>(slots(self, results, &function.returns)?);
        let skip = self.code.len();
        let always = guard == Flag::Constant(true);
        if !always {
            self.emit(Action::Branch { to: 0 }, inverse(guard), instruction.line);
        }
        // The function sees module-wide names and its arguments, not the caller's registers.
        let outer = self.scopes.split_off(1);
        self.scopes.push(names);
        self.calls.push(&function.name);
        let result = self.body(function);
        self.calls.pop();
        self.scopes.truncate(1);
        self.scopes.extend(outer);
        if !always {
            self.code[skip].action = Action::Branch {
                to: self.code.len() as u32,
            };
        }
        result.map_err(|error| format!("{INNER}{error}"))
    }
}

/// Marks a problem that already names its line.
pub const INNER: &str = "\u{1}";

fn inverse(flag: Flag) -> Flag {
    match flag {
        Flag::Constant(value) => Flag::Constant(!value),
        Flag::Register { register, negated } => Flag::Register {
            register,
            negated: !negated,
        },
    }
}
