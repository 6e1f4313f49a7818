//! A fence around libraries that are not ours: a panic inside becomes an error, and prints nothing.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

thread_local! {
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// Runs `f`.
///
/// # Errors
/// The message of a panic in it.
///
/// The panic hook in force is wrapped once, so that it stays silent on threads inside a fence and works as before
/// everywhere else. `f` must stay on its thread: a panic on another one is printed there.
pub fn fenced<T>(f: impl FnOnce() -> T) -> Result<T, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !INSIDE.get() {
                before(info);
            }
        }));
    });
    let outer = INSIDE.replace(true);
    // What `f` could leave half done lives in a file object or on a device, which the caller gives up on an error.
    let result = catch_unwind(AssertUnwindSafe(f));
    INSIDE.set(outer);
    result.map_err(|payload| {
        payload
            .downcast_ref::<String>()
            .cloned()
            .or_else(|| payload.downcast_ref::<&str>().map(ToString::to_string))
            .unwrap_or_else(|| "unknown".into())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_its_message() {
        assert_eq!(fenced(|| 3), Ok(3));
        assert_eq!(fenced(|| -> i32 { panic!("at {}", 7) }), Err("at 7".into()));
        // An inner fence does not open the outer one.
        assert_eq!(
            fenced(|| {
                fenced(|| 1).ok();
                INSIDE.get()
            }),
            Ok(true)
        );
        assert!(!INSIDE.get());
    }
    #[test]
    fn the_fence_holds_on_every_thread_of_a_pool() {
        use rayon::prelude::*;
        let messages: Vec<Result<usize, String>> = (0..64)
            .into_par_iter()
            .map(|n| fenced(|| if n % 3 == 0 { panic!("at {n}") } else { n }))
            .collect();
        for (n, message) in messages.into_iter().enumerate() {
            let expected = if n % 3 == 0 {
                Err(format!("at {n}"))
            } else {
                Ok(n)
            };
            assert_eq!(message, expected);
        }
    }
}
