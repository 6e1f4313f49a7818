//! A warp: registers of its 32 threads, and where each of them is.
//!
//! Threads at the same instruction form a group and are executed together. When a branch parts them,
//! the group that is behind in the text goes first, and joins others where it meets them; compilers lay
//! out code so that this is where the ways come together.

use super::block::BlockContext;
use super::counters::Counters;
use super::evaluate::{compare, evaluate};
use super::lanes::{ALL, Lanes, WARP, lanes_of};
use super::violation::{Problem, Violation};
use crate::memory::{Region, Stamp};
use crate::program::{Action, Flag, Instruction, Logic, Operation, Source, Special};
use crate::ptx::Type;

/// Why a group does not go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    No,
    /// For lanes that a mask names.
    Lanes,
    /// For the rest of the block.
    Barrier,
}

/// Threads at one instruction.
#[derive(Clone, Copy, Debug)]
pub struct Group {
    pub at: u32,
    pub lanes: u32,
    pub wait: Wait,
}

pub struct Warp {
    /// Number in the block.
    pub index: u32,
    /// Threads that it has, fewer than 32 in a last one.
    pub existing: u32,
    /// Threads that have not ended.
    pub alive: u32,
    pub registers: Vec<Lanes>,
    pub predicates: Vec<u32>,
    carry: u32,
    pub groups: Vec<Group>,
    /// Synchronisations so far, and those of the block among them.
    pub syncs: u32,
    pub barriers: u32,
    pub local: Region,
    /// Index of the allocation that was used last.
    pub hint: usize,
    branches: u64,
    pub counters: Counters,
}

/// What an instruction asks of the loop over instructions.
enum Next {
    Follow,
    /// Groups have changed.
    Schedule,
}

impl Warp {
    pub fn new(context: &BlockContext, index: u32) -> Warp {
        let kernel = &context.launch.kernel;
        let threads = context.launch.shape.threads();
        let first = u64::from(index) * WARP as u64;
        let count = (threads - first).min(WARP as u64) as u32;
        let existing = ALL >> (WARP as u32 - count);
        let mut warp = Warp {
            index,
            existing,
            alive: existing,
            registers: vec![Lanes::splat(0xdead_dead_dead_dead); kernel.registers as usize],
            predicates: vec![0; kernel.predicates as usize],
            carry: 0,
            groups: vec![Group {
                at: 0,
                lanes: existing,
                wait: Wait::No,
            }],
            syncs: 0,
            barriers: 0,
            local: Region::new(kernel.local_bytes * WARP as u64),
            hint: 0,
            branches: 0,
            counters: Counters::default(),
        };
        for &(special, register) in &kernel.specials {
            let value = |lane: usize| warp.special(context, special, lane as u32);
            warp.registers[register as usize] = Lanes(std::array::from_fn(value));
        }
        warp
    }

    fn special(&self, context: &BlockContext, special: Special, lane: u32) -> u64 {
        let up_to = |lane: u32| (1u64 << lane) - 1;
        match special {
            Special::Thread(axis) => context.launch.shape.thread(self.index * WARP as u32 + lane)
                [usize::from(axis)]
            .into(),
            Special::Block(axis) => context.position[usize::from(axis)].into(),
            Special::Lane => lane.into(),
            Special::Warp => self.index.into(),
            Special::LanesBelow { inclusive } => up_to(lane + u32::from(inclusive)),
            Special::LanesAbove { inclusive } => {
                u64::from(ALL) & !up_to(lane + u32::from(!inclusive))
            }
            Special::LaneItself => 1 << lane,
        }
    }

    /// Number of a lane's thread in the block.
    #[inline(always)]
    pub fn thread(&self, lane: usize) -> u32 {
        self.index * WARP as u32 + lane as u32
    }

    /// Block and progress, for records of accesses.
    pub fn stamp(&self, context: &BlockContext) -> Stamp {
        Stamp::new(
            context.launch.number,
            context.index,
            self.barriers,
            self.syncs,
        )
    }

    pub fn violation(
        &self,
        context: &BlockContext,
        problem: Problem,
        lane: usize,
        line: u32,
    ) -> Violation {
        let kernel = &context.launch.kernel;
        Violation {
            kernel: kernel.name.clone(),
            problem,
            line,
            text: kernel.line(line).to_owned(),
            thread: context.launch.shape.thread(self.thread(lane)),
            block: context.position,
        }
    }

    #[inline(always)]
    pub fn value<'a>(&'a self, context: &'a BlockContext, source: Source) -> &'a Lanes {
        match source.as_constant() {
            Ok(index) => &context.launch.constants[index],
            Err(register) => &self.registers[register as usize],
        }
    }

    #[inline(always)]
    pub fn flag(&self, flag: Flag) -> u32 {
        match flag {
            Flag::Constant(true) => ALL,
            Flag::Constant(false) => 0,
            Flag::Register {
                register,
                negated: false,
            } => self.predicates[register as usize],
            Flag::Register {
                register,
                negated: true,
            } => !self.predicates[register as usize],
        }
    }

