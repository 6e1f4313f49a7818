//! Memory that work of streams uses: what nothing orders is an error.

use std::sync::{Arc, Mutex};

use super::session::Session;
use super::{Outcome, Status};
use crate::card::Lane;
use crate::memory::{Allocation, Position, Use, Uses, locked};

/// Work of a stream that is done now.
pub struct Worker {
    pub position: Arc<Position>,
    /// For people: what it is, and where.
    pub name: Arc<str>,
}

impl Worker {
    pub fn new(what: &str, lane: &Lane, position: Position) -> Self {
        let Lane { number, card, .. } = lane;
        let name = format!("{what} in stream {number} of card {card}");
        Self {
            position: position.into(),
            name: name.into(),
        }
    }

    /// It has used bytes of an allocation.
    pub fn used(
        &self,
        session: &Session,
        allocation: &Allocation,
        (offset, bytes): (u64, u64),
        is_write: bool,
    ) -> Outcome {
        let of = || allocation.owner.to_string();
        self.add(session, &allocation.uses, (offset, bytes), is_write, of)
    }

    /// It has used pinned memory of the host.
    pub fn used_pinned(
        &self,
        session: &Session,
        (address, bytes): (usize, usize),
        is_write: bool,
    ) -> Outcome {
        let pinned = locked(session.pinned.lock());
        let Some((begin, pinned)) = pinned.range(..=address).next_back() else {
            return Ok(());
        };
        let range = ((address - begin) as u64, bytes as u64);
        let of = || "pinned memory".to_owned();
        self.add(session, &pinned.uses, range, is_write, of)
    }

    fn add(
        &self,
        session: &Session,
        uses: &Mutex<Uses>,
        (offset, bytes): (u64, u64),
        is_write: bool,
        of: impl Fn() -> String,
    ) -> Outcome {
        let new = Use {
            bytes: offset..offset + bytes,
            is_write,
            position: self.position.clone(),
            by: self.name.clone(),
        };
        let Some(old) = locked(uses.lock()).add(new.clone()) else {
            return Ok(());
        };
        let what = format!("{new} of {}, and nothing orders it with what {old}", of());
        session.report.error(&what);
        Err(Status::LAUNCH_FAILED)
    }
}
