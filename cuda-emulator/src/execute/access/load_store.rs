//! Loads and stores.

use super::super::block::BlockContext;
use super::super::lanes::{Lanes, lanes_of};
use super::super::violation::{Problem, Violation};
use super::super::warp::{Warp, first};
use super::Request;
use super::atomic::writing_turns;
use crate::memory::Access;
use crate::program::{Load, Store};
use crate::ptx::Type;

impl Warp {
    pub fn load(
        &mut self,
        context: &BlockContext,
        load: &Load,
        active: u32,
        line: u32,
    ) -> Result<(), Box<Violation>> {
        let bytes = load.ty.bytes;
        let request = Request {
            space: load.space,
            access: if load.is_atomic {
                Access::Atomic
            } else {
                Access::Read
            },
            leaves_no_record: load.is_read_only,
            bytes: u64::from(bytes) * u64::from(load.count),
            addresses: self.addresses(context, load.address, load.offset),
            active,
            stamps: self.stamps(context),
        };
        let sign = load.ty.is_signed() && load.width > bytes;
        let mut results = [Lanes::splat(0); 4];
        let results = &mut results[..usize::from(load.count)];
        let mut hint = self.hint;
        let shared_by = request.lanes_of_one_address();
        for lane in lanes_of(shared_by.unwrap_or(active)) {
            let mut one = || -> Result<(), Problem> {
                let place = self.place(context, &request, lane, &mut hint)?;
                for (part, result) in results.iter_mut().enumerate() {
                    let step = part as u64 * u64::from(bytes);
                    self.check(&request, &place, step, bytes, lane)?;
                    let value = place.region.load(place.offset + step, bytes);
                    result.0[lane] = if sign {
                        extended(value, load.ty, load.width)
                    } else {
                        value
                    };
                }
                Ok(())
            };
            one().map_err(|problem| self.boxed(context, problem, lane, line))?;
        }
        self.hint = hint;
        self.count(context, &request);
        if let Some(lanes) = shared_by {
            for result in results.iter_mut() {
                *result = Lanes::splat(result.0[first(lanes)]);
            }
        }
        for (to, result) in load.to.iter().zip(results) {
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
        let bytes = store.ty.bytes;
        let request = Request {
            space: store.space,
            access: if store.is_atomic {
                Access::Atomic
            } else {
                Access::Write
            },
            leaves_no_record: false,
            bytes: u64::from(bytes) * u64::from(store.count),
            addresses: self.addresses(context, store.address, store.offset),
            active,
            stamps: self.stamps(context),
        };
        let from = &store.from[..usize::from(store.count)];
        let mut hint = self.hint;
        for lane in writing_turns(context.launch.order, active) {
            let mut one = || -> Result<(), Problem> {
                let place = self.place(context, &request, lane, &mut hint)?;
                for (part, source) in from.iter().enumerate() {
                    let step = part as u64 * u64::from(bytes);
                    self.check(&request, &place, step, bytes, lane)?;
                    let value = self.value(context, *source).0[lane];
                    place.region.store(place.offset + step, bytes, value);
                }
                Ok(())
            };
            one().map_err(|problem| self.boxed(context, problem, lane, line))?;
        }
        self.hint = hint;
        self.count(context, &request);
        Ok(())
    }
}

/// A signed value in a register that is wider.
fn extended(value: u64, ty: Type, width: u8) -> u64 {
    let unused = 64 - ty.bits();
    let value = (value << unused).cast_signed() >> unused;
    value.cast_unsigned() & (u64::MAX >> (64 - 8 * u32::from(width)))
}
