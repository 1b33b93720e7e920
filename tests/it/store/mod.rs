//! The store on both engines: every test runs on SQLite, and on PostgreSQL where `PORTNER_TEST_POSTGRES` says there is
//! one (`postgres://user@host/postgres`). With `PORTNER_REQUIRE_POSTGRES=1` it has to be there.

mod audit;
mod counters;
mod files;
pub mod ground;
mod group;
mod nouns;
mod races;
mod tenants;
mod transients;

/// Each named function as a test on each engine. What is not named is never used, and the compiler says so.
macro_rules! both {
    ($($name:ident),* $(,)?) => {
        mod on_sqlite {
            $(#[test] fn $name() { super::$name(&crate::store::ground::Ground::sqlite()); })*
        }
        mod on_postgres {
            $(#[test] fn $name() {
                if let Some(ground) = crate::store::ground::Ground::postgres() {
                    super::$name(&ground);
                }
            })*
        }
    };
}
use both;
