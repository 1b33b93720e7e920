//! Between columns and the domain. A value that the domain refuses is an impossible row: the error names it.

use std::str::FromStr;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::StoreError;
use crate::domain::Time;
use crate::domain::secret::TokenHash;

/// How a time is stored: microseconds since 1970.
pub(super) fn micros(time: Time) -> i64 {
    time.timestamp_micros()
}

pub(super) fn json<T: Serialize + ?Sized>(value: &T) -> Result<String, StoreError> {
    Ok(serde_json::to_string(value)?)
}

/// Free text of a stranger, as PostgreSQL can hold it: it has no NUL.
pub(super) fn clean(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// One row of one table, for errors.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    pub table: &'static str,
    pub id: &'a str,
}

impl Row<'_> {
    pub fn corrupt(&self, column: &'static str) -> StoreError {
        StoreError::Corrupt { table: self.table, column, row: self.id.to_owned() }
    }

    pub fn some<T>(&self, column: &'static str, value: Option<T>) -> Result<T, StoreError> {
        value.ok_or_else(|| self.corrupt(column))
    }

    pub fn time(&self, column: &'static str, micros: i64) -> Result<Time, StoreError> {
        self.some(column, Time::from_timestamp_micros(micros))
    }

    pub fn maybe_time(&self, column: &'static str, micros: Option<i64>) -> Result<Option<Time>, StoreError> {
        micros.map(|micros| self.time(column, micros)).transpose()
    }

    pub fn json<T: DeserializeOwned>(&self, column: &'static str, text: &str) -> Result<T, StoreError> {
        self.some(column, serde_json::from_str(text).ok())
    }

    pub fn parse<T: FromStr>(&self, column: &'static str, text: &str) -> Result<T, StoreError> {
        self.some(column, text.parse().ok())
    }

    pub fn text<T: TryFrom<String>>(&self, column: &'static str, text: String) -> Result<T, StoreError> {
        self.some(column, T::try_from(text).ok())
    }

    pub fn small(&self, column: &'static str, number: i64) -> Result<u32, StoreError> {
        self.some(column, u32::try_from(number).ok())
    }

    pub fn bytes(&self, column: &'static str, bytes: &[u8]) -> Result<[u8; 32], StoreError> {
        self.some(column, bytes.try_into().ok())
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 0xf])
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

/// The first digits of a hash: enough to find the row, useless as a token.
pub(super) fn short(hash: &TokenHash) -> String {
    hex(hash.as_bytes().get(..4).unwrap_or_default())
}
