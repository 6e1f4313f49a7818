//! What warps do to memory: where an access goes, whether it may, and what it costs.

mod async_copy;
mod atomic;
mod load_store;

pub use async_copy::Underway;
pub use atomic::changed;

use super::block::BlockContext;
use super::counters::{sectors, turns};
use super::lanes::{Lanes, WARP, lanes_of};
use super::violation::{OtherSide, Problem, Violation};
use super::warp::{Stamps, Warp, first};
use crate::memory::{Access, Owner, Region};
use crate::program::{LOCAL_WINDOW, PARAMETER_WINDOW, SHARED_WINDOW, Source, WINDOW_BYTES};
use crate::ptx::Space;

/// One memory instruction of a warp.
struct Request {
    space: Space,
    access: Access,
    /// `ld.global.nc`: races with earlier writes are seen, later writes are not compared with it.
    leaves_no_record: bool,
    /// Bytes of a thread.
    bytes: u64,
    addresses: Lanes,
    active: u32,
    stamps: Stamps,
}

impl Request {
    /// When all lanes read one address: two of them, which stand for all. A race with a write by one
    /// of the threads is one with the other, and what is recorded is that several threads read.
    fn lanes_of_one_address(&self) -> Option<u32> {
        // Local addresses mean a different place for each thread.
        let is_one_place = matches!(self.space, Space::Global | Space::Shared | Space::Constant);
        let address = self.addresses.0[first(self.active)];
        let is_same = |lane: usize| self.addresses.0[lane] == address;
        if !is_one_place || !lanes_of(self.active).all(is_same) {
            return None;
        }
        let others = self.active & self.active.wrapping_sub(1);
        Some(self.active & !(others & others.wrapping_sub(1)))
    }
}

/// Where the access of one lane goes.
struct Place<'a> {
    region: &'a Region,
    offset: u64,
    name: Name<'a>,
    users: Users,
}

#[derive(Clone, Copy)]
enum Name<'a> {
    Allocation(&'a Owner),
    Space(&'static str),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Users {
    /// Threads of the card that may disturb each other.
    Card,
    /// Threads of the block that may.
    Block,
    OneThread,
    /// Nobody writes there.
    Readers,
}

impl std::fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Name::Allocation(owner) => owner.fmt(f),
            Name::Space(name) => f.write_str(name),
        }
    }
}

fn verb(access: Access) -> &'static str {
    match access {
        Access::Read => "read",
        Access::Write => "write",
        Access::Atomic => "atomic operation",
    }
}

impl Warp {
    fn boxed(
        &self,
        context: &BlockContext,
        problem: Problem,
        lane: usize,
        line: u32,
    ) -> Box<Violation> {
        Box::new(self.violation(context, problem, lane, line))
    }

    fn addresses(&self, context: &BlockContext, base: Source, offset: i64) -> Lanes {
        let mut addresses = *self.value(context, base);
        for address in &mut addresses.0 {
            *address = address.wrapping_add_signed(offset);
        }
        addresses
    }

