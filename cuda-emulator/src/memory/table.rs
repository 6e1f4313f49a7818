//! The allocations of a card. Addresses are never used twice, so every use after free is seen.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use super::{Region, Uses};

/// Alignment that the driver promises.
const ALIGN: u64 = 256;
/// No allocation begins closer behind another, so that a small overrun hits nothing.
const GAP: u64 = 1 << 16;

/// What an allocation is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// The n-th allocation of the program, from 1.
    Program(u64),
    /// A variable of a module.
    Variable(String),
}

pub struct Allocation {
    pub base: u64,
    pub owner: Owner,
    pub is_read_only: bool,
    pub region: Region,
    /// By work of streams.
    pub uses: Mutex<Uses>,
}

impl Allocation {
    pub fn end(&self) -> u64 {
        self.base + self.region.bytes()
    }

    pub fn contains(&self, address: u64, bytes: u64) -> bool {
        address >= self.base
            && bytes <= self.region.bytes()
            && address - self.base <= self.region.bytes() - bytes
    }
}

/// Why an address cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    #[error(
        "address {address:#x} was freed: it lies {inside} bytes inside {owner} of {bytes} bytes"
    )]
    Freed {
        address: u64,
        inside: u64,
        owner: Owner,
        bytes: u64,
    },
    #[error(
        "{count} bytes at address {address:#x} reach {beyond} bytes beyond the end of {owner} of {bytes} bytes"
    )]
    Beyond {
        address: u64,
        count: u64,
        beyond: u64,
        owner: Owner,
        bytes: u64,
    },
    #[error("address {address:#x} belongs to no allocation")]
    Nowhere { address: u64 },
}

impl std::fmt::Display for Owner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Owner::Program(number) => write!(f, "allocation {number}"),
            Owner::Variable(name) => write!(f, "variable `{name}`"),
        }
    }
}

pub struct Table {
    live: BTreeMap<u64, Arc<Allocation>>,
    freed: BTreeMap<u64, (Owner, u64)>,
    next_base: u64,
    allocated: u64,
    used: u64,
    capacity: u64,
}

impl Table {
    /// Addresses of a card begin at `base`; at most `capacity` bytes are in use, of which others use some from the beginning.
    pub fn new(base: u64, capacity: u64, others: u64) -> Table {
        Table {
            live: BTreeMap::new(),
            freed: BTreeMap::new(),
            next_base: base,
            allocated: 0,
            used: others,
            capacity,
        }
    }

    pub fn capacity(&self) -> u64 {
        self.capacity
    }

    pub fn free_bytes(&self) -> u64 {
        self.capacity - self.used
    }

    /// Memory for the program; none when the card is full.
    pub fn allocate(&mut self, bytes: u64) -> Option<Arc<Allocation>> {
        let owner = Owner::Program(self.allocated + 1);
        let allocation = self.insert(owner, bytes, false)?;
        self.allocated += 1;
        Some(allocation)
    }

    /// Memory of a variable of a module, with its initial value; the rest is zero.
    pub fn define(
        &mut self,
        name: &str,
        bytes: u64,
        initial: &[u8],
        is_read_only: bool,
    ) -> Option<Arc<Allocation>> {
        let owner = Owner::Variable(name.to_owned());
        let allocation = self.insert(owner, bytes, is_read_only)?;
        allocation.region.fill(0, bytes, 0);
        allocation.region.write(0, initial);
        Some(allocation)
    }

    fn insert(&mut self, owner: Owner, bytes: u64, is_read_only: bool) -> Option<Arc<Allocation>> {
        let taken = bytes.next_multiple_of(ALIGN);
        if taken > self.free_bytes() {
            return None;
        }
        let base = self.next_base;
        self.next_base += (taken + GAP).next_multiple_of(ALIGN);
        self.used += taken;
        let region = Region::new(bytes);
        let allocation = Arc::new(Allocation {
            base,
            owner,
            is_read_only,
            region,
            uses: Mutex::default(),
        });
        self.live.insert(base, allocation.clone());
        Some(allocation)
    }

