//! Where two trees differ.

use std::sync::Arc;

use super::node::{self, BRANCH, LEAF, Link, Node, Values};
use crate::BookId;

/// A value as it was and as it is, with its id.
pub(crate) type Differing<'a, T> = (BookId, Option<&'a T>, Option<&'a T>);

/// What differs between two trees, in the order of the ids.
pub(crate) struct Difference<'a, T> {
    /// What is still to be compared, what comes first by id last: each of the same place of their trees.
    pairs: Vec<Pair<'a, T>>,
    /// What was found in the pair before, the same way round.
    found: Vec<Differing<'a, T>>,
}

/// Two nodes, or what is there in the place of one.
type Pair<'a, T> = [Option<&'a Arc<Node<T>>>; 2];

impl<'a, T: PartialEq> Difference<'a, T> {
    pub(super) fn new(was: &'a Link<T>, is: &'a Link<T>) -> Self {
        Difference { pairs: vec![[was.as_ref(), is.as_ref()]], found: Vec::new() }
    }

    fn compare(&mut self, pair: Pair<'a, T>) {
        if let [Some(was), Some(is)] = pair
            && Arc::ptr_eq(was, is)
        {
            return;
        }
        let mut nodes = pair.into_iter().flatten();
        let Some(one) = nodes.next() else { return };
        let other = nodes.next().unwrap_or(one);
        let [lower, upper] = if one.height() <= other.height() { [one, other] } else { [other, one] };
        if !upper.has_place_for(lower.first()) {
            return self.part(pair);
        }
        match upper.as_ref() {
            Node::Leaf { first, .. } => self.look(*first, pair.map(|node| node.and_then(|node| node.values()))),
            Node::Branch { shift, .. } => self.descend(*shift, pair),
        }
    }

    /// Two nodes that no id has a place in both of.
    fn part(&mut self, [was, is]: Pair<'a, T>) {
        let (was_alone, is_alone) = ([was, None], [None, is]);
        let was_is_first = was.map(|node| node.first()) < is.map(|node| node.first());
        self.pairs.extend(if was_is_first { [is_alone, was_alone] } else { [was_alone, is_alone] });
    }

    fn descend(&mut self, shift: u32, pair: Pair<'a, T>) {
        let below = |place| pair.map(|node| node.and_then(|node| node::below(node, shift, place)));
        self.pairs.extend((0..BRANCH).rev().map(below));
    }

    fn look(&mut self, first: u64, [was, is]: [Option<&'a Values<T>>; 2]) {
        let value = |values: Option<&'a Values<T>>, place: usize| values.and_then(|values| values[place].as_ref());
        let at = |place| (BookId(first + place as u64), value(was, place), value(is, place));
        self.found.extend((0..LEAF).rev().map(at).filter(|(_, was, is)| was != is));
    }
}

impl<'a, T: PartialEq> Iterator for Difference<'a, T> {
    type Item = Differing<'a, T>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.found.is_empty() {
            let pair = self.pairs.pop()?;
            self.compare(pair);
        }
        self.found.pop()
    }
}
