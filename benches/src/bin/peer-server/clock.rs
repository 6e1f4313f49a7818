//! Wall and CPU time of a call.

use std::time::Instant;

use rustix::time::{ClockId, clock_gettime};

/// CPU seconds of all threads of this process.
pub fn cpu_seconds() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + 1e-9 * time.tv_nsec as f64
}

/// The result of `call` with its wall and CPU seconds.
pub fn timed<T>(call: impl FnOnce() -> T) -> (T, f64, f64) {
    let (wall, cpu) = (Instant::now(), cpu_seconds());
    let result = call();
    (result, wall.elapsed().as_secs_f64(), cpu_seconds() - cpu)
}
