//! A tree against an ordered map of the standard library, with ids close together and far apart.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::node::{Link, Node};
use super::{Set, Tree};
use crate::BookId;

/// What is done to a tree.
#[derive(Clone, Debug)]
enum Step {
    Insert(u64, u8),
    Remove(u64),
}

/// Ids as a store has them, those that share all bits but a few, and the extremes.
fn id() -> impl Strategy<Value = u64> {
    let extreme = prop::sample::select(vec![0, 7, 8, 127, 128, BookId::GIVEN_MAX.0, BookId::ASSIGNED_MAX.0, u64::MAX]);
    prop_oneof![6 => 0u64..300, 2 => (0u64..4, 0u32..64).prop_map(|(low, shift)| low << shift), 1 => extreme]
}

fn steps(most: usize) -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => (id(), any::<u8>()).prop_map(|(id, value)| Step::Insert(id, value)),
        2 => id().prop_map(Step::Remove),
    ];
    prop::collection::vec(step, 0..most)
}

/// A tree, and what it should be.
#[derive(Clone, Default)]
struct Pair {
    tree: Tree<u8>,
    model: BTreeMap<u64, u8>,
}

impl Pair {
    fn take(&mut self, steps: &[Step]) {
        for step in steps {
            match *step {
                Step::Insert(id, value) => {
                    assert_eq!(self.tree.insert(BookId(id), value), self.model.insert(id, value), "what was at {id}");
                }
                Step::Remove(id) => {
                    assert_eq!(self.tree.remove(BookId(id)), self.model.remove(&id), "what was at {id}");
                }
            }
        }
    }

    fn assert_same(&self) {
        let expected: Vec<_> = self.model.iter().map(|(id, value)| (BookId(*id), value)).collect();
        assert_eq!(self.tree.iter().collect::<Vec<_>>(), expected);
        assert_eq!(self.tree.len(), expected.len());
        assert_eq!(self.tree.is_empty(), expected.is_empty());
        assert_eq!(self.tree.last(), expected.last().map(|(id, _)| *id));
    }
}

/// What changes between two maps, by id.
fn changes(from: &BTreeMap<u64, u8>, to: &BTreeMap<u64, u8>) -> Vec<(BookId, Option<u8>, Option<u8>)> {
    let ids: BTreeSet<u64> = from.keys().chain(to.keys()).copied().collect();
    let both = ids.into_iter().map(|id| (BookId(id), from.get(&id).copied(), to.get(&id).copied()));
    both.filter(|(_, was, is)| was != is).collect()
}

fn told(to: &Tree<u8>, from: &Tree<u8>) -> Vec<(BookId, Option<u8>, Option<u8>)> {
    to.changed_since(from).map(|(id, was, is)| (id, was.copied(), is.copied())).collect()
}

