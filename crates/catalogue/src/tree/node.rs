//! The nodes of a tree, and how they are found, put in and taken out.

use std::sync::Arc;

/// Ids of a leaf, in bits.
const LEAF_BITS: u32 = 3;
/// Nodes below a branch, in bits.
const BRANCH_BITS: u32 = 4;
/// Places of a leaf.
pub(super) const LEAF: usize = 1 << LEAF_BITS;
/// Places of a branch.
pub(super) const BRANCH: usize = 1 << BRANCH_BITS;

pub(super) type Link<T> = Option<Arc<Node<T>>>;
pub(super) type Values<T> = [Option<T>; LEAF];

/// Values whose ids differ in their last bits only, or nodes whose ids begin alike.
///
/// There is no branch with fewer than two nodes below it and no leaf without a value, so that a tree of `n` values has
/// fewer than `2 n` nodes, whichever ids they have. A branch is passed by the bits it tells apart, without a look at those
/// before: whether it was the right way is seen at the leaf.
#[derive(Clone)]
pub(super) enum Node<T> {
    Leaf {
        /// The first id that has a place here.
        first: u64,
        values: Values<T>,
    },
    Branch {
        /// The first id that has a place below.
        first: u64,
        /// Behind how many bits those stand that are told apart here.
        shift: u32,
        nodes: [Link<T>; BRANCH],
    },
}

impl<T> Node<T> {
    pub(super) fn leaf_of(id: u64, value: T) -> Arc<Self> {
        let mut values = [const { None }; LEAF];
        values[place(id, 0, LEAF_BITS)] = Some(value);
        Arc::new(Node::Leaf { first: id >> LEAF_BITS << LEAF_BITS, values })
    }

    pub(super) fn get(&self, id: u64) -> Option<&T> {
        let mut node = self;
        loop {
            match node {
                Node::Leaf { first, values } => {
                    let value = values[place(id, 0, LEAF_BITS)].as_ref();
                    return value.filter(|_| *first == id >> LEAF_BITS << LEAF_BITS);
                }
                Node::Branch { shift, nodes, .. } => node = nodes[place(id, *shift, BRANCH_BITS)].as_deref()?,
            }
        }
    }

    /// What [`get`](Node::get) gives of each, one step on all ways after the other: what is in no cache is waited for together.
    pub(super) fn get_each<const N: usize>(&self, ids: &[u64; N]) -> [Option<&T>; N] {
        let mut ways = [Some(self); N];
        let mut is_on_the_way = true;
        while std::mem::take(&mut is_on_the_way) {
            for (way, id) in ways.iter_mut().zip(ids) {
                if let Some(Node::Branch { shift, nodes, .. }) = way {
                    *way = nodes[place(*id, *shift, BRANCH_BITS)].as_deref();
                    is_on_the_way = true;
                }
            }
        }
        std::array::from_fn(|at| ways[at]?.get(ids[at]))
    }

    /// The first id that has a place here or below.
    pub(super) fn first(&self) -> u64 {
        match self {
            Node::Leaf { first, .. } | Node::Branch { first, .. } => *first,
        }
    }

    /// The last id that has a place here or below.
    pub(super) fn last(&self) -> u64 {
        match self {
            Node::Leaf { first, .. } => *first | ((1 << LEAF_BITS) - 1),
            Node::Branch { first, shift, .. } => *first | mask(shift + BRANCH_BITS),
        }
    }

    /// How many bits it leaves to what is below.
    pub(super) fn height(&self) -> u32 {
        match self {
            Node::Leaf { .. } => 0,
            Node::Branch { shift, .. } => *shift,
        }
    }

    pub(super) fn values(&self) -> Option<&Values<T>> {
        match self {
            Node::Leaf { values, .. } => Some(values),
            Node::Branch { .. } => None,
        }
    }

    pub(super) fn has_place_for(&self, id: u64) -> bool {
        self.first() <= id && id <= self.last()
    }
}

/// What a branch of that height which has all ids of `node` has in that place, if it is of `node`.
pub(super) fn below<T>(node: &Arc<Node<T>>, height: u32, at: usize) -> Option<&Arc<Node<T>>> {
    match node.as_ref() {
        Node::Branch { shift, nodes, .. } if *shift == height => nodes[at].as_ref(),
        lower => (place(lower.first(), height, BRANCH_BITS) == at).then_some(node),
    }
}

/// Puts a value below `node`, or beside it.
pub(super) fn insert<T: Clone>(node: &mut Arc<Node<T>>, id: u64, value: T) -> Option<T> {
    if !node.has_place_for(id) {
        fork(node, Node::leaf_of(id, value));
        return None;
    }
    match Arc::make_mut(node) {
        Node::Leaf { values, .. } => values[place(id, 0, LEAF_BITS)].replace(value),
        Node::Branch { shift, nodes, .. } => match &mut nodes[place(id, *shift, BRANCH_BITS)] {
            Some(below) => insert(below, id, value),
            none => {
                *none = Some(Node::leaf_of(id, value));
                None
            }
        },
    }
}

/// Takes out a value that is there, and every node that is not needed any more.
pub(super) fn remove<T: Clone>(link: &mut Link<T>, id: u64) -> Option<T> {
    let node = link.as_mut()?;
    let removed = match Arc::make_mut(node) {
        Node::Leaf { values, .. } => values[place(id, 0, LEAF_BITS)].take(),
        Node::Branch { shift, nodes, .. } => remove(&mut nodes[place(id, *shift, BRANCH_BITS)], id),
    };
    match node.as_ref() {
        Node::Leaf { values, .. } if values.iter().all(Option::is_none) => *link = None,
        Node::Branch { nodes, .. } => {
            let mut left = nodes.iter().flatten();
            if let (Some(only), None) = (left.next(), left.next()) {
                let only = Arc::clone(only);
                *node = only;
            }
        }
        Node::Leaf { .. } => {}
    }
    removed
}

/// Makes `node` a branch with what it was and `other`, which has its ids elsewhere, below it.
fn fork<T>(node: &mut Arc<Node<T>>, other: Arc<Node<T>>) {
    let (one, another) = (node.first(), other.first());
    let bits = u64::BITS - (one ^ another).leading_zeros();
    let shift = LEAF_BITS + (bits - 1 - LEAF_BITS) / BRANCH_BITS * BRANCH_BITS;
    let mut nodes = [const { None }; BRANCH];
    nodes[place(one, shift, BRANCH_BITS)] = Some(Arc::clone(node));
    nodes[place(another, shift, BRANCH_BITS)] = Some(other);
    *node = Arc::new(Node::Branch { first: one & !mask(shift + BRANCH_BITS), shift, nodes });
}

/// The number that `bits` bits of an id make behind `shift` others.
fn place(id: u64, shift: u32, bits: u32) -> usize {
    (id >> shift & mask(bits)) as usize
}

/// So many ones.
fn mask(bits: u32) -> u64 {
    1u64.checked_shl(bits).map_or(u64::MAX, |end| end - 1)
}
