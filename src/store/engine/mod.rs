//! How work reaches a database and comes back: connections, threads, transactions. Knows no table.

pub(super) mod group;
pub(super) mod migrations;
pub(super) mod pool;
pub(super) mod statement;
pub(super) mod worker;
