//! Where books stand, with next to no memory for the usual list of one.

/// Where a book stands in the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::matching) struct Place(u32);

/// Places in some order.
#[derive(Debug, Default)]
pub(super) enum Places {
    #[default]
    None,
    One(Place),
    Several(Vec<Place>),
}

impl Place {
    pub(super) fn new(at: usize) -> Place {
        Place(u32::try_from(at).expect("memory ends long before four thousand million books"))
    }

    pub(super) fn at(self) -> usize {
        self.0 as usize
    }
}

impl Places {
    pub(super) fn as_slice(&self) -> &[Place] {
        match self {
            Places::None => &[],
            Places::One(place) => std::slice::from_ref(place),
            Places::Several(places) => places,
        }
    }

    /// Puts a place where `order` has it.
    pub(super) fn insert<K: Ord>(&mut self, place: Place, order: impl Fn(Place) -> K) {
        match self {
            Places::None => *self = Places::One(place),
            Places::One(other) if order(*other) < order(place) => *self = Places::Several(vec![*other, place]),
            Places::One(other) => *self = Places::Several(vec![place, *other]),
            Places::Several(places) => {
                let at = places.partition_point(|other| order(*other) < order(place));
                places.insert(at, place);
            }
        }
    }

    pub(super) fn remove(&mut self, place: Place) {
        match self {
            Places::One(one) if *one == place => *self = Places::None,
            Places::None | Places::One(_) => {}
            Places::Several(places) => places.retain(|other| *other != place),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_come_in_their_order_whatever_their_number() {
        let mut places = Places::default();
        let order = |place: Place| std::cmp::Reverse(place);
        for at in [4, 9, 1, 7] {
            places.insert(Place::new(at), order);
        }
        let shown = |places: &Places| places.as_slice().iter().map(|place| place.at()).collect::<Vec<_>>();
        assert_eq!(shown(&places), [9, 7, 4, 1]);
        for (gone, left) in [(7, vec![9, 4, 1]), (8, vec![9, 4, 1]), (9, vec![4, 1]), (1, vec![4]), (4, vec![])] {
            places.remove(Place::new(gone));
            assert_eq!(shown(&places), left);
        }
        for at in [5, 3] {
            places.insert(Place::new(at), order);
        }
        assert_eq!(shown(&places), [5, 3]);
    }
}
