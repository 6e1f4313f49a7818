//! A block: its warps, its shared memory, and the barriers at which the warps meet.

use super::counters::Counters;
use super::grid::{Done, Launch};
use super::lanes::Lanes;
use super::violation::{Problem, Violation};
use super::warp::{Wait, Warp, first};
use crate::memory::{Region, Stamp};
use crate::program::{Action, Flag, Reduction};

/// What the warps of a block see of it.
pub struct BlockContext<'a> {
    pub launch: &'a Launch,
    /// Number in the grid.
    pub index: u64,
    /// `blockIdx`.
    pub position: [u32; 3],
    pub shared: Region,
}

/// Runs a block to its end.
pub fn run(launch: &Launch, index: u64) -> Result<Done, Box<Violation>> {
    let context = BlockContext {
        launch,
        index,
        position: launch.shape.block(index),
        shared: Region::new(launch.shared_bytes()),
    };
    let count = launch.shape.warps() as usize;
    let mut warps: Vec<Warp> = (0..count as u32)
        .map(|index| Warp::new(&context, index))
        .collect();
    let mut interval = 0;
    loop {
        for turn in launch.order.turns(count, index << 20 | interval) {
            warps[turn as usize].run(&context)?;
        }
        if warps.iter().all(|warp| warp.alive == 0) {
            break;
        }
        pass_barrier(&context, &mut warps)?;
        interval += 1;
    }
    let barriers = Counters {
        barriers: interval,
        ..Counters::default()
    };
    let done = Done {
        counters: barriers,
        ..Done::default()
    };
    let sum = |sum: Done, warp: Warp| {
        sum + Done {
            counters: warp.counters,
            touched: warp.touched,
        }
    };
    Ok(warps.into_iter().fold(done, sum))
}

/// All threads wait: they go on if they wait at the same barrier and none is missing.
fn pass_barrier(context: &BlockContext, warps: &mut [Warp]) -> Result<(), Box<Violation>> {
    let code = &context.launch.kernel.code;
    let groups = |warps: &[Warp]| -> Vec<(usize, u32)> {
        let groups = warps
            .iter()
            .enumerate()
            .flat_map(|(index, warp)| warp.groups.iter().map(move |g| (index, g.at)));
        groups.collect()
    };
    let all = groups(warps);
    // `run` has seen a thread that is alive, and what is alive stands in a group.
    let Some(&(_, at)) = all.first() else {
        return Ok(());
    };
    let instruction = &code[at as usize];
    let kernel = &context.launch.kernel;
    if let Some((index, other)) = all.iter().find(|(_, other)| *other != at) {
        let line = code[*other as usize].line;
        let elsewhere = format!(
            "others at line {}, `{}`",
            instruction.line,
            kernel.line(instruction.line)
        );
        let warp = &warps[*index];
        let lane = warp
            .groups
            .iter()
            .find(|g| g.at == *other)
            .map_or(0, |g| first(g.lanes));
        return Err(Box::new(warp.violation(
            context,
            Problem::DivergentBarrier(elsewhere),
            lane,
            line,
        )));
    }
    if let Some(warp) = warps.iter().find(|warp| warp.alive != warp.existing) {
        let lane = first(warp.existing & !warp.alive);
        let [x, y, z] = context.launch.shape.thread(warp.thread(lane));
        let ended = format!("thread ({x}, {y}, {z}) has ended");
        let waiting = warps.iter().find(|warp| warp.alive != 0).unwrap_or(warp);
        let problem = Problem::BarrierWithoutAll(ended);
        return Err(Box::new(waiting.violation(
            context,
            problem,
            first(waiting.alive),
            instruction.line,
        )));
    }
    if let Action::Barrier {
        reduction: Some((kind, flag, to)),
        ..
    } = instruction.action
    {
        reduce(warps, kind, flag, to);
    }
    let begins_again = |warp: &Warp| (warp.barriers + 1).is_multiple_of(Stamp::LARGEST_COUNT);
    if warps.first().is_some_and(begins_again) {
        // A barrier orders all that was before, so nothing is lost with its records.
        context.shared.forget_accesses();
    }
    for warp in warps {
        warp.syncs = 0;
        warp.barriers += 1;
        for group in &mut warp.groups {
            group.at += 1;
            group.wait = Wait::No;
        }
    }
    Ok(())
}

fn reduce(warps: &mut [Warp], kind: Reduction, flag: Flag, to: u32) {
    let yes: u32 = warps
        .iter()
        .map(|warp| (warp.flag(flag) & warp.existing).count_ones())
        .sum();
    let threads: u32 = warps.iter().map(|warp| warp.existing.count_ones()).sum();
    for warp in warps {
        let all = |holds: bool| if holds { u32::MAX } else { 0 };
        let existing = warp.existing;
        match kind {
            Reduction::Count => {
                warp.registers[to as usize].blend(&Lanes::splat(yes.into()), existing)
            }
            Reduction::And => warp.set_predicate(to, all(yes == threads), existing),
            Reduction::Or => warp.set_predicate(to, all(yes > 0), existing),
        }
    }
}
