//! What an instance may hold: all its memories and all its tables together; and of memory, what the
//! connection's other calls leave.

use std::sync::Arc;

use wasmtime::ResourceLimiter;

use super::share::Share;

/// Sums what an instance asks for, and says no beyond the limit. The plugin then sees its allocation
/// fail; a crash that follows is told as an exceeded budget.
#[derive(Debug)]
pub(super) struct Limiter {
    memory: usize,
    elements: usize,
    memory_limit: usize,
    element_limit: usize,
    share: Arc<Share>,
    /// The most memory held at once; it never shrinks while an instance lives.
    pub(super) peak_memory: usize,
    /// What was refused, if anything was.
    pub(super) refused: Option<Refused>,
}

/// What an instance wanted too much of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    /// Linear memory.
    Memory,
    /// Linear memory, of which it had enough left, and the connection's calls together had not.
    Together,
    /// Table elements.
    Table,
}

impl Limiter {
    pub(super) fn new(memory_limit: usize, element_limit: usize, share: Arc<Share>) -> Self {
        Self { memory: 0, elements: 0, memory_limit, element_limit, share, peak_memory: 0, refused: None }
    }
}

impl Drop for Limiter {
    fn drop(&mut self) {
        self.share.give_memory(self.memory);
    }
}

/// Whether a growth goes beyond what the guest itself declared, which is its own affair. The pool hands in
/// its own maximum where none was declared: that is our limit, and no less.
fn beyond_its_own(desired: usize, maximum: Option<usize>, limit: usize) -> bool {
    maximum.is_some_and(|maximum| desired > maximum && maximum < limit)
}

/// The new sum when a part of it grows from `current` to `desired`, if that stays within `limit`.
fn grown(sum: usize, current: usize, desired: usize, limit: usize) -> Option<usize> {
    sum.checked_add(desired.saturating_sub(current)).filter(|new| *new <= limit)
}

impl ResourceLimiter for Limiter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        if beyond_its_own(desired, maximum, self.memory_limit) {
            return Ok(false);
        }
        match grown(self.memory, current, desired, self.memory_limit) {
            Some(sum) if self.share.take_memory(sum - self.memory) => {
                self.memory = sum;
                self.peak_memory = self.peak_memory.max(sum);
                Ok(true)
            }
            Some(_) => {
                self.refused = Some(Refused::Together);
                Ok(false)
            }
            None => {
                self.refused = Some(Refused::Memory);
                Ok(false)
            }
        }
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        if beyond_its_own(desired, maximum, self.element_limit) {
            return Ok(false);
        }
        match grown(self.elements, current, desired, self.element_limit) {
            Some(sum) => {
                self.elements = sum;
                Ok(true)
            }
            None => {
                self.refused = Some(Refused::Table);
                Ok(false)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limiter(share: &Arc<Share>) -> Limiter {
        Limiter::new(100, 10, Arc::clone(share))
    }

    fn plenty() -> Arc<Share> {
        Arc::new(Share::new(1, 1_000, 50))
    }

    #[test]
    fn calls_of_one_connection_share_its_memory_and_give_it_back() {
        let share = Arc::new(Share::new(1, 150, 50));
        let (mut one, mut two) = (limiter(&share), limiter(&share));
        assert!(one.memory_growing(0, 100, None).is_ok_and(|yes| yes));
        assert!(two.memory_growing(0, 60, None).is_ok_and(|yes| !yes));
        assert_eq!(two.refused, Some(Refused::Together));
        drop(one);
        assert!(two.memory_growing(0, 60, None).is_ok_and(|yes| yes));
    }

    #[test]
    fn two_memories_share_one_limit() {
        let mut limiter = limiter(&plenty());
        assert!(limiter.memory_growing(0, 60, None).is_ok_and(|yes| yes));
        assert!(limiter.memory_growing(0, 40, None).is_ok_and(|yes| yes));
        assert!(limiter.memory_growing(40, 41, None).is_ok_and(|yes| !yes));
        assert_eq!((limiter.peak_memory, limiter.refused), (100, Some(Refused::Memory)));
    }

    #[test]
    fn beyond_its_own_maximum_is_the_guests_affair_and_no_exceeded_budget() {
        let mut limiter = limiter(&plenty());
        assert!(limiter.memory_growing(0, 60, Some(50)).is_ok_and(|yes| !yes));
        assert!(limiter.table_growing(0, 6, Some(5)).is_ok_and(|yes| !yes));
        assert_eq!(limiter.refused, None);
        assert!(limiter.table_growing(0, 11, Some(10)).is_ok_and(|yes| !yes));
        assert_eq!(limiter.refused, Some(Refused::Table), "the pool's maximum is ours");
    }
}
