//! Instructions that compute: their opcodes, modifiers and operands.

use super::instruction::{Action, Combine, Logic, Operation, Rounding};
use super::lower::{Lowering, Problem, copy_of};
use super::opcode::Opcode;
use super::operands::window;
use super::operations::{COMPARISONS, ROUNDINGS, operand_types, operation};
use crate::execute::is_supported;
use crate::ptx::{Class, Operand, Type};

impl Lowering<'_> {
    pub fn arithmetic(
        &mut self,
        opcode: &mut Opcode,
        operands: &[Operand],
    ) -> Result<Action, Problem> {
        match opcode.base {
            "mov" => self.mov(opcode, operands),
            "setp" => self.setp(opcode, operands),
            "selp" => self.selp(opcode, operands),
            "cvt" => self.cvt(opcode, operands),
            "cvta" => self.cvta(opcode, operands),
            "and" | "or" | "xor" | "not"
                if operands.first().is_some_and(|to| self.is_predicate(to)) =>
            {
                self.logic(opcode, operands)
            }
            "bfi" => self.bfi(opcode, operands),
            "lop3" => self.lop3(opcode, operands),
            _ => self.plain(opcode, operands),
        }
    }

    /// One result from up to three values.
    fn plain(&mut self, opcode: &mut Opcode, operands: &[Operand]) -> Result<Action, Problem> {
        let base = opcode.base;
        let operation =
            operation(opcode).ok_or_else(|| format!("the opcode `{base}` is not supported"))?;
        let ty = opcode.take_type().ok_or("the opcode has no type")?;
        let is_approximate = opcode.take("approx");
        let may_be_approximate = matches!(
            operation,
            Operation::ReciprocalApproximate
                | Operation::RootReciprocalApproximate
                | Operation::Exp2Approximate
                | Operation::Log2Approximate
                | Operation::SineApproximate
                | Operation::CosineApproximate
        );
        if is_approximate && may_be_approximate {
            // They are rough; whether subnormal numbers are zero to them is below that.
            opcode.take("ftz");
        } else if is_approximate {
            return Err(format!("`{base}.approx` is not supported"));
        }
        if ty.is_float() {
            opcode.take("rn");
        }
        let takes = matches!(base, "addc" | "subc" | "madc");
        let leaves = opcode.take("cc");
        let [to, from @ ..] = operands else {
            return Err("there are no operands".to_owned());
        };
        let (to, _) = self.target(to)?;
        let from = self.sources(operation, ty, from)?;
        if takes || leaves {
            if ty.bytes < 4
                || ty.is_float()
                || !matches!(
                    operation,
                    Operation::Add
                        | Operation::Subtract
                        | Operation::MultiplyAdd
                        | Operation::MultiplyAddHigh
                )
            {
                return Err(format!(
                    "`{base}` with carry is not supported for this type"
                ));
            }
            return Ok(Action::Carry {
                operation,
                ty,
                to,
                from,
                takes,
                leaves,
            });
        }
        if !is_supported(operation, ty) {
            return Err(format!("`{base}` is not supported for this type"));
        }
        Ok(Action::Compute {
            operation,
            ty,
            to,
            from,
        })
    }

    fn sources(
        &mut self,
        operation: Operation,
        ty: Type,
        given: &[Operand],
    ) -> Result<[super::Source; 3], Problem> {
        let wanted = operand_types(operation, ty);
        if given.len() != wanted.len() {
            return Err(format!(
                "{} values are wanted, not {}",
                wanted.len(),
                given.len()
            ));
        }
        let mut from = [self.bits(0); 3];
        for (index, (operand, ty)) in given.iter().zip(wanted).enumerate() {
            from[index] = self.source(operand, ty)?;
        }
        Ok(from)
    }

    fn compute(
        &mut self,
        operation: Operation,
        ty: Type,
        operands: &[Operand],
    ) -> Result<Action, Problem> {
        let [to, from @ ..] = operands else {
            return Err("there are no operands".to_owned());
        };
        let (to, _) = self.target(to)?;
        let from = self.sources(operation, ty, from)?;
        if !is_supported(operation, ty) {
            return Err(format!("{operation:?} is not supported for this type"));
        }
        Ok(Action::Compute {
            operation,
            ty,
            to,
            from,
        })
    }

    fn mov(&mut self, opcode: &mut Opcode, operands: &[Operand]) -> Result<Action, Problem> {
        let ty = opcode.take_type().ok_or("`mov` has no type")?;
        match operands {
            [Operand::List(parts), from] => {
                let bytes = part_bytes(ty, parts.len())?;
                let from = self.source(from, ty)?;
                let mut to = [None; 4];
                for (to, part) in to.iter_mut().zip(parts) {
                    *to = self.optional_target(part)?.map(|(register, _)| register);
                }
                Ok(Action::Unpack { to, from, bytes })
            }
            [to, Operand::List(parts)] => {
                let bytes = part_bytes(ty, parts.len())?;
                let (to, _) = self.target(to)?;
                let mut from = [self.bits(0); 4];
                for (from, part) in from.iter_mut().zip(parts) {
                    *from = self.source(part, Type::new(Class::Bits, bytes))?;
                }
                Ok(Action::Pack {
                    to,
                    from,
                    count: parts.len() as u8,
                    bytes,
                })
            }
            [to, from] if ty.is_predicate() => {
                let to = self.predicate_target(to)?.ok_or("a predicate is wanted")?;
                Ok(copy_of(to, self.flag(from)?))
            }
            _ => self.compute(Operation::Move, ty, operands),
        }
    }

    fn logic(&mut self, opcode: &mut Opcode, operands: &[Operand]) -> Result<Action, Problem> {
        opcode.take("pred");
        let logic = match opcode.base {
            "and" => Logic::And,
            "or" => Logic::Or,
            _ => Logic::Xor,
        };
        let (to, from) = match operands {
            [to, a] if opcode.base == "not" => (to, [self.flag(a)?, super::Flag::Constant(true)]),
            [to, a, b] => (to, [self.flag(a)?, self.flag(b)?]),
            _ => return Err("the number of operands is wrong".to_owned()),
        };
        let to = self.predicate_target(to)?.ok_or("a predicate is wanted")?;
        Ok(Action::Logic { logic, to, from })
    }

    fn setp(&mut self, opcode: &mut Opcode, operands: &[Operand]) -> Result<Action, Problem> {
        let logic = opcode.take_one(&[("and", Logic::And), ("or", Logic::Or), ("xor", Logic::Xor)]);
        let comparison = opcode
            .take_one(COMPARISONS)
            .ok_or("this comparison is not supported")?;
        let ty = opcode.take_type().ok_or("`setp` has no type")?;
        let [to, a, b, rest @ ..] = operands else {
            return Err("`setp` compares two values".to_owned());
        };
        let to = match to {
            Operand::Pair(to, other) => [self.predicate_target(to)?, self.predicate_target(other)?],
            to => [self.predicate_target(to)?, None],
        };
        let from = [self.source(a, ty)?, self.source(b, ty)?];
        let combine = match (logic, rest) {
            (None, []) => None,
            (Some(logic), [flag]) => Some(Combine {
                logic,
                flag: self.flag(flag)?,
            }),
            _ => return Err("the number of operands is wrong".to_owned()),
        };
        Ok(Action::Compare {
            comparison,
            ty,
            to,
            from,
            combine,
        })
    }

    fn selp(&mut self, opcode: &mut Opcode, operands: &[Operand]) -> Result<Action, Problem> {
        let ty = opcode.take_type().ok_or("`selp` has no type")?;
        let [to, a, b, flag] = operands else {
            return Err("`selp` has four operands".to_owned());
        };
        let (to, _) = self.target(to)?;
        let from = [self.source(a, ty)?, self.source(b, ty)?];
        Ok(Action::Select {
            to,
            from,
            flag: self.flag(flag)?,
        })
    }

    fn cvt(&mut self, opcode: &mut Opcode, operands: &[Operand]) -> Result<Action, Problem> {
        let rounding = opcode.take_one(ROUNDINGS);
        let ty = opcode.take_type().ok_or("`cvt` has no type")?;
        let from_type = opcode.take_type().ok_or("`cvt` has one type")?;
        let [to, from] = operands else {
            return Err("`cvt` has two operands".to_owned());
        };
        let (to, width) = self.target(to)?;
        let from = [self.source(from, from_type)?, self.bits(0), self.bits(0)];
        let rounding = rounding.unwrap_or(if ty.is_float() {
            Rounding::Nearest
        } else {
            Rounding::ZeroInteger
        });
        let operation = Operation::Convert {
            from: from_type,
            rounding,
            width,
        };
        if !is_supported(operation, ty) {
            return Err("this conversion is not supported".to_owned());
        }
        Ok(Action::Compute {
            operation,
            ty,
            to,
            from,
        })
    }

    /// Between generic addresses and those of a space: a distance is added or taken away.
    fn cvta(&mut self, opcode: &mut Opcode, operands: &[Operand]) -> Result<Action, Problem> {
        let to_space = opcode.take("to");
        let spaces = ["global", "const", "shared", "local", "param"];
        let space = spaces
            .into_iter()
            .find(|space| opcode.take(space))
            .ok_or("this space is not supported")?;
        let distance = window(space).unwrap_or(0);
        let ty = opcode.take_type().ok_or("`cvta` has no type")?;
        let [to, from] = operands else {
            return Err("`cvta` has two operands".to_owned());
        };
        let operation = if to_space {
            Operation::Subtract
        } else {
            Operation::Add
        };
        self.compute(
            operation,
            ty,
            &[to.clone(), from.clone(), Operand::Bits(distance)],
        )
    }

    fn bfi(&mut self, opcode: &mut Opcode, operands: &[Operand]) -> Result<Action, Problem> {
        let ty = opcode.take_type().ok_or("`bfi` has no type")?;
        let [to, a, b, Operand::Bits(position), Operand::Bits(length)] = operands else {
            return Err(
                "`bfi` with a position or length that is no constant is not supported".to_owned(),
            );
        };
        let (position, length) = (*position as u8, *length as u8);
        let operation = Operation::InsertBits { position, length };
        self.compute(operation, ty, &[to.clone(), a.clone(), b.clone()])
    }

    fn lop3(&mut self, opcode: &mut Opcode, operands: &[Operand]) -> Result<Action, Problem> {
        let ty = opcode.take_type().ok_or("`lop3` has no type")?;
        let [to, a, b, c, Operand::Bits(table)] = operands else {
            return Err("`lop3` has five operands, the last a constant".to_owned());
        };
        let operands = [to, a, b, c].map(Clone::clone);
        self.compute(Operation::Table(*table as u8), ty, &operands)
    }
}

fn part_bytes(ty: Type, parts: usize) -> Result<u8, Problem> {
    match parts {
        2 | 4 if usize::from(ty.bytes) >= parts => Ok(ty.bytes / parts as u8),
        _ => Err(format!(
            "a value of {} bytes does not have {parts} parts",
            ty.bytes
        )),
    }
}
