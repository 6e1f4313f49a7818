//! Loads, stores and atomic operations.

use super::instruction::{Action, AsyncCopy, Atomic, AtomicKind, Load, Operation, Store};
use super::lower::{Lowering, Name, Problem};
use super::opcode::Opcode;
use super::{Constant, Source};
use crate::ptx::{Operand, Space, Type};

/// Hints about caches, and scopes of the memory model: everything is one cache and one order here.
const HINTS: &[&str] = &[
    "ca",
    "cg",
    "cs",
    "lu",
    "cv",
    "wb",
    "wt",
    "cta",
    "gpu",
    "sys",
    "cluster",
    "volatile",
    "weak",
    "L1::evict_last",
    "L1::evict_first",
    "L1::no_allocate",
    "L2::128B",
    "L2::64B",
    "L2::256B",
];

/// Orders of the memory model that make an access atomic.
const ORDERS: &[&str] = &["relaxed", "acquire", "release", "acq_rel"];

impl Lowering<'_> {
    pub fn load(&mut self, opcode: &mut Opcode, operands: &[Operand]) -> Result<Action, Problem> {
        let access = Modifiers::take(opcode)?;
        let is_read_only =
            opcode.take("nc") || opcode.base == "ldu" || access.space == Space::Constant;
        let [to, Operand::Address(base, offset)] = operands else {
            return Err("a load has a target and an address".to_owned());
        };
        let targets = parts(to, access.count)?;
        if access.space == Space::Parameter {
            return self.load_parameter(&access, targets, base, *offset);
        }
        let mut to = [None; 4];
        let mut width = access.ty.bytes;
        for (to, target) in to.iter_mut().zip(targets) {
            if let Some((register, bytes)) = self.optional_target(target)? {
                (*to, width) = (Some(register), bytes);
            }
        }
        let address = self.source(base, Type::B64)?;
        let Modifiers {
            space,
            ty,
            count,
            is_atomic,
        } = access;
        let load = Load {
            space,
            ty,
            address,
            offset: *offset,
            to,
            count,
            width,
            is_read_only,
            is_atomic,
        };
        Ok(Action::Load(Box::new(load)))
    }

    /// A launch parameter is a constant, an argument of a call a register.
    fn load_parameter(
        &mut self,
        access: &Modifiers,
        targets: &[Operand],
        base: &Operand,
        offset: i64,
    ) -> Result<Action, Problem> {
        let ty = access.ty;
        let single = match targets {
            [target] => Some(self.target(target)?),
            _ => None,
        };
        match (self.parameter(base).cloned(), single) {
            (Some(Name::KernelParameter(start)), Some((to, width))) => {
                let offset = start.wrapping_add_signed(offset);
                let from = self.constant(Constant::Parameter {
                    offset,
                    bytes: ty.bytes,
                });
                self.moved(ty, to, width, from)
            }
            (Some(Name::Slot(slot)), Some((to, width))) => {
                let from = self.slot_register(slot, offset.cast_unsigned(), ty, false)?;
                self.moved(ty, to, width, Source::register(from))
            }
            (Some(Name::Slot(_)), None) => Err("vectors of arguments are not supported".to_owned()),
            (meaning, _) => {
                // An address that is computed, or several values: parameters of the kernel, as memory.
                let mut to = [None; 4];
                let mut width = ty.bytes;
                for (to, target) in to.iter_mut().zip(targets) {
                    if let Some((register, bytes)) = self.optional_target(target)? {
                        (*to, width) = (Some(register), bytes);
                    }
                }
                let address = match meaning {
                    Some(Name::KernelParameter(start)) => self.bits(start),
                    _ => self.source(base, Type::B64)?,
                };
                let Modifiers {
                    space,
                    count,
                    is_atomic,
                    ..
                } = *access;
                let load = Load {
                    space,
                    ty,
                    address,
                    offset,
                    to,
                    count,
                    width,
                    is_read_only: true,
                    is_atomic,
                };
                Ok(Action::Load(Box::new(load)))
            }
        }
    }

    /// A value in its register: signed ones are extended to the register's width.
    fn moved(&mut self, ty: Type, to: u32, width: u8, from: Source) -> Result<Action, Problem> {
        let zero = self.bits(0);
        let operation = if ty.is_signed() && width > ty.bytes {
            Operation::Convert {
                from: ty,
                rounding: super::Rounding::ZeroInteger,
                width,
            }
        } else {
            Operation::Move
        };
        Ok(Action::Compute {
            operation,
            ty,
            to,
            from: [from, zero, zero],
        })
    }

    pub fn store(&mut self, opcode: &mut Opcode, operands: &[Operand]) -> Result<Action, Problem> {
        let access = Modifiers::take(opcode)?;
        let Modifiers {
            space,
            ty,
            count,
            is_atomic,
        } = access;
        let [Operand::Address(base, offset), values] = operands else {
            return Err("a store has an address and a value".to_owned());
        };
        let values = parts(values, count)?;
        if space == Space::Parameter {
            let Some(Name::Slot(slot)) = self.parameter(base).cloned() else {
                return Err("only arguments of calls can be stored to".to_owned());
            };
            let [value] = values else {
                return Err("vectors of arguments are not supported".to_owned());
            };
            let from = self.source(value, ty)?;
            let to = self.slot_register(slot, offset.cast_unsigned(), ty, true)?;
            return self.moved(ty, to, ty.bytes, from);
        }
        let mut from = [self.bits(0); 4];
        for (from, value) in from.iter_mut().zip(values) {
            *from = self.source(value, ty)?;
        }
        let address = self.source(base, Type::B64)?;
        Ok(Action::Store(Box::new(Store {
            space,
            ty,
            address,
            offset: *offset,
            from,
            count,
            is_atomic,
        })))
    }

    /// `cp.async` and what ends it.
    pub fn async_copy(
        &mut self,
        opcode: &mut Opcode,
        operands: &[Operand],
    ) -> Result<Action, Problem> {
        if !opcode.take("async") {
            return Err("this way to copy is not supported".to_owned());
        }
        if opcode.take("commit_group") {
            return Ok(Action::CommitCopies);
        }
        if opcode.take("wait_group") {
            let [Operand::Bits(later)] = operands else {
                return Err("a number of groups is wanted".to_owned());
            };
            let later = u32::try_from(*later).map_err(|error| error.to_string())?;
            return Ok(Action::WaitForCopies { later });
        }
        let spaces = opcode.take("shared") && opcode.take("global");
        let [
            Operand::Address(to, to_offset),
            Operand::Address(from, from_offset),
            Operand::Bits(bytes @ (4 | 8 | 16)),
        ] = operands
        else {
            return Err("two addresses and 4, 8 or 16 bytes are wanted".to_owned());
        };
        if !spaces || !(opcode.take("ca") || opcode.take("cg")) {
            return Err("copies go from global to shared memory".to_owned());
        }
        Ok(Action::AsyncCopy(Box::new(AsyncCopy {
            to: self.source(to, Type::B64)?,
            to_offset: *to_offset,
            from: self.source(from, Type::B64)?,
            from_offset: *from_offset,
            bytes: *bytes as u8,
        })))
    }

    pub fn atomic(&mut self, opcode: &mut Opcode, operands: &[Operand]) -> Result<Action, Problem> {
        let kind = opcode
            .take_one(KINDS)
            .ok_or("this atomic operation is not supported")?;
        let Modifiers { space, ty, .. } = Modifiers::take(opcode)?;
        let (to, rest) = match operands {
            [to, rest @ ..] if opcode.base == "atom" => (
                self.optional_target(to)?.map(|(register, _)| register),
                rest,
            ),
            rest => (None, rest),
        };
        let [Operand::Address(base, offset), values @ ..] = rest else {
            return Err("an atomic operation has an address".to_owned());
        };
        let wanted = if kind == AtomicKind::CompareAndSwap {
            2
        } else {
            1
        };
        if values.len() != wanted {
            return Err(format!("{wanted} values are wanted, not {}", values.len()));
        }
        let is_arithmetic = matches!(
            kind,
            AtomicKind::Add | AtomicKind::Exchange | AtomicKind::CompareAndSwap
        );
        if ty.bytes < 4 || (ty.is_float() && !is_arithmetic) {
            return Err("this atomic operation is not supported for this type".to_owned());
        }
        let mut from = [self.bits(0); 2];
        for (from, value) in from.iter_mut().zip(values) {
            *from = self.source(value, ty)?;
        }
        let address = self.source(base, Type::B64)?;
        self.has_global_atomics |= space != Space::Shared;
        Ok(Action::Atomic(Box::new(Atomic {
            kind,
            space,
            ty,
            address,
            offset: *offset,
            to,
            from,
        })))
    }
}

