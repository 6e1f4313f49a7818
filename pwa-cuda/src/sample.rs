//! A piece of a sample on a device, as kernels see it.

/// Addresses of what kernels read of a sample, in the order of their arguments. Where a kind of numbers is
/// absent, its address is never used.
#[derive(Debug, Clone, Copy)]
pub struct DeviceSample {
    pub addresses: [u64; 7],
}

impl DeviceSample {
    /// With kinds of numbers at these places behind an address.
    pub fn new(base: u64, places: [usize; 7]) -> Self {
        Self {
            addresses: places.map(|place| base + place as u64),
        }
    }

    /// The same from a later tile on: columns, variables and tiles begin there.
    pub fn beginning_at(mut self, tile: usize, bytes: (usize, usize)) -> Self {
        let [columns, variables, tiles, ..] = &mut self.addresses;
        *columns += (tile * bytes.0) as u64;
        *variables += (tile * bytes.1) as u64;
        *tiles += 16 * tile as u64;
        self
    }
}
