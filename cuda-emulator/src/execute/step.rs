//! One instruction of a warp.

use super::block::BlockContext;
use super::evaluate::{compare, evaluate, with_carry};
use super::lanes::{Lanes, WARP};
use super::violation::{Problem, Violation};
use super::warp::{Group, Wait, Warp, first};
use crate::program::{Action, Instruction, Logic, Operation, Source};
use crate::ptx::Type;

/// What an instruction asks of the loop over instructions.
pub enum Next {
    Follow,
    /// Groups have changed.
    Schedule,
}

impl Warp {
    /// One instruction, not a branch, for the active lanes of a group.
    #[inline(always)]
    pub fn execute(
        &mut self,
        context: &BlockContext,
        instruction: &Instruction,
        group: &mut Group,
        active: u32,
    ) -> Result<Next, Box<Violation>> {
        match &instruction.action {
            Action::Compute {
                operation,
                ty,
                to,
                from,
            } => {
                self.compute(context, *operation, *ty, *to, *from, active);
            }
            Action::Compare {
                comparison,
                ty,
                to,
                from,
                combine,
            } => {
                let (a, b) = (self.value(context, from[0]), self.value(context, from[1]));
                let holds = context
                    .launch
                    .arch
                    .dispatch(|| compare(*comparison, *ty, a, b));
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
                let value = *self.value(context, *from);
                let bits = 8 * u32::from(*bytes);
                for (part, to) in to.iter().enumerate() {
                    if let Some(to) = to {
                        let shifted = value
                            .0
                            .map(|x| (x >> (part as u32 * bits)) & (u64::MAX >> (64 - bits)));
                        self.registers[*to as usize].blend(&Lanes(shifted), active);
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
            Action::Load(load) => self.load(context, load, active, instruction.line)?,
            Action::Store(store) => self.store(context, store, active, instruction.line)?,
            Action::Atomic(atomic) => self.atomic(context, atomic, active, instruction.line)?,
            // `run_group` takes branches itself.
            Action::Branch { .. } => {}
            Action::Exit => {
                self.alive &= !active;
                group.lanes &= !active;
                if group.lanes != 0 {
                    self.groups.push(Group {
                        at: group.at + 1,
                        ..*group
                    });
                }
                return Ok(Next::Schedule);
            }
            Action::Trap(reason) => {
                let problem = Problem::Trap(reason);
                return Err(Box::new(self.violation(
                    context,
                    problem,
                    first(active),
                    instruction.line,
                )));
            }
            Action::ActiveMask { to } => {
                let mask = Lanes::splat(active.into());
                self.registers[*to as usize].blend(&mask, active);
            }
            Action::Barrier { .. } => {
                self.part(group, active);
                self.groups.push(Group {
                    wait: Wait::Barrier,
                    ..*group
                });
                return Ok(Next::Schedule);
            }
            Action::WarpSync { .. }
            | Action::Shuffle { .. }
            | Action::Vote { .. }
            | Action::Gather { .. } => {
                self.part(group, active);
                return self
                    .collective(context, instruction, *group)
                    .map(|()| Next::Schedule);
            }
        }
        Ok(Next::Follow)
    }

    /// Lanes that a guard excludes go on behind an instruction at which the others wait.
    fn part(&mut self, group: &mut Group, active: u32) {
        let others = group.lanes & !active;
        if others != 0 {
            self.groups.push(Group {
                at: group.at + 1,
                lanes: others,
                wait: Wait::No,
            });
            group.lanes = active;
        }
    }

    #[inline(always)]
    fn compute(
        &mut self,
        context: &BlockContext,
        operation: Operation,
        ty: Type,
        to: u32,
        from: [Source; 3],
        active: u32,
    ) {
        context.launch.arch.dispatch(
            #[inline(always)]
            || {
                let mut result = Lanes::splat(0);
                evaluate(
                    operation,
                    ty,
                    from.map(|source| self.value(context, source)),
                    &mut result,
                );
                self.registers[to as usize].blend(&result, active);
            },
        );
        if ty.is_float() && ty.bytes == 8 {
            self.counters.double_operations += flops(operation) * u64::from(active.count_ones());
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
