//! Launches.

use std::ffi::{c_uint, c_void};
use std::ops::Range;

use super::queue::Kind;
use super::session::Function;
use super::time::Spent;
use super::{Outcome, Status, call};
use crate::card::{Arguments, Engine, LaunchError};
use crate::execute::Shape;
use crate::report::Work;
use std::sync::atomic::Ordering::SeqCst;

/// The bytes of a kernel's parameters, from one pointer for each.
///
/// # Safety
///
/// `pointers` has as many entries as the kernel has parameters, each to a value of the parameter's size.
unsafe fn parameters(function: &Function, pointers: *mut *mut c_void) -> Outcome<Vec<u8>> {
    let kernel = &function.kernel;
    let mut bytes = vec![0; kernel.parameter_bytes as usize];
    if pointers.is_null() && !kernel.parameters.is_empty() {
        return Err(Status::INVALID_VALUE);
    }
    for (index, parameter) in kernel.parameters.iter().enumerate() {
        // SAFETY: the caller promises that the list is as long as the kernel's.
        let pointer = unsafe { pointers.add(index).read() }.cast::<u8>();
        if pointer.is_null() {
            return Err(Status::INVALID_VALUE);
        }
        let (offset, size) = (parameter.offset as usize, parameter.bytes as usize);
        // SAFETY: the caller promises a value of this size; the buffer holds all parameters.
        unsafe {
            std::ptr::copy_nonoverlapping(pointer, bytes[offset..offset + size].as_mut_ptr(), size)
        };
    }
    Ok(bytes)
}

/// A kernel's mistake stays with the card and comes back from the next call that asks, as on hardware.
#[unsafe(no_mangle)]
#[allow(clippy::too_many_arguments, reason = "the arguments of `cuda.h`")]
pub unsafe extern "C" fn cuLaunchKernel(
    function: u64,
    grid_x: c_uint,
    grid_y: c_uint,
    grid_z: c_uint,
    block_x: c_uint,
    block_y: c_uint,
    block_z: c_uint,
    shared_bytes: c_uint,
    stream: u64,
    pointers: *mut *mut c_void,
    extra: *mut *mut c_void,
) -> Status {
    call("cuLaunchKernel", |session| {
        let function = session.functions.get(function)?;
        session.stream(stream)?;
        let card = session.current_card()?;
        if !extra.is_null() {
            session
                .report
                .error("cuLaunchKernel: parameters in `extra` are not supported");
            return Err(Status::NOT_SUPPORTED);
        }
        let shape = Shape {
            grid: [grid_x, grid_y, grid_z],
            block: [block_x, block_y, block_z],
        };
        // SAFETY: as `cuda.h` asks.
        let parameters = unsafe { parameters(&function, pointers) }?;
        let arguments = Arguments {
            shape,
            dynamic_shared_bytes: shared_bytes.into(),
            parameters,
        };
        let most_dynamic = function.most_dynamic.load(SeqCst).max(0) as u64;
        let kernel = &function.kernel;
        card.check(kernel, &arguments, most_dynamic)
            .map_err(|error| {
                session
                    .report
                    .error(&format!("launch of `{}`: {error}", kernel.name));
                match error {
                    LaunchError::TooManyThreads { .. } => Status::LAUNCH_OUT_OF_RESOURCES,
                    _ => Status::INVALID_VALUE,
                }
            })?;
        if !session.count_launch(card)? {
            return Ok(());
        }
        let kernel = kernel.clone();
        let what = format!("kernel `{}`", kernel.name);
        let (ticket, worker) = session.ticket(stream, Engine::Kernels, &what)?;
        session.give(stream, Kind::Other, move |session| {
            ticket.redeem(session.work(card, || {
                let launched = card.launch(&kernel, arguments).map_err(|violation| {
                    session.report.violation(&violation);
                    Status::of(&violation)
                })?;
                for (allocation, stretch) in &launched.touched {
                    let Range { start, end } = stretch.bytes;
                    let range = (start, end - start);
                    worker.used(session, allocation, range, stretch.is_write)?;
                }
                let counters = launched.counters;
                let work = Work::Launch {
                    kernel: kernel.name.clone(),
                    grid: shape.grid,
                    block: shape.block,
                    shared_bytes: kernel.shared_bytes + u64::from(shared_bytes),
                    counters,
                };
                Ok(Spent {
                    seconds: card.launch_seconds(&counters),
                    work: Some(work),
                })
            }));
        })
    })
}
