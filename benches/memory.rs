//! What a hundred open tenants hold.

use crate::server::{Portner, resident};
use crate::session::{Browser, basic, tenant};
use crate::table::{Row, Table};

const TENANTS: usize = 100;

pub fn measure(table: &mut Table) {
    let mut portner = Portner::start();
    let mut declared = "version = 1\n".to_owned();
    for number in 0..TENANTS {
        declared.push_str(tenant(&slug(number), 0).trim_start_matches("version = 1\n"));
    }
    portner.apply(&declared);
    // What was needed to make them is not counted.
    portner.restart();
    for number in 0..TENANTS {
        visit(&portner, &slug(number));
    }
    let held = resident(portner.id());
    let what = format!("memory, {TENANTS} tenants open");
    table.add(Row { what, ours: format!("{held:.0} MB"), ..Row::default() });
}

fn slug(number: usize) -> String {
    format!("tenant{number}")
}

/// Opens the database for reading and writing, parses the keys, signs.
fn visit(portner: &Portner, slug: &str) {
    let mut browser = Browser::new(portner.port, slug);
    let below = |path: &str| format!("/t/{slug}{path}");
    browser.form(&below("/sign-in"));
    let basic = basic("service-es");
    let path = below("/oauth2/token");
    let token = browser.send("POST", &path, &[("Authorization", &basic)], "grant_type=client_credentials").json();
    let token = token["access_token"].as_str().expect("a token").to_owned();
    let fields = crate::session::encode(&[("token", &token)]);
    // A read and a write.
    let told = browser.send("POST", &below("/oauth2/introspect"), &[("Authorization", &basic)], &fields).json();
    assert_eq!(told["active"], true, "{told}");
    let done = browser.send("POST", &below("/oauth2/revoke"), &[("Authorization", &basic)], &fields);
    assert_eq!(done.status, 200, "{}", done.body);
}