/// What loads and stores have in common.
struct Modifiers {
    space: Space,
    ty: Type,
    count: u8,
    is_atomic: bool,
}

impl Modifiers {
    fn take(opcode: &mut Opcode) -> Result<Modifiers, Problem> {
        let space = opcode.take_one(SPACES).unwrap_or(Space::Generic);
        let count = opcode.take_one(&[("v2", 2), ("v4", 4)]).unwrap_or(1);
        let mut is_atomic = false;
        for order in ORDERS {
            is_atomic |= opcode.take(order);
        }
        for hint in HINTS {
            opcode.take(hint);
        }
        let ty = opcode.take_type().ok_or("there is no type")?;
        Ok(Modifiers {
            space,
            ty,
            count,
            is_atomic,
        })
    }
}

fn parts(operand: &Operand, count: u8) -> Result<&[Operand], Problem> {
    let parts = match operand {
        Operand::List(parts) => &parts[..],
        single => std::slice::from_ref(single),
    };
    if parts.len() != usize::from(count) {
        return Err(format!("{count} values are wanted, not {}", parts.len()));
    }
    Ok(parts)
}

const SPACES: &[(&str, Space)] = &[
    ("global", Space::Global),
    ("shared", Space::Shared),
    ("shared::cta", Space::Shared),
    ("local", Space::Local),
    ("const", Space::Constant),
    ("param", Space::Parameter),
    ("param::entry", Space::Parameter),
    ("param::func", Space::Parameter),
];

const KINDS: &[(&str, AtomicKind)] = &[
    ("add", AtomicKind::Add),
    ("min", AtomicKind::Minimum),
    ("max", AtomicKind::Maximum),
    ("and", AtomicKind::And),
    ("or", AtomicKind::Or),
    ("xor", AtomicKind::Xor),
    ("exch", AtomicKind::Exchange),
    ("cas", AtomicKind::CompareAndSwap),
    ("inc", AtomicKind::Increment),
    ("dec", AtomicKind::Decrement),
];
