//! From operands as written to registers, constants and predicates.

use super::instruction::Predicate;
use super::lower::{Lowering, Name, Problem};
use super::{
    Constant, Flag, LOCAL_WINDOW, PARAMETER_WINDOW, Register, SHARED_WINDOW, Source, Special,
};
use crate::ptx::{Operand, Type};

impl Lowering<'_> {
    fn meaning(&self, name: &str) -> Option<&Name> {
        self.scopes.iter().rev().find_map(|scope| scope.get(name))
    }

    pub fn predicate(&self, name: &str) -> Result<Predicate, Problem> {
        match self.meaning(name) {
            Some(Name::Predicate(predicate)) => Ok(*predicate),
            _ => Err(format!("`{name}` is no predicate")),
        }
    }

    /// A predicate that is read: `%p1`, `!%p1`, 0 or 1.
    pub fn flag(&self, operand: &Operand) -> Result<Flag, Problem> {
        let (name, negated) = match operand {
            Operand::Name(name) => (name, false),
            Operand::Not(name) => (name, true),
            Operand::Bits(bits) => return Ok(Flag::Constant(*bits != 0)),
            other => return Err(format!("{other:?} is no predicate")),
        };
        let register = self.predicate(name)?;
        Ok(Flag::Register { register, negated })
    }

    /// A predicate that is written; none for `_`.
    pub fn predicate_target(&self, operand: &Operand) -> Result<Option<Predicate>, Problem> {
        match operand {
            Operand::Name(name) if name == "_" => Ok(None),
            Operand::Name(name) => self.predicate(name).map(Some),
            other => Err(format!("{other:?} is no predicate")),
        }
    }

    pub fn is_predicate(&self, operand: &Operand) -> bool {
        matches!(operand, Operand::Name(name) | Operand::Not(name) if self.predicate(name).is_ok())
    }

    /// A register that is written, with its width in bytes; none for `_`.
    pub fn optional_target(&self, operand: &Operand) -> Result<Option<(Register, u8)>, Problem> {
        let Operand::Name(name) = operand else {
            return Err(format!("{operand:?} is no register"));
        };
        match self.meaning(name) {
            Some(Name::Register(register, ty)) => Ok(Some((*register, ty.bytes))),
            None if name == "_" => Ok(None),
            _ => Err(format!("`{name}` is no register")),
        }
    }

    pub fn target(&self, operand: &Operand) -> Result<(Register, u8), Problem> {
        self.optional_target(operand)?
            .ok_or_else(|| "a register is wanted, not `_`".to_owned())
    }

    /// A value that is read as this type.
    pub fn source(&mut self, operand: &Operand, ty: Type) -> Result<Source, Problem> {
        match operand {
            Operand::Bits(bits) => Ok(self.bits(bits & ty.mask())),
            Operand::Float(value) if ty.is_float() && ty.bytes == 8 => {
                Ok(self.bits(value.to_bits()))
            }
            Operand::Float(value) if ty.is_float() => {
                Ok(self.bits(u64::from((*value as f32).to_bits())))
            }
            Operand::Name(name) => self.named_source(name),
            other => Err(format!("{other:?} is no value")),
        }
    }

    fn named_source(&mut self, name: &str) -> Result<Source, Problem> {
        let bits = match self.meaning(name) {
            Some(Name::Register(register, _)) => return Ok(Source::register(*register)),
            Some(Name::Shared(offset) | Name::Local(offset) | Name::KernelParameter(offset)) => {
                *offset
            }
            Some(Name::Predicate(_)) => return Err(format!("`{name}` is a predicate")),
            Some(Name::Slot(_)) => {
                return Err(format!("the address of argument `{name}` is not supported"));
            }
            None => match self.symbols.get(name) {
                Some(symbol) => symbol.address,
                None => return self.special(name),
            },
        };
        Ok(self.bits(bits))
    }

    pub fn bits(&mut self, bits: u64) -> Source {
        self.constant(Constant::Bits(bits))
    }

    pub fn constant(&mut self, constant: Constant) -> Source {
        let known = self.constants.iter().position(|other| *other == constant);
        let index = known.unwrap_or_else(|| {
            self.constants.push(constant);
            self.constants.len() - 1
        });
        Source::constant(index as u32)
    }

    /// `%tid.x` and its kin.
    fn special(&mut self, name: &str) -> Result<Source, Problem> {
        let axis = match name.rsplit_once('.') {
            Some((_, "y")) => 1,
            Some((_, "z")) => 2,
            _ => 0,
        };
        let special = match name.split('.').next().unwrap_or("") {
            "%tid" => Special::Thread(axis),
            "%ctaid" => Special::Block(axis),
            "%laneid" => Special::Lane,
            "%warpid" => Special::Warp,
            "%lanemask_eq" => Special::LaneItself,
            "%lanemask_lt" => Special::LanesBelow { inclusive: false },
            "%lanemask_le" => Special::LanesBelow { inclusive: true },
            "%lanemask_gt" => Special::LanesAbove { inclusive: false },
            "%lanemask_ge" => Special::LanesAbove { inclusive: true },
            "%ntid" => return Ok(self.constant(Constant::BlockSize(axis))),
            "%nctaid" => return Ok(self.constant(Constant::GridSize(axis))),
            "%nwarpid" => return Ok(self.constant(Constant::WarpCount)),
            "%dynamic_smem_size" => return Ok(self.constant(Constant::DynamicSharedBytes)),
            "WARP_SZ" => return Ok(self.bits(32)),
            _ => return Err(format!("`{name}` is not known")),
        };
        if let Some((_, register)) = self.specials.iter().find(|(known, _)| *known == special) {
            return Ok(Source::register(*register));
        }
        let register = self.new_register();
        self.specials.push((special, register));
        Ok(Source::register(register))
    }

    /// The slot of an argument or result of a call.
    pub fn slot(&self, operand: &Operand) -> Result<usize, Problem> {
        match operand {
            Operand::Name(name) => match self.meaning(name) {
                Some(Name::Slot(slot)) => Ok(*slot),
                _ => Err(format!("`{name}` is no argument")),
            },
            other => Err(format!("{other:?} is no argument")),
        }
    }

    /// The register of a part of an argument; made when the part is first written.
    pub fn slot_register(
        &mut self,
        slot: usize,
        offset: u64,
        ty: Type,
        writes: bool,
    ) -> Result<Register, Problem> {
        match self.slots[slot].get(&offset) {
            Some((register, bytes)) if *bytes == ty.bytes => Ok(*register),
            None if writes => {
                let register = self.new_register();
                self.slots[slot].insert(offset, (register, ty.bytes));
                Ok(register)
            }
            Some((_, bytes)) => Err(format!(
                "an argument of {bytes} bytes is used as one of {}",
                ty.bytes
            )),
            None => Err(format!(
                "nothing was written at offset {offset} of an argument"
            )),
        }
    }

    /// What a base stands for in `ld.param` and `st.param`.
    pub fn parameter(&self, base: &Operand) -> Option<&Name> {
        match base {
            Operand::Name(name) => self.meaning(name),
            _ => None,
        }
    }
}

/// How far generic addresses of a space are above its own.
pub fn window(space: &str) -> Option<u64> {
    match space {
        "global" | "const" => Some(0),
        "shared" => Some(SHARED_WINDOW),
        "local" => Some(LOCAL_WINDOW),
        "param" => Some(PARAMETER_WINDOW),
        _ => None,
    }
}
