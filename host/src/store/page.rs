//! Lists come in pages: a cursor names the last item that was shown.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::StoreError;

/// Which page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    /// What the last page named as `next`; `None` begins.
    pub cursor: Option<String>,
    /// How many items at most.
    pub limit: u32,
}

impl PageRequest {
    /// The first page with up to `limit` items.
    #[must_use]
    pub fn first(limit: u32) -> Self {
        Self { cursor: None, limit }
    }

    /// The sort key after which the page begins: a number and a text that breaks ties.
    pub(super) fn after(&self) -> Result<Option<(i64, String)>, StoreError> {
        let Some(cursor) = &self.cursor else { return Ok(None) };
        let bad = || StoreError::Cursor(cursor.chars().take(80).collect());
        let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| bad())?;
        let text = String::from_utf8(bytes).map_err(|_| bad())?;
        let (number, tie) = text.split_once(' ').ok_or_else(bad)?;
        Ok(Some((number.parse().map_err(|_| bad())?, tie.to_owned())))
    }

    /// How many rows to ask for: one more than is shown tells whether there is a next page.
    pub(super) fn rows(&self) -> i64 {
        i64::from(self.limit) + 1
    }
}

/// One page of a list.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// The cursor of the next page; `None` at the end.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// Makes a page of up to one item too many. `key` gives an item's sort key.
    pub(super) fn of(mut items: Vec<T>, request: &PageRequest, key: impl Fn(&T) -> (i64, String)) -> Self {
        let more = items.len() > request.limit as usize;
        items.truncate(request.limit as usize);
        let last = items.last().filter(|_| more).map(key);
        let next = last.map(|(number, tie)| URL_SAFE_NO_PAD.encode(format!("{number} {tie}")));
        Self { items, next }
    }

    /// The same page with every item turned into another.
    #[must_use]
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(change).collect(), next: self.next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_leads_to_the_item_after_the_last_one_shown() {
        let request = PageRequest::first(2);
        let page = Page::of(vec![5, 4, 3], &request, |n| (i64::from(*n), format!("t {n}")));
        assert_eq!(page.items, [5, 4]);
        let next = PageRequest { cursor: page.next, limit: 2 };
        assert_eq!(next.after().ok().flatten(), Some((4, "t 4".to_owned())));
        assert!(Page::of(vec![1], &request, |n| (i64::from(*n), String::new())).next.is_none());
    }

    #[test]
    fn a_made_up_cursor_is_refused() {
        for cursor in ["", "!!", "bm9wZQ"] {
            let request = PageRequest { cursor: Some(cursor.into()), limit: 1 };
            assert!(matches!(request.after(), Err(StoreError::Cursor(_))), "{cursor}");
        }
    }
}
