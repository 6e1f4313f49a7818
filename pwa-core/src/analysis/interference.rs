//! Which waves interfere at all.
//!
//! Two waves interfere where sum_h φ_ah conj(φ_bh) is not zero, h the helicities that are summed.
//! Amplitudes of other final helicities do not; nor do parity-conserving and -violating ones of an
//! unpolarised particle, whatever the momenta. A symmetric sample could hide an interference in its
//! sum over events; a sum with random signs cannot.

use crate::engine::Gram;

/// Relative size of an interference that is rounding; a sum of n random signs keeps 1/sqrt(n) of
/// its terms.
const VANISHING: f64 = 1e-9;

/// Sets of coefficients that interfere, directly or through others. Both matrices are of the same
/// events: with weights one, and with random signs.
pub(super) fn coherent_blocks(ones: &Gram, signs: &Gram) -> Vec<Vec<usize>> {
    let n = ones.basis.iter().filter(|v| v.derivative.is_none()).count();
    let size = |a: usize| ones.matrix[(a, a)].re;
    let mut label: Vec<usize> = (0..n).collect();
    for a in 0..n {
        for b in 0..a {
            let interference = signs.matrix[(a, b)].norm_sqr();
            let limit = VANISHING * VANISHING * size(a) * size(b);
            let (old, new) = (label[a], label[b]);
            if interference > limit && old != new {
                label
                    .iter_mut()
                    .filter(|label| **label == old)
                    .for_each(|label| *label = new);
            }
        }
    }
    let blocks = (0..n).map(|first| (0..n).filter(|&c| label[c] == first).collect());
    blocks
        .filter(|block: &Vec<usize>| !block.is_empty())
        .collect()
}

/// Sets of waves from sets of coefficients: sets that share a wave are one.
pub(super) fn wave_blocks(blocks: &[Vec<usize>], wave: &[usize]) -> Vec<Vec<usize>> {
    let mut joined: Vec<Vec<usize>> = Vec::new();
    for block in blocks {
        let mut waves: Vec<usize> = block.iter().map(|&coefficient| wave[coefficient]).collect();
        let (same, others) = (joined.into_iter())
            .partition(|known: &Vec<usize>| known.iter().any(|w| waves.contains(w)));
        joined = others;
        waves.extend(same.concat());
        waves.sort_unstable();
        waves.dedup();
        joined.push(waves);
    }
    joined.sort_unstable();
    joined
}

#[cfg(test)]
mod tests {
    use super::wave_blocks;

    #[test]
    fn blocks_that_share_a_wave_are_one() {
        let blocks = [vec![0, 3], vec![1], vec![2]];
        assert_eq!(
            wave_blocks(&blocks, &[0, 1, 2, 3]),
            [vec![0, 3], vec![1], vec![2]]
        );
        assert_eq!(wave_blocks(&blocks, &[0, 1, 0, 2]), [vec![0, 2], vec![1]]);
    }
}
