//! Exchanges of identical particles.

use super::Model;

/// One way to exchange identical particles, with the sign of fermions.
#[derive(Debug, Clone)]
pub struct Permutation {
    pub image: Vec<usize>,
    pub sign: f64,
}

/// The identity first.
pub fn permutations(model: &Model) -> Vec<Permutation> {
    let identity = Permutation {
        image: (0..model.finals.len()).collect(),
        sign: 1.0,
    };
    let mut all = vec![identity];
    for group in &model.identical {
        let fermions = group
            .first()
            .is_some_and(|&i| model.finals[i].two_j % 2 == 1);
        // Exchanges that bring any member to the place of the first, then of the second, ...
        for place in 0..group.len() {
            let before = all.clone();
            for other in place + 1..group.len() {
                for permutation in &before {
                    let mut next = permutation.clone();
                    next.image.swap(group[place], group[other]);
                    next.sign *= if fermions { -1.0 } else { 1.0 };
                    all.push(next);
                }
            }
        }
    }
    all
}