    #[inline(always)]
    pub fn set_predicate(&mut self, register: u32, value: u32, lanes: u32) {
        let predicate = &mut self.predicates[register as usize];
        *predicate = (*predicate & !lanes) | (value & lanes);
    }

    /// Runs until every thread has ended or waits at a barrier.
    pub fn run(&mut self, context: &BlockContext) -> Result<(), Box<Violation>> {
        loop {
            self.join_groups();
            let ready = self
                .groups
                .iter()
                .enumerate()
                .filter(|(_, group)| group.wait == Wait::No);
            let Some((index, _)) = ready.min_by_key(|(_, group)| group.at) else {
                return self.all_wait(context);
            };
            let group = self.groups.swap_remove(index);
            self.run_group(context, group)?;
        }
    }

    fn join_groups(&mut self) {
        let mut index = 0;
        while index < self.groups.len() {
            let Group { at, lanes, wait } = self.groups[index];
            match self.groups[..index].iter_mut().find(|group| group.at == at) {
                Some(group) => {
                    group.lanes |= lanes;
                    if wait == Wait::No {
                        group.wait = wait;
                    }
                    self.groups.swap_remove(index);
                }
                None => index += 1,
            }
        }
    }

    /// Executes a group, which is taken out of the list, until groups change.
    fn run_group(
        &mut self,
        context: &BlockContext,
        mut group: Group,
    ) -> Result<(), Box<Violation>> {
        let code = &context.launch.kernel.code[..];
        let is_alone = self.groups.is_empty();
        // Where another group waits to be met.
        let ahead = self
            .groups
            .iter()
            .map(|other| other.at)
            .filter(|at| *at > group.at);
        let meeting = ahead.min().unwrap_or(u32::MAX);
        let issued = u64::from(group.lanes.count_ones());
        loop {
            // Code ends with an exit, and branches go to labels inside it.
            let instruction = &code[group.at as usize];
            self.counters.warp_instructions += 1;
            self.counters.thread_instructions += issued;
            let active = group.lanes & self.flag(instruction.guard);
            if let Action::Branch { to } = instruction.action {
                self.branches += 1;
                if self.branches > context.launch.branch_limit {
                    let problem = Problem::Endless(context.launch.branch_limit);
                    return Err(Box::new(self.violation(
                        context,
                        problem,
                        first(group.lanes),
                        instruction.line,
                    )));
                }
                if active == group.lanes {
                    group.at = to;
                } else if active == 0 {
                    group.at += 1;
                } else {
                    self.counters.divergent_branches += 1;
                    self.groups.push(Group {
                        at: to,
                        lanes: active,
                        wait: Wait::No,
                    });
                    group.lanes &= !active;
                    group.at += 1;
                    self.groups.push(group);
                    return Ok(());
                }
                if !is_alone {
                    self.groups.push(group);
                    return Ok(());
                }
                continue;
            }
            if active != 0
                && let Next::Schedule = self.execute(context, instruction, &mut group, active)?
            {
                return Ok(());
            }
            group.at += 1;
            if group.at == meeting {
                self.groups.push(group);
                return Ok(());
            }
        }
    }

    /// One instruction, not a branch, for the active lanes of a group.
    #[inline(always)]
    fn execute(
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
            Action::WarpSync { .. } | Action::Shuffle { .. } | Action::Vote { .. } => {
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
        let mut result = Lanes::splat(0);
        let values = from.map(|source| self.value(context, source));
        context
            .launch
            .arch
            .dispatch(|| evaluate(operation, ty, values, &mut result));
        self.registers[to as usize].blend(&result, active);
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

/// The lowest lane of a mask that is not empty.
pub fn first(lanes: u32) -> usize {
    lanes_of(lanes).next().unwrap_or(0)
}

/// Sums and products with carries, in 128 bits.
fn with_carry(operation: Operation, ty: Type, from: &[Lanes; 3], carry: u32) -> (Lanes, u32) {
    let bits = ty.bits();
    let mask = u128::from(ty.mask());
    let mut result = Lanes::splat(0);
    let mut carries = 0;
    for lane in 0..WARP {
        let [a, b, c] = from.each_ref().map(|lanes| u128::from(lanes.0[lane]));
        let carry = u128::from((carry >> lane) & 1);
        let sum = match operation {
            // The carry of a difference is a borrow.
            Operation::Subtract => a.wrapping_sub(b).wrapping_sub(carry),
            Operation::MultiplyAdd => ((a * b) & mask) + c + carry,
            Operation::MultiplyAddHigh => ((a * b) >> bits) + c + carry,
            _ => a + b + carry,
        };
        result.0[lane] = (sum & mask) as u64;
        carries |= (((sum >> bits) & 1) as u32) << lane;
    }
    (result, carries)
}
