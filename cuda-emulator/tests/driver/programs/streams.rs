//! A program with a stream for copies and one for kernels, right or with one mistake in what waits for what.

use cudarc::driver::CudaContext;

use super::{Result, launch, outcome, twice};

/// Brings two sets of numbers through one pinned buffer and one slot, and doubles them.
pub fn streams(mistake: &str) -> Result {
    let context = CudaContext::new(0)?;
    // SAFETY: what waits for what is what is tested.
    unsafe { context.disable_event_tracking() };
    let (compute, copies) = (context.new_stream()?, context.new_stream()?);
    let f = twice(&context)?;
    // SAFETY: both are written before they are read, or that is what is tested.
    let (mut pinned, mut slot) =
        unsafe { (context.alloc_pinned::<f64>(64)?, compute.alloc::<f64>(64)?) };
    let mut results = [
        compute.alloc_zeros::<f64>(64)?,
        compute.alloc_zeros::<f64>(64)?,
    ];
    let (copied, used) = (context.new_event(None)?, context.new_event(None)?);
    if mistake != "not there yet" {
        copies.join(&compute)?;
    }
    for (round, result) in results.iter_mut().enumerate() {
        if mistake != "changed" {
            copied.synchronize()?;
        }
        pinned.as_mut_slice()?.fill((1 + round) as f64);
        if mistake != "overwritten" {
            copies.wait(&used)?;
        }
        copies.memcpy_htod(pinned.as_slice()?, &mut slot)?;
        copied.record(&copies)?;
        if mistake != "unwaited" {
            compute.wait(&copied)?;
        }
        launch(&compute, &f, &slot, result, 64)?;
        used.record(&compute)?;
    }
    if mistake == "given back" {
        // SAFETY: nothing is read from it after this; that a kernel reads it before is what is tested.
        unsafe { cudarc::driver::result::free_async(slot.leak(), copies.cu_stream()) }?;
    }
    if mistake == "same host memory" {
        let other = context.new_stream()?;
        other.memcpy_dtoh(&other.alloc_zeros::<f64>(64)?, &mut pinned)?;
    }
    let pinned = (mistake != "freed").then_some(pinned);
    for result in &results {
        match compute.clone_dtoh(result) {
            Ok(result) => println!("sum {}", result.iter().sum::<f64>()),
            error => println!("{}", outcome(error)),
        }
    }
    println!("at the end {}", outcome(copies.synchronize()));
    drop(pinned);
    Ok(())
}
