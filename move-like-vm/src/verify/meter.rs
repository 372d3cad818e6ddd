//! How much work the verifier may spend on one function and on one module.
//!
//! # Place      [meter] <- every metered pass
//! # Invariants work that grows faster than the bytes of a file is charged before or while it is done,
//! #            so whoever publishes a module cannot stall a validator; the same module spends the
//! #            same units everywhere
//! # Absent     gas: nobody pays for these units, code that needs more of them is refused

use crate::fault::Fault;
use crate::status::Status;

/// What code that needs too much work is refused with: the status that the reference gives for it.
pub const OVER_BUDGET: Status = Status::ConstraintNotSatisfied;

/// A budget of units of work.
#[derive(Clone, Debug)]
pub struct Meter {
    per_function: u64,
    per_module: u64,
    /// What the function under way has spent; `None` between functions.
    function: Option<u64>,
    module: u64,
}

impl Meter {
    /// A budget for one module, and for each of its functions.
    pub const fn new(units_per_function: u64, units_per_module: u64) -> Self {
        Self {
            per_function: units_per_function,
            per_module: units_per_module,
            function: None,
            module: 0,
        }
    }

    /// A budget that is never spent.
    pub const fn unlimited() -> Self {
        Self::new(u64::MAX, u64::MAX)
    }

    /// What is charged from here on is charged to a function of its own.
    pub const fn enter_function(&mut self) {
        self.function = Some(0);
    }

    /// The function has ended: what it has spent is charged to its module.
    pub fn leave_function(&mut self) -> Result<(), Fault> {
        let units = self.function.take().unwrap_or_default();
        self.charge(units)
    }

    /// Charges the function under way, or the module between functions.
    pub fn charge(&mut self, units: u64) -> Result<(), Fault> {
        let (spent, most) = match &mut self.function {
            Some(spent) => (spent, self.per_function),
            None => (&mut self.module, self.per_module),
        };
        let after = spent.saturating_add(units);
        if after > most {
            return Err(Fault::new(OVER_BUDGET));
        }
        *spent = after;
        Ok(())
    }

    /// Charges the same for each of several items.
    pub fn charge_items(&mut self, units_per_item: u64, items: usize) -> Result<(), Fault> {
        let items = u64::try_from(items).unwrap_or(u64::MAX);
        self.charge(units_per_item.saturating_mul(items))
    }

    /// Charges for several items, for each half as much again as for the one before it.
    pub fn charge_growing(&mut self, units_of_first: u64, items: usize) -> Result<(), Fault> {
        let mut units = units_of_first;
        for _ in 0..items {
            self.charge(units)?;
            units = units.saturating_add(units.checked_div(2).unwrap_or_default());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_unit_can_be_spent_and_one_more_is_refused() {
        let mut meter = Meter::new(10, 100);
        meter.enter_function();
        assert_eq!(meter.charge(10), Ok(()));
        assert_eq!(meter.charge(0), Ok(()));
        assert_eq!(meter.charge(1), Err(Fault::new(OVER_BUDGET)));
    }

    #[test]
    fn every_function_starts_anew_and_the_module_adds_up() {
        let mut meter = Meter::new(10, 25);
        for _ in 0..2 {
            meter.enter_function();
            assert_eq!(meter.charge_items(5, 2), Ok(()));
            assert_eq!(meter.leave_function(), Ok(()));
        }
        meter.enter_function();
        assert_eq!(meter.charge(6), Ok(()));
        assert_eq!(meter.leave_function(), Err(Fault::new(OVER_BUDGET)));
    }

    #[test]
    fn an_overflow_is_over_budget() {
        let mut meter = Meter::unlimited();
        assert_eq!(meter.charge(u64::MAX - 1), Ok(()));
        assert_eq!(meter.charge(u64::MAX), Ok(()), "units saturate at the most there can be");
        let mut meter = Meter::new(u64::MAX - 1, u64::MAX - 1);
        assert_eq!(meter.charge_items(u64::MAX, usize::MAX), Err(Fault::new(OVER_BUDGET)));
    }

    #[test]
    fn growing_charges_grow_by_half() {
        let mut meter = Meter::new(100 + 150 + 225, 0);
        meter.enter_function();
        assert_eq!(meter.charge_growing(100, 3), Ok(()));
        assert_eq!(meter.charge(1), Err(Fault::new(OVER_BUDGET)));
    }
}
