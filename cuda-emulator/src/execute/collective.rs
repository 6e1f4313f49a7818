//! Instructions that lanes named by a mask execute together: shuffles, votes, `__syncwarp`.

use super::access::changed;
use super::block::BlockContext;
use super::lanes::{Lanes, lanes_of};
use super::step::Next;
use super::violation::{Problem, Violation};
use super::warp::{Group, Wait, Warp, first};
use crate::program::{Action, Gather, Instruction, ShuffleMode, Source, Vote};

impl Warp {
    /// A group has come to such an instruction. It goes on if all lanes of a mask are here, else waits.
    pub fn collective(
        &mut self,
        context: &BlockContext,
        instruction: &Instruction,
        group: Group,
    ) -> Result<Next, Box<Violation>> {
        let Some(mask_source) = mask_source(&instruction.action) else {
            // `Warp::execute` sends nothing without a mask here.
            return Ok(Next::Follow);
        };
        let masks = self.value(context, mask_source).0;
        let mask = masks[first(group.lanes)] as u32;
        if mask & self.existing == group.lanes
            && lanes_of(group.lanes).all(|lane| masks[lane] as u32 == mask)
        {
            // The usual case: a mask names the lanes that are here.
            self.together(context, instruction, group.lanes, mask)?;
            return Ok(Next::Follow);
        }
        let mut undecided = group.lanes;
        while undecided != 0 {
            let lane = first(undecided);
            let mask = self.mask_of(context, mask_source, lane);
            let same = lanes_of(group.lanes)
                .filter(|&lane| self.mask_of(context, mask_source, lane) == mask);
            let here = same.fold(0, |lanes, lane| lanes | 1 << lane);
            undecided &= !here;
            if here & !mask != 0 {
                let problem = Problem::NotInMask { mask };
                return Err(Box::new(self.violation(
                    context,
                    problem,
                    first(here & !mask),
                    instruction.line,
                )));
            }
            // A mask of all lanes is usual in a last warp that has fewer.
            let missing = mask & self.existing & !here;
            if missing & !self.alive != 0 {
                let problem = Problem::LaneMissing {
                    mask,
                    lane: first(missing & !self.alive) as u32,
                    instead: "has ended",
                };
                return Err(Box::new(self.violation(
                    context,
                    problem,
                    lane,
                    instruction.line,
                )));
            }
            if missing == 0 {
                self.together(context, instruction, here, mask)?;
                self.groups.push(Group {
                    at: group.at + 1,
                    lanes: here,
                    wait: Wait::No,
                });
                let rest = group.lanes & !here;
                if rest != 0 {
                    self.groups.push(Group {
                        lanes: rest,
                        ..group
                    });
                }
                return Ok(Next::Schedule);
            }
        }
        // It is counted again when it goes on.
        self.counters.warp_instructions -= 1;
        self.counters.thread_instructions -= u64::from(group.lanes.count_ones());
        self.groups.push(Group {
            wait: Wait::Lanes,
            ..group
        });
        Ok(Next::Schedule)
    }

    fn mask_of(&self, context: &BlockContext, mask: Source, lane: usize) -> u32 {
        self.value(context, mask).0[lane] as u32
    }

    /// Nothing in the warp can go on: that is an error where lanes wait for others.
    pub fn all_wait(&self, context: &BlockContext) -> Result<(), Box<Violation>> {
        let Some(group) = self.groups.iter().find(|group| group.wait == Wait::Lanes) else {
            return Ok(());
        };
        let instruction = &context.launch.kernel.code[group.at as usize];
        let lane = first(group.lanes);
        let mask =
            mask_source(&instruction.action).map_or(0, |mask| self.mask_of(context, mask, lane));
        let missing = first(mask & self.existing & !group.lanes) as u32;
        let problem = Problem::LaneMissing {
            mask,
            lane: missing,
            instead: "waits at another instruction",
        };
        Err(Box::new(self.violation(
            context,
            problem,
            lane,
            instruction.line,
        )))
    }

