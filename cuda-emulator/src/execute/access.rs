//! Loads, stores and atomic operations of a warp, with everything that is checked about them.

use std::sync::atomic::Ordering::Relaxed;

use super::block::BlockContext;
use super::counters::sectors;
use super::lanes::{Lanes, WARP, lanes_of};
use super::order::Order;
use super::violation::{OtherSide, Problem, Violation};
use super::warp::Warp;
use crate::memory::{Access, Allocation, Owner, Region};
use crate::program::{
    Atomic, AtomicKind, LOCAL_WINDOW, Load, PARAMETER_WINDOW, SHARED_WINDOW, Source, Store,
    WINDOW_BYTES,
};
use crate::ptx::{Class, Space, Type};

/// Where a lane's access goes.
enum Place<'a> {
    Global(&'a Allocation, u64),
    Shared(&'a Region, u64),
    /// With the offset in the warp's region, and in the thread's part of it.
    Local(u64),
    Parameter(u64),
}

impl Warp {
    pub fn load(
        &mut self,
        context: &BlockContext,
        load: &Load,
        active: u32,
        line: u32,
    ) -> Result<(), Box<Violation>> {
        let addresses = self.addresses(context, load.address, load.offset);
        let bytes = load.ty.bytes;
        let total = u64::from(bytes) * u64::from(load.count);
        let sign = load.ty.is_signed() && load.width > bytes;
        let stamp = self.stamp(context);
        let mut results = [Lanes::splat(0); 4];
        let mut hint = self.hint;
        let fail = |warp: &Warp, lane, problem| {
            Err(Box::new(warp.violation(context, problem, lane, line)))
        };
        for lane in lanes_of(active) {
            let address = addresses.0[lane];
            let place =
                match self.place(context, load.space, address, total, lane, &mut hint, "read") {
                    Ok(place) => place,
                    Err(problem) => return fail(self, lane, problem),
                };
            for part in 0..usize::from(load.count) {
                let step = part as u64 * u64::from(bytes);
                let value = match place {
                    Place::Global(allocation, offset) => {
                        let (region, offset) = (&allocation.region, offset + step);
                        if !region.is_written(offset, bytes) {
                            let place = place_in(&allocation.owner.to_string(), offset);
                            return fail(self, lane, Problem::Uninitialised { place });
                        }
                        if !allocation.is_read_only {
                            let cell = &region.race_cells()[(offset >> 3) as usize];
                            let thread = self.thread(lane);
                            let conflict = if load.is_read_only {
                                cell.peek(stamp, thread)
                            } else {
                                let access = if load.is_atomic {
                                    Access::Atomic
                                } else {
                                    Access::Read
                                };
                                cell.touch(access, stamp, thread)
                            };
                            if let Some(conflict) = conflict {
                                let place = place_in(&allocation.owner.to_string(), offset);
                                let other = OtherSide(conflict);
                                return fail(
                                    self,
                                    lane,
                                    Problem::Race {
                                        access: "read",
                                        place,
                                        other,
                                    },
                                );
                            }
                        }
                        region.load(offset, bytes)
                    }
                    Place::Shared(region, offset) => {
                        let offset = offset + step;
                        if !region.is_written(offset, bytes) {
                            let place = place_in("shared memory", offset);
                            return fail(self, lane, Problem::Uninitialised { place });
                        }
                        let cell = &region.race_cells()[(offset >> 3) as usize];
                        if let Some(conflict) = cell.touch(Access::Read, stamp, self.thread(lane)) {
                            let place = place_in("shared memory", offset);
                            let other = OtherSide(conflict);
                            return fail(
                                self,
                                lane,
                                Problem::Race {
                                    access: "read",
                                    place,
                                    other,
                                },
                            );
                        }
                        region.load(offset, bytes)
                    }
                    Place::Local(offset) => {
                        let offset = offset + step;
                        if !self.local.is_written(offset, bytes) {
                            let place = place_in(
                                "local memory",
                                offset % context.launch.kernel.local_bytes,
                            );
                            return fail(self, lane, Problem::Uninitialised { place });
                        }
                        self.local.load(offset, bytes)
                    }
                    Place::Parameter(offset) => {
                        let mut value = [0; 8];
                        let start = (offset + step) as usize;
                        let range = start..start + usize::from(bytes);
                        value[..usize::from(bytes)]
                            .copy_from_slice(&context.launch.parameters[range]);
                        u64::from_le_bytes(value)
                    }
                };
                results[part].0[lane] = if sign {
                    extended(value, load.ty, load.width)
                } else {
                    value
                };
            }
        }
        self.hint = hint;
        self.count_request(load.space, &addresses, active, total, |counters| {
            (
                &mut counters.global_load_requests,
                &mut counters.global_load_sectors,
                &mut counters.global_load_bytes,
            )
        });
        for (to, result) in load.to.iter().zip(&results) {
            if let Some(to) = to {
                self.registers[*to as usize].blend(result, active);
            }
        }
        Ok(())
    }

    pub fn store(
        &mut self,
        context: &BlockContext,
        store: &Store,
        active: u32,
        line: u32,
    ) -> Result<(), Box<Violation>> {
        let addresses = self.addresses(context, store.address, store.offset);
        let bytes = store.ty.bytes;
        let total = u64::from(bytes) * u64::from(store.count);
        let stamp = self.stamp(context);
        let access = if store.is_atomic {
            Access::Atomic
        } else {
            Access::Write
        };
        let mut hint = self.hint;
        let fail = |warp: &Warp, lane, problem| {
            Err(Box::new(warp.violation(context, problem, lane, line)))
        };
        for lane in self.turns(context, active) {
            let address = addresses.0[lane];
            let place = match self.place(
                context,
                store.space,
                address,
                total,
                lane,
                &mut hint,
                "write",
            ) {
                Ok(place) => place,
                Err(problem) => return fail(self, lane, problem),
            };
            for (part, source) in store.from.iter().enumerate().take(usize::from(store.count)) {
                let value = self.value(context, *source).0[lane];
                let step = part as u64 * u64::from(bytes);
                let (region, offset, what) = match place {
                    Place::Global(allocation, offset) => {
                        if allocation.is_read_only {
                            let place = place_in(&allocation.owner.to_string(), offset + step);
                            return fail(self, lane, Problem::Constant { place });
                        }
                        (&allocation.region, offset + step, Some(&allocation.owner))
                    }
                    Place::Shared(region, offset) => (region, offset + step, None),
                    Place::Local(offset) => {
                        self.local.store(offset + step, bytes, value);
                        continue;
                    }
                    Place::Parameter(offset) => {
                        let place = place_in("the launch parameters", offset + step);
                        return fail(self, lane, Problem::Constant { place });
                    }
                };
                let cell = &region.race_cells()[(offset >> 3) as usize];
                if let Some(conflict) = cell.touch(access, stamp, self.thread(lane)) {
                    let place = place_in(&name_of(what), offset);
                    let other = OtherSide(conflict);
                    return fail(
                        self,
                        lane,
                        Problem::Race {
                            access: "write",
                            place,
                            other,
                        },
                    );
                }
                region.store(offset, bytes, value);
            }
        }
        self.hint = hint;
        self.count_request(store.space, &addresses, active, total, |counters| {
            (
                &mut counters.global_store_requests,
                &mut counters.global_store_sectors,
                &mut counters.global_store_bytes,
            )
        });
        Ok(())
    }

    pub fn atomic(
        &mut self,
        context: &BlockContext,
        atomic: &Atomic,
        active: u32,
        line: u32,
    ) -> Result<(), Box<Violation>> {
        let addresses = self.addresses(context, atomic.address, atomic.offset);
        let bytes = atomic.ty.bytes;
        let stamp = self.stamp(context);
        let mut results = Lanes::splat(0);
        let mut hint = self.hint;
        let fail = |warp: &Warp, lane, problem| {
            Err(Box::new(warp.violation(context, problem, lane, line)))
        };
        for lane in self.turns(context, active) {
            let address = addresses.0[lane];
            let place = match self.place(
                context,
                atomic.space,
                address,
                bytes.into(),
                lane,
                &mut hint,
                "atomic operation",
            ) {
                Ok(place) => place,
                Err(problem) => return fail(self, lane, problem),
            };
            let (region, offset, what) = match place {
                Place::Global(allocation, offset) if !allocation.is_read_only => {
                    (&allocation.region, offset, Some(&allocation.owner))
                }
                Place::Shared(region, offset) => (region, offset, None),
                _ => {
                    let place = place_in("memory that is not shared by threads", 0);
                    return fail(self, lane, Problem::Constant { place });
                }
            };
            if !region.is_written(offset, bytes) {
                let place = place_in(&name_of(what), offset);
                return fail(self, lane, Problem::Uninitialised { place });
            }
            let cell = &region.race_cells()[(offset >> 3) as usize];
            if let Some(conflict) = cell.touch(Access::Atomic, stamp, self.thread(lane)) {
                let place = place_in(&name_of(what), offset);
                let other = OtherSide(conflict);
                return fail(
                    self,
                    lane,
                    Problem::Race {
                        access: "atomic operation",
                        place,
                        other,
                    },
                );
            }
            let [a, b] = atomic
                .from
                .map(|source| self.value(context, source).0[lane]);
            results.0[lane] = exchange(region, offset, atomic.ty, |old| {
                changed(atomic.kind, atomic.ty, old, a, b)
            });
        }
        self.hint = hint;
        self.count_request(atomic.space, &addresses, active, bytes.into(), |counters| {
            (
                &mut counters.global_atomic_requests,
                &mut counters.global_atomic_sectors,
                &mut counters.global_atomic_bytes,
            )
        });
        if let Some(to) = atomic.to {
            self.registers[to as usize].blend(&results, active);
        }
        Ok(())
    }

    fn addresses(&self, context: &BlockContext, base: Source, offset: i64) -> Lanes {
        let mut addresses = *self.value(context, base);
        for address in &mut addresses.0 {
            *address = address.wrapping_add_signed(offset);
        }
        addresses
    }

    /// The order in which lanes of one instruction write.
    fn turns(&self, context: &BlockContext, active: u32) -> impl Iterator<Item = usize> + use<> {
        let is_reverse = context.launch.order != Order::Forward;
        let lane = move |turn: usize| if is_reverse { WARP - 1 - turn } else { turn };
        (0..WARP)
            .map(lane)
            .filter(move |lane| active >> lane & 1 == 1)
    }

    #[inline(always)]
    #[allow(clippy::too_many_arguments, reason = "what one access is")]
    fn place<'a>(
        &self,
        context: &'a BlockContext,
        space: Space,
        address: u64,
        bytes: u64,
        lane: usize,
        hint: &mut usize,
        access: &'static str,
    ) -> Result<Place<'a>, Problem> {
        if address & (bytes - 1) != 0 {
            return Err(Problem::Misaligned {
                access,
                address,
                bytes,
            });
        }
        let (space, address) = match space {
            Space::Generic => specific(address),
            space => (space, address),
        };
        let inside = |name: &'static str, size: u64| {
            if address > size || bytes > size - address {
                return Err(Problem::OutsideSpace {
                    access,
                    space: name,
                    offset: address,
                    count: bytes,
                    bytes: size,
                });
            }
            Ok(())
        };
        match space {
            Space::Shared => {
                inside("shared memory", context.shared.bytes())?;
                Ok(Place::Shared(&context.shared, address))
            }
            Space::Local => {
                let size = context.launch.kernel.local_bytes;
                inside("local memory", size)?;
                Ok(Place::Local(lane as u64 * size + address))
            }
            Space::Parameter => {
                inside(
                    "the launch parameters",
                    context.launch.parameters.len() as u64,
                )?;
                Ok(Place::Parameter(address))
            }
            Space::Global | Space::Constant | Space::Generic => {
                match context.launch.lookup.find(address, bytes, *hint) {
                    Some((index, allocation)) => {
                        *hint = index;
                        Ok(Place::Global(allocation, address - allocation.base))
                    }
                    None => Err(Problem::Outside {
                        access,
                        trouble: context.launch.trouble(address, bytes),
                    }),
                }
            }
        }
    }

    fn count_request(
        &mut self,
        space: Space,
        addresses: &Lanes,
        active: u32,
        bytes: u64,
        fields: impl FnOnce(&mut super::Counters) -> (&mut u64, &mut u64, &mut u64),
    ) {
        let mut touched = [0; WARP];
        let mut count = 0;
        for lane in lanes_of(active) {
            touched[count] = addresses.0[lane];
            count += 1;
        }
        let space = match space {
            Space::Generic => specific(touched[0]).0,
            space => space,
        };
        match space {
            Space::Shared => self.counters.shared_requests += 1,
            Space::Local => self.counters.local_requests += 1,
            Space::Global => {
                let (requests, all_sectors, all_bytes) = fields(&mut self.counters);
                *requests += 1;
                *all_sectors += sectors(&touched[..count], bytes);
                *all_bytes += bytes * count as u64;
            }
            Space::Constant | Space::Parameter | Space::Generic => {}
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
    windows
        .into_iter()
        .find(inside)
        .map_or((Space::Global, address), |(space, start)| {
            (space, address - start)
        })
}

fn place_in(what: &str, offset: u64) -> String {
    format!("offset {offset} of {what}")
}

fn name_of(owner: Option<&Owner>) -> String {
    owner.map_or_else(|| "shared memory".to_owned(), Owner::to_string)
}

fn extended(value: u64, ty: Type, width: u8) -> u64 {
    let unused = 64 - ty.bits();
    let value = (value << unused).cast_signed() >> unused;
    value.cast_unsigned() & (u64::MAX >> (64 - 8 * u32::from(width)))
}

/// Replaces a value by a function of it, with no other thread between; returns the old one.
fn exchange(region: &Region, offset: u64, ty: Type, new: impl Fn(u64) -> u64) -> u64 {
    let word = region.word(offset);
    let shift = 8 * (offset & 7);
    let mask = ty.mask();
    let mut before = word.load(Relaxed);
    loop {
        let old = (before >> shift) & mask;
        let after = (before & !(mask << shift)) | (new(old) & mask) << shift;
        match word.compare_exchange_weak(before, after, Relaxed, Relaxed) {
            Ok(_) => return old,
            Err(now) => before = now,
        }
    }
}

fn changed(kind: AtomicKind, ty: Type, old: u64, a: u64, b: u64) -> u64 {
    let signed = |x: u64| {
        if ty.bytes == 4 {
            i64::from(x as i32)
        } else {
            x.cast_signed()
        }
    };
    let is_less = |x: u64, y: u64| {
        if ty.is_signed() {
            signed(x) < signed(y)
        } else {
            x < y
        }
    };
    match kind {
        AtomicKind::Add if ty.class == Class::Float && ty.bytes == 8 => {
            (f64::from_bits(old) + f64::from_bits(a)).to_bits()
        }
        AtomicKind::Add if ty.class == Class::Float => {
            u64::from((f32::from_bits(old as u32) + f32::from_bits(a as u32)).to_bits())
        }
        AtomicKind::Add => old.wrapping_add(a),
        AtomicKind::Minimum => {
            if is_less(a, old) {
                a
            } else {
                old
            }
        }
        AtomicKind::Maximum => {
            if is_less(old, a) {
                a
            } else {
                old
            }
        }
        AtomicKind::And => old & a,
        AtomicKind::Or => old | a,
        AtomicKind::Xor => old ^ a,
        AtomicKind::Exchange => a,
        AtomicKind::CompareAndSwap => {
            if old == a {
                b
            } else {
                old
            }
        }
        AtomicKind::Increment => {
            if old >= a {
                0
            } else {
                old + 1
            }
        }
        AtomicKind::Decrement => {
            if old == 0 || old > a {
                a
            } else {
                old - 1
            }
        }
    }
}
