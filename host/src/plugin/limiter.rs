//! What an instance may hold: all its memories and all its tables together.

use wasmtime::ResourceLimiter;

/// Sums what an instance asks for, and says no beyond the limit. The plugin then sees its allocation
/// fail; a crash that follows is told as an exceeded budget.
#[derive(Debug)]
pub(super) struct Limiter {
    memory: usize,
    elements: usize,
    memory_limit: usize,
    element_limit: usize,
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
    /// Table elements.
    Table,
}

impl Limiter {
    pub(super) fn new(memory_limit: usize, element_limit: usize) -> Self {
        Self { memory: 0, elements: 0, memory_limit, element_limit, peak_memory: 0, refused: None }
    }
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
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        match grown(self.memory, current, desired, self.memory_limit) {
            Some(sum) => {
                self.memory = sum;
                self.peak_memory = self.peak_memory.max(sum);
                Ok(true)
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
        if maximum.is_some_and(|maximum| desired > maximum) {
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

    #[test]
    fn two_memories_share_one_limit() {
        let mut limiter = Limiter::new(100, 10);
        assert!(limiter.memory_growing(0, 60, None).is_ok_and(|yes| yes));
        assert!(limiter.memory_growing(0, 40, None).is_ok_and(|yes| yes));
        assert!(limiter.memory_growing(40, 41, None).is_ok_and(|yes| !yes));
        assert_eq!((limiter.peak_memory, limiter.refused), (100, Some(Refused::Memory)));
    }

    #[test]
    fn beyond_its_own_maximum_is_the_guests_affair_and_no_exceeded_budget() {
        let mut limiter = Limiter::new(100, 10);
        assert!(limiter.memory_growing(0, 60, Some(50)).is_ok_and(|yes| !yes));
        assert!(limiter.table_growing(0, 6, Some(5)).is_ok_and(|yes| !yes));
        assert_eq!(limiter.refused, None);
        assert!(limiter.table_growing(0, 11, None).is_ok_and(|yes| !yes));
        assert_eq!(limiter.refused, Some(Refused::Table));
    }
}
