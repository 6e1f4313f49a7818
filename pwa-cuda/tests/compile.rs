//! The kernels compile for every architecture; what the assembler says about registers and spills.

mod common;

use common::{not_run, plan, settings, with_densities};
use pwa_core::engine::{Plan, Precision};
use pwa_cuda::{Image, Nvrtc, Source, Variant};

/// What a kernel takes, by the assembler's words.
#[derive(Debug)]
struct Usage {
    kernel: String,
    registers: u32,
    spills: u32,
}

/// "Compiling entry function 'x' ...", "... N bytes spill stores, M bytes spill loads", "Used R registers".
fn usages(log: &str) -> Vec<Usage> {
    let mut found = Vec::new();
    let (mut kernel, mut spills) = (String::new(), 0);
    let before = |line: &str, mark: &str| -> u32 {
        let text = line.split(mark).next().unwrap_or_default();
        let word = text.split_whitespace().last().unwrap_or_default();
        word.parse().unwrap_or_default()
    };
    for line in log.lines() {
        if let Some((_, rest)) = line.split_once("Compiling entry function '") {
            kernel = rest.split('\'').next().unwrap_or_default().to_owned();
        } else if line.contains("bytes spill stores") {
            spills = before(line, " bytes spill stores") + before(line, " bytes spill loads");
        } else if line.contains(" registers") {
            found.push(Usage {
                kernel: kernel.clone(),
                registers: before(line, " registers"),
                spills,
            });
        }
    }
    found
}

/// What every kernel of a plan takes on an architecture.
fn compile(nvrtc: &Nvrtc, plan: &Plan, variant: Variant, architecture: u32) -> Vec<Usage> {
    let source = Source::new(plan, variant);
    let compiled = nvrtc.compile(&source.text, architecture, Image::Cubin);
    let compiled = compiled.expect("the kernels compile");
    let usages = usages(&compiled.log);
    assert!(!usages.is_empty(), "{}", compiled.log);
    for usage in &usages {
        println!("sm_{architecture} {usage:?}");
    }
    usages
}

/// Calls `check` with what the kernels of a plan take, in all variants and on all architectures.
fn everywhere(plan: &Plan, check: impl Fn(&Usage)) {
    let nvrtc = match Nvrtc::open(settings().nvrtc.as_deref()) {
        Ok(nvrtc) => nvrtc,
        Err(error) => return not_run(&error),
    };
    println!("{} {:?}", nvrtc.name, nvrtc.version);
    for hessian in [false, true] {
        let variant = Variant {
            hessian,
            precision: Precision::Double,
            stride: 256,
            grouped: plan.background,
            shared_bytes: 48 << 10,
        };
        for architecture in [70, 80, 86, 90] {
            if nvrtc.architectures.contains(&architecture) {
                compile(&nvrtc, plan, variant, architecture)
                    .iter()
                    .for_each(&check);
            } else {
                println!("NOT RUN: sm_{architecture}, which this NVRTC does not know");
            }
        }
    }
}

#[test]
fn hand_written_kernels_do_not_spill() {
    // No shapes: all code but that of the shapes, which is generated, is here.
    let mut plan = plan();
    plan.waves.iter_mut().for_each(|wave| wave.shape = None);
    (plan.shapes, plan.functions, plan.parameters) = (Vec::new(), Vec::new(), 0);
    everywhere(&plan, |usage| {
        let Usage {
            kernel,
            registers,
            spills,
        } = usage;
        assert!(*spills == 0 && *registers <= 128, "{kernel}: {usage:?}");
    });
}

#[test]
fn kernels_with_shapes_leave_room_for_two_blocks() {
    let everything = Plan {
        background: true,
        ..with_densities(plan())
    };
    for plan in [plan(), everything] {
        everywhere(&plan, |usage| {
            // Two blocks of 256 threads share 65536 registers. Calls of a slow division or sine save
            // some numbers in memory, which are no spills of a loop.
            assert!(usage.registers <= 128 && usage.spills <= 256, "{usage:?}");
        });
    }
}
