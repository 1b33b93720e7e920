//! A tenant's database, read round the server that has it open.

use std::fs;

use diesel::{Connection as _, PgConnection};
use portner::crypto::keyring::MasterKey;
use portner::domain::ids::TenantId;

use super::{App, Engine};
use crate::store::ground::Raw;

pub fn open(app: &App, engine: Engine) -> Raw {
    let of = |column: &str| format!("SELECT {column} AS it FROM tenants WHERE slug = '{}'", app.slug);
    let id: TenantId = registry(app, engine).texts(&of("id")).remove(0).parse().expect("an id");
    match engine {
        Engine::Sqlite => {
            let wrapped = registry(app, engine).bytes(&of("wrapped_key"));
            let key = master(app).unwrap(id, &wrapped).expect("its key").database_key();
            Raw::file(&app.server.data_dir().join(format!("tenants/{id}.db")), key.expose_hex().as_str())
        }
        Engine::Postgres => postgres(app, Some(id)),
    }
}

/// The list of tenants, in the same way.
pub fn registry(app: &App, engine: Engine) -> Raw {
    match engine {
        Engine::Sqlite => {
            let path = app.server.data_dir().join("registry.db");
            Raw::file(&path, master(app).registry_key().expose_hex().as_str())
        }
        Engine::Postgres => postgres(app, None),
    }
}

fn master(app: &App) -> MasterKey {
    let path = app.server.data_dir().join("master.key");
    MasterKey::decode(fs::read_to_string(path).expect("a key").trim()).expect("a key")
}

fn postgres(app: &App, tenant: Option<TenantId>) -> Raw {
    let text = fs::read_to_string(app.server.config_file()).expect("readable");
    let line = text.lines().find(|line| line.starts_with("url = ")).expect("the registry's address");
    let mut url = url::Url::parse(line.trim_start_matches("url = ").trim_matches('"')).expect("a URL");
    if let Some(id) = tenant {
        url.set_path(&format!("portner_{}", id.as_uuid().simple()));
    }
    Raw::Postgres(PgConnection::establish(url.as_str()).expect("it answers"))
}
