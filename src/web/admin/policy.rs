//! `/admin/policy`: the rules for passwords, lockout, second step and sessions, for everyone and per role.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use crate::domain::authority::{Act as What, Over};
use crate::domain::fault::ErrorCode;
use crate::domain::password_rules::Words;
use crate::domain::policy::{LocalSignIn, Policy, PolicyFault, Requirement, SecondFactorMethod};
use crate::domain::secret::Password;
use crate::domain::user::Role;
use crate::flow::admin::declared::{
    LockoutEntry, PasswordPolicyEntry, PolicyEntry, RoleEntry, RolePasswordEntry, RoleSecondFactorEntry,
    SecondFactorEntry, SessionEntry, SignInEntry,
};
use crate::flow::admin::rules::{self, Turn, Unfit};
use crate::protocol::params::RawParams;
use crate::view::{AdminSection, PolicyConfirmPage, PolicyNotice, PolicyPage, TriedPassword};
use crate::web::pages::{FormTarget, html, see_other};
use crate::web::person::Detour;
use crate::web::problem::Problem;

use super::{FreshAdministrator, Staff};

const FORM: &str = "admin-policy";
const HERE: &str = "/admin/policy";

/// `GET /admin/policy`.
pub async fn show(staff: Staff) -> Result<HttpResponse, Detour> {
    let staff = staff.allowed(What::SeeRules).await?;
    let mut query = crate::web::form::query(&staff.request)?;
    let notice = match query.take("done").as_deref() {
        Some("saved") => Some(PolicyNotice::Saved),
        Some("unchanged") => Some(PolicyNotice::Unchanged),
        _ => None,
    };
    Ok(page(&staff, Shown { notice, ..Shown::default() })?)
}

/// What the page says beside what is in force.
#[derive(Default)]
struct Shown {
    typed: Option<BTreeMap<String, String>>,
    wrong: BTreeSet<String>,
    faults: Vec<PolicyFault>,
    notice: Option<PolicyNotice>,
    tried: Option<TriedPassword>,
}

