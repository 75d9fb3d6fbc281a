//! Sets of books by their place in a row.

/// A set of the numbers below some end: one bit each, so that a million of them fit into a processor's cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bits {
    words: Vec<u64>,
}

impl Bits {
    /// No number, of those below `end`.
    pub(super) fn none(end: usize) -> Self {
        Bits { words: vec![0; end.div_ceil(64)] }
    }

    /// Those numbers, of those below `end`.
    pub(super) fn of(numbers: impl IntoIterator<Item = u32>, end: usize) -> Self {
        let mut bits = Bits::none(end);
        numbers.into_iter().for_each(|number| bits.set(number));
        bits
    }

    /// Every number below `end`.
    pub(super) fn all(end: usize) -> Self {
        let mut words = vec![u64::MAX; end.div_ceil(64)];
        if let Some(last) = words.last_mut() {
            *last >>= (64 - end % 64) % 64;
        }
        Bits { words }
    }

    pub(super) fn set(&mut self, number: u32) {
        self.words[number as usize / 64] |= 1 << (number % 64);
    }

    pub(super) fn clear(&mut self, number: u32) {
        self.words[number as usize / 64] &= !(1 << (number % 64));
    }

    pub(super) fn has(&self, number: u32) -> bool {
        self.words[number as usize / 64] >> (number % 64) & 1 == 1
    }

    /// Leaves only what `other` has too.
    pub(super) fn keep(&mut self, other: &Bits) {
        self.words.iter_mut().zip(&other.words).for_each(|(word, other)| *word &= other);
    }

    /// How many numbers are in the set.
    pub(super) fn count(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// The numbers in the set, ascending.
    pub(super) fn numbers(&self) -> impl Iterator<Item = u32> + '_ {
        self.words.iter().zip((0u32..).step_by(64)).flat_map(|(word, first)| {
            let behind = |word: &u64| Some(word & (word - 1)).filter(|rest| *rest != 0);
            let rests = std::iter::successors(Some(*word).filter(|word| *word != 0), behind);
            rests.map(move |rest| first + rest.trailing_zeros())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_has_what_was_put_in_and_nothing_else() {
        for end in [0, 1, 63, 64, 65, 200] {
            let wanted: Vec<u32> = (0..end as u32).filter(|number| number % 7 == 3 || number % 64 == 63).collect();
            let mut some = Bits::of(wanted.iter().copied(), end);
            assert_eq!(some.numbers().collect::<Vec<_>>(), wanted);
            assert_eq!((some.count(), Bits::all(end).count()), (wanted.len(), end));
            let mut rest = Bits::all(end);
            wanted.iter().for_each(|number| rest.clear(*number));
            assert!((0..end as u32).all(|number| some.has(number) != rest.has(number)));
            some.keep(&rest);
            assert_eq!(some, Bits::none(end));
        }
    }
}
