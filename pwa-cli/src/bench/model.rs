//! How long an evaluation should take on a card: a model from its data sheet, never a measurement.
//!
//! ```text
//! time       = call + max(traffic, arithmetic)
//! traffic    = bytes per event · events · walks / min(streamed · bandwidth, bytes in flight / latency)
//! arithmetic = flops per event and point · events · points / (busy · double rate)
//! ```
//!
//! Bytes are those of the plan: every walk over the events reads columns, variables and weights once, for up to four
//! points where they fit. Bytes in flight are what the threads that a processor holds ask for at a time; how many it holds
//! follows from registers and shared memory.

use pwa_cuda::DataSheet;

/// Seconds of a call beside the work: launches, copies of points and sums, waiting. Assumed.
const CALL: f64 = 40e-6;
/// What a kernel that only reads gets of the bandwidth on a data sheet. Assumed, a usual value.
const STREAMED: f64 = 0.85;
/// What counted operations get of the rate of multiply-adds, as logarithms, quotients and roots are not
/// counted. Assumed: the CPU backend gets a quarter where its columns are in the cache.
const BUSY: f64 = 0.25;
/// Seconds from a request of a busy memory to its answer. Assumed, from published microbenchmarks.
const LATENCY: f64 = 600e-9;
/// Bytes that a thread asks for before it waits: two complex columns.
const IN_FLIGHT: f64 = 32.0;

/// What limits an evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    Bandwidth,
    /// Too few threads are there to keep the memory busy.
    Latency,
    Arithmetic,
}

impl Bound {
    pub fn name(self) -> &'static str {
        match self {
            Self::Bandwidth => "bandwidth",
            Self::Latency => "latency",
            Self::Arithmetic => "arithmetic",
        }
    }
}

/// Work of a call.
#[derive(Debug, Clone, Copy)]
pub struct Call {
    /// Of all events, once.
    pub bytes: usize,
    /// Of all events at one point.
    pub flops: usize,
    pub points: usize,
    /// Points that share a walk over the events, at most.
    pub points_of_walk: usize,
}

/// What the model says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Expected {
    pub seconds: f64,
    pub bound: Bound,
}

/// The time of a call on a card whose processors hold so many blocks of the kernel.
pub fn expected(card: &DataSheet, blocks: u32, call: Call) -> Expected {
    let threads = card.threads_of(blocks);
    let (streamed, asked) = (STREAMED * card.bandwidth, threads * IN_FLIGHT / LATENCY);
    let walks = call.points.div_ceil(call.points_of_walk);
    let traffic = (call.bytes * walks) as f64 / streamed.min(asked);
    let arithmetic = (call.flops * call.points) as f64 / (BUSY * card.double_rate());
    let bound = if arithmetic > traffic {
        Bound::Arithmetic
    } else if asked < streamed {
        Bound::Latency
    } else {
        Bound::Bandwidth
    };
    Expected {
        seconds: CALL + traffic.max(arithmetic),
        bound,
    }
}

/// The assumptions, as they are printed.
pub fn assumptions() -> String {
    format!(
        "assumed: {:.0} µs a call, {:.0} % of the data sheet's bandwidth, {:.0} % of its double rate, {:.0} ns of latency, \
         {IN_FLIGHT} bytes a thread in flight",
        1e6 * CALL,
        100.0 * STREAMED,
        100.0 * BUSY,
        1e9 * LATENCY,
    )
}

#[cfg(test)]
mod tests {
    use pwa_cuda::DATA_SHEETS;

    use super::*;

    /// 1 GB and a flop an event: reading 1 GB at 85 % of 900 GB/s.
    #[test]
    fn a_large_sample_of_couplings_is_a_matter_of_bandwidth() {
        let [v100, _, rtx3090, _] = DATA_SHEETS;
        let call = |flops, points| Call {
            bytes: 1_000_000_000,
            flops,
            points,
            points_of_walk: 4,
        };
        let one = expected(&v100, 2, call(1_000_000, 1));
        assert_eq!(one.bound, Bound::Bandwidth);
        assert!((one.seconds - 1e9 / 765e9 - 40e-6).abs() < 1e-9, "{one:?}");
        // Four points in one walk, five in two.
        assert_eq!(expected(&v100, 2, call(1_000_000, 4)), one);
        let five = expected(&v100, 2, call(1_000_000, 5)).seconds - 40e-6;
        assert!((five / (one.seconds - 40e-6) - 2.0).abs() < 1e-12);
        // A block a processor: 20480 threads with 32 bytes each in 600 ns are 1.1 TB/s; of half a card, less.
        assert_eq!(
            expected(&v100, 1, call(1_000_000, 1)).bound,
            Bound::Bandwidth
        );
        let half = DataSheet {
            multiprocessors: 40,
            ..v100
        };
        assert_eq!(expected(&half, 1, call(1_000_000, 1)).bound, Bound::Latency);
        // A card for games does a 64th of the multiply-adds: 10^9 take 7 ms at a quarter of 0.56 TFlop/s.
        let games = expected(&rtx3090, 2, call(1_000_000_000, 1));
        assert_eq!(games.bound, Bound::Arithmetic);
        assert!((games.seconds / 7.2e-3 - 1.0).abs() < 0.02, "{games:?}");
    }
}
