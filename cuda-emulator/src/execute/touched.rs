//! Which bytes of each allocation a launch has used, from the first to the last of them.

use std::ops::{Add, Range};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Touched(Vec<Stretch>);

/// Bytes of an allocation, by its index in the launch's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    pub allocation: usize,
    pub is_write: bool,
    pub bytes: Range<u64>,
}

impl Touched {
    #[inline(always)]
    pub fn add(&mut self, allocation: usize, is_write: bool, bytes: Range<u64>) {
        for stretch in &mut self.0 {
            if stretch.allocation == allocation && stretch.is_write == is_write {
                stretch.bytes.start = stretch.bytes.start.min(bytes.start);
                stretch.bytes.end = stretch.bytes.end.max(bytes.end);
                return;
            }
        }
        self.0.push(Stretch {
            allocation,
            is_write,
            bytes,
        });
    }

    pub fn stretches(&self) -> &[Stretch] {
        &self.0
    }
}

impl Add for Touched {
    type Output = Self;

    fn add(mut self, other: Self) -> Self {
        for stretch in other.0 {
            Self::add(
                &mut self,
                stretch.allocation,
                stretch.is_write,
                stretch.bytes,
            );
        }
        self
    }
}
