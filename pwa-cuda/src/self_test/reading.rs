//! How fast the gradient reads the columns of a sample.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Instant;

use pwa_core::engine::{Backend, Columns, CpuBackend, Plan, Precision, Reduction, Storage, Wave};
use pwa_core::objective::Order;

use super::SelfTestError;
use super::cases::number;

/// Waves of one row, each with a column of its own.
const WAVES: usize = 16;
/// Events of the sample that stands for the time before and behind the work, and of the one by which the size of the
/// large one is chosen.
const TILE: usize = 256;
const SAMPLE: usize = 4096;
/// A call with the large sample should take so many seconds, but its columns no more than these bytes or this part
/// of the free memory.
const SECONDS: f64 = 0.1;
const MOST_BYTES: u64 = 512 << 20;
const PART_OF_FREE: u64 = 4;
/// Calls, of which the fastest counts.
const CALLS: usize = 7;

/// A gradient over a large sample, less the same over one tile: what copies of points and sums, launches and waiting
/// take is the same in both.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    pub events: usize,
    /// Columns and weights.
    pub bytes: usize,
    /// None where the large sum took no longer than the small one: the card does something else.
    pub seconds: Option<f64>,
}

impl Reading {
    /// Bytes a second.
    pub fn bandwidth(&self) -> Option<f64> {
        self.seconds.map(|seconds| self.bytes as f64 / seconds)
    }
}

/// Measures it on a card with so much free memory.
///
/// # Errors
/// When a sum cannot be made.
pub fn gradient_reading(card: &dyn Backend, free: u64) -> Result<Reading, SelfTestError> {
    let plan = Arc::new(plan());
    let bytes = plan.bytes_per_event(Precision::Double);
    let free_here = CpuBackend::BEST.free_memory().unwrap_or(free);
    let most = MOST_BYTES.min(free.min(free_here) / PART_OF_FREE) as usize / bytes;
    let time = |events| time(card, &plan, events);
    let per_event = time(SAMPLE)? / SAMPLE as f64;
    let events = ((SECONDS / per_event) as usize).min(most).max(SAMPLE);
    let (large, tile) = (time(events)?, time(TILE)?);
    Ok(Reading {
        events,
        bytes: bytes * (events - TILE),
        seconds: Some(large - tile).filter(|&seconds| seconds > 0.0),
    })
}

fn plan() -> Plan {
    let wave = |number| Wave {
        coefficient: number,
        shape: None,
        columns: vec![(0, number)],
    };
    Plan {
        rows: 1,
        coefficients: WAVES,
        columns: WAVES,
        waves: (0..WAVES).map(wave).collect(),
        ..Plan::default()
    }
}

/// Seconds of the fastest call.
fn time(card: &dyn Backend, plan: &Arc<Plan>, events: usize) -> Result<f64, SelfTestError> {
    let columns = Columns::build(WAVES, 0, vec![1.0; events], &Storage::default(), |tile| {
        for e in 0..tile.length {
            for column in 0..WAVES {
                let event = tile.start + e;
                tile.set(
                    column,
                    e,
                    1.3 + number(event, column),
                    number(event, column + 9),
                );
            }
        }
        Ok::<(), Infallible>(())
    });
    let failed = |reason| SelfTestError::Sum {
        plan: "couplings",
        quantity: "gradient",
        reason,
    };
    // No file, and no problem when a tile is filled.
    let columns = columns.expect("columns of numbers in memory");
    let sums = card.prepare(Arc::clone(plan), Arc::new(columns))?;
    let slots: Vec<f64> = (0..2 * WAVES)
        .map(|slot| 1.0 / (1.0 + slot as f64))
        .collect();
    let mut fastest = f64::INFINITY;
    for _ in 0..CALLS {
        let begin = Instant::now();
        let result = sums.evaluate(
            &[slots[..].into()],
            Reduction::LogIntensity,
            Order::Gradient,
        );
        fastest = fastest.min(begin.elapsed().as_secs_f64());
        result
            .into_iter()
            .collect::<Result<Vec<_>, _>>()
            .map_err(failed)?;
    }
    Ok(fastest)
}
