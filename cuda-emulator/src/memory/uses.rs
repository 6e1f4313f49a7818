//! Which work of streams used memory, and whether something orders it: what streams do out of order is an error
//! also where numbers happen to be right.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// For each stream, by its number in the process, how much of its work is certain to be done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clock(Vec<u64>);

/// The place of a piece of work in what the host has given to streams.
#[derive(Clone, Debug)]
pub struct Position {
    /// Number of its stream in the process.
    pub lane: usize,
    /// What is certain to be done before it begins; for its own stream, the number of the work itself.
    pub clock: Clock,
}

/// What work does with bytes of an allocation or of pinned memory.
#[derive(Clone, Debug)]
pub struct Use {
    pub bytes: Range<u64>,
    pub is_write: bool,
    pub position: Arc<Position>,
    /// For people.
    pub by: Arc<str>,
}

/// What earlier work did with an allocation, as far as later work can still be in conflict with it alone.
#[derive(Debug, Default)]
pub struct Uses(Vec<Use>);

impl Clock {
    fn of(&self, lane: usize) -> u64 {
        self.0.get(lane).copied().unwrap_or(0)
    }

    /// Counts a piece of work of a stream.
    pub fn tick(&mut self, lane: usize) {
        if self.0.len() <= lane {
            self.0.resize(lane + 1, 0);
        }
        self.0[lane] += 1;
    }

    /// What is certain by this or by another clock.
    pub fn join(&mut self, other: &Self) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        for (mine, other) in self.0.iter_mut().zip(&other.0) {
            *mine = (*mine).max(*other);
        }
    }
}

impl Position {
    /// Whether other work is certain to be done before this.
    fn comes_after(&self, other: &Self) -> bool {
        self.clock.of(other.lane) >= other.clock.of(other.lane)
    }
}

impl fmt::Display for Use {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = if self.is_write { "writes" } else { "reads" };
        let Range { start, end } = self.bytes;
        write!(f, "{} {verb} bytes {start} to {end}", self.by)
    }
}

impl Uses {
    /// Adds what work has just done, and says with which earlier work it is in conflict.
    pub fn add(&mut self, new: Use) -> Option<Use> {
        let is_after = |old: &Use| new.position.comes_after(&old.position);
        let meets = |old: &Use| old.bytes.start < new.bytes.end && new.bytes.start < old.bytes.end;
        let conflict = |old: &&Use| {
            let may_disturb = old.is_write || new.is_write;
            may_disturb && meets(old) && !is_after(old)
        };
        let conflict = self.0.iter().find(conflict).cloned();
        // Whatever is in conflict with what came before this is in conflict with this, too.
        self.0.retain(|old| {
            let is_covered = new.bytes.start <= old.bytes.start && old.bytes.end <= new.bytes.end;
            let is_stronger = new.is_write || !old.is_write;
            !(is_covered && is_stronger && is_after(old))
        });
        self.0.push(new);
        conflict
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Work of a stream that knows so much of streams 0 and 1.
    fn used(lane: usize, clock: [u64; 2], bytes: Range<u64>, is_write: bool) -> Use {
        let clock = Clock(clock.to_vec());
        Use {
            bytes,
            is_write,
            position: Arc::new(Position { lane, clock }),
            by: "a copy".into(),
        }
    }

    #[test]
    fn work_of_two_streams_is_in_conflict_where_one_writes_and_nothing_orders_them() {
        for (first, second, clock, is_conflict) in [
            (true, true, [0, 1], true),
            (true, false, [0, 1], true),
            (false, true, [0, 1], true),
            (false, false, [0, 1], false),
            // The second knows of the first.
            (true, true, [1, 1], false),
            (false, true, [1, 1], false),
        ] {
            let mut uses = Uses::default();
            assert!(uses.add(used(0, [1, 0], 0..8, first)).is_none());
            let found = uses.add(used(1, clock, 4..12, second));
            assert_eq!(found.is_some(), is_conflict, "{first} {second} {clock:?}");
            assert!(uses.add(used(1, [0, 2], 8..16, true)).is_none());
        }
    }

    #[test]
    fn a_write_is_remembered_behind_reads_that_follow_it() {
        let mut uses = Uses::default();
        uses.add(used(0, [1, 0], 0..8, true));
        uses.add(used(0, [2, 0], 0..8, false));
        let found = uses.add(used(1, [0, 1], 0..8, false));
        assert!(found.is_some_and(|old| old.is_write));
    }

    #[test]
    fn what_is_covered_by_later_work_is_forgotten() {
        let mut uses = Uses::default();
        for round in 1..100 {
            assert!(uses.add(used(0, [round, 0], 0..8, true)).is_none());
            assert!(uses.add(used(0, [round, 0], 0..8, false)).is_none());
        }
        assert_eq!(uses.0.len(), 2);
    }
}
