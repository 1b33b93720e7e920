//! Statements that both engines understand as they stand, where diesel's builder has no common form: upserts,
//! and updates that return rows. Unlike diesel's own updates they are prepared once per connection.

use std::marker::PhantomData;

use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{BigInt, Binary, Nullable, Text};
use diesel::{QueryResult, RunQueryDsl};

use super::super::dialect::{AnyConnection, MultiBackend};

/// A bound value.
#[derive(Clone, Copy)]
pub(in crate::store) enum Value<'a> {
    Text(&'a str),
    MaybeText(Option<&'a str>),
    Number(i64),
    MaybeNumber(Option<i64>),
    Bytes(&'a [u8]),
    MaybeBytes(Option<&'a [u8]>),
}

/// SQL with a `?` for each value. `Columns` are the SQL types of the rows that come back.
pub(in crate::store) struct Statement<'a, const N: usize, Columns = ()> {
    text: &'static str,
    /// What one engine adds at the end.
    tail: &'static str,
    values: [Value<'a>; N],
    columns: PhantomData<Columns>,
}

impl<'a, const N: usize> Statement<'a, N> {
    /// A statement whose rows, if any, nobody reads.
    pub fn new(text: &'static str, values: [Value<'a>; N]) -> Self {
        Self { text, tail: "", values, columns: PhantomData }
    }

    pub fn tail(mut self, tail: &'static str) -> Self {
        self.tail = tail;
        self
    }

    pub fn returning<Columns>(self) -> Statement<'a, N, Columns> {
        Statement { text: self.text, tail: self.tail, values: self.values, columns: PhantomData }
    }
}

impl<const N: usize, Columns> QueryFragment<MultiBackend> for Statement<'_, N, Columns> {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        let mut pieces = self.text.split('?');
        if let Some(first) = pieces.next() {
            pass.push_sql(first);
        }
        for (piece, value) in pieces.zip(&self.values) {
            match value {
                Value::Text(text) => pass.push_bind_param::<Text, &str>(text)?,
                Value::MaybeText(text) => pass.push_bind_param::<Nullable<Text>, Option<&str>>(text)?,
                Value::Number(number) => pass.push_bind_param::<BigInt, i64>(number)?,
                Value::MaybeNumber(number) => pass.push_bind_param::<Nullable<BigInt>, Option<i64>>(number)?,
                Value::Bytes(bytes) => pass.push_bind_param::<Binary, &[u8]>(bytes)?,
                Value::MaybeBytes(bytes) => pass.push_bind_param::<Nullable<Binary>, Option<&[u8]>>(bytes)?,
            }
            pass.push_sql(piece);
        }
        pass.push_sql(self.tail);
        Ok(())
    }
}

impl<const N: usize, Columns> QueryId for Statement<'_, N, Columns> {
    type QueryId = ();
    /// Cached by its text.
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<const N: usize, Columns> Query for Statement<'_, N, Columns> {
    type SqlType = Columns;
}

impl<const N: usize, Columns> RunQueryDsl<AnyConnection> for Statement<'_, N, Columns> {}
