//! Work on several processors whose result does not say how many there were.
//!
//! # Place      under `state`, at the end of a block
//! # Invariants I8 what comes out is what one thread would make: parts are fixed runs of the input,
//! #            their results stand in its order, and nothing is shared between them
//! # Absent     threads that outlive a call; work whose parts depend on each other

use std::{
    num::NonZeroUsize,
    panic::resume_unwind,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

/// Items below which one thread does everything: starting another takes as long as some hundreds.
const MIN_ITEMS: usize = 1_024;

/// At most so many parts.
const MAX_PARTS: usize = 8;

/// 0 as long as nobody asked.
static THREADS: AtomicUsize = AtomicUsize::new(0);

/// Uses at most so many threads for a piece of work from now on, in this process.
#[cfg(any(test, feature = "testing"))]
pub fn use_threads(count: NonZeroUsize) {
    THREADS.store(count.get(), Ordering::Relaxed);
}

fn threads() -> usize {
    match THREADS.load(Ordering::Relaxed) {
        0 => {
            let found = thread::available_parallelism().map_or(1, NonZeroUsize::get);
            THREADS.store(found, Ordering::Relaxed);
            found
        }
        count => count,
    }
}

/// `work` of runs of the items, one after the other; it answers one value per item. A panic in it
/// goes on in the caller.
pub fn in_parts<T: Sync, R: Send>(items: &[T], work: impl Fn(&[T]) -> Vec<R> + Sync) -> Vec<R> {
    let parts = threads().min(MAX_PARTS).min(items.len().checked_div(MIN_ITEMS).unwrap_or(0));
    if parts < 2 {
        return work(items);
    }
    let (first, rest) = items.split_at(items.len().div_ceil(parts));
    thread::scope(|scope| {
        let rest = rest.chunks(first.len()).map(|part| scope.spawn(|| work(part)));
        let rest: Vec<_> = rest.collect();
        let mut done = work(first);
        for part in rest {
            done.extend(part.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        done
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i8_parts_make_what_one_thread_makes() {
        let double = |part: &[u64]| part.iter().map(|n| n * 2).collect::<Vec<_>>();
        for count in [0, 1, MIN_ITEMS, 2 * MIN_ITEMS - 1, 2 * MIN_ITEMS, 9 * MIN_ITEMS + 7] {
            let items: Vec<u64> = (0..count as u64).collect();
            assert_eq!(in_parts(&items, double), double(&items));
        }
    }
}
