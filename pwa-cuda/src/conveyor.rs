//! What brings samples to a device: pinned buffers that are filled in turn, and slots for pieces in turn.
//!
//! The device copies one buffer while the host fills the other, on a stream of its own, so that pieces come in while
//! kernels work on those before them.

#![allow(unsafe_code)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;

use cudarc::driver::{CudaEvent, CudaSlice, CudaStream, DevicePtr, PinnedHostSlice};

use crate::error::CudaError;
use crate::packing::Packing;
use crate::sample::DeviceSample;

/// Bytes of a pinned buffer: large against the time that a copy needs to begin.
const BUFFER_BYTES: usize = 16 << 20;
/// Less is not worth a thread.
const BYTES_A_THREAD: usize = 1 << 20;

/// The streams of a device.
#[derive(Debug, Clone)]
pub struct Streams {
    /// Kernels, and small copies between them.
    pub compute: Arc<CudaStream>,
    /// Copies from pinned buffers.
    pub copies: Arc<CudaStream>,
    /// Copies of what kernels write of each event, beside those of the next piece.
    pub results: Arc<CudaStream>,
    /// Bytes that samples hold.
    pub held: Arc<AtomicU64>,
}

/// Bytes on a device that pinned buffers are copied to.
#[derive(Debug)]
pub struct Landing {
    bytes: CudaSlice<u8>,
    streams: Streams,
}

impl Landing {
    pub fn new(streams: &Streams, bytes: usize) -> Result<Self, CudaError> {
        // SAFETY: kernels read what was copied there before.
        let bytes = unsafe { streams.compute.alloc::<u8>(bytes) }?;
        // It is there for the copies once the allocation's turn in its own stream has come.
        streams.copies.join(&streams.compute)?;
        streams.held.fetch_add(bytes.len() as u64, Relaxed);
        Ok(Self {
            bytes,
            streams: streams.clone(),
        })
    }

    pub fn length(&self) -> usize {
        self.bytes.len()
    }

    pub fn address(&self) -> u64 {
        self.bytes.device_ptr(&self.streams.compute).0
    }
}

impl Drop for Landing {
    fn drop(&mut self) {
        self.streams
            .held
            .fetch_sub(self.bytes.len() as u64, Relaxed);
        // It is given back in the order of the kernels' stream, which knows nothing of copies. Where waiting fails,
        // the device has failed, and every other call says so.
        self.streams.copies.synchronize().ok();
        self.streams.compute.context().bind_to_thread().ok();
    }
}

/// A pinned buffer, and when it was copied last.
#[derive(Debug)]
struct Buffer {
    memory: PinnedHostSlice<u8>,
    copied: CudaEvent,
}

/// Room for a piece, and when kernels were done with the last one.
#[derive(Debug)]
struct Slot {
    landing: Landing,
    used: CudaEvent,
}

#[derive(Debug)]
pub struct Conveyor {
    streams: Streams,
    slots: Vec<Slot>,
    next_slot: usize,
    buffers: Vec<Buffer>,
    next_buffer: usize,
    /// Threads that fill a buffer.
    threads: usize,
}

impl Conveyor {
    pub fn new(streams: &Streams, threads: usize) -> Self {
        Self {
            streams: streams.clone(),
            slots: Vec::new(),
            next_slot: 0,
            buffers: Vec::new(),
            next_buffer: 0,
            threads: threads.max(1),
        }
    }

    /// Bytes of a slot; none before there are slots.
    pub fn slot_bytes(&self) -> usize {
        self.slots.first().map_or(0, |slot| slot.landing.length())
    }

    /// Two slots of this many bytes at least. Where there is no room for them, those that samples on the card
    /// go through are made again.
    pub fn make_slots(&mut self, bytes: usize) -> Result<(), CudaError> {
        let before = self.slot_bytes();
        if before >= bytes {
            return Ok(());
        }
        self.slots.clear();
        match self.two_slots(bytes) {
            Ok(slots) => self.slots = slots,
            Err(error) => {
                if before > 0 {
                    self.slots = self.two_slots(before)?;
                }
                return Err(error);
            }
        }
        Ok(())
    }

    fn two_slots(&self, bytes: usize) -> Result<Vec<Slot>, CudaError> {
        let slot = |_| {
            let used = self.streams.compute.context().new_event(None)?;
            let landing = Landing::new(&self.streams, bytes)?;
            Ok(Slot { landing, used })
        };
        (0..2).map(slot).collect()
    }

