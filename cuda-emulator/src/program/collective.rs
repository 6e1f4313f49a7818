//! Instructions that threads execute together: barriers, shuffles, votes.

use super::instruction::{Action, AtomicKind, Gather, Reduction, ShuffleMode, Vote};
use super::lower::{Lowering, Problem};
use super::opcode::Opcode;
use crate::ptx::{Operand, Type};

impl Lowering<'_> {
    /// `bar.sync 0` is `__syncthreads`, `bar.warp.sync` is `__syncwarp`.
    pub fn barrier(
        &mut self,
        opcode: &mut Opcode,
        operands: &[Operand],
    ) -> Result<Action, Problem> {
        opcode.take("cta");
        opcode.take("aligned");
        if opcode.take("warp") {
            opcode.take("sync");
            let [mask] = operands else {
                return Err("`bar.warp.sync` has a mask".to_owned());
            };
            return Ok(Action::WarpSync {
                mask: self.source(mask, Type::B32)?,
            });
        }
        if opcode.take("red") {
            return self.barrier_reduction(opcode, operands);
        }
        if !opcode.take("sync") {
            return Err("only `sync` barriers are supported".to_owned());
        }
        match operands {
            [Operand::Bits(number)] => Ok(Action::Barrier {
                number: *number as u32,
                reduction: None,
            }),
            _ => Err(
                "barriers for a part of a block, or with a computed number, are not supported"
                    .to_owned(),
            ),
        }
    }

    fn barrier_reduction(
        &mut self,
        opcode: &mut Opcode,
        operands: &[Operand],
    ) -> Result<Action, Problem> {
        let kinds = [
            ("popc", Reduction::Count),
            ("and", Reduction::And),
            ("or", Reduction::Or),
        ];
        let kind = opcode
            .take_one(&kinds)
            .ok_or("this reduction is not supported")?;
        opcode.take_type();
        let [to, Operand::Bits(number), flag] = operands else {
            return Err("reductions of a part of a block are not supported".to_owned());
        };
        let to = match kind {
            Reduction::Count => self.target(to)?.0,
            _ => self.predicate_target(to)?.ok_or("a predicate is wanted")?,
        };
        let flag = self.flag(flag)?;
        Ok(Action::Barrier {
            number: *number as u32,
            reduction: Some((kind, flag, to)),
        })
    }

    pub fn shuffle(
        &mut self,
        opcode: &mut Opcode,
        operands: &[Operand],
    ) -> Result<Action, Problem> {
        let modes = [
            ("down", ShuffleMode::Down),
            ("up", ShuffleMode::Up),
            ("bfly", ShuffleMode::Butterfly),
            ("idx", ShuffleMode::Index),
        ];
        let mode = opcode
            .take_one(&modes)
            .ok_or("this shuffle is not supported")?;
        if !opcode.take("sync") {
            return Err("shuffles without `sync` are not supported".to_owned());
        }
        opcode.take_type();
        let [to, value, lane, clamp, mask] = operands else {
            return Err("a shuffle has five operands".to_owned());
        };
        let (to, valid) = match to {
            Operand::Pair(to, valid) => (self.target(to)?.0, self.predicate_target(valid)?),
            to => (self.target(to)?.0, None),
        };
        let mut from = [self.bits(0); 4];
        for (from, operand) in from.iter_mut().zip([value, lane, clamp, mask]) {
            *from = self.source(operand, Type::B32)?;
        }
        Ok(Action::Shuffle {
            mode,
            to,
            valid,
            from,
        })
    }

    pub fn vote(&mut self, opcode: &mut Opcode, operands: &[Operand]) -> Result<Action, Problem> {
        let kinds = [
            ("all", Vote::All),
            ("any", Vote::Any),
            ("uni", Vote::Uniform),
            ("ballot", Vote::Ballot),
        ];
        let vote = opcode
            .take_one(&kinds)
            .ok_or("this vote is not supported")?;
        if !opcode.take("sync") {
            return Err("votes without `sync` are not supported".to_owned());
        }
        opcode.take_type();
        let [to, flag, mask] = operands else {
            return Err("a vote has three operands".to_owned());
        };
        let to = match vote {
            Vote::Ballot => self.target(to)?.0,
            _ => self.predicate_target(to)?.ok_or("a predicate is wanted")?,
        };
        let (flag, mask) = (self.flag(flag)?, self.source(mask, Type::B32)?);
        Ok(Action::Vote {
            vote,
            to,
            flag,
            mask,
        })
    }

    /// `match.any.sync` and `redux.sync`.
    pub fn gather(&mut self, opcode: &mut Opcode, operands: &[Operand]) -> Result<Action, Problem> {
        let kinds = [
            ("any", Gather::Same),
            ("add", Gather::Reduced(AtomicKind::Add)),
            ("min", Gather::Reduced(AtomicKind::Minimum)),
            ("max", Gather::Reduced(AtomicKind::Maximum)),
            ("and", Gather::Reduced(AtomicKind::And)),
            ("or", Gather::Reduced(AtomicKind::Or)),
            ("xor", Gather::Reduced(AtomicKind::Xor)),
        ];
        let kind = opcode.take_one(&kinds);
        let gather = kind.filter(|kind| (*kind == Gather::Same) == (opcode.base == "match"));
        let gather = gather.ok_or("this comparison of lanes is not supported")?;
        if !opcode.take("sync") {
            return Err("only the form with `sync` is supported".to_owned());
        }
        let ty = opcode.take_type().filter(|ty| !ty.is_float());
        let ty = ty.ok_or("an integer type is wanted")?;
        let [to, from, mask] = operands else {
            return Err("there are three operands".to_owned());
        };
        let to = self.target(to)?.0;
        let (from, mask) = (self.source(from, ty)?, self.source(mask, Type::B32)?);
        Ok(Action::Gather {
            gather,
            ty,
            to,
            from,
            mask,
        })
    }

    pub fn active_mask(
        &mut self,
        opcode: &mut Opcode,
        operands: &[Operand],
    ) -> Result<Action, Problem> {
        opcode.take_type();
        let [to] = operands else {
            return Err("`activemask` has one operand".to_owned());
        };
        Ok(Action::ActiveMask {
            to: self.target(to)?.0,
        })
    }
}
