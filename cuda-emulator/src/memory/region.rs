//! A run of bytes that several blocks may use at the same time, with a bit a byte that says whether it
//! was ever written.
//!
//! Words are atomics with relaxed order: blocks of a launch run on several threads, and a kernel with a
//! race has to be a kernel with a wrong result, never undefined behaviour of the emulator.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering::Relaxed};

use super::RaceCell;

/// Memory that nobody wrote holds this, so that its use shows in results.
const POISON: u64 = u64::MAX;

pub struct Region {
    bytes: u64,
    words: Box<[AtomicU64]>,
    /// Bit i of entry w: byte i of word w was written.
    written: Box<[AtomicU8]>,
    races: OnceLock<Box<[RaceCell]>>,
}

impl Region {
    /// Fresh memory: poisoned, nothing of it written.
    pub fn new(bytes: u64) -> Region {
        let words = bytes.div_ceil(8) as usize;
        Region {
            bytes,
            words: (0..words).map(|_| AtomicU64::new(POISON)).collect(),
            written: (0..words).map(|_| AtomicU8::new(0)).collect(),
            races: OnceLock::new(),
        }
    }

    /// Memory with these contents.
    pub fn holding(contents: &[u8]) -> Region {
        let region = Region::new(contents.len() as u64);
        region.write(0, contents);
        region
    }

    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Forgets who read and wrote.
    pub fn forget_accesses(&self) {
        if let Some(races) = self.races.get() {
            races.iter().for_each(RaceCell::clear);
        }
    }

    /// A naturally aligned value of up to 8 bytes, zero extended.
    #[inline(always)]
    pub fn load(&self, offset: u64, bytes: u8) -> u64 {
        let word = self.words[(offset >> 3) as usize].load(Relaxed);
        if bytes == 8 {
            return word;
        }
        (word >> (8 * (offset & 7))) & mask_of(bytes)
    }

    /// Whether all bytes of a naturally aligned value were written.
    #[inline(always)]
    pub fn is_written(&self, offset: u64, bytes: u8) -> bool {
        let need = bits_of(offset, bytes);
        self.written[(offset >> 3) as usize].load(Relaxed) & need == need
    }

    /// Stores a naturally aligned value of up to 8 bytes.
    #[inline(always)]
    pub fn store(&self, offset: u64, bytes: u8, value: u64) {
        let index = (offset >> 3) as usize;
        if bytes == 8 {
            self.words[index].store(value, Relaxed);
        } else {
            let shift = 8 * (offset & 7);
            let mask = mask_of(bytes) << shift;
            let put = |word: u64| (word & !mask) | ((value << shift) & mask);
            let word = &self.words[index];
            let mut old = word.load(Relaxed);
            // Other blocks may write the rest of the word.
            while let Err(now) = word.compare_exchange_weak(old, put(old), Relaxed, Relaxed) {
                old = now;
            }
        }
        let need = bits_of(offset, bytes);
        if self.written[index].load(Relaxed) & need != need {
            self.written[index].fetch_or(need, Relaxed);
        }
    }

    /// Copies bytes in.
    pub fn write(&self, offset: u64, from: &[u8]) {
        self.pieces(offset, from.len(), |at, bytes, place| {
            let mut value = [0; 8];
            value[..bytes].copy_from_slice(&from[place..place + bytes]);
            self.store(at, bytes as u8, u64::from_le_bytes(value));
        });
    }

    /// Copies bytes out.
    pub fn read(&self, offset: u64, into: &mut [u8]) {
        self.pieces(offset, into.len(), |at, bytes, place| {
            let value = self.load(at, bytes as u8).to_le_bytes();
            into[place..place + bytes].copy_from_slice(&value[..bytes]);
        });
    }

    /// Sets bytes.
    pub fn fill(&self, offset: u64, count: u64, byte: u8) {
        let value = u64::from_le_bytes([byte; 8]);
        self.pieces(offset, count as usize, |at, bytes, _| {
            self.store(at, bytes as u8, value & mask_of(bytes as u8));
        });
    }

    /// The first byte of a range that nobody wrote.
    pub fn first_unwritten(&self, offset: u64, count: u64) -> Option<u64> {
        let mut found = None;
        self.pieces(offset, count as usize, |at, bytes, _| {
            if found.is_none() && !self.is_written(at, bytes as u8) {
                found = (at..at + bytes as u64).find(|&byte| !self.is_written(byte, 1));
            }
        });
        found
    }

    /// Copies from another region; what was not written there is not written here.
    pub fn copy(&self, offset: u64, from: &Region, from_offset: u64, count: u64) {
        let mut buffer = vec![0; count as usize];
        from.read(from_offset, &mut buffer);
        self.write(offset, &buffer);
        for byte in 0..count {
            if !from.is_written(from_offset + byte, 1) {
                self.forget(offset + byte);
            }
        }
    }

    fn forget(&self, byte: u64) {
        self.written[(byte >> 3) as usize].fetch_and(!bits_of(byte, 1), Relaxed);
    }

    /// Calls with offset, length and place of the aligned pieces of a range: words, and bytes at its ends.
    #[inline(always)]
    fn pieces(&self, offset: u64, count: usize, mut call: impl FnMut(u64, usize, usize)) {
        let mut place = 0;
        while place < count {
            let at = offset + place as u64;
            let bytes = if at.is_multiple_of(8) && count - place >= 8 {
                8
            } else {
                1
            };
            call(at, bytes, place);
            place += bytes;
        }
    }

    /// Who used the word of an offset; allocated when first asked for.
    #[inline(always)]
    pub fn race_cells(&self) -> &[RaceCell] {
        self.races
            .get_or_init(|| self.words.iter().map(|_| RaceCell::default()).collect())
    }

    /// The word, for atomic operations.
    pub fn word(&self, offset: u64) -> &AtomicU64 {
        &self.words[(offset >> 3) as usize]
    }
}

#[inline(always)]
fn mask_of(bytes: u8) -> u64 {
    u64::MAX >> (64 - 8 * u32::from(bytes))
}

#[inline(always)]
fn bits_of(offset: u64, bytes: u8) -> u8 {
    (((1u16 << bytes) - 1) as u8) << (offset & 7)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_values_share_words_with_their_neighbours() {
        let region = Region::new(20);
        assert_eq!(region.load(0, 8), POISON);
        region.store(4, 4, 0x0102_0304);
        region.store(2, 2, 0xaabb);
        assert_eq!(region.load(4, 4), 0x0102_0304);
        assert_eq!(region.load(0, 8), 0x0102_0304_aabb_ffff);
        assert!(region.is_written(4, 4) && !region.is_written(0, 4));
        assert_eq!(region.first_unwritten(2, 18), Some(8));
    }

    #[test]
    fn copies_may_begin_anywhere_and_keep_what_was_not_written() {
        let (a, b) = (Region::new(40), Region::new(40));
        let bytes: Vec<u8> = (1..=21).collect();
        a.write(3, &bytes);
        let mut back = vec![0; 21];
        a.read(3, &mut back);
        assert_eq!(back, bytes);
        b.fill(0, 40, 7);
        b.copy(9, &a, 2, 23);
        assert_eq!(b.first_unwritten(0, 40), Some(9));
        assert_eq!(b.first_unwritten(10, 21), None);
        assert_eq!(b.load(10, 1), 1);
    }
}
