//! Programs of kernels in CUDA C, right or with a seeded bug.

use std::sync::Arc;

use cudarc::driver::{CudaContext, CudaStream, DeviceRepr, LaunchConfig, PushKernelArg};
use cudarc::nvrtc::{CompileOptions, compile_ptx_with_opts};

use super::{Result, config};

/// Seeded bugs of `kernels.cu`, and what a report of each may say.
pub const BUGS: [(&str, &[&str]); 9] = [
    ("bug 1", &["races", "nothing was written"]),
    ("bug 2", &["races"]),
    ("bug 3", &["outside memory"]),
    ("bug 4", &["names lane"]),
    ("bug 5", &["different barriers", "have ended"]),
    ("bug 6", &["nothing was written"]),
    ("bug 7", &["races"]),
    ("bug 8", &["of shared memory"]),
    ("bug 9", &["outside memory"]),
];

/// A sum of a block a part, by the kernel of `kernels.cu` with a bug; 0 is none.
pub fn total(bug: u32) -> Result<Vec<f64>> {
    let context = CudaContext::new(0)?;
    let stream = context.new_stream()?;
    let f = compile(&context, bug)?.load_function("total")?;
    let x: Vec<f64> = (0..5000).map(f64::from).collect();
    let x = stream.clone_htod(&x)?;
    let mut parts = stream.alloc_zeros::<f64>(4)?;
    let n = 5000;
    // SAFETY: the arguments are those of the kernel.
    let launched = unsafe {
        stream
            .launch_builder(&f)
            .arg(&x)
            .arg(&mut parts)
            .arg(&n)
            .launch(config(4, 256))
    };
    // With a bug there is an error, here or later, which the report explains.
    let sums = launched.and_then(|_| stream.clone_dtoh(&parts));
    Ok(sums.unwrap_or_default())
}

fn compile(context: &Arc<CudaContext>, bug: u32) -> Result<Arc<cudarc::driver::CudaModule>> {
    let options = vec![
        "--std=c++17".to_owned(),
        "--fmad=false".to_owned(),
        format!("-DBUG={bug}"),
    ];
    let options = CompileOptions {
        arch: Some("compute_70"),
        options,
        ..CompileOptions::default()
    };
    Ok(context.load_module(compile_ptx_with_opts(include_str!("kernels.cu"), options)?)?)
}

/// Kernels without bugs, against Rust.
pub fn compiled() -> Result {
    let sum: f64 = total(0)?.iter().sum();
    assert_eq!(sum, f64::from(4999 * 5000 / 2));
    let context = CudaContext::new(0)?;
    let stream = context.new_stream()?;
    let f = compile(&context, 0)?.load_function("elementary")?;
    // The last ones go through the function for large angles.
    let x: Vec<f64> = (1..400)
        .map(|i| f64::from(i) * 0.037)
        .chain([1e5, 3e9, 7e15])
        .collect();
    let device = stream.clone_htod(&x)?;
    let mut y = stream.alloc_zeros::<f64>(x.len())?;
    let n = x.len() as i32;
    // SAFETY: the arguments are those of the kernel.
    unsafe {
        stream
            .launch_builder(&f)
            .arg(&device)
            .arg(&mut y)
            .arg(&n)
            .launch(config(4, 128))
    }?;
    for (x, found) in x.iter().zip(stream.clone_dtoh(&y)?) {
        let expected = x.sin() + x.cos() * (-x).exp() + x.ln() / x.sqrt() + x.atan2(2.0);
        // Each of five functions is right to an ulp or two, and the terms have about the size of the sum.
        assert!(
            (found - expected).abs() < 1e-14 * (1.0 + expected.abs()),
            "{x}: {found}, not {expected}"
        );
    }
    language(&context, &stream)?;
    println!("all compiled kernels are right");
    Ok(())
}

/// `Numbers` of `kernels.cu`.
#[repr(C)]
#[derive(Clone, Copy)]
struct Numbers {
    list: [f64; 3],
    count: i32,
}

// SAFETY: plain numbers in the layout of C.
unsafe impl DeviceRepr for Numbers {}

/// The kernel of many constructs, by the same arithmetic in Rust but for the order of the last sum.
fn language(context: &Arc<CudaContext>, stream: &Arc<CudaStream>) -> Result {
    let f = compile(context, 0)?.load_function("language")?;
    const N: usize = 150;
    let x: Vec<[f64; 2]> = (0..N)
        .map(|i| [i as f64 * 0.1 - 7.0, 3.0 - i as f64 * 0.05])
        .collect();
    let device = stream.clone_htod(x.as_flattened())?;
    let mut y = stream.alloc_zeros::<f64>(N)?;
    let numbers = Numbers {
        list: [0.5, 1.5, -0.25],
        count: 3,
    };
    let (divisor, n) = (-1_000_003_i64, N as i32);
    let shape = LaunchConfig {
        shared_mem_bytes: 64 * 8,
        ..config(3, 64)
    };
    let mut launch = stream.launch_builder(&f);
    launch
        .arg(&device)
        .arg(&mut y)
        .arg(&numbers)
        .arg(&divisor)
        .arg(&n);
    // SAFETY: the arguments are those of the kernel.
    unsafe { launch.launch(shape) }?;
    let polynomial = |x: f64, c: &[f64]| c.iter().rev().fold(0.0, |sum, c| sum * x + c);
    let before_vote = |i: usize| {
        let [a, b] = x[i.min(N - 1)];
        let local = a + (i % 5) as f64;
        let r = polynomial(a, &[1.0, -2.0, 0.5, 0.25]) + polynomial(b, &numbers.list) + local;
        match i % 7 {
            0 => r + 1.0,
            1 => r - b,
            2 => r * 3.0,
            3 => -r,
            4 => r.abs(),
            5 => r.min(b),
            _ => r.max(0.5),
        }
    };
    for (i, found) in stream.clone_dtoh(&y)?.into_iter().enumerate() {
        let warp = i / 32 * 32..i / 32 * 32 + 32;
        let positive = warp.filter(|&j| before_vote(j) > 0.0).count() as f64;
        let big = i as i64 * 123_456_789_012_345 - 77;
        let narrow = f64::from((i as i32 * 37) as i8);
        let rest = positive + (big / divisor) as f64 + (big % divisor) as f64 + narrow;
        let expected = before_vote(i) + rest;
        let close = (found - expected).abs() <= 1e-12 * expected.abs().max(1.0);
        assert!(close, "element {i}: {found}, not {expected}");
    }
    Ok(())
}
