//! Programs that give back what they took, or do not.

use std::ffi::CString;
use std::sync::Arc;

use cudarc::driver::result::{event, free_async, free_host, free_sync, module, stream};
use cudarc::driver::result::{malloc_host, malloc_sync};
use cudarc::driver::sys::CUevent_flags::CU_EVENT_DEFAULT;
use cudarc::driver::{CudaContext, CudaEvent, CudaSlice, CudaStream, PinnedHostSlice};

use super::{Result, TWICE, launch, outcome, twice};

pub fn at(ends_context: bool) -> Result {
    let context = CudaContext::new(0)?;
    let slice = context.default_stream().alloc_zeros::<u8>(4096)?;
    // Leaked memory no longer keeps the context.
    println!("leaked {:x}", slice.leak());
    if !ends_context {
        std::mem::forget(context);
    }
    Ok(())
}

/// Takes one thing and does not give it back, and launches a kernel, which may be told to fail.
pub fn of(kind: &str) -> Result {
    let context = CudaContext::new(0)?;
    let text = CString::new(TWICE)?;
    let times = if kind == "many" { 3 } else { 1 };
    for _ in 0..times {
        let is = |name| [name, "many"].contains(&kind);
        // SAFETY: nothing is used but the text, which ends with a zero.
        unsafe {
            if is("memory") {
                malloc_sync(4096)?;
            }
            if is("pinned memory") {
                malloc_host(4096, 0)?;
            }
            if is("module") {
                module::load_data(text.as_ptr().cast())?;
            }
            if is("stream") {
                stream::create(stream::StreamKind::NonBlocking)?;
            }
            if is("event") {
                event::create(CU_EVENT_DEFAULT)?;
            }
        }
    }
    let user = context.new_stream()?;
    let x = user.alloc_zeros::<f64>(8)?;
    let mut y = user.alloc_zeros::<f64>(8)?;
    println!(
        "launch {}",
        outcome(launch(&user, &twice(&context)?, &x, &mut y, 8))
    );
    Ok(())
}

/// Some of everything that cudarc hands out; work waits in the streams.
struct Things {
    _slices: Vec<CudaSlice<f64>>,
    _pinned: PinnedHostSlice<f64>,
    _event: Option<CudaEvent>,
    _streams: [Arc<CudaStream>; 3],
}

fn uses() -> Result<Things> {
    let context = CudaContext::new(0)?;
    let streams = [
        context.new_stream()?,
        context.new_stream()?,
        context.default_stream(),
    ];
    let f = twice(&context)?;
    // SAFETY: it is written before it is read.
    let mut pinned = unsafe { context.alloc_pinned::<f64>(64) }?;
    pinned.as_mut_slice()?.fill(1.0);
    let mut slices = Vec::new();
    for stream in &streams {
        let (mut x, y) = (
            stream.alloc_zeros::<f64>(64)?,
            stream.alloc_zeros::<f64>(64)?,
        );
        stream.memcpy_htod(&pinned, &mut x)?;
        slices.extend([x, y]);
    }
    let event = context.new_event(Some(CU_EVENT_DEFAULT))?;
    for (stream, pair) in streams.iter().zip(slices.chunks_mut(2)) {
        let [x, y] = pair else { unreachable!() };
        println!("launch {}", outcome(launch(stream, &f, x, y, 64)));
        println!("record {}", outcome(event.record(stream)));
    }
    println!("after {}", outcome(context.synchronize()));
    Ok(Things {
        _slices: slices,
        _pinned: pinned,
        _event: Some(event),
        _streams: streams,
    })
}

pub fn gives_back() -> Result {
    uses().map(drop)
}

/// In a thread that never had a context, as where a program unwinds.
pub fn gives_back_elsewhere() -> Result {
    let things = std::thread::spawn(|| uses().unwrap());
    drop(things.join().unwrap());
    Ok(())
}

/// What the functions say that give things back, one of them in a thread without a context.
pub fn raw_frees() -> Result {
    let context = CudaContext::new(0)?;
    let text = CString::new(TWICE)?;
    let user = context.default_stream();
    // SAFETY: each thing is given back once and not used.
    unsafe {
        let (first, second, third) = (malloc_sync(8)?, malloc_sync(8)?, malloc_sync(8)?);
        let pinned = malloc_host(4096, 0)?;
        let loaded = module::load_data(text.as_ptr().cast())?;
        let made = stream::create(stream::StreamKind::NonBlocking)?;
        let event = event::create(CU_EVENT_DEFAULT)?;
        let x = user.alloc_zeros::<f64>(8)?;
        let mut y = user.alloc_zeros::<f64>(8)?;
        outcome(launch(&user, &twice(&context)?, &x, &mut y, 8));
        let elsewhere = std::thread::spawn(move || outcome(free_sync(third)));
        println!("memory elsewhere: {}", elsewhere.join().unwrap());
        println!("memory: {}", outcome(free_sync(first)));
        println!("memory of a stream: {}", outcome(free_async(second, made)));
        println!("pinned memory: {}", outcome(free_host(pinned)));
        println!("event: {}", outcome(event::destroy(event)));
        println!("stream: {}", outcome(stream::destroy(made)));
        println!("module: {}", outcome(module::unload(loaded)));
    }
    Ok(())
}
