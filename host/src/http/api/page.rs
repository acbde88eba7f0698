//! Lists in pages.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::super::problem::Problem;
use crate::store::{self, PageRequest};

/// How long pages are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pages {
    /// How many things a page holds where nobody says (`api.page`).
    pub usual: u32,
    /// How many things a page holds at most (`api.page_most`).
    pub most: u32,
}

/// Which page of a list.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// Where to go on: `next` of the page before. The first page without it.
    pub cursor: Option<String>,
    /// How many things at most; `api.page` (50) unless told, never more than
    /// `api.page_most` (200).
    #[param(minimum = 1, example = 50)]
    pub limit: Option<u32>,
}

impl PageQuery {
    /// What to ask of the store.
    ///
    /// # Errors
    /// When the limit is none or too great.
    pub(in super::super) fn request(self, pages: Pages) -> Result<PageRequest, Problem> {
        let most = pages.most;
        let limit = self.limit.unwrap_or_else(|| pages.usual.min(most));
        if limit == 0 || limit > most {
            return Err(Problem::bad_request(format!(
                "`limit` is {limit}; ask for 1 to {most} (`api.page_most`) and follow `next` for more"
            )));
        }
        Ok(PageRequest { cursor: self.cursor, limit })
    }
}

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Paged<T> {
    /// The things.
    pub items: Vec<T>,
    /// The `cursor` of the page after this; `null` on the last.
    pub next: Option<String>,
}

impl<T> Paged<T> {
    /// A page of the store in the API's shape.
    pub(in super::super) fn of<S: Into<T>>(page: store::Page<S>) -> Self {
        Self { items: page.items.into_iter().map(Into::into).collect(), next: page.next }
    }

    /// All of a list that is never long.
    pub(in super::super) fn whole(items: Vec<T>) -> Self {
        Self { items, next: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_above_the_named_one_is_refused_by_that_name() {
        let ask = |limit| PageQuery { cursor: None, limit }.request(Pages { usual: 50, most: 200 });
        assert_eq!(ask(None).expect("the default fits").limit, 50);
        assert_eq!(ask(Some(200)).expect("the limit itself fits").limit, 200);
        for limit in [0, 201] {
            let problem = ask(Some(limit)).expect_err("out of range");
            let text = serde_json::to_string(&problem).expect("a problem is JSON");
            assert!(text.contains("api.page_most"), "{text}");
        }
    }

    #[test]
    fn the_default_never_exceeds_a_smaller_named_limit() {
        assert_eq!(PageQuery::default().request(Pages { usual: 50, most: 10 }).expect("fits").limit, 10);
    }
}
