//! What is made once a fit: Gram matrices, scores and information.

use pwa_core::engine::Precision;

use crate::both::{Both, COUNTS};
use crate::common::{backend, columns, everything, grouped, plan, single, with_backgrounds};

#[test]
fn gram_matrices_scores_and_information_have_the_bits_of_the_cpu() {
    let Some(cuda) = backend() else { return };
    for events in COUNTS {
        let both = Both::new(&cuda, &plan(), columns(single(events), Precision::Double));
        both.agree_once();
    }
    let singles = columns(single(700), Precision::Single);
    Both::new(&cuda, &plan(), singles).agree_once();
    for events in [33, 1500] {
        for terms in [single(events), grouped(events)] {
            let sample = columns(with_backgrounds(terms), Precision::Double);
            Both::new(&cuda, &everything(), sample).agree_once();
        }
    }
}
