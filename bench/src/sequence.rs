//! Whether something came in order and complete.

/// Numbers that must come one after the other, each `step` above the last.
#[derive(Clone, Debug)]
pub(crate) struct Sequence {
    next: u64,
    step: u64,
}

/// What came instead of the next number.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Gap {
    pub(crate) expected: u64,
    pub(crate) came: u64,
}

impl Sequence {
    /// `next` comes first.
    pub(crate) fn new(next: u64, step: u64) -> Self {
        Sequence { next, step }
    }

    /// Takes the next number.
    pub(crate) fn take(&mut self, number: u64) -> Result<(), Gap> {
        if number != self.next {
            return Err(Gap { expected: self.next, came: number });
        }
        self.next += self.step;
        Ok(())
    }

    /// Whether all below `end` has come.
    pub(crate) fn has_reached(&self, end: u64) -> bool {
        self.next >= end
    }
}

impl std::fmt::Display for Gap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = if self.came < self.expected { "twice or late" } else { "after a gap" };
        write!(f, "{} came {kind}, {} was next", self.came, self.expected)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_or_comes_twice_is_noticed() {
        let mut sequence = Sequence::new(3, 10);
        assert_eq!(sequence.take(3), Ok(()));
        assert_eq!(sequence.take(13), Ok(()));
        assert_eq!(sequence.take(13), Err(Gap { expected: 23, came: 13 }));
        assert_eq!(sequence.take(33).map_err(|gap| gap.to_string()), Err("33 came after a gap, 23 was next".into()));
    }

    #[test]
    fn the_end_is_reached_when_nothing_below_it_is_missing() {
        let mut sequence = Sequence::new(3, 10);
        assert!(!sequence.has_reached(20));
        sequence.take(3).unwrap();
        assert!(!sequence.has_reached(20));
        sequence.take(13).unwrap();
        assert!(sequence.has_reached(20));
    }
}