    /// Frees what begins at an address.
    pub fn free(&mut self, base: u64) -> Result<(), Trouble> {
        let Some(allocation) = self.live.remove(&base) else {
            return Err(self.trouble(base, 1));
        };
        let bytes = allocation.region.bytes();
        self.used -= bytes.next_multiple_of(ALIGN);
        self.freed.insert(base, (allocation.owner.clone(), bytes));
        Ok(())
    }

    /// The allocation that holds a range, and the range's offset in it.
    pub fn find(&self, address: u64, bytes: u64) -> Result<(Arc<Allocation>, u64), Trouble> {
        match self.live.range(..=address).next_back() {
            Some((base, allocation)) if allocation.contains(address, bytes) => {
                Ok((allocation.clone(), address - base))
            }
            _ => Err(self.trouble(address, bytes)),
        }
    }

    /// What is wrong with a range that lies in no allocation.
    pub fn trouble(&self, address: u64, count: u64) -> Trouble {
        let live = self.live.range(..=address).next_back();
        let freed = self.freed.range(..=address).next_back();
        if let Some((base, (owner, bytes))) = freed
            && address < base + bytes
        {
            let (owner, bytes) = (owner.clone(), *bytes);
            return Trouble::Freed {
                address,
                inside: address - base,
                owner,
                bytes,
            };
        }
        match live {
            Some((_, allocation)) if address < allocation.end() + GAP => Trouble::Beyond {
                address,
                count,
                beyond: address.saturating_add(count) - allocation.end(),
                owner: allocation.owner.clone(),
                bytes: allocation.region.bytes(),
            },
            _ => Trouble::Nowhere { address },
        }
    }

    /// What the program has not freed.
    pub fn program_allocations(&self) -> impl Iterator<Item = &Arc<Allocation>> {
        let is_program = |a: &&Arc<Allocation>| matches!(a.owner, Owner::Program(_));
        self.live.values().filter(is_program)
    }

    /// Forgets who used which word.
    pub fn forget_accesses(&mut self) {
        for allocation in self.live.values() {
            allocation.region.forget_accesses();
        }
    }

    /// All allocations in the order of their addresses, for the time of a launch.
    pub fn lookup(&self) -> Lookup {
        Lookup {
            allocations: self.live.values().cloned().collect(),
        }
    }
}

/// The allocations that a launch sees.
pub struct Lookup {
    allocations: Vec<Arc<Allocation>>,
}

impl Lookup {
    /// An allocation by its index.
    pub fn get(&self, index: usize) -> Option<&Arc<Allocation>> {
        self.allocations.get(index)
    }

    /// Index of the allocation that may hold an address; `hint` is tried first.
    #[inline(always)]
    pub fn find(&self, address: u64, bytes: u64, hint: usize) -> Option<(usize, &Allocation)> {
        if let Some(allocation) = self.allocations.get(hint)
            && allocation.contains(address, bytes)
        {
            return Some((hint, allocation));
        }
        let index = self
            .allocations
            .partition_point(|a| a.base <= address)
            .checked_sub(1)?;
        let allocation = &self.allocations[index];
        allocation
            .contains(address, bytes)
            .then_some((index, allocation))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_say_what_is_wrong_with_them() {
        let mut table = Table::new(1 << 36, 1 << 20, 0);
        let (a, b) = (table.allocate(100).unwrap(), table.allocate(100).unwrap());
        assert_eq!(table.find(a.base + 92, 8).unwrap().1, 92);
        let beyond = table.find(a.base + 96, 8).err().unwrap();
        assert!(
            matches!(beyond, Trouble::Beyond { beyond: 4, .. }),
            "{beyond}"
        );
        table.free(b.base).unwrap();
        let freed = table.find(b.base + 8, 8).err().unwrap();
        assert!(matches!(freed, Trouble::Freed { inside: 8, .. }), "{freed}");
        assert!(matches!(table.free(b.base), Err(Trouble::Freed { .. })));
        assert_eq!(
            table.find(8, 1).err(),
            Some(Trouble::Nowhere { address: 8 })
        );
        assert_eq!(table.program_allocations().count(), 1);
    }

    #[test]
    fn a_card_holds_no_more_than_its_capacity() {
        let mut table = Table::new(1 << 36, 2048, 1024);
        let first = table.allocate(700).unwrap();
        assert!(table.allocate(300).is_none());
        table.free(first.base).unwrap();
        assert_eq!(table.free_bytes(), 1024);
    }
}
