//! What a launch did, counted as the hardware's profilers count it.

use serde::Serialize;

/// Counts of a launch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counters {
    /// PTX instructions, one for each thread that came to them.
    pub thread_instructions: u64,
    /// The same, one for each warp.
    pub warp_instructions: u64,
    /// Branches at which the threads of a warp parted.
    pub divergent_branches: u64,
    /// Additions, products, quotients and roots in double precision; a fused one is two.
    pub double_operations: u64,
    pub global_loads: Traffic,
    pub global_stores: Traffic,
    pub global_atomics: Traffic,
    /// Requests of warps for shared memory, and the turns that its banks take for them.
    pub shared_requests: u64,
    pub shared_turns: u64,
    /// Requests of warps for local memory.
    pub local_requests: u64,
    /// Barriers, one for each block.
    pub barriers: u64,
}

/// Requests of warps for global memory. `bytes` over 32 times `sectors` is how well they are coalesced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Traffic {
    pub requests: u64,
    /// Sectors of 32 bytes, each counted once a request: what goes through the first cache.
    pub sectors: u64,
    /// Bytes that threads asked for.
    pub bytes: u64,
}

impl std::ops::Add for Counters {
    type Output = Counters;

    fn add(self, other: Counters) -> Counters {
        Counters {
            thread_instructions: self.thread_instructions + other.thread_instructions,
            warp_instructions: self.warp_instructions + other.warp_instructions,
            divergent_branches: self.divergent_branches + other.divergent_branches,
            double_operations: self.double_operations + other.double_operations,
            global_loads: self.global_loads + other.global_loads,
            global_stores: self.global_stores + other.global_stores,
            global_atomics: self.global_atomics + other.global_atomics,
            shared_requests: self.shared_requests + other.shared_requests,
            shared_turns: self.shared_turns + other.shared_turns,
            local_requests: self.local_requests + other.local_requests,
            barriers: self.barriers + other.barriers,
        }
    }
}

impl std::ops::Add for Traffic {
    type Output = Traffic;

    fn add(self, other: Traffic) -> Traffic {
        Traffic {
            requests: self.requests + other.requests,
            sectors: self.sectors + other.sectors,
            bytes: self.bytes + other.bytes,
        }
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

/// Banks of shared memory, each a word of 4 bytes wide.
const BANKS: usize = 32;

/// Turns that the banks of shared memory take for a request. A turn serves 128 bytes of neighbouring active lanes at the
/// most, and one word of each bank, which any number of lanes may share; lanes that ask for the same as others before them
/// are served with these.
pub fn turns(addresses: &[u64], bytes: u64) -> u64 {
    let lanes = (4 * BANKS as u64 / bytes.max(4)) as usize;
    let groups = || addresses.chunks(lanes.max(1));
    let new = groups()
        .enumerate()
        .filter(|&(place, group)| !groups().take(place).any(|before| before == group));
    new.map(|(_, group)| turns_of(group, bytes)).sum()
}

/// Turns for lanes that are served together.
fn turns_of(group: &[u64], bytes: u64) -> u64 {
    let side_by_side = |step: u64| group.windows(2).all(|pair| pair[1] == pair[0] + step);
    // Nearly all: one number, or a word of each bank at the most.
    if side_by_side(0) || bytes >= 4 && side_by_side(bytes) {
        return 1;
    }
    let words = group.iter().flat_map(|a| a / 4..=(a + bytes - 1) / 4);
    let mut words: Vec<u64> = words.collect();
    words.sort_unstable();
    words.dedup();
    let mut of_bank = [0_u64; BANKS];
    for word in words {
        of_bank[word as usize % BANKS] += 1;
    }
    of_bank.into_iter().max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn banks_serve_a_word_each_a_turn() {
        let lanes = |stride: u64| (0..32).map(|lane| stride * lane).collect::<Vec<u64>>();
        for (stride, bytes, wanted) in [
            (4, 4, 1),
            (8, 8, 2),
            (16, 16, 4),
            // Every second word, and all in one bank.
            (8, 4, 2),
            (128, 4, 32),
            (32, 16, 8),
            // All lanes ask for one number.
            (0, 4, 1),
            (0, 16, 1),
        ] {
            assert_eq!(turns(&lanes(stride), bytes), wanted, "{stride} {bytes}");
        }
    }

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
