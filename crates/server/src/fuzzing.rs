//! What the fuzz targets need and nobody else.

use catalogue::{Cursor, Filter, Sort};
use engine::Limits;

use crate::query::ListParams;

/// What the query of `GET /books` asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct ListQuery {
    /// Which books.
    pub filter: Filter,
    /// In which order.
    pub sort: Option<Sort>,
    /// Behind which book the page begins.
    pub cursor: Option<Cursor>,
    /// How many; all where it is not said.
    pub limit: Option<usize>,
}

/// Reads a query; `None` where it is refused.
pub fn list_query(query: &str) -> Option<ListQuery> {
    let ListParams { filter, sort, cursor, limit } = ListParams::parse(Some(query), &Limits::default()).ok()?;
    Some(ListQuery { filter, sort, cursor, limit })
}
