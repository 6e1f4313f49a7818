//! Weights of replicas on a device.

use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use cudarc::driver::CudaSlice;

use crate::error::CudaError;
use crate::sent::Sent;

/// Those that somebody evaluates with are copied once.
#[derive(Debug)]
pub struct ReplicaWeights {
    /// Of all terms of a share.
    terms: Range<usize>,
    /// Numbers that are kept at most.
    most: usize,
    kept: Mutex<Vec<Kept>>,
}

/// Holding the numbers, which makes their address say which they are.
#[derive(Debug)]
struct Kept {
    numbers: Arc<[f64]>,
    copy: Arc<CudaSlice<f64>>,
}

impl ReplicaWeights {
    pub fn new(terms: Range<usize>, most: usize) -> Self {
        Self {
            terms,
            most,
            kept: Mutex::default(),
        }
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
        // Nobody else can ask for them again.
        kept.retain(|kept| Arc::strong_count(&kept.numbers) > 1);
        let copy = Arc::new(sent.send_part(numbers, self.terms.clone())?);
        if (kept.len() + 1) * self.terms.len() <= self.most {
            kept.push(Kept {
                numbers: Arc::clone(numbers),
                copy: Arc::clone(&copy),
            });
        }
        Ok(copy)
    }

    /// Which of the numbers of a copy is the first of these terms.
    pub fn first(&self, terms: &Range<usize>) -> usize {
        terms.start - self.terms.start
    }
}
