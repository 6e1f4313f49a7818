//! Copies from global to shared memory that go on beside the instructions of a thread.
//!
//! Their numbers arrive as late as possible, when the thread waits for them, so a missing wait is a read of something
//! else. The place is in use from the beginning of a copy on, so a copy that begins too soon is a race.

use super::super::block::BlockContext;
use super::super::lanes::{Lanes, WARP, lanes_of};
use super::super::violation::{Problem, Violation};
use super::super::warp::Warp;
use super::Request;
use crate::memory::Access;
use crate::program::AsyncCopy;
use crate::ptx::Space;

/// Copies of a warp that nobody has waited for.
#[derive(Default)]
pub struct Underway {
    copies: Vec<Started>,
    /// Groups that each lane has completed.
    groups: [u64; WARP],
}

struct Started {
    lane: usize,
    /// None until the lane completes the group.
    group: Option<u64>,
    address: u64,
    words: [u64; 2],
    bytes: u8,
}

impl Warp {
    pub fn async_copy(
        &mut self,
        context: &BlockContext,
        copy: &AsyncCopy,
        active: u32,
        line: u32,
    ) -> Result<(), Box<Violation>> {
        let request = |space, access, addresses| Request {
            space,
            access,
            leaves_no_record: false,
            bytes: u64::from(copy.bytes),
            addresses,
            active,
            stamps: self.stamps(context),
        };
        let from = self.addresses(context, copy.from, copy.from_offset);
        let to = self.addresses(context, copy.to, copy.to_offset);
        let from = request(Space::Global, Access::Read, from);
        let to = request(Space::Shared, Access::Write, to);
        let (word, words) = (copy.bytes.min(8), usize::from(copy.bytes.div_ceil(8)));
        let mut started = Vec::new();
        let mut hint = self.hint;
        for lane in lanes_of(active) {
            let mut one = || -> Result<Started, Problem> {
                let place = self.place(context, &from, lane, &mut hint)?;
                let mut read = [0; 2];
                for (step, read) in (0..).step_by(8).zip(&mut read[..words]) {
                    self.check(&from, &place, step, word, lane)?;
                    *read = place.region.load(place.offset + step, word);
                }
                self.take_place(context, &to, lane, |_, _| ())?;
                Ok(Started {
                    lane,
                    group: None,
                    address: to.addresses.0[lane],
                    words: read,
                    bytes: copy.bytes,
                })
            };
            started.push(one().map_err(|problem| self.boxed(context, problem, lane, line))?);
        }
        self.hint = hint;
        self.count(context, &from);
        self.count(context, &to);
        self.underway.copies.extend(started);
        Ok(())
    }

    pub fn commit_copies(&mut self, active: u32) {
        let Underway { copies, groups } = &mut self.underway;
        let is_active = |lane: usize| active & (1 << lane) != 0;
        for copy in copies.iter_mut().filter(|copy| is_active(copy.lane)) {
            copy.group.get_or_insert(groups[copy.lane]);
        }
        for lane in lanes_of(active) {
            groups[lane] += 1;
        }
    }

    pub fn wait_for_copies(
        &mut self,
        context: &BlockContext,
        later: u32,
        active: u32,
        line: u32,
    ) -> Result<(), Box<Violation>> {
        let groups = self.underway.groups;
        let arrives = |copy: &Started| {
            let is_old = |group| group + u64::from(later) < groups[copy.lane];
            active & (1 << copy.lane) != 0 && copy.group.is_some_and(is_old)
        };
        let all = std::mem::take(&mut self.underway.copies);
        let (arriving, others) = all.into_iter().partition(arrives);
        self.underway.copies = others;
        let arriving: Vec<Started> = arriving;
        for copy in arriving {
            let request = Request {
                space: Space::Shared,
                access: Access::Write,
                leaves_no_record: false,
                bytes: u64::from(copy.bytes),
                addresses: Lanes::splat(copy.address),
                active: 1 << copy.lane,
                stamps: self.stamps(context),
            };
            self.take_place(context, &request, copy.lane, |region, offset| {
                let words = copy.words.iter().take(usize::from(copy.bytes.div_ceil(8)));
                for (step, value) in (0..).step_by(8).zip(words) {
                    region.store(offset + step, copy.bytes.min(8), *value);
                }
            })
            .map_err(|problem| self.boxed(context, problem, copy.lane, line))?;
        }
        Ok(())
    }

    /// Checks that a lane may write somewhere, and does it.
    fn take_place(
        &self,
        context: &BlockContext,
        request: &Request,
        lane: usize,
        write: impl FnOnce(&crate::memory::Region, u64),
    ) -> Result<(), Problem> {
        let mut hint = self.hint;
        let place = self.place(context, request, lane, &mut hint)?;
        for step in (0..request.bytes).step_by(8) {
            self.check(request, &place, step, request.bytes.min(8) as u8, lane)?;
        }
        write(place.region, place.offset);
        Ok(())
    }
}
