//! Samples that are shared by devices, and samples that come in pieces.

use std::sync::Arc;

use pwa_core::engine::{Backend, BackendError, EventSums, Point, Precision, Reduction, Storage};
use pwa_core::objective::Order;
use pwa_cuda::{Choice, CudaBackend, Settings};

use crate::both::Both;
use crate::common::{
    backend_with, columns, columns_in, everything, grouped, plan, point, settings, single,
    with_backgrounds,
};

/// A sample shared by devices, here one that counts as several; one that comes in pieces, because few groups of
/// tiles of the samples here fit into so many bytes; and both.
pub fn shared_and_streamed() -> Vec<CudaBackend> {
    let ways = [(3, None), (1, Some(1_000_000)), (2, Some(1_000_000))];
    let ways = ways.map(|(devices, memory)| Settings {
        devices: Choice::Numbers(vec![0; devices]),
        memory,
        threads: 2,
        ..settings()
    });
    ways.iter().filter_map(backend_with).collect()
}

/// Whether a backend came to hold what it is to: pieces but in the first case, and in all as many shares as devices.
fn check_placements(backend: &CudaBackend, number: usize) {
    let placements = backend.placements();
    let streamed = placements.iter().any(|line| line.contains("streamed in"));
    assert!(streamed || number == 0, "{placements:?}");
    assert_eq!(
        placements.len(),
        backend.devices().count(),
        "{placements:?}"
    );
}

#[test]
fn shares_and_pieces_have_the_bits_of_the_cpu() {
    for (number, cuda) in shared_and_streamed().into_iter().enumerate() {
        // All kinds of numbers; five groups of tiles.
        let terms = with_backgrounds(grouped(4200));
        let count = terms.weights.len();
        let both = Both::new(&cuda, &everything(), columns(terms, Precision::Double));
        check_placements(&cuda, number);
        let slots = point(&both.plan, 0);
        let weights: Arc<[f64]> = (0..count).map(|n| (n % 5) as f64 - 1.5).collect();
        let points = [None, Some(&weights)].map(|weights| Point {
            slots: &slots,
            weights,
        });
        let evaluate =
            |sums: &dyn EventSums| sums.evaluate(&points, Reduction::Intensity, Order::Gradient);
        assert_eq!(evaluate(&*both.cpu), evaluate(&*both.cuda));
        both.agree(1, Reduction::LogIntensity, Order::Value);
        both.agree_once();
    }
}

#[test]
fn shares_and_pieces_of_a_file_of_singles_have_the_bits_of_the_cpu() {
    let folder = tempfile::tempdir().expect("a folder");
    for (number, cuda) in shared_and_streamed().into_iter().enumerate() {
        let storage = Storage {
            precision: Precision::Single,
            folder: Some(folder.path().to_owned()),
        };
        let sample = columns_in(single(9000), &storage).unwrap();
        let both = Both::new(&cuda, &plan(), sample);
        check_placements(&cuda, number);
        both.agree(1, Reduction::LogIntensity, Order::Value);
        let slots = point(&both.plan, 0);
        assert_eq!(both.cpu.intensities(&slots), both.cuda.intensities(&slots));
        assert_eq!(both.cpu.amplitudes(&slots), both.cuda.amplitudes(&slots));
    }
}

#[test]
fn second_derivatives_of_shares_and_pieces_have_the_bits_of_the_cpu() {
    for cuda in shared_and_streamed() {
        let both = Both::new(&cuda, &plan(), columns(single(3600), Precision::Double));
        both.agree(1, Reduction::LogIntensity, Order::Hessian);
    }
}

#[test]
fn samples_of_a_fit_share_a_card() {
    let Some(cuda) = shared_and_streamed().into_iter().nth(1) else {
        return;
    };
    let samples = [400, 9000, 600].map(|events| {
        let sample = columns(single(events), Precision::Double);
        Both::new(&cuda, &plan(), sample)
    });
    let placements = cuda.placements();
    let held: Vec<_> = (placements.iter())
        .map(|line| line.contains("resident"))
        .collect();
    assert_eq!(held, [true, false, true], "{placements:?}");
    for _ in 0..2 {
        for both in &samples {
            both.agree(1, Reduction::Intensity, Order::Value);
        }
    }
}

#[test]
fn a_sample_that_fits_in_no_way_is_refused_with_numbers() {
    let memory = Some(100_000);
    let Some(cuda) = backend_with(&Settings {
        memory,
        ..settings()
    }) else {
        return;
    };
    let sample = Arc::new(columns(single(4000), Precision::Double));
    let refused = cuda.prepare(Arc::new(plan()), sample).err();
    let Some(BackendError::Memory { needed, free, .. }) = refused else {
        panic!("{refused:?}");
    };
    assert!(free <= 100_000 && needed > free, "{needed} {free}");
    assert!(cuda.failure().seen().is_none() && cuda.placements().is_empty());
}