    /// Copies a piece to a slot; kernels launched from here on wait for it.
    pub fn load(&mut self, packing: &Packing) -> Result<DeviceSample, CudaError> {
        let mut slots = std::mem::take(&mut self.slots);
        self.next_slot = (self.next_slot + 1) % slots.len().max(1);
        let loaded = match slots.get_mut(self.next_slot) {
            None => Err(CudaError::Memory("there is no room for a piece".to_owned())),
            Some(slot) => {
                let free = self.streams.copies.wait(&slot.used);
                free.map_err(CudaError::from)
                    .and_then(|()| self.send(packing, &mut slot.landing))
            }
        };
        self.slots = slots;
        loaded
    }

    /// Says that the kernels of the last piece are launched: its slot is free after them.
    pub fn release(&mut self) -> Result<(), CudaError> {
        if let Some(slot) = self.slots.get(self.next_slot) {
            slot.used.record(&self.streams.compute)?;
        }
        Ok(())
    }

    /// Copies a piece to its place on the device.
    pub fn send(&mut self, packing: &Packing, to: &mut Landing) -> Result<DeviceSample, CudaError> {
        let (places, _) = packing.places();
        for (kind, place) in places.into_iter().enumerate() {
            let (units, unit) = packing.units(kind);
            self.make_buffers(unit)?;
            let most = self
                .buffers
                .first()
                .map_or(1, |buffer| buffer.memory.len() / unit);
            for first in (0..units).step_by(most.max(1)) {
                let bytes = most.min(units - first) * unit;
                self.next_buffer = (self.next_buffer + 1) % self.buffers.len().max(1);
                let missing = || CudaError::Memory("there is no pinned buffer".to_owned());
                let buffer = self.buffers.get_mut(self.next_buffer).ok_or_else(missing)?;
                buffer.copied.synchronize()?;
                let room = &mut buffer.memory.as_mut_slice()?[..bytes];
                fill(packing, (kind, first), room, self.threads)?;
                let begin = place + first * unit;
                let mut target = to.bytes.slice_mut(begin..begin + bytes);
                self.streams.copies.memcpy_htod(&*room, &mut target)?;
                buffer.copied.record(&self.streams.copies)?;
            }
        }
        self.streams.compute.join(&self.streams.copies)?;
        Ok(DeviceSample::new(to.address(), places))
    }

    /// Two buffers that hold a unit.
    fn make_buffers(&mut self, unit: usize) -> Result<(), CudaError> {
        let length = self.buffers.first().map_or(0, |buffer| buffer.memory.len());
        if length < unit.max(BUFFER_BYTES) {
            self.streams.copies.synchronize()?;
            self.buffers.clear();
            let context = self.streams.copies.context();
            for _ in 0..2 {
                let copied = context.new_event(None)?;
                // SAFETY: it is filled before it is copied.
                let memory = unsafe { context.alloc_pinned::<u8>(unit.max(BUFFER_BYTES)) }?;
                self.buffers.push(Buffer { memory, copied });
            }
        }
        Ok(())
    }
}

impl Drop for Conveyor {
    fn drop(&mut self) {
        // Buffers are given back at once, whatever still reads them. Where waiting fails, the device has failed.
        self.streams.copies.synchronize().ok();
    }
}

/// Fills a buffer with units of a kind from number `first` on, on several threads where that pays.
fn fill(
    packing: &Packing,
    (kind, first): (usize, usize),
    room: &mut [u8],
    threads: usize,
) -> Result<(), CudaError> {
    let unit = packing.units(kind).1;
    let threads = threads.min(room.len() / BYTES_A_THREAD).max(1);
    let units = (room.len() / unit).div_ceil(threads);
    let write = |part: usize, room: &mut [u8]| {
        let written = packing.write(kind, first + part * units, room);
        written.map_err(|error| CudaError::Read(error.to_string()))
    };
    if threads == 1 {
        return write(0, room);
    }
    thread::scope(|scope| {
        let parts: Vec<_> = (room.chunks_mut(units * unit).enumerate())
            .map(|(part, room)| scope.spawn(move || write(part, room)))
            .collect();
        let died = || CudaError::Read("a thread that reads them died".to_owned());
        (parts.into_iter()).try_for_each(|part| part.join().unwrap_or_else(|_| Err(died())))
    })
}
