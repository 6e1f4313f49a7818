//! Instructions that change nothing but registers.

use super::block::BlockContext;
use super::evaluate::{compare, evaluate, with_carry};
use super::lanes::{Lanes, WARP};
use super::warp::Warp;
use crate::program::{Action, Logic, Operation};

/// One of them for the active lanes, as a function that is compiled for each instruction set of the
/// machine. (A closure would not do: what calls it is not always inlined, and loses the instructions.)
pub struct ChangeValues<'a, 'b> {
    pub warp: &'a mut Warp,
    pub context: &'a BlockContext<'b>,
    pub action: &'a Action,
    pub active: u32,
}

impl pulp::NullaryFnOnce for ChangeValues<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        self.warp
            .change_values(self.context, self.action, self.active);
    }
}

impl Warp {
    #[inline(always)]
    fn change_values(&mut self, context: &BlockContext, action: &Action, active: u32) {
        match action {
            Action::Compute {
                operation,
                ty,
                to,
                from,
            } => {
                let mut result = Lanes::splat(0);
                let values = [
                    self.value(context, from[0]),
                    self.value(context, from[1]),
                    self.value(context, from[2]),
                ];
                evaluate(*operation, *ty, values, &mut result);
                self.registers[*to as usize].blend(&result, active);
                if ty.is_float() && ty.bytes == 8 {
                    let lanes = u64::from(active.count_ones());
                    self.counters.double_operations += flops(*operation) * lanes;
                }
            }
            Action::Compare {
                comparison,
                ty,
                to,
                from,
                combine,
            } => {
                let (a, b) = (self.value(context, from[0]), self.value(context, from[1]));
                let holds = compare(*comparison, *ty, a, b);
                let combined = |holds: u32| match combine {
                    None => holds,
                    Some(combine) => logic(combine.logic, holds, self.flag(combine.flag)),
                };
                let results = [combined(holds), combined(!holds)];
                for (to, result) in to.iter().zip(results) {
                    if let Some(to) = to {
                        self.set_predicate(*to, result, active);
                    }
                }
            }
            Action::Select { to, from, flag } => {
                let mut result = *self.value(context, from[1]);
                result.blend(self.value(context, from[0]), self.flag(*flag));
                self.registers[*to as usize].blend(&result, active);
            }
            Action::Logic {
                logic: kind,
                to,
                from,
            } => {
                let result = logic(*kind, self.flag(from[0]), self.flag(from[1]));
                self.set_predicate(*to, result, active);
            }
            Action::Carry {
                operation,
                ty,
                to,
                from,
                takes,
                leaves,
            } => {
                let carry = if *takes { self.carry } else { 0 };
                let from = from.map(|source| *self.value(context, source));
                let (result, carries) = with_carry(*operation, *ty, &from, carry);
                self.registers[*to as usize].blend(&result, active);
                if *leaves {
                    self.carry = (self.carry & !active) | (carries & active);
                }
            }
            Action::Unpack { to, from, bytes } => {
                let bits = 8 * u32::from(*bytes);
                let value = *self.value(context, *from);
                for (part, to) in (0..).zip(to) {
                    if let Some(to) = to {
                        let mut result = Lanes::splat(0);
                        for lane in 0..WARP {
                            let shifted = value.0[lane] >> (part * bits);
                            result.0[lane] = shifted & (u64::MAX >> (64 - bits));
                        }
                        self.registers[*to as usize].blend(&result, active);
                    }
                }
            }
            Action::Pack {
                to,
                from,
                count,
                bytes,
            } => {
                let mut result = Lanes::splat(0);
                for (part, from) in from.iter().enumerate().take(usize::from(*count)) {
                    let value = self.value(context, *from);
                    for lane in 0..WARP {
                        result.0[lane] |= value.0[lane] << (part * 8 * usize::from(*bytes));
                    }
                }
                self.registers[*to as usize].blend(&result, active);
            }
            Action::ActiveMask { to } => {
                let mask = Lanes::splat(active.into());
                self.registers[*to as usize].blend(&mask, active);
            }
            // `execute` sends what only changes registers.
            _ => {}
        }
    }
}

fn flops(operation: Operation) -> u64 {
    match operation {
        Operation::Add | Operation::Subtract | Operation::Multiply | Operation::Divide => 1,
        Operation::Reciprocal | Operation::SquareRoot => 1,
        Operation::Fused => 2,
        _ => 0,
    }
}

fn logic(logic: Logic, a: u32, b: u32) -> u32 {
    match logic {
        Logic::And => a & b,
        Logic::Or => a | b,
        Logic::Xor => a ^ b,
    }
}