    /// The place of a lane's access. `hint` is the index of the allocation that was used last.
    #[inline(always)]
    fn place<'a>(
        &'a self,
        context: &'a BlockContext,
        request: &Request,
        lane: usize,
        hint: &mut usize,
    ) -> Result<Place<'a>, Problem> {
        let (address, bytes) = (request.addresses.0[lane], request.bytes);
        if address & (bytes - 1) != 0 {
            return Err(Problem::Misaligned {
                access: verb(request.access),
                address,
                bytes,
            });
        }
        let (space, address) = match request.space {
            Space::Generic => specific(address),
            space => (space, address),
        };
        let inside =
            |name: &'static str, region: &'a Region, size: u64, start: u64, users: Users| {
                if address > size || bytes > size - address {
                    let access = verb(request.access);
                    return Err(Problem::OutsideSpace {
                        access,
                        space: name,
                        offset: address,
                        count: bytes,
                        bytes: size,
                    });
                }
                Ok(Place {
                    region,
                    offset: start + address,
                    name: Name::Space(name),
                    users,
                })
            };
        let launch = context.launch;
        match space {
            Space::Shared => {
                let size = context.shared.bytes();
                inside("shared memory", &context.shared, size, 0, Users::Block)
            }
            Space::Local => {
                let size = launch.kernel.local_bytes;
                inside(
                    "local memory",
                    &self.local,
                    size,
                    lane as u64 * size,
                    Users::OneThread,
                )
            }
            Space::Parameter => {
                let size = launch.parameters.bytes();
                inside(
                    "the launch parameters",
                    &launch.parameters,
                    size,
                    0,
                    Users::Readers,
                )
            }
            Space::Global | Space::Constant | Space::Generic => {
                let Some((index, allocation)) = launch.lookup.find(address, bytes, *hint) else {
                    let trouble = launch.trouble(address, bytes);
                    return Err(Problem::Outside {
                        access: verb(request.access),
                        trouble,
                    });
                };
                *hint = index;
                let users = if allocation.is_read_only {
                    Users::Readers
                } else {
                    Users::Card
                };
                let name = Name::Allocation(&allocation.owner);
                Ok(Place {
                    region: &allocation.region,
                    offset: address - allocation.base,
                    name,
                    users,
                })
            }
        }
    }

    /// Whether a part of an access may happen: something was written there, one may write, nobody races.
    #[inline(always)]
    fn check(
        &self,
        request: &Request,
        place: &Place,
        step: u64,
        bytes: u8,
        lane: usize,
    ) -> Result<(), Problem> {
        let offset = place.offset + step;
        let at = || format!("offset {offset} of {}", place.name);
        if request.access != Access::Write && !place.region.is_written(offset, bytes) {
            return Err(Problem::Uninitialised { place: at() });
        }
        let stamp = *match place.users {
            Users::OneThread => return Ok(()),
            Users::Readers if request.access == Access::Read => return Ok(()),
            Users::Readers => return Err(Problem::Constant { place: at() }),
            Users::Card => &request.stamps.global,
            Users::Block => &request.stamps.shared,
        };
        let cell = &place.region.race_cells()[(offset >> 3) as usize];
        let thread = self.thread(lane);
        let conflict = if request.leaves_no_record {
            cell.peek(stamp, thread)
        } else {
            cell.touch(request.access, stamp, thread)
        };
        match conflict {
            None => Ok(()),
            Some(conflict) => {
                let (access, other) = (verb(request.access), OtherSide(conflict));
                Err(Problem::Race {
                    access,
                    place: at(),
                    other,
                })
            }
        }
    }

    fn count(&mut self, context: &BlockContext, request: &Request) {
        let mut touched = [0; WARP];
        let mut count = 0;
        for lane in lanes_of(request.active) {
            touched[count] = request.addresses.0[lane];
            count += 1;
        }
        let space = match request.space {
            Space::Generic => specific(touched[0]).0,
            space => space,
        };
        if matches!(space, Space::Global | Space::Constant) {
            self.touch(context, request, &touched[..count]);
        }
        let counters = &mut self.counters;
        match space {
            Space::Shared => {
                counters.shared_requests += 1;
                counters.shared_turns += turns(&touched[..count], request.bytes);
            }
            Space::Local => counters.local_requests += 1,
            Space::Global => {
                let traffic = match request.access {
                    Access::Read => &mut counters.global_loads,
                    Access::Write => &mut counters.global_stores,
                    Access::Atomic => &mut counters.global_atomics,
                };
                traffic.requests += 1;
                traffic.sectors += sectors(&touched[..count], request.bytes);
                traffic.bytes += request.bytes * count as u64;
            }
            Space::Constant | Space::Parameter | Space::Generic => {}
        }
    }

    /// Notes which bytes of allocations were used. All lanes have passed the checks.
    fn touch(&mut self, context: &BlockContext, request: &Request, addresses: &[u64]) {
        let lookup = &context.launch.lookup;
        let is_write = request.access != Access::Read;
        let mut touch = |first: u64, last: u64, hint: usize| {
            let bytes = last - first + request.bytes;
            let found = lookup.find(first, bytes, hint);
            let Some((index, allocation)) = found else {
                return false;
            };
            let offset = first - allocation.base;
            self.touched.add(index, is_write, offset..offset + bytes);
            true
        };
        let first = addresses.iter().copied().min().unwrap_or_default();
        let last = addresses.iter().copied().max().unwrap_or_default();
        if !touch(first, last, self.hint) {
            for &address in addresses {
                touch(address, address, self.hint);
            }
        }
    }
}

/// The space that a generic address points into, and the address there.
fn specific(address: u64) -> (Space, u64) {
    let windows = [
        (Space::Shared, SHARED_WINDOW),
        (Space::Local, LOCAL_WINDOW),
        (Space::Parameter, PARAMETER_WINDOW),
    ];
    let inside = |(_, start): &(Space, u64)| address >= *start && address - start < WINDOW_BYTES;
    let found = windows.into_iter().find(inside);
    found.map_or((Space::Global, address), |(space, start)| {
        (space, address - start)
    })
}
