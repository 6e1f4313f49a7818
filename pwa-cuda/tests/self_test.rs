//! The self-test of a card passes, and what is measured on it is a number.

mod common;

use common::{backend, settings};
use pwa_cuda::Probe;
use pwa_cuda::self_test::{compare, gradient_reading};

#[test]
fn a_card_has_the_bits_of_the_cpu() {
    let Some(cuda) = backend() else { return };
    let comparisons = compare(&cuda).unwrap();
    assert_eq!(comparisons.len(), 48);
    for comparison in comparisons {
        assert_eq!(comparison.difference, 0.0, "{comparison:?}");
    }
}

#[test]
fn columns_are_read_at_some_speed() {
    let Some(cuda) = backend() else { return };
    let device = cuda.devices().next().unwrap();
    let free = device.free;
    let reading = gradient_reading(&cuda, free).unwrap();
    // 16 columns and a weight.
    assert_eq!(reading.bytes, (reading.events - 256) * (16 * 16 + 8));
    let bandwidth = reading.bandwidth();
    assert!(
        bandwidth.is_none_or(|rate| rate > 0.0 && rate.is_finite()),
        "{reading:?}"
    );
}

#[test]
fn the_limits_of_a_card_are_measured() {
    let Some(cuda) = backend() else { return };
    let mut probe = Probe::open(&settings()).unwrap();
    assert_eq!(probe.device.number, cuda.devices().next().unwrap().number);
    assert!(probe.copied_bytes() >= 2 << 20 && probe.flops() > 0);
    probe.copy().unwrap();
    probe.multiply_add().unwrap();
    println!("{:?}", probe.nominal);
    if probe.device.name.starts_with("Emulated V100") {
        let nominal = probe.nominal;
        let near = |got: Option<f64>, want: f64| (got.unwrap() / want - 1.0).abs() < 0.15;
        // The data sheet has 900 GB/s and 7.8 TFlop/s.
        assert!(near(nominal.bandwidth, 900e9), "{nominal:?}");
        assert!(near(nominal.double_rate, 7.8e12), "{nominal:?}");
        assert_eq!(nominal.cache, Some(6 << 20));
    }
}