proptest! {
    #[test]
    fn a_tree_holds_what_an_ordered_map_holds(steps in steps(400), sought in prop::collection::vec(id(), 50)) {
        let mut pair = Pair::default();
        pair.take(&steps);
        pair.assert_same();
        let together: [u64; 50] = sought.clone().try_into().unwrap();
        prop_assert_eq!(pair.tree.get_each(&together.map(BookId)), together.map(|id| pair.model.get(&id)));
        for id in sought {
            prop_assert_eq!(pair.tree.get(BookId(id)), pair.model.get(&id));
            let behind: Vec<_> = pair.tree.behind(Some(BookId(id))).map(|(id, value)| (id.0, *value)).collect();
            let expected: Vec<_> = pair.model.iter().filter(|(other, _)| **other > id).map(|(id, value)| (*id, *value)).collect();
            prop_assert_eq!(behind, expected);
        }
        prop_assert!(pair.tree.behind(None).eq(pair.tree.iter()));
    }

    #[test]
    fn a_clone_never_changes_by_what_is_done_to_another(before in steps(200), one in steps(100), other in steps(100)) {
        let mut first = Pair::default();
        first.take(&before);
        let (mut second, third) = (first.clone(), first.clone());
        first.take(&one);
        second.take(&other);
        [first, second, third].iter().for_each(Pair::assert_same);
    }

    #[test]
    fn what_differs_is_told_by_id_whether_trees_share_anything_or_not(before in steps(200), one in steps(60), apart in steps(200)) {
        let mut first = Pair::default();
        first.take(&before);
        let mut second = first.clone();
        second.take(&one);
        let mut third = Pair::default();
        third.take(&apart);
        for (from, to) in [(&first, &second), (&second, &first), (&first, &third), (&third, &second)] {
            prop_assert_eq!(told(&to.tree, &from.tree), changes(&from.model, &to.model));
            prop_assert_eq!(to.tree == from.tree, to.model == from.model);
        }
    }

    #[test]
    fn a_walk_meets_itself_in_the_middle(steps in steps(200), from_the_end in prop::collection::vec(any::<bool>(), 400)) {
        let mut pair = Pair::default();
        pair.take(&steps);
        let (mut walk, mut expected) = (pair.tree.iter(), pair.model.iter());
        for is_from_the_end in from_the_end {
            let (next, expected) = match is_from_the_end {
                true => (walk.next_back(), expected.next_back()),
                false => (walk.next(), expected.next()),
            };
            prop_assert_eq!(next.map(|(id, value)| (id.0, *value)), expected.map(|(id, value)| (*id, *value)));
        }
    }

    #[test]
    fn nothing_is_left_of_a_tree_that_was_emptied(ids in prop::collection::vec(id(), 0..200)) {
        let mut tree: Tree<u8> = ids.iter().map(|id| (BookId(*id), 1)).collect();
        for id in ids {
            tree.remove(BookId(id));
        }
        prop_assert!(tree.root.is_none());
        prop_assert_eq!(tree, Tree::new());
    }

    #[test]
    fn a_set_holds_what_an_ordered_set_holds(steps in steps(400), sought in prop::collection::vec(id(), 50)) {
        let (mut set, mut model) = (Set::default(), BTreeSet::new());
        for step in steps {
            match step {
                Step::Insert(id, _) => {
                    set.insert(BookId(id));
                    model.insert(id);
                }
                Step::Remove(id) => {
                    set.remove(BookId(id));
                    model.remove(&id);
                }
            }
        }
        prop_assert!(set.iter().map(|id| id.0).eq(model.iter().copied()));
        prop_assert_eq!(set.last().map(|id| id.0), model.last().copied());
        prop_assert!(sought.iter().all(|id| set.contains(BookId(*id)) == model.contains(id)));
        prop_assert_eq!(model.into_iter().map(BookId).collect::<Set>(), set);
    }
}

#[test]
fn ids_far_apart_cost_no_more_than_two_nodes_each() {
    // Every pair of them parts at another bit, the worst there is.
    let ids: Vec<u64> = (0..64).map(|bit| 1 << bit).chain([0]).collect();
    let tree: Tree<u8> = ids.iter().map(|id| (BookId(*id), 1)).collect();
    let (nodes, depth) = extent(&tree.root);
    assert!(nodes < 2 * ids.len(), "{nodes} nodes for {} ids", ids.len());
    assert!(depth <= 17, "a depth of {depth}");
}

/// How many nodes there are, and how many on the longest way.
fn extent<T>(link: &Link<T>) -> (usize, usize) {
    match link.as_deref() {
        None => (0, 0),
        Some(Node::Leaf { .. }) => (1, 1),
        Some(Node::Branch { nodes, .. }) => {
            let below = nodes.iter().map(extent);
            let (nodes, depth) = below.fold((0, 0), |(nodes, depth), one| (nodes + one.0, depth.max(one.1)));
            (nodes + 1, depth + 1)
        }
    }
}

#[test]
fn what_trees_share_is_not_looked_at() {
    let before: Tree<Unlike> = (1..=100_000).map(|id| (BookId(id), Unlike)).collect();
    let mut after = before.clone();
    for id in [3, 70_000, 100_000] {
        after.insert(BookId(id), Unlike);
    }
    // So every value that was compared is told of.
    let compared: Vec<u64> = after.changed_since(&before).map(|(id, ..)| id.0).collect();
    assert_eq!(compared, [(1..8).collect(), (70_000..70_008).collect::<Vec<u64>>(), vec![100_000]].concat());
}

#[test]
fn a_million_values_are_let_go_of() {
    let tree: Tree<u64> = (0..1_000_000).rev().map(|id| (BookId(id), id)).collect();
    assert_eq!(tree.iter().map(|(_, value)| value).sum::<u64>(), 499_999_500_000);
    drop(tree);
}

/// Like nothing, not even itself.
#[derive(Clone)]
struct Unlike;

impl PartialEq for Unlike {
    fn eq(&self, _: &Self) -> bool {
        false
    }
}
