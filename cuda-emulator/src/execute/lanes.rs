//! One value for each of the 32 threads of a warp.

/// Threads of a warp.
pub const WARP: usize = 32;
/// All of them.
pub const ALL: u32 = u32::MAX;

#[derive(Clone, Copy, PartialEq, Debug)]
#[repr(align(64))]
pub struct Lanes(pub [u64; WARP]);

impl Lanes {
    pub const fn splat(value: u64) -> Lanes {
        Lanes([value; WARP])
    }

    /// Takes over the lanes of a mask.
    #[inline(always)]
    pub fn blend(&mut self, from: &Lanes, mask: u32) {
        if mask == ALL {
            *self = *from;
            return;
        }
        for lane in 0..WARP {
            let take = (mask >> lane) & 1 != 0;
            self.0[lane] = if take { from.0[lane] } else { self.0[lane] };
        }
    }
}

/// The numbers of the lanes in a mask, upwards.
#[inline(always)]
pub fn lanes_of(mut mask: u32) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let lane = mask.trailing_zeros();
        mask &= mask.wrapping_sub(1);
        (lane < 32).then_some(lane as usize)
    })
}