    fn together(
        &mut self,
        context: &BlockContext,
        instruction: &Instruction,
        here: u32,
        mask: u32,
    ) -> Result<(), Box<Violation>> {
        match &instruction.action {
            Action::Shuffle {
                mode,
                to,
                valid,
                from,
            } => {
                let [value, lane, clamp, _] =
                    from.each_ref().map(|source| self.value(context, *source));
                let mut result = Lanes::splat(0);
                let mut is_valid = 0;
                for own in lanes_of(here) {
                    let (source, inside) =
                        shuffled(*mode, own as u32, lane.0[own] as u32, clamp.0[own] as u32);
                    if here >> source & 1 == 0 {
                        let problem = Problem::ShuffleSource { lane: source, mask };
                        return Err(Box::new(self.violation(
                            context,
                            problem,
                            own,
                            instruction.line,
                        )));
                    }
                    result.0[own] = value.0[source as usize];
                    is_valid |= u32::from(inside) << own;
                }
                self.registers[*to as usize].blend(&result, here);
                if let Some(valid) = valid {
                    self.set_predicate(*valid, is_valid, here);
                }
            }
            Action::Vote { vote, to, flag, .. } => {
                let yes = self.flag(*flag) & here;
                let all = |holds: bool| if holds { u32::MAX } else { 0 };
                match vote {
                    Vote::Ballot => {
                        self.registers[*to as usize].blend(&Lanes::splat(yes.into()), here)
                    }
                    Vote::All => self.set_predicate(*to, all(yes == here), here),
                    Vote::Any => self.set_predicate(*to, all(yes != 0), here),
                    Vote::Uniform => self.set_predicate(*to, all(yes == 0 || yes == here), here),
                }
            }
            Action::Gather {
                gather,
                ty,
                to,
                from,
                ..
            } => {
                let value = self.value(context, *from);
                let mut result = Lanes::splat(0);
                for own in lanes_of(here) {
                    result.0[own] = match gather {
                        Gather::Same => {
                            let same = lanes_of(here).filter(|lane| value.0[*lane] == value.0[own]);
                            same.fold(0, |lanes, lane| lanes | 1 << lane)
                        }
                        Gather::Reduced(kind) => {
                            let values = lanes_of(here).map(|lane| value.0[lane]);
                            let all = values.reduce(|a, b| changed(*kind, *ty, a, b, 0));
                            all.unwrap_or(0) & ty.mask()
                        }
                    };
                }
                self.registers[*to as usize].blend(&result, here);
            }
            _ => self.syncs += 1,
        }
        Ok(())
    }
}

/// The mask of an instruction that lanes execute together.
fn mask_source(action: &Action) -> Option<Source> {
    match action {
        Action::WarpSync { mask } | Action::Vote { mask, .. } | Action::Gather { mask, .. } => {
            Some(*mask)
        }
        Action::Shuffle { from, .. } => Some(from[3]),
        _ => None,
    }
}

/// The lane that a shuffle reads, and whether that lies in the segment of the warp.
fn shuffled(mode: ShuffleMode, own: u32, lane: u32, clamp: u32) -> (u32, bool) {
    let (lane, segment, bound) = (lane & 31, (clamp >> 8) & 31, clamp & 31);
    let largest = (own & segment) | (bound & !segment);
    let smallest = own & segment;
    let (source, inside) = match mode {
        ShuffleMode::Down => (own + lane, own + lane <= largest),
        ShuffleMode::Up => (
            own.wrapping_sub(lane),
            own.cast_signed() - lane.cast_signed() >= largest.cast_signed(),
        ),
        ShuffleMode::Butterfly => (own ^ lane, own ^ lane <= largest),
        ShuffleMode::Index => {
            let source = smallest | (lane & !segment);
            (source, source <= largest)
        }
    };
    if inside { (source, true) } else { (own, false) }
}
