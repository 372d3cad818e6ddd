//! A list that grows without being copied: what it holds stays where it is.
//!
//! A vector that doubles copies all it has, and whoever waits for that append waits for all of it:
//! some hundred milliseconds where there are millions.
//!
//! # Place      under `merkle` and `state`: whatever is as long as the state
//! # Invariants an index is where it was pushed, for as long as the list is there
//! # Absent     removal

/// Items of a chunk, of which the first is made as it fills and the others at once.
const ITEMS: usize = 1 << 16;

/// A list in chunks.
#[derive(Clone, Debug)]
pub(crate) struct Chunks<T> {
    /// Grows as a vector does: most lists end in it.
    first: Vec<T>,
    /// All full but the last.
    more: Vec<Vec<T>>,
}

impl<T> Default for Chunks<T> {
    fn default() -> Self {
        Self { first: Vec::new(), more: Vec::new() }
    }
}

impl<T> From<Vec<T>> for Chunks<T> {
    fn from(items: Vec<T>) -> Self {
        if items.len() <= ITEMS {
            return Self { first: items, more: Vec::new() };
        }
        items.into_iter().collect()
    }
}

impl<T> FromIterator<T> for Chunks<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let mut chunks = Self::default();
        items.into_iter().for_each(|item| chunks.push(item));
        chunks
    }
}

impl<T> Chunks<T> {
    /// How many items.
    pub(crate) fn len(&self) -> usize {
        let last = self.more.last().map_or(0, Vec::len);
        let full = self.more.len().saturating_sub(1).saturating_mul(ITEMS);
        self.first.len().saturating_add(full).saturating_add(last)
    }

    /// The item at an index.
    pub(crate) fn get(&self, at: usize) -> Option<&T> {
        match at.checked_sub(ITEMS) {
            None => self.first.get(at),
            Some(beyond) => self.more.get(beyond / ITEMS)?.get(beyond % ITEMS),
        }
    }

    /// The item at an index, to be changed.
    pub(crate) fn get_mut(&mut self, at: usize) -> Option<&mut T> {
        match at.checked_sub(ITEMS) {
            None => self.first.get_mut(at),
            Some(beyond) => self.more.get_mut(beyond / ITEMS)?.get_mut(beyond % ITEMS),
        }
    }

    /// Appends an item.
    pub(crate) fn push(&mut self, item: T) {
        if self.first.len() < ITEMS {
            self.first.push(item);
            return;
        }
        match self.more.last_mut().filter(|last| last.len() < ITEMS) {
            Some(last) => last.push(item),
            None => {
                let mut next = Vec::with_capacity(ITEMS);
                next.push(item);
                self.more.push(next);
            }
        }
    }

    /// Runs of items that stand side by side, in order; each but the last has an even number.
    pub(crate) fn runs(&self) -> impl Iterator<Item = &[T]> {
        std::iter::once(self.first.as_slice()).chain(self.more.iter().map(Vec::as_slice))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_stand_where_they_were_pushed() {
        for count in [0, 1, ITEMS - 1, ITEMS, ITEMS + 1, 3 * ITEMS, 3 * ITEMS + 5] {
            let plain: Vec<usize> = (0..count).collect();
            let mut chunks: Chunks<usize> = plain.iter().copied().collect();
            assert_eq!(chunks.len(), count);
            assert!(plain.iter().all(|at| chunks.get(*at) == Some(at)));
            assert_eq!(chunks.get(count), None);
            assert_eq!(chunks.get_mut(count), None);
            assert_eq!(chunks.runs().flatten().copied().collect::<Vec<_>>(), plain);
            assert_eq!(
                Chunks::from(plain).runs().collect::<Vec<_>>(),
                chunks.runs().collect::<Vec<_>>()
            );
            if let Some(last) = count.checked_sub(1) {
                *chunks.get_mut(last).unwrap() = 7;
                assert_eq!(chunks.get(last), Some(&7));
            }
        }
    }
}