fn page(staff: &Staff, shown: Shown) -> Result<HttpResponse, Problem> {
    let (frame, menu) = staff.frame(AdminSection::Policy);
    let status = match shown.notice {
        None | Some(PolicyNotice::Saved | PolicyNotice::Unchanged) => StatusCode::OK,
        Some(PolicyNotice::Stale) => StatusCode::CONFLICT,
        Some(
            PolicyNotice::Wrong
            | PolicyNotice::NoMethodLeft
            | PolicyNotice::ShutsOut
            | PolicyNotice::NoProvider
            | PolicyNotice::NeverForgotten,
        ) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let settings = &staff.tenant.settings;
    let page = PolicyPage {
        frame,
        menu,
        action: staff.action(HERE),
        csrf: staff.csrf(FORM),
        stamp: rules::stamp(settings),
        policy: settings.policy.clone(),
        typed: shown.typed,
        wrong: shown.wrong,
        faults: shown.faults,
        notice: shown.notice,
        tried: shown.tried,
        may_change: staff.authority.may(What::ChangeRules, Over::Tenant),
    };
    staff.finish(html(&staff.request, status, &page, FormTarget::Own))
}

/// `GET /admin/policy/try`: where somebody lands who had to sign in first.
pub async fn back(staff: Staff) -> Result<HttpResponse, Problem> {
    staff.finish(see_other(&staff.action(HERE)))
}

/// `POST /admin/policy/try`: what the rules say to a password. It is judged and forgotten.
pub async fn attempt(staff: Staff, body: web::Bytes) -> Result<HttpResponse, Detour> {
    let staff = staff.allowed(What::SeeRules).await?;
    let mut params = staff.form(FORM, &body)?;
    let role = params.take("try_role").unwrap_or_default();
    let password = Password::parse(params.take("try_password").unwrap_or_default())
        .map_err(|_long| Problem::new(ErrorCode::RequestTooLarge))?;
    let held: BTreeSet<Role> = Role::parse(&role).into_iter().collect();
    let site = Arc::clone(&staff.tenant.site);
    let tried = staff.app.run(move || {
        let rules = site.settings.policy.for_roles(&held).password;
        let words = Words::of_organisation(&site.settings.name, &rules.own_words);
        let unmet = site.rulebook().judge(&rules, &words, &password);
        TriedPassword { role, rules, unmet }
    });
    let tried = tried.await?;
    Ok(page(&staff, Shown { tried: Some(tried), ..Shown::default() })?)
}

/// `POST /admin/policy`: first what it would mean; confirmed, it is done.
pub async fn save(staff: FreshAdministrator, body: web::Bytes) -> Result<HttpResponse, Detour> {
    let mut params = staff.form(FORM, &body)?;
    let stamp = params.take("stamp").unwrap_or_default();
    let confirmed = params.take("confirmed").is_some();
    let again = params.take("again").is_some();
    let before = &staff.tenant.settings;
    let typed = fields(&mut params, before.policy.roles.len());
    if again {
        return Ok(page(&staff, Shown { typed: Some(typed), ..Shown::default() })?);
    }
    let proposed = match rules::propose(before, entry(&typed)) {
        Ok(proposed) => proposed,
        Err(Unfit::Keys(wrong)) => {
            let wrong = wrong.iter().map(|key| on_its_row(&typed, key)).collect();
            let notice = Some(PolicyNotice::Wrong);
            return Ok(page(&staff, Shown { typed: Some(typed), wrong, notice, ..Shown::default() })?);
        }
        Err(Unfit::Faults(faults)) => return Ok(refused(&staff, typed, faults)?),
    };
    if confirmed {
        Ok(done(&staff, stamp, typed, proposed).await?)
    } else {
        Ok(ask(&staff, stamp, typed, proposed).await?)
    }
}

fn refused(staff: &Staff, typed: BTreeMap<String, String>, faults: Vec<PolicyFault>) -> Result<HttpResponse, Problem> {
    let notice = match faults.first() {
        Some(PolicyFault::NoMethodLeft) => PolicyNotice::NoMethodLeft,
        Some(PolicyFault::NoProvider) => PolicyNotice::NoProvider,
        Some(PolicyFault::NeverForgotten) => PolicyNotice::NeverForgotten,
        Some(PolicyFault::LongestLock | PolicyFault::MaxLength) | None => PolicyNotice::Wrong,
    };
    page(staff, Shown { typed: Some(typed), faults, notice: Some(notice), ..Shown::default() })
}

async fn ask(
    staff: &Staff,
    stamp: String,
    typed: BTreeMap<String, String>,
    proposed: Policy,
) -> Result<HttpResponse, Problem> {
    let present = staff.tenant.settings.policy.clone();
    if present == proposed {
        return staff.finish(see_other(&staff.action("/admin/policy?done=unchanged")));
    }
    let (site, policy) = (Arc::clone(&staff.tenant.site), proposed.clone());
    let impact = staff.app.run(move || rules::impact(&site, &policy)).await??;
    let (frame, menu) = staff.frame(AdminSection::Policy);
    let page = PolicyConfirmPage {
        frame,
        menu,
        action: staff.action(HERE),
        csrf: staff.csrf(FORM),
        stamp,
        fields: typed.into_iter().collect(),
        present,
        proposed,
        people: impact.people,
        must_change: impact.must_change,
        must_enrol: impact.must_enrol,
        shut_out: impact.shut_out,
        staff_shut_out: impact.staff_shut_out,
    };
    staff.finish(html(&staff.request, StatusCode::OK, &page, FormTarget::Own))
}

async fn done(
    staff: &Staff,
    stamp: String,
    typed: BTreeMap<String, String>,
    proposed: Policy,
) -> Result<HttpResponse, Problem> {
    let turn = super::change_rules(staff, stamp, move |settings| settings.policy = proposed).await?;
    match turn {
        Turn::Saved => staff.finish(see_other(&staff.action("/admin/policy?done=saved"))),
        Turn::Unchanged => staff.finish(see_other(&staff.action("/admin/policy?done=unchanged"))),
        Turn::NotAllowed => Err(Problem::new(ErrorCode::NotAllowed)),
        Turn::Stale => page(staff, Shown { typed: Some(typed), notice: Some(PolicyNotice::Stale), ..Shown::default() }),
        Turn::ShutsOut => {
            page(staff, Shown { typed: Some(typed), notice: Some(PolicyNotice::ShutsOut), ..Shown::default() })
        }
        Turn::Faults(faults) => refused(staff, typed, faults),
    }
}

/// Every field of the form that was sent, by its name.
fn fields(params: &mut RawParams, roles: usize) -> BTreeMap<String, String> {
    let mut names: Vec<String> = [
        "password.min_length",
        "password.max_length",
        "password.min_digits",
        "password.min_special",
        "password.min_upper",
        "password.min_lower",
        "password.refuse_common",
        "password.refuse_breached",
        "password.refuse_own_words",
        "password.own_words",
        "password.history",
        "password.max_age",
        "lockout.failures",
        "lockout.duration",
        "lockout.longest",
        "second_factor.required",
        "second_factor.remember_device",
        "second_factor.grace",
        "session.idle",
        "session.absolute",
        "sign_in.local",
    ]
    .map(str::to_owned)
    .into();
    let methods = |prefix: &str| SecondFactorMethod::ALL.map(|method| format!("{prefix}.method.{}", method.name()));
    names.extend(methods("second_factor"));
    let of_role = [
        "role",
        "password.min_length",
        "password.max_length",
        "password.min_digits",
        "password.min_special",
        "password.min_upper",
        "password.min_lower",
        "password.refuse_common",
        "password.refuse_breached",
        "password.refuse_own_words",
        "password.history",
        "password.max_age",
        "second_factor.required",
        "second_factor.remember_device",
        "second_factor.grace",
        "session.idle",
        "session.absolute",
    ];
    // One more than there are: a new one.
    for n in 0..=roles {
        names.extend(of_role.map(|key| format!("role[{n}].{key}")));
        names.extend(methods(&format!("role[{n}].second_factor")));
    }
    names.into_iter().filter_map(|name| params.take(&name).map(|value| (name, value))).collect()
}

struct Typed<'a>(&'a BTreeMap<String, String>);

