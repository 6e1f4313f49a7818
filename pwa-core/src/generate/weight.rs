//! The weight of a choice of intermediate masses in phase space, and an upper bound of it.
//!
//! ```text
//! w(M_2 … M_{n−1}) = Π_{k=2}^{n} p(M_k; M_{k−1}, m_k)
//! G_k(M) = max_{M'} p(M; M', m_k) G_{k−1}(M'),   max w = G_n(M_n)
//! ```
//!
//! Units: GeV.
//! The product of each momentum's own maximum, the usual bound, is 400 times too large for six
//! massless particles. The recursion for G is followed on a grid instead: p falls with M' and G rises,
//! so p at the lower and G at the upper edge of a cell bound the product inside it. The result is
//! never below the maximum, and 15 per cent above it for six massless particles.

/// Cells of the grid; the bound's excess is of the order of n / CELLS.
const CELLS: usize = 128;

/// p(M; a, b) with M = a + b + free.
pub(super) fn momentum(free: f64, a: f64, b: f64) -> f64 {
    let mass = a + b + free;
    let product = free * (free + 2.0 * (a + b)) * (free + 2.0 * a) * (free + 2.0 * b);
    if product > 0.0 {
        product.sqrt() / (2.0 * mass)
    } else {
        0.0
    }
}

/// At least the maximum of w for particles of `masses` with kinetic energy `available` in total.
pub(super) fn weight_bound(masses: &[f64], available: f64) -> f64 {
    let &[first, second, ref rest @ ..] = masses else {
        return 0.0;
    };
    let kinetic = |cell: usize| available * (cell as f64 / CELLS as f64);
    let mut bound: Vec<f64> = (0..=CELLS)
        .map(|cell| momentum(kinetic(cell), first, second))
        .collect();
    let mut system = first + second;
    for &m in rest {
        let inside = |upper: usize| {
            (0..upper)
                .map(|cell| {
                    momentum(kinetic(upper) - kinetic(cell), system + kinetic(cell), m)
                        * bound[cell + 1]
                })
                .fold(0.0, f64::max)
        };
        bound = (0..=CELLS).map(inside).collect();
        system += m;
    }
    bound[CELLS]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn massless_particles_have_the_closed_form() {
        // w = 2^{1−n} M^{n−1} Π_{j=3}^{n} (1 − r_j²) r_j^{j−2}, largest at r_j² = (j−2)/j.
        let mass = 3.0;
        let mut maximum = mass / 2.0;
        for n in 3..=6 {
            let r_squared = (n as f64 - 2.0) / n as f64;
            maximum *= mass / 2.0 * (1.0 - r_squared) * r_squared.powf((n as f64 - 2.0) / 2.0);
            // The grid's excess grows with n.
            let ratio = weight_bound(&vec![0.0; n], mass) / maximum;
            assert!((1.0..1.2).contains(&ratio), "{n}: {ratio}");
        }
    }

    proptest! {
        #[test]
        fn no_choice_exceeds_the_bound(
            masses in prop::collection::vec(prop_oneof![Just(0.0), 1e-3..2.0f64], 3..=6),
            available in prop_oneof![1e-9..1e-3f64, 1e-3..10.0f64],
            mut shares in prop::collection::vec(0.0..1.0f64, 4),
        ) {
            let n = masses.len();
            shares.truncate(n - 2);
            shares.push(1.0);
            shares.sort_unstable_by(f64::total_cmp);
            let (mut weight, mut system, mut before) = (1.0, masses[0], 0.0);
            for (m, share) in masses[1..].iter().zip(shares) {
                weight *= momentum((share - before) * available, system + before * available, *m);
                system += m;
                before = share;
            }
            prop_assert!(weight <= weight_bound(&masses, available));
        }
    }
}
