//! What has an id, found by it: a tree over the bits of ids whose clones share their nodes.

mod difference;
mod node;
mod set;
mod walk;

use std::fmt;

use self::difference::Difference;
use self::node::{Link, Node};
pub(crate) use self::set::Set;
use self::walk::{Behind, Walk};
use crate::BookId;

/// Values by id, in the order of the ids. A clone costs two words and never changes by what is done to the other.
///
/// A change copies the nodes on the way to its place that are shared, and changes in place those that are not: of many
/// changes to one clone most are made in place.
#[derive(Clone)]
pub(crate) struct Tree<T> {
    root: Link<T>,
    len: usize,
}

impl<T> Tree<T> {
    pub(crate) const fn new() -> Self {
        Tree { root: None, len: 0 }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(crate) fn get(&self, id: BookId) -> Option<&T> {
        self.root.as_ref()?.get(id.0)
    }

    /// What [`get`](Tree::get) gives of each. What is in no cache is waited for together.
    pub(crate) fn get_each<const N: usize>(&self, ids: &[BookId; N]) -> [Option<&T>; N] {
        self.root.as_ref().map_or([None; N], |root| root.get_each(&ids.map(|id| id.0)))
    }

    pub(crate) fn contains(&self, id: BookId) -> bool {
        self.get(id).is_some()
    }

    /// The largest id.
    pub(crate) fn last(&self) -> Option<BookId> {
        self.iter().next_back().map(|(id, _)| id)
    }

    /// Everything in the order of the ids.
    pub(crate) fn iter(&self) -> Walk<'_, T> {
        Walk::new(&self.root, self.len)
    }

    /// What is behind `id`, in the order of the ids; with `None` everything.
    pub(crate) fn behind(&self, id: Option<BookId>) -> Behind<'_, T> {
        Behind::new(&self.root, id)
    }
}

impl<T: Clone> Tree<T> {
    /// Puts `value` in the place of what was there, which is returned.
    pub(crate) fn insert(&mut self, id: BookId, value: T) -> Option<T> {
        let former = match &mut self.root {
            Some(root) => node::insert(root, id.0, value),
            none => {
                *none = Some(Node::leaf_of(id.0, value));
                None
            }
        };
        self.len += usize::from(former.is_none());
        former
    }

    pub(crate) fn remove(&mut self, id: BookId) -> Option<T> {
        // Looking for what is not there copies nothing.
        self.get(id)?;
        let removed = node::remove(&mut self.root, id.0);
        self.len -= 1;
        removed
    }
}

impl<T: PartialEq> Tree<T> {
    /// Where this one differs from `base`, by id: what was there, and what is. What both share is passed over.
    pub(crate) fn changed_since<'a>(&'a self, base: &'a Self) -> Difference<'a, T> {
        Difference::new(&base.root, &self.root)
    }
}

impl<T> Default for Tree<T> {
    fn default() -> Self {
        Tree::new()
    }
}

impl<T: Clone> FromIterator<(BookId, T)> for Tree<T> {
    fn from_iter<I: IntoIterator<Item = (BookId, T)>>(values: I) -> Self {
        // Nobody shares it yet, so that nothing is copied.
        let mut tree = Tree::new();
        values.into_iter().for_each(|(id, value)| drop(tree.insert(id, value)));
        tree
    }
}

impl<T: PartialEq> PartialEq for Tree<T> {
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len && self.changed_since(other).next().is_none()
    }
}

impl<T: fmt::Debug> fmt::Debug for Tree<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests;
