//! A warp: registers of its 32 threads, and where each of them is.
//!
//! Threads at the same instruction form a group and are executed together. When a branch parts them,
//! the group that is behind in the text goes first, and joins others where it meets them; compilers lay
//! out code so that this is where the ways come together.

use super::access::Underway;
use super::block::BlockContext;
use super::counters::Counters;
use super::lanes::{ALL, Lanes, WARP, lanes_of};
use super::step::Next;
use super::touched::Touched;
use super::violation::{Problem, Violation};
use crate::memory::{Region, Stamp};
use crate::program::{Action, Flag, Source, Special};

/// Why a group does not go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    No,
    /// For lanes that a mask names.
    Lanes,
    /// For the rest of the block.
    Barrier,
}

/// What marks the accesses of a warp.
#[derive(Clone, Copy)]
pub struct Stamps {
    pub global: Stamp,
    pub shared: Stamp,
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
    /// Lanes whose last sum left a carry.
    pub carry: u32,
    pub groups: Vec<Group>,
    /// Barriers of the block so far, and synchronisations of the warp since the last.
    pub barriers: u32,
    pub syncs: u32,
    pub local: Region,
    /// Index of the allocation that was used last.
    pub hint: usize,
    branches: u64,
    pub underway: Underway,
    pub counters: Counters,
    pub touched: Touched,
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
            underway: Underway::default(),
            counters: Counters::default(),
            touched: Touched::default(),
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
    pub fn stamps(&self, context: &BlockContext) -> Stamps {
        let stamp =
            |barriers| Stamp::new(context.launch.number, context.index, barriers, self.syncs);
        Stamps {
            global: stamp(self.barriers),
            // The block forgets the records of its memory when this begins again.
            shared: stamp(self.barriers % Stamp::LARGEST_COUNT),
        }
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
}

/// The lowest lane of a mask that is not empty.
pub fn first(lanes: u32) -> usize {
    lanes_of(lanes).next().unwrap_or(0)
}
