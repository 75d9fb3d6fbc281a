//! How much one batch takes.

/// How many writes are enough for a batch at whose beginning so many wait: all of these, and of those that come while it
/// is decided only so many that it is half of all that are under way, if who was answered with the batch before asks again.
///
/// So the other half is read, and its answers are sent, while this one is decided and synced. With all of them in one batch
/// everybody would wait for the disk, and then the disk for everybody.
pub(super) fn enough(batch_before: usize, waiting: usize) -> usize {
    waiting.max((batch_before + waiting) / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The batches of so many clients that each ask again before the next batch is full.
    fn batches(clients: usize, first: usize) -> Vec<usize> {
        let (mut waiting, mut before, mut all) = (first, 0, Vec::new());
        for _ in 0..4 {
            let batch = enough(before, waiting).min(clients);
            all.push(batch);
            // Who was answered comes while the next one is decided, those who were left wait already.
            (waiting, before) = ((clients - batch).max(1), batch);
        }
        all
    }

    #[test]
    fn all_that_waits_is_taken() {
        assert_eq!([enough(0, 1), enough(1, 1), enough(1, 63), enough(32, 1_024)], [1, 1, 63, 1_024]);
    }

    #[test]
    fn batches_come_to_be_halves() {
        assert_eq!(batches(64, 32), [32, 32, 32, 32]);
        assert_eq!(batches(64, 64), [64, 32, 32, 32]);
        assert_eq!(batches(1_024, 1_024), [1_024, 512, 512, 512]);
        assert_eq!(batches(1, 1), [1, 1, 1, 1]);
    }
}
