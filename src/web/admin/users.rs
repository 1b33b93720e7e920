//! `/admin/users`: finding people. What is asked stands in the address; where a page ended is sealed.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use crate::domain::authority::{Act, Over};
use crate::domain::fault::ErrorCode;
use crate::domain::user::{Role, UserStatus};
use crate::flow::admin::people::list::{self, ListError, Order, Person, Query};
use crate::protocol::params::RawParams;
use crate::view::{AdminFilter, AdminRow, AdminSection, AdminSort, AdminUsersPage};
use crate::web::pages::{FormTarget, html};
use crate::web::problem::Problem;
use crate::web::{form, signin};

use super::Staff;

/// What is typed is not longer.
const LONGEST: usize = 200;

/// `GET /admin/users`.
pub async fn show(staff: Staff) -> Result<HttpResponse, Problem> {
    let mut params = form::query(&staff.request)?;
    let filter = read(&mut params);
    let after = params.take("after");
    let query = Query {
        text: filter.text.clone(),
        status: filter.status,
        role: Some(filter.role.clone()).filter(|role| !role.is_empty()),
        locked: filter.locked,
        without_second_factor: filter.without,
        order: order(filter.sort),
        after: after.clone(),
    };
    let site = Arc::clone(&staff.tenant.site);
    let found = staff.app.run(move || list::page(&site, &query)).await??;
    let (frame, menu) = staff.frame(AdminSection::Users);
    let page = AdminUsersPage {
        frame,
        menu,
        roles: found.roles.iter().map(Role::to_string).collect(),
        rows: found.people.into_iter().map(row).collect(),
        next_href: found.next.map(|next| href(&filter, Some(&next))),
        first_href: after.map(|_| href(&filter, None)),
        may_create: staff.authority.may(Act::CreatePerson, Over::Tenant),
        filter,
    };
    staff.finish(html(&staff.request, StatusCode::OK, &page, FormTarget::Own))
}

/// What makes no sense asks for nothing.
fn read(params: &mut RawParams) -> AdminFilter {
    let mut text = |name: &str| params.take(name).unwrap_or_default().trim().chars().take(LONGEST).collect::<String>();
    AdminFilter {
        text: text("q"),
        status: match text("status").as_str() {
            "active" => Some(UserStatus::Active),
            "disabled" => Some(UserStatus::Disabled),
            "self_locked" => Some(UserStatus::SelfLocked),
            _ => None,
        },
        role: text("role"),
        locked: !text("locked").is_empty(),
        without: !text("without").is_empty(),
        sort: AdminSort::parse(&text("sort")).unwrap_or_default(),
    }
}

fn order(sort: AdminSort) -> Order {
    match sort {
        AdminSort::Username => Order::Username,
        AdminSort::Name => Order::Name,
        AdminSort::Newest => Order::Newest,
    }
}

/// The same question, from another place on.
fn href(filter: &AdminFilter, after: Option<&str>) -> String {
    let status = filter.status.map(|status| match status {
        UserStatus::Active => "active",
        UserStatus::Disabled => "disabled",
        UserStatus::SelfLocked => "self_locked",
    });
    let pairs = [
        ("q", Some(filter.text.as_str()).filter(|text| !text.is_empty())),
        ("status", status),
        ("role", Some(filter.role.as_str()).filter(|role| !role.is_empty())),
        ("locked", filter.locked.then_some("1")),
        ("without", filter.without.then_some("1")),
        ("sort", (filter.sort != AdminSort::default()).then_some(filter.sort.name())),
        ("after", after),
    ];
    let pairs: Vec<(&str, &str)> = pairs.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    format!("?{}", signin::query(&pairs))
}

fn row(person: Person) -> AdminRow {
    let Person { user, is_locked, has_second_factor } = person;
    AdminRow {
        id: user.id.to_string(),
        name: user.display_name(),
        username: user.username.to_string(),
        email: user.email.as_ref().map(ToString::to_string),
        roles: user.roles.iter().map(Role::to_string).collect(),
        status: user.status,
        locked: is_locked,
        second_factor: has_second_factor,
    }
}

impl From<ListError> for Problem {
    fn from(fault: ListError) -> Self {
        match fault {
            ListError::ForeignCursor => Self::new(ErrorCode::RequestMalformed).detail(fault),
            ListError::Store(fault) => fault.into(),
            ListError::Seal(_) => Self::internal(fault),
        }
    }
}
