//! The pairwise sum over groups of tiles in branches: devices and launches add some each, the host joins them.
//!
//! Neighbours are added, then neighbours of these, ...; so 2^n groups that begin at a multiple of 2^n have a sum of
//! their own in that tree. However a range is cut into such branches, the total has the same bits.

use std::iter::Peekable;
use std::ops::Range;

/// The sums of a branch.
pub type Branch = (Range<usize>, Vec<f64>);

/// Cuts some of `all` groups into branches of at most `most`, as few as there can be.
pub fn branches(groups: Range<usize>, all: usize, most: usize) -> Vec<Range<usize>> {
    let mut cut = Vec::new();
    let mut begin = groups.start;
    while begin < groups.end {
        // The last branch of all may be short.
        let is_branch = |size: usize| {
            size <= most && begin.is_multiple_of(size) && (begin + size).min(all) <= groups.end
        };
        let mut size = 1;
        while size < all && is_branch(2 * size) {
            size *= 2;
        }
        let end = (begin + size).min(all);
        cut.push(begin..end);
        begin = end;
    }
    cut
}

/// The sum over `all` groups, from all of its branches in their order.
pub fn join(branches: Vec<Branch>, all: usize) -> Vec<f64> {
    let mut rest = branches.into_iter().peekable();
    node(&mut rest, 0, all.next_power_of_two(), all)
}

/// The next branches up to `size` groups from `begin`.
fn node(
    rest: &mut Peekable<impl Iterator<Item = Branch>>,
    begin: usize,
    size: usize,
    all: usize,
) -> Vec<f64> {
    let end = (begin + size).min(all);
    if size == 1 || rest.peek().is_none_or(|(groups, _)| groups.end == end) {
        return rest.next().map_or_else(Vec::new, |(_, sums)| sums);
    }
    let half = size / 2;
    let mut sums = node(rest, begin, half, all);
    if begin + half < all {
        let others = node(rest, begin + half, half, all);
        for (sum, other) in sums.iter_mut().zip(others) {
            *sum += other;
        }
    }
    sums
}

/// Cuts `all` groups into neighbouring shares in the ratio of these weights, to a 64th of one share or
/// better and with few branches each; some may be empty.
pub fn shares(all: usize, weights: &[usize]) -> Vec<Range<usize>> {
    let finest = all / (64 * weights.len().max(1));
    let unit = 1 << finest.max(1).ilog2();
    let total: usize = weights.iter().sum();
    let (mut begin, mut before) = (0, 0);
    let share = |weight: &usize| {
        before += weight;
        let end = (all * before).div_ceil(total.max(1)).next_multiple_of(unit);
        let share = begin..end.min(all);
        begin = share.end;
        share
    };
    weights.iter().map(share).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the CPU backend adds.
    fn pairwise(mut sums: Vec<f64>) -> f64 {
        while sums.len() > 1 {
            sums = (sums.chunks(2)).map(|pair| pair.iter().sum()).collect();
        }
        sums[0]
    }

    fn number(group: usize) -> f64 {
        1.0 / (1.0 + group as f64) * if group.is_multiple_of(3) { -1e3 } else { 1.0 }
    }

    #[test]
    fn branches_of_any_cut_add_to_the_same_bits() {
        for all in [1, 2, 3, 5, 8, 13, 64, 100, 257] {
            let total = pairwise((0..all).map(number).collect());
            for most in [1, 2, 8, 1024] {
                for weights in [&[1][..], &[1, 1], &[3, 1, 2], &[1; 300]] {
                    let cut: Vec<_> = (shares(all, weights).into_iter())
                        .flat_map(|share| branches(share, all, most))
                        .collect();
                    let sums = cut.iter().map(|groups| {
                        let sum = pairwise(groups.clone().map(number).collect());
                        (groups.clone(), vec![sum])
                    });
                    let joined = join(sums.collect(), all);
                    assert_eq!(joined, [total], "{all} groups: {cut:?}");
                }
            }
        }
    }

    #[test]
    fn shares_are_as_large_as_their_weights() {
        assert_eq!(shares(1000, &[1, 1]), [0..500, 500..1000]);
        assert_eq!(shares(7, &[1, 0, 1]), [0..4, 4..4, 4..7]);
        assert_eq!(shares(1, &[1, 1]), [0..1, 1..1]);
    }

    #[test]
    fn a_range_is_cut_into_few_branches() {
        assert_eq!(branches(0..100, 100, 1024).len(), 1);
        assert_eq!(branches(0..100, 100, 64), [0..64, 64..100]);
        assert_eq!(
            branches(24..100, 200, 64),
            [24..32, 32..64, 64..96, 96..100]
        );
    }
}
