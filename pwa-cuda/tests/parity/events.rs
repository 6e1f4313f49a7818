//! Intensities and amplitudes of events, and events without an intensity.

use pwa_core::engine::{Columns, Precision, Reduction, Storage, SumError};
use pwa_core::objective::Order;
use pwa_cuda::CudaBackend;

use crate::both::Both;
use crate::common::{
    COLUMNS, VARIABLES, backend, columns, everything, plan, point, single, with_backgrounds,
};
use crate::pieces::shared_and_streamed;

#[test]
fn events_have_the_bits_of_the_cpu() {
    let Some(cuda) = backend() else { return };
    for precision in [Precision::Double, Precision::Single] {
        let sample = columns(with_backgrounds(single(700)), precision);
        let both = Both::new(&cuda, &everything(), sample);
        let slots = point(&both.plan, 0);
        assert_eq!(both.cpu.intensities(&slots), both.cuda.intensities(&slots));
        assert_eq!(both.cpu.amplitudes(&slots), both.cuda.amplitudes(&slots));
    }
}

#[test]
fn the_first_event_without_intensity_is_named() {
    let Some(cuda) = backend() else { return };
    let ways = shared_and_streamed();
    for cuda in ways.iter().chain([&cuda]) {
        names_the_first_event_without_intensity(cuda);
    }
}

fn names_the_first_event_without_intensity(cuda: &CudaBackend) {
    let sample = Columns::build(
        COLUMNS,
        VARIABLES,
        vec![1.0; 2500],
        &Storage::default(),
        |tile| {
            for e in 0..tile.length {
                for column in 0..COLUMNS {
                    let zero = [301, 2301].contains(&(tile.start + e));
                    tile.set(column, e, f64::from(u8::from(!zero)), 0.0);
                }
                tile.set_variable(0, e, 1.0);
                tile.set_variable(1, e, 1.0);
            }
            Ok::<(), ()>(())
        },
    );
    let both = Both::new(cuda, &plan(), sample.expect("columns in memory"));
    let slots = point(&both.plan, 0);
    let expected = SumError::Intensity {
        event: 301,
        intensity: 0.0,
    };
    for order in [Order::Value, Order::Gradient, Order::Hessian] {
        let point = slots[..].into();
        let result = both
            .cuda
            .evaluate(&[point, point], Reduction::LogIntensity, order);
        assert_eq!(result, vec![Err(expected.clone()); 2], "{order:?}");
        let result = both.cuda.evaluate(&[point], Reduction::LogIntensity, order);
        assert_eq!(result, [Err(expected.clone())], "{order:?}");
    }
    assert_eq!(both.cuda.scores(&slots), Err(expected));
    // Such an event has no weight in what follows the intensity.
    both.agree_gram_and_information();
}