impl Typed<'_> {
    fn text(&self, name: &str) -> Option<String> {
        self.0.get(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
    }
    /// What is no number is a number that no rule allows: it is marked like one.
    fn number(&self, name: &str) -> Option<u32> {
        self.text(name).map(|text| text.parse().unwrap_or(u32::MAX))
    }
    fn is_on(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }
    fn methods(&self, prefix: &str) -> Vec<SecondFactorMethod> {
        let all = SecondFactorMethod::ALL.into_iter();
        all.filter(|method| self.is_on(&format!("{prefix}.method.{}", method.name()))).collect()
    }
}

/// The form in the words of the declarative file.
fn entry(typed: &BTreeMap<String, String>) -> PolicyEntry {
    let form = Typed(typed);
    let lines = form.text("password.own_words").unwrap_or_default();
    let own_words = lines.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
    let or = |name: &str, absent: &str| Some(form.text(name).unwrap_or_else(|| absent.to_owned()));
    let password = PasswordPolicyEntry {
        min_length: form.number("password.min_length"),
        max_length: form.number("password.max_length"),
        min_digits: form.number("password.min_digits"),
        min_special: form.number("password.min_special"),
        min_upper: form.number("password.min_upper"),
        min_lower: form.number("password.min_lower"),
        refuse_common: Some(form.is_on("password.refuse_common")),
        refuse_breached: Some(form.is_on("password.refuse_breached")),
        refuse_own_words: Some(form.is_on("password.refuse_own_words")),
        own_words: Some(own_words),
        history: form.number("password.history"),
        max_age: or("password.max_age", "never"),
    };
    let lockout = LockoutEntry {
        failures: form.number("lockout.failures"),
        duration: form.text("lockout.duration"),
        longest: form.text("lockout.longest"),
    };
    let required = match form.text("second_factor.required").as_deref() {
        Some("everyone") => Requirement::Everyone,
        _ => Requirement::None,
    };
    let second_factor = SecondFactorEntry {
        required: Some(required),
        methods: Some(form.methods("second_factor")),
        remember_device: form.text("second_factor.remember_device"),
        grace: form.text("second_factor.grace"),
    };
    let session = SessionEntry { idle: or("session.idle", "off"), absolute: or("session.absolute", "off") };
    let local = match form.text("sign_in.local").as_deref() {
        Some("administrators") => Some(LocalSignIn::Administrators),
        Some(_) => Some(LocalSignIn::Everyone),
        None => None,
    };
    let role = role_rows(typed).into_iter().filter_map(|n| role_entry(&form, n)).collect();
    PolicyEntry {
        password: Some(password),
        lockout: Some(lockout),
        second_factor: Some(second_factor),
        session: Some(session),
        networks: None,
        sign_in: local.map(|local| SignInEntry { local: Some(local) }),
        role: Some(role),
    }
}

