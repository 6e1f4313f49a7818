//! Sums whose digits do not depend on the number of threads.

use std::io;

use super::SumError;
use crate::engine::columns::TileView;

/// What one group of tiles adds.
#[derive(Debug, Clone)]
pub(super) struct Partial {
    pub sums: Vec<f64>,
    /// (point, event, intensity) where there is no value.
    bad: Vec<(usize, usize, f64)>,
    /// Why columns could not be read.
    unread: Option<String>,
}

impl Partial {
    pub fn new(length: usize) -> Self {
        Self {
            sums: vec![0.0; length],
            bad: Vec::new(),
            unread: None,
        }
    }

    /// Remembers the event, given by its place in the tile, that has no value at a point.
    pub fn bad_intensity(
        &mut self,
        point: usize,
        view: &TileView,
        (event, intensity): (usize, f64),
    ) {
        self.bad.push((point, view.start.event + event, intensity));
    }

    pub fn read_error(&mut self, error: &io::Error) {
        self.unread.get_or_insert_with(|| error.to_string());
    }

    /// # Errors
    /// When the sum of this point lacks an event: the first one.
    pub fn check(&self, point: usize) -> Result<(), SumError> {
        if let Some(reason) = &self.unread {
            return Err(SumError::Read {
                reason: reason.clone(),
            });
        }
        let of_point = self.bad.iter().filter(|bad| bad.0 == point);
        match of_point.min_by_key(|bad| bad.1) {
            Some(&(_, event, intensity)) => Err(SumError::Intensity { event, intensity }),
            None => Ok(()),
        }
    }
}

/// Adds neighbours, then neighbours of these, ...: a fixed order, and an error that grows with the
/// logarithm of the number of groups.
pub(super) fn pairwise(mut partials: Vec<Partial>, length: usize) -> Partial {
    while partials.len() > 1 {
        let mut next = Vec::with_capacity(partials.len().div_ceil(2));
        let mut groups = partials.into_iter();
        while let Some(mut first) = groups.next() {
            if let Some(second) = groups.next() {
                for (a, b) in first.sums.iter_mut().zip(&second.sums) {
                    *a += b;
                }
                first.bad.extend(second.bad);
                first.unread = first.unread.or(second.unread);
            }
            next.push(first);
        }
        partials = next;
    }
    partials.pop().unwrap_or_else(|| Partial::new(length))
}
