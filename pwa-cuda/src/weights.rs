//! Weights of replicas on a device.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

use cudarc::driver::CudaSlice;

use crate::error::CudaError;
use crate::sent::Sent;

/// Those that somebody evaluates with are copied to a share once, where there is room.
#[derive(Debug)]
pub struct ReplicaWeights {
    /// Of all terms of the share.
    terms: Range<usize>,
    room: KeptRoom,
    kept: Mutex<Vec<Kept>>,
}

/// Numbers that may be kept on a device, for all its shares, and those that are.
#[derive(Debug, Clone)]
pub struct KeptRoom {
    most: usize,
    used: Arc<AtomicUsize>,
}

/// Holding the numbers, which makes their address say which they are.
#[derive(Debug)]
struct Kept {
    numbers: Arc<[f64]>,
    copy: Arc<CudaSlice<f64>>,
    room: KeptRoom,
}

impl KeptRoom {
    pub fn new(most: usize) -> Self {
        Self {
            most,
            used: Arc::default(),
        }
    }

    /// Takes room for so many numbers, if there is.
    fn take(&self, numbers: usize) -> bool {
        let more = |used: usize| Some(used + numbers).filter(|&all| all <= self.most);
        self.used.fetch_update(Relaxed, Relaxed, more).is_ok()
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.room.used.fetch_sub(self.copy.len(), Relaxed);
    }
}

impl ReplicaWeights {
    pub fn new(terms: Range<usize>, room: KeptRoom) -> Self {
        Self {
            terms,
            room,
            kept: Mutex::default(),
        }
    }

    /// Gives back those that nobody can ask for again.
    pub fn forget(&self) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|kept| Arc::strong_count(&kept.numbers) > 1);
    }

    /// The copy of the share's part of some weights.
    pub fn copy(
        &self,
        numbers: &Arc<[f64]>,
        sent: &mut Sent,
    ) -> Result<Arc<CudaSlice<f64>>, CudaError> {
        // Whoever panicked has left out what was not copied.
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = kept.iter().find(|kept| Arc::ptr_eq(&kept.numbers, numbers)) {
            return Ok(Arc::clone(&known.copy));
        }
        let copy = Arc::new(sent.send_part(numbers, self.terms.clone())?);
        if self.room.take(copy.len()) {
            kept.push(Kept {
                numbers: Arc::clone(numbers),
                copy: Arc::clone(&copy),
                room: self.room.clone(),
            });
        }
        Ok(copy)
    }

    /// Which of the numbers of a copy is the first of these terms.
    pub fn first(&self, terms: &Range<usize>) -> usize {
        terms.start - self.terms.start
    }
}
