//! What a launch did, counted as the hardware's profilers count it.

use serde::Serialize;

/// Counts of a launch. Divide bytes by sectors times 32 for the efficiency of its accesses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counters {
    /// PTX instructions, one for each thread that came to them.
    pub thread_instructions: u64,
    /// The same, one for each warp.
    pub warp_instructions: u64,
    /// Branches at which the threads of a warp parted.
    pub divergent_branches: u64,
    /// Additions, products, quotients and roots in double precision, a fused one is two.
    pub double_operations: u64,
    /// Requests of warps for global memory.
    pub global_load_requests: u64,
    pub global_store_requests: u64,
    pub global_atomic_requests: u64,
    /// Sectors of 32 bytes that these requests touch, each counted once a request.
    pub global_load_sectors: u64,
    pub global_store_sectors: u64,
    pub global_atomic_sectors: u64,
    /// Bytes that threads asked for.
    pub global_load_bytes: u64,
    pub global_store_bytes: u64,
    pub global_atomic_bytes: u64,
    pub shared_requests: u64,
    /// Passes that banks of 4 bytes need for these requests; as many as requests without conflicts of 8-byte values.
    pub local_requests: u64,
    pub barriers: u64,
}

macro_rules! sum {
    ($a:ident, $b:ident, $($field:ident),*) => {
        Counters { $($field: $a.$field + $b.$field),* }
    };
}

impl std::ops::Add for Counters {
    type Output = Counters;

    fn add(self, other: Counters) -> Counters {
        sum!(
            self,
            other,
            thread_instructions,
            warp_instructions,
            divergent_branches,
            double_operations,
            global_load_requests,
            global_store_requests,
            global_atomic_requests,
            global_load_sectors,
            global_store_sectors,
            global_atomic_sectors,
            global_load_bytes,
            global_store_bytes,
            global_atomic_bytes,
            shared_requests,
            local_requests,
            barriers
        )
    }
}

/// The number of different sectors among the addresses of a request.
pub fn sectors(addresses: &[u64], bytes: u64) -> u64 {
    let mut count = 0;
    let mut last = u64::MAX;
    let mut is_sorted = true;
    for &address in addresses {
        let (first, end) = (address / 32, (address + bytes - 1) / 32);
        is_sorted &= last == u64::MAX || first >= last;
        count += (end - first + 1) - u64::from(first == last);
        last = end;
    }
    if is_sorted {
        return count;
    }
    let ranges = addresses.iter().flat_map(|a| a / 32..=(a + bytes - 1) / 32);
    let mut all: Vec<u64> = ranges.collect();
    all.sort_unstable();
    all.dedup();
    all.len() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sectors_are_counted_once_a_request() {
        let coalesced: Vec<u64> = (0..32).map(|lane| 4096 + 8 * lane).collect();
        assert_eq!(sectors(&coalesced, 8), 8);
        let strided: Vec<u64> = (0..32).map(|lane| 4096 + 64 * lane).collect();
        assert_eq!(sectors(&strided, 8), 32);
        let backwards: Vec<u64> = coalesced.iter().rev().copied().collect();
        assert_eq!(sectors(&backwards, 8), 8);
        assert_eq!(sectors(&[4096; 32], 8), 1);
        assert_eq!(sectors(&[4096 + 16, 4096 + 32], 16), 2);
    }
}
