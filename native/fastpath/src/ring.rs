//! A fixed number of places, used in a ring: for what must be remembered between a few segments of a flow.
//!
//! The next place in the ring is always taken, so that a flow whose end never comes gives way after as many others have
//! begun as there are places: it cannot hold its place against them, no clock is needed, and a flood must begin that
//! many between two segments to hurt. A flow has a handle; one whose place was given to another is void.

#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

/// What stands in a place.
pub trait Reusable: Default {
    /// Forgets everything but the memory.
    fn clear(&mut self);
}

#[derive(Default)]
struct Place<T> {
    /// Uses of this place so far; a handle of an earlier use is void.
    generation: u16,
    in_use: bool,
    content: T,
}

pub struct Ring<T> {
    places: Vec<Place<T>>,
    places_max: usize,
    next: usize,
    displaced: u64,
}

impl<T: Reusable> Ring<T> {
    /// A ring of at most `places_max` (1 at least, 65 536 at most). Memory is taken as it is needed.
    #[must_use]
    pub fn new(places_max: usize) -> Self {
        Self { places: Vec::new(), places_max: places_max.clamp(1, 1 << 16), next: 0, displaced: 0 }
    }

    /// The next place, cleared, and its handle. What was in it is lost and counted as displaced.
    pub fn take(&mut self) -> Option<(u32, &mut T)> {
        let index = self.next;
        if self.places.len() <= index {
            self.places.push(Place::default());
        }
        self.next = index.saturating_add(1).checked_rem(self.places_max).unwrap_or(0);
        let place = self.places.get_mut(index)?;
        if place.in_use {
            self.displaced = self.displaced.saturating_add(1);
            place.free();
        }
        place.in_use = true;
        Some((handle_of(place.generation, index), &mut place.content))
    }

    /// What belongs to a handle; none for one that is void.
    pub fn get(&mut self, handle: u32) -> Option<&mut T> {
        self.place(handle).map(|place| &mut place.content)
    }

    /// Gives the place back. A handle that is void is of no account.
    pub fn release(&mut self, handle: u32) {
        if let Some(place) = self.place(handle) {
            place.free();
        }
    }

    /// How often a place was taken from who had not given it back.
    #[must_use]
    pub fn displaced(&self) -> u64 {
        self.displaced
    }

    fn place(&mut self, handle: u32) -> Option<&mut Place<T>> {
        let place = self.places.get_mut((handle & 0xffff) as usize)?;
        (place.in_use && u32::from(place.generation) == handle >> 16).then_some(place)
    }

    /// Everything that has memory.
    #[cfg(test)]
    pub(crate) fn contents(&self) -> impl Iterator<Item = &T> {
        self.places.iter().map(|place| &place.content)
    }
}

impl<T: Reusable> Place<T> {
    fn free(&mut self) {
        self.content.clear();
        self.generation = self.generation.wrapping_add(1);
        self.in_use = false;
    }
}

fn handle_of(generation: u16, index: usize) -> u32 {
    (u32::from(generation) << 16) | u32::try_from(index & 0xffff).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Reusable for String {
        fn clear(&mut self) {
            Self::clear(self);
        }
    }

    fn put(ring: &mut Ring<String>, text: &str) -> u32 {
        let (handle, content) = ring.take().unwrap();
        content.push_str(text);
        handle
    }

    #[test]
    fn a_handle_is_good_until_it_is_released_or_its_place_is_given_to_another() {
        let mut ring = Ring::new(2);
        let [first, second] = ["a", "b"].map(|text| put(&mut ring, text));
        assert_eq!([first, second].map(|handle| ring.get(handle).cloned()), [Some("a".into()), Some("b".into())]);
        ring.release(second);
        assert_eq!(ring.get(second), None);
        assert_eq!(ring.displaced(), 0);
        let third = put(&mut ring, "c");
        assert_eq!(ring.get(first), None);
        assert_eq!(ring.displaced(), 1);
        assert_eq!(ring.get(third).cloned(), Some("c".into()));
        ring.release(first);
        assert_eq!(ring.get(third).cloned(), Some("c".into()), "a void handle releases nothing");
        assert_eq!(ring.contents().count(), 2);
    }
}
