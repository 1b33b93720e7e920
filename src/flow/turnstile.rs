//! Where an attempt waits while all slots of its account are being evaluated: on a condition, not on time.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How many may wait at once; beyond it an attempt is answered like a wrong one.
const WAITERS: usize = 128;

#[derive(Default)]
pub struct Turnstile {
    state: Mutex<State>,
    settled: Condvar,
}

#[derive(Default)]
struct State {
    /// Counts settled attempts, so that none is missed between looking and waiting.
    turns: u64,
    waiting: usize,
}

impl Turnstile {
    /// Look here before asking for a slot; hand the number to `wait`.
    pub fn turns(&self) -> u64 {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).turns
    }

    /// Some attempt was settled: whoever waits may ask again.
    pub fn turn(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.turns = state.turns.wrapping_add(1);
        drop(state);
        self.settled.notify_all();
    }

    /// Waits until something was settled after `seen`, at most until `deadline`. `false`: do not ask again.
    pub fn wait(&self, seen: u64, deadline: Instant) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.waiting >= WAITERS {
            return false;
        }
        state.waiting += 1;
        while state.turns == seen {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            // Another node's settling is not heard here: look again after a short while.
            let slice = left.min(Duration::from_millis(100));
            let (back, timeout) = self.settled.wait_timeout(state, slice).unwrap_or_else(PoisonError::into_inner);
            state = back;
            if timeout.timed_out() {
                break;
            }
        }
        state.waiting -= 1;
        Instant::now() < deadline
    }
}
