//! Ways through a tree in the order of the ids.

use std::iter::Enumerate;
use std::slice::{self, Iter};

use super::node::{Link, Node};
use crate::BookId;

/// Everything in a tree.
pub(crate) struct Walk<'a, T> {
    front: Way<'a, T>,
    back: Way<'a, T>,
    left: usize,
}

/// What is in a tree behind an id.
pub(crate) struct Behind<'a, T> {
    way: Way<'a, T>,
    id: Option<BookId>,
}

/// A way from one end towards the other: what is left of each node that it is in.
struct Way<'a, T> {
    branches: Vec<Iter<'a, Link<T>>>,
    leaf: Option<(u64, Enumerate<Iter<'a, Option<T>>>)>,
}

impl<'a, T> Walk<'a, T> {
    pub(super) fn new(root: &'a Link<T>, len: usize) -> Self {
        Walk { front: Way::new(root), back: Way::new(root), left: len }
    }
}

impl<'a, T> Iterator for Walk<'a, T> {
    type Item = (BookId, &'a T);

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        self.front.step(Iter::next, Enumerate::next)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<T> DoubleEndedIterator for Walk<'_, T> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        self.back.step(Iter::next_back, Enumerate::next_back)
    }
}

impl<T> ExactSizeIterator for Walk<'_, T> {}

impl<'a, T> Behind<'a, T> {
    pub(super) fn new(root: &'a Link<T>, id: Option<BookId>) -> Self {
        Behind { way: Way::new(root), id }
    }
}

impl<'a, T> Iterator for Behind<'a, T> {
    type Item = (BookId, &'a T);

    fn next(&mut self) -> Option<Self::Item> {
        let id = self.id;
        let leads_behind = |link: &&Link<T>| link.as_ref().is_some_and(|node| Some(BookId(node.last())) > id);
        loop {
            let next = self.way.step(|links| links.find(leads_behind), Enumerate::next)?;
            if Some(next.0) > id {
                return Some(next);
            }
        }
    }
}

impl<'a, T> Way<'a, T> {
    fn new(root: &'a Link<T>) -> Self {
        Way { branches: vec![slice::from_ref(root).iter()], leaf: None }
    }

    /// Goes to the next value in the direction that the two steps have.
    fn step(
        &mut self,
        next_link: impl Fn(&mut Iter<'a, Link<T>>) -> Option<&'a Link<T>>,
        next_value: impl Fn(&mut Enumerate<Iter<'a, Option<T>>>) -> Option<(usize, &'a Option<T>)>,
    ) -> Option<(BookId, &'a T)> {
        loop {
            if let Some((first, values)) = &mut self.leaf {
                while let Some((place, value)) = next_value(values) {
                    if let Some(value) = value {
                        return Some((BookId(*first + place as u64), value));
                    }
                }
            }
            match next_link(self.branches.last_mut()?) {
                Some(link) => link.iter().for_each(|node| self.enter(node)),
                None => drop(self.branches.pop()),
            }
        }
    }

    fn enter(&mut self, node: &'a Node<T>) {
        match node {
            Node::Leaf { first, values } => self.leaf = Some((*first, values.iter().enumerate())),
            Node::Branch { nodes, .. } => self.branches.push(nodes.iter()),
        }
    }
}
