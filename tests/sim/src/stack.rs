//! A simulated runtime polls everything on one stack, which a test's thread is too small for.

use std::thread;

/// Bytes of the stack that a simulation needs.
pub const STACK: usize = 32 * 1024 * 1024;

/// Runs it on a thread with such a stack.
///
/// # Panics
/// As `run` does.
pub fn on_its_own_stack<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> T {
    let thread = thread::Builder::new().stack_size(STACK).spawn(run).expect("a thread");
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
