//! Lists of table rows in the order they were last put to the back: one array of links, any number of lists.
//!
//! Knows nothing of what a row is. Rows are numbered; each stands in at most one list. The order depends only on
//! the calls made, never on hashing, so that expiry and eviction are the same in every run.

/// "No row": the end of a list.
pub const NIL: u32 = u32::MAX;

#[derive(Clone, Copy)]
struct Link {
    prev: u32,
    next: u32,
}

#[derive(Clone, Copy)]
struct Ends {
    head: u32,
    tail: u32,
    len: u32,
}

/// `N` lists over one set of rows.
pub struct Lists<const N: usize> {
    links: Vec<Link>,
    ends: [Ends; N],
}

impl<const N: usize> Lists<N> {
    #[must_use]
    pub fn new() -> Self {
        Self { links: Vec::new(), ends: [Ends { head: NIL, tail: NIL, len: 0 }; N] }
    }

    /// Lists over `rows` rows whose memory is reserved at once.
    #[must_use]
    pub fn with_capacity(rows: usize) -> Self {
        Self { links: Vec::with_capacity(rows), ..Self::new() }
    }

    /// Rows in `list`.
    #[must_use]
    pub fn len(&self, list: usize) -> usize {
        self.ends.get(list).map_or(0, |ends| ends.len as usize)
    }

    /// The row that was put to the back longest ago.
    #[must_use]
    pub fn oldest(&self, list: usize) -> Option<u32> {
        self.ends.get(list).map(|ends| ends.head).filter(|&head| head != NIL)
    }

    pub fn push(&mut self, list: usize, row: u32) {
        let wanted = row as usize + 1;
        if self.links.len() < wanted {
            self.links.resize(wanted, Link { prev: NIL, next: NIL });
        }
        let Some(ends) = self.ends.get_mut(list) else { return };
        let tail = ends.tail;
        ends.tail = row;
        ends.len = ends.len.saturating_add(1);
        if tail == NIL {
            ends.head = row;
        }
        if let Some(link) = self.links.get_mut(row as usize) {
            *link = Link { prev: tail, next: NIL };
        }
        if let Some(link) = self.links.get_mut(tail as usize) {
            link.next = row;
        }
    }

    pub fn remove(&mut self, list: usize, row: u32) {
        let Some(&Link { prev, next }) = self.links.get(row as usize) else { return };
        let Some(ends) = self.ends.get_mut(list) else { return };
        match self.links.get_mut(prev as usize) {
            Some(link) => link.next = next,
            None => ends.head = next,
        }
        match self.links.get_mut(next as usize) {
            Some(link) => link.prev = prev,
            None => ends.tail = prev,
        }
        ends.len = ends.len.saturating_sub(1);
    }

    pub fn to_back(&mut self, list: usize, row: u32) {
        self.remove(list, row);
        self.push(list, row);
    }
}

impl<const N: usize> Default for Lists<N> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows<const N: usize>(lists: &mut Lists<N>, list: usize) -> Vec<u32> {
        let mut found = Vec::new();
        while let Some(row) = lists.oldest(list) {
            found.push(row);
            lists.remove(list, row);
        }
        found
    }

    #[test]
    fn rows_leave_in_the_order_they_were_put_back() {
        let mut lists = Lists::<2>::new();
        for row in [3, 1, 2] {
            lists.push(0, row);
        }
        lists.push(1, 7);
        lists.to_back(0, 3);
        assert_eq!(lists.len(0), 3);
        assert_eq!(rows(&mut lists, 0), [1, 2, 3]);
        assert_eq!(rows(&mut lists, 1), [7]);
        assert_eq!(lists.len(0), 0);
    }

    #[test]
    fn a_row_may_leave_from_the_middle_and_join_another_list() {
        let mut lists = Lists::<2>::new();
        for row in 0..4 {
            lists.push(0, row);
        }
        lists.remove(0, 2);
        lists.push(1, 2);
        assert_eq!(rows(&mut lists, 0), [0, 1, 3]);
        assert_eq!(rows(&mut lists, 1), [2]);
    }
}
