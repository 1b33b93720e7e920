//! Brings a database to the tables of this version: all pending migrations in one transaction.

use diesel_migrations::MigrationHarness;

use super::super::StoreError;
use super::super::dialect::{self, AnyConnection, Kind, Mode};

/// Migrates, and lets `seed` put the first rows in, in the same transaction.
pub(in crate::store) fn run(
    connection: &mut AnyConnection,
    kind: Kind,
    seed: impl FnOnce(&mut AnyConnection) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    dialect::begin(connection, Mode::Write)?;
    let outcome = migrate(connection, kind).and_then(|()| seed(connection));
    match outcome {
        Ok(()) => Ok(dialect::commit(connection)?),
        Err(error) => {
            // The first error is the one to tell; a connection that cannot roll back is closed by the caller.
            if let Err(second) = dialect::rollback(connection) {
                tracing::warn!(cause = %second, "a failed migration could not be rolled back");
            }
            Err(error)
        }
    }
}

fn migrate(connection: &mut AnyConnection, kind: Kind) -> Result<(), StoreError> {
    let failed = |cause: &dyn std::fmt::Display| StoreError::Migration(cause.to_string());
    let migrations = dialect::migrations(connection, kind);
    let applied = connection.applied_migrations().map_err(|cause| failed(&cause))?;
    let known: Vec<_> = diesel::migration::MigrationSource::<dialect::MultiBackend>::migrations(&migrations)
        .map_err(|cause| failed(&cause))?
        .iter()
        .map(|migration| migration.name().version().as_owned())
        .collect();
    if let Some(newer) = applied.iter().find(|version| !known.contains(version)) {
        return Err(failed(&format_args!("the database is of a newer version of Portner ({newer})")));
    }
    if applied.len() < known.len() {
        connection.run_pending_migrations(migrations).map_err(|cause| failed(&cause))?;
    }
    Ok(())
}
