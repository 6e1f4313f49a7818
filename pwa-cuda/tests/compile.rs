//! The kernels compile for every architecture; what the assembler says about registers and spills.

mod common;

use common::{BACKGROUNDS, not_run, plan, settings, with_densities, without_shapes};
use pwa_core::engine::{Plan, Precision};
use pwa_cuda::{DATA_SHEETS, Image, Nvrtc, Purpose, Source, Usage, Variant};
use rayon::prelude::*;

/// What the kernels of a plan take, in all variants and on all architectures.
fn everywhere(plan: &Plan) -> Vec<Usage> {
    let nvrtc = match Nvrtc::open(settings().nvrtc.as_deref()) {
        Ok(nvrtc) => nvrtc,
        Err(error) => {
            not_run(&error);
            return Vec::new();
        }
    };
    println!("{} {:?}", nvrtc.name, nvrtc.version);
    let mut work = Vec::new();
    for architecture in DATA_SHEETS.map(|card| card.architecture) {
        if nvrtc.architectures.contains(&architecture) {
            work.extend(Purpose::ALL.map(|purpose| (architecture, purpose)));
        } else {
            println!("NOT RUN: sm_{architecture}, which this NVRTC does not know");
        }
    }
    let compile = |&(architecture, purpose): &(u32, Purpose)| {
        let variant = Variant {
            purpose,
            precision: Precision::Double,
            stride: 256,
            grouped: plan.backgrounds > 0,
            shared_bytes: 48 << 10,
            asynchronous: Variant::asynchronous(architecture),
        };
        let source = Source::new(plan, variant);
        let compiled = nvrtc.compile(&source.text, architecture, Image::Cubin);
        let compiled = compiled.expect("the kernels compile");
        let usages = Usage::of_log(&compiled.log);
        // And `pairwise`, which all of them have.
        let kernels = purpose.kernels().len() + 1;
        assert_eq!(usages.len(), kernels, "{}", compiled.log);
        for usage in &usages {
            println!("sm_{architecture} {usage:?}");
        }
        usages
    };
    work.par_iter().flat_map(compile).collect()
}

#[test]
fn hand_written_kernels_do_not_spill() {
    // No shapes: all code but that of the shapes, which is generated, is here.
    for usage in everywhere(&without_shapes(plan())) {
        assert!(usage.spills == 0 && usage.registers <= 128, "{usage:?}");
    }
}

#[test]
fn kernels_with_shapes_leave_room_for_two_blocks() {
    let everything = Plan {
        backgrounds: BACKGROUNDS,
        ..with_densities(plan())
    };
    for usage in everywhere(&everything) {
        // Two blocks of 256 threads share 65536 registers. Calls of a slow division or sine save
        // some numbers in memory, which are no spills of a loop.
        assert!(usage.registers <= 128 && usage.spills <= 256, "{usage:?}");
    }
}
