//! Atomic operations.

use std::sync::atomic::Ordering::Relaxed;

use super::super::block::BlockContext;
use super::super::lanes::{Lanes, WARP};
use super::super::order::Order;
use super::super::violation::{Problem, Violation};
use super::super::warp::Warp;
use super::Request;
use crate::memory::{Access, Region};
use crate::program::{Atomic, AtomicKind};
use crate::ptx::{Class, Type};

impl Warp {
    pub fn atomic(
        &mut self,
        context: &BlockContext,
        atomic: &Atomic,
        active: u32,
        line: u32,
    ) -> Result<(), Box<Violation>> {
        let bytes = atomic.ty.bytes;
        let request = Request {
            space: atomic.space,
            access: Access::Atomic,
            leaves_no_record: false,
            bytes: bytes.into(),
            addresses: self.addresses(context, atomic.address, atomic.offset),
            active,
            stamps: self.stamps(context),
        };
        let mut results = Lanes::splat(0);
        let mut hint = self.hint;
        for lane in writing_turns(context.launch.order, active) {
            let mut one = || -> Result<u64, Problem> {
                let place = self.place(context, &request, lane, &mut hint)?;
                self.check(&request, &place, 0, bytes, lane)?;
                let [a, b] = atomic
                    .from
                    .map(|source| self.value(context, source).0[lane]);
                let new = |old| changed(atomic.kind, atomic.ty, old, a, b);
                Ok(exchange(place.region, place.offset, atomic.ty, new))
            };
            results.0[lane] = one().map_err(|problem| self.boxed(context, problem, lane, line))?;
        }
        self.hint = hint;
        self.count(context, &request);
        if let Some(to) = atomic.to {
            self.registers[to as usize].blend(&results, active);
        }
        Ok(())
    }
}

/// The order in which lanes of one instruction write.
pub fn writing_turns(order: Order, active: u32) -> impl Iterator<Item = usize> {
    let is_reverse = order != Order::Forward;
    let lane = move |turn: usize| if is_reverse { WARP - 1 - turn } else { turn };
    (0..WARP)
        .map(lane)
        .filter(move |lane| active >> lane & 1 == 1)
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

/// What an operation makes of a value and its operands.
pub fn changed(kind: AtomicKind, ty: Type, old: u64, a: u64, b: u64) -> u64 {
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
