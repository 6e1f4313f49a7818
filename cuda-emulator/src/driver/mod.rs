//! The C interface: the functions of `cuda.h` that cudarc calls, one file a family.
//!
//! Everything unsafe of the crate is here. What makes it sound is what `cuda.h` asks of callers: pointers
//! to results are valid, host ranges have the size that is given.

mod context;
mod copy;
mod device;
mod event;
mod init;
mod launch;
mod leaks;
mod memory;
mod module;
mod occupancy;
mod pinned;
mod queue;
mod session;
mod status;
mod stream;
mod time;
mod unsupported;
mod uses;

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::report::say;

use session::{Session, session};
use status::Status;

/// What a driver function returns before it becomes a number.
type Outcome<T = ()> = Result<T, Status>;

/// Runs the body of a driver function: with the session, traced, and with panics kept from C.
fn call(name: &str, body: impl FnOnce(&'static Session) -> Outcome) -> Status {
    let run = || -> Outcome {
        let session = session()?;
        if session.settings.trace {
            say(name);
        }
        body(session)
    };
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(Ok(())) => Status::SUCCESS,
        Ok(Err(status)) => status,
        Err(_) => Status::UNKNOWN,
    }
}

/// Gives a result to the caller.
///
/// # Safety
///
/// `to` is null or valid for a write.
unsafe fn put<T>(to: *mut T, value: T) -> Outcome {
    if to.is_null() {
        return Err(Status::INVALID_VALUE);
    }
    // SAFETY: not null, and the caller promises the rest.
    unsafe { to.write(value) };
    Ok(())
}