/// The rows of the form that name a role, in order. An emptied name takes the role's rules away.
fn role_rows(typed: &BTreeMap<String, String>) -> Vec<usize> {
    let row = |name: &String| name.strip_prefix("role[")?.strip_suffix("].role")?.parse().ok();
    let named = typed.iter().filter(|(_, value)| !value.trim().is_empty());
    let mut rows: Vec<usize> = named.filter_map(|(name, _)| row(name)).collect();
    rows.sort_unstable();
    rows
}

/// The field that a key of the declarative file stands for: rows without a name are no roles, so the numbers differ.
fn on_its_row(typed: &BTreeMap<String, String>, key: &str) -> String {
    let row = || {
        let (number, rest) = key.strip_prefix("role[")?.split_once(']')?;
        let row = role_rows(typed).get(number.parse::<usize>().ok()?).copied()?;
        Some(format!("role[{row}]{rest}"))
    };
    row().unwrap_or_else(|| key.to_owned())
}

/// The rules of one role. What is left empty asks nothing beyond the rules for everyone.
fn role_entry(form: &Typed<'_>, n: usize) -> Option<RoleEntry> {
    let name = |key: &str| format!("role[{n}].{key}");
    let role = form.text(&name("role"))?;
    let number = |key: &str| form.number(&name(key));
    let text = |key: &str| form.text(&name(key));
    let on = |key: &str| form.is_on(&name(key)).then_some(true);
    let methods = form.methods(&name("second_factor"));
    Some(RoleEntry {
        role: Some(role),
        password: Some(RolePasswordEntry {
            min_length: number("password.min_length"),
            max_length: number("password.max_length"),
            min_digits: number("password.min_digits"),
            min_special: number("password.min_special"),
            min_upper: number("password.min_upper"),
            min_lower: number("password.min_lower"),
            refuse_common: on("password.refuse_common"),
            refuse_breached: on("password.refuse_breached"),
            refuse_own_words: on("password.refuse_own_words"),
            history: number("password.history"),
            max_age: text("password.max_age"),
        }),
        second_factor: Some(RoleSecondFactorEntry {
            required: on("second_factor.required"),
            methods: (methods.len() < SecondFactorMethod::ALL.len()).then_some(methods),
            remember_device: text("second_factor.remember_device"),
            grace: text("second_factor.grace"),
        }),
        session: Some(SessionEntry { idle: text("session.idle"), absolute: text("session.absolute") }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_key_is_marked_on_the_row_that_was_filled_in() {
        let typed: BTreeMap<String, String> = [("role[0].role", " "), ("role[1].role", "admin"), ("role[2].role", "x")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
        assert_eq!(on_its_row(&typed, "role[0].password.min_length"), "role[1].password.min_length");
        assert_eq!(on_its_row(&typed, "role[1].session.idle"), "role[2].session.idle");
        assert_eq!(on_its_row(&typed, "password.min_length"), "password.min_length");
    }
}
