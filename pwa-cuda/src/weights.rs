//! Weights of replicas on a device.

use std::ops::Range;
use std::ptr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use cudarc::driver::CudaSlice;

use crate::error::CudaError;
use crate::sent::Sent;

/// Those that somebody evaluates with are copied to a device once, where there is room.
#[derive(Debug)]
pub struct KeptWeights {
    /// Numbers at most.
    most: usize,
    kept: Mutex<Vec<Kept>>,
}

/// A copy of some terms. As long as the numbers are known here their address says which they are, though nobody else may hold them
/// any more.
#[derive(Debug)]
struct Kept {
    numbers: Weak<[f64]>,
    terms: Range<usize>,
    copy: Arc<CudaSlice<f64>>,
}

impl KeptWeights {
    pub fn new(most: usize) -> Self {
        Self {
            most,
            kept: Mutex::default(),
        }
    }

    /// Gives back those that nobody can ask for again.
    pub fn forget(&self) {
        self.kept().retain(|kept| kept.numbers.strong_count() > 0);
    }

    /// The copy of some terms of weights.
    pub fn copy(
        &self,
        numbers: &Arc<[f64]>,
        terms: Range<usize>,
        sent: &mut Sent,
    ) -> Result<Arc<CudaSlice<f64>>, CudaError> {
        let mut all = self.kept();
        let is_it = |kept: &&Kept| {
            ptr::addr_eq(kept.numbers.as_ptr(), Arc::as_ptr(numbers)) && kept.terms == terms
        };
        if let Some(known) = all.iter().find(is_it) {
            return Ok(Arc::clone(&known.copy));
        }
        let copy = Arc::new(sent.send_part(numbers, terms.clone())?);
        let used: usize = all.iter().map(|kept| kept.copy.len()).sum();
        if used + copy.len() <= self.most {
            all.push(Kept {
                numbers: Arc::downgrade(numbers),
                terms,
                copy: Arc::clone(&copy),
            });
        }
        Ok(copy)
    }

    fn kept(&self) -> MutexGuard<'_, Vec<Kept>> {
        // Whoever panicked has left out what was not copied.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
