//! One instruction of a warp.

use super::block::BlockContext;
use super::values::ChangeValues;
use super::violation::{Problem, Violation};
use super::warp::{Group, Wait, Warp, first};
use crate::program::{Action, Instruction, Trap};

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
            Action::Load(load) => self.load(context, load, active, instruction.line)?,
            Action::Store(store) => self.store(context, store, active, instruction.line)?,
            Action::Atomic(atomic) => self.atomic(context, atomic, active, instruction.line)?,
            Action::AsyncCopy(copy) => self.async_copy(context, copy, active, instruction.line)?,
            Action::CommitCopies => self.commit_copies(active),
            Action::WaitForCopies { later } => {
                self.wait_for_copies(context, *later, active, instruction.line)?;
            }
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
                let problem = match reason {
                    Trap::Instruction => Problem::Trap,
                    Trap::Assertion => Problem::Assertion,
                };
                return Err(Box::new(self.violation(
                    context,
                    problem,
                    first(active),
                    instruction.line,
                )));
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
                return self.collective(context, instruction, *group);
            }
            action => context.launch.arch.dispatch(ChangeValues {
                warp: self,
                context,
                action,
                active,
            }),
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
}
