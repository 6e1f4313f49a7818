//! Programs whose times are looked at: pieces are copied to a device and doubled there.

use std::sync::Arc;

use cudarc::driver::sys::CUevent_flags::CU_EVENT_DEFAULT;
use cudarc::driver::{CudaContext, CudaFunction, CudaSlice, DevicePtr, PinnedHostSlice};

use super::{Result, launch, twice};

const N: usize = 64;

struct Machine {
    context: Arc<CudaContext>,
    f: CudaFunction,
    pinned: PinnedHostSlice<f64>,
    pieces: Vec<(CudaSlice<f64>, CudaSlice<f64>)>,
}

/// With memory for pieces, and with nothing to do.
fn machine(card: usize, pieces: usize) -> Result<Machine> {
    let context = CudaContext::new(card)?;
    // SAFETY: what waits for what is what is tested.
    unsafe { context.disable_event_tracking() };
    let f = twice(&context)?;
    // SAFETY: it is written before it is read.
    let mut pinned = unsafe { context.alloc_pinned::<f64>(N) }?;
    pinned.as_mut_slice()?.fill(1.0);
    let stream = context.default_stream();
    let piece = |_| Ok((stream.alloc_zeros(N)?, stream.alloc_zeros(N)?));
    let pieces = (0..pieces).map(piece).collect::<Result<_>>()?;
    context.synchronize()?;
    Ok(Machine {
        context,
        f,
        pinned,
        pieces,
    })
}

pub fn timeline(program: &str) -> Result {
    match program {
        "event" => order(true),
        "no event" => order(false),
        "elapsed" => elapsed(),
        "blocking streams" => blocking(),
        "two cards" => two_cards(),
        _ => four_pieces(program, 0),
    }
}

/// Each piece waits for its copy; two streams take turns, or one has all.
fn four_pieces(program: &str, card: usize) -> Result {
    let mut machine = machine(card, 4)?;
    let context = machine.context.clone();
    let mut streams = vec![context.new_stream()?, context.new_stream()?];
    match program {
        "one stream" => streams.truncate(1),
        "default stream" => streams = vec![context.default_stream()],
        _ => {}
    }
    for (round, (x, y)) in machine.pieces.iter_mut().enumerate() {
        let stream = &streams[round % streams.len()];
        stream.memcpy_htod(machine.pinned.as_slice()?, x)?;
        launch(stream, &machine.f, x, y, N)?;
        match program {
            "stream synchronised" => stream.synchronize()?,
            "event synchronised" => stream.record_event(None)?.synchronize()?,
            "context synchronised" => context.synchronize()?,
            "copied back" => drop(stream.clone_dtoh(y)?),
            _ => {}
        }
    }
    // As late as possible, and not in the order in which it was given.
    for stream in streams.iter().rev() {
        stream.synchronize()?;
    }
    Ok(())
}

/// A thread for each card.
fn two_cards() -> Result {
    let threads = [0, 1]
        .map(|card| std::thread::spawn(move || four_pieces("event synchronised", card).unwrap()));
    for thread in threads {
        thread.join().unwrap();
    }
    Ok(())
}

/// A copy in one stream and a kernel in another, given in this order.
fn order(waits: bool) -> Result {
    let mut machine = machine(0, 2)?;
    let (copies, compute) = (machine.context.new_stream()?, machine.context.new_stream()?);
    let [(x, y), other] = &mut machine.pieces[..] else {
        unreachable!()
    };
    copies.memcpy_htod(
        machine.pinned.as_slice()?,
        if waits { x } else { &mut other.0 },
    )?;
    if waits {
        compute.wait(&copies.record_event(None)?)?;
    }
    launch(&compute, &machine.f, x, y, N)?;
    compute.synchronize()?;
    copies.synchronize()?;
    Ok(())
}

/// Events of two streams; the time between them takes what nobody waits for.
fn elapsed() -> Result {
    let mut machine = machine(0, 1)?;
    let (copies, compute) = (machine.context.new_stream()?, machine.context.new_stream()?);
    let (x, y) = &mut machine.pieces[0];
    let begin = copies.record_event(Some(CU_EVENT_DEFAULT))?;
    copies.memcpy_htod(machine.pinned.as_slice()?, x)?;
    compute.join(&copies)?;
    launch(&compute, &machine.f, x, y, N)?;
    let end = compute.record_event(Some(CU_EVENT_DEFAULT))?;
    println!("elapsed {:.5} ms", begin.elapsed_ms(&end)?);
    Ok(())
}

/// Streams that the default one waits for, which cudarc does not make.
fn blocking() -> Result {
    use cudarc::driver::result::{memcpy_htod_async, stream};
    let mut machine = machine(0, 3)?;
    let made = stream::create(stream::StreamKind::Default)?;
    let free = machine.context.new_stream()?;
    let default = machine.context.default_stream();
    let address = |slice: &CudaSlice<f64>| slice.device_ptr(&default).0;
    let numbers = machine.pinned.as_slice()?;
    let (_, other) = &mut machine.pieces.pop().ok_or("no piece")?;
    for (x, y) in &mut machine.pieces {
        let to = address(x);
        // SAFETY: the memory is there until the context is waited for.
        unsafe { memcpy_htod_async(to, numbers, made) }?;
        launch(&default, &machine.f, x, y, N)?;
        free.memcpy_htod(numbers, other)?;
    }
    machine.context.synchronize()?;
    // SAFETY: it is not used again.
    unsafe { stream::destroy(made) }?;
    Ok(())
}
