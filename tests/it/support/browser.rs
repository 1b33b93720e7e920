//! A person's browser, as far as a server can tell: cookies, redirects, forms. Without JavaScript.

use std::collections::BTreeMap;

use scraper::{ElementRef, Html, Selector};
use url::Url;

use super::http::{Call, Reply, encode};

/// A page as it was shown, and where.
#[derive(Clone, Debug)]
pub struct Page {
    pub url: Url,
    pub reply: Reply,
}

impl Page {
    pub fn status(&self) -> u16 {
        self.reply.status
    }
    pub fn html(&self) -> Html {
        Html::parse_document(&self.reply.text())
    }
    pub fn has(&self, selector: &str) -> bool {
        self.html().select(&selector_of(selector)).next().is_some()
    }
    pub fn text_of(&self, selector: &str) -> String {
        let html = self.html();
        let found = html.select(&selector_of(selector)).next();
        let found = found.unwrap_or_else(|| panic!("no {selector} on {}: {}", self.url, self.reply.text()));
        found.text().collect::<Vec<_>>().join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
    }
    /// Where a link leads.
    pub fn link(&self, selector: &str) -> String {
        let html = self.html();
        let href = html.select(&selector_of(selector)).next().and_then(|link| link.attr("href"));
        let href = href.unwrap_or_else(|| panic!("no {selector} on {}: {}", self.url, self.reply.text()));
        self.url.join(href).expect("a URL").into()
    }
    pub fn title(&self) -> String {
        self.text_of("title")
    }
    /// The form that has a field of this name, as a generic HTML client finds it.
    pub fn form(&self, field: &str) -> Form {
        self.find_form(field).unwrap_or_else(|| panic!("no form with {field} on {}: {}", self.url, self.reply.text()))
    }
    pub fn find_form(&self, field: &str) -> Option<Form> {
        let html = self.html();
        let field = selector_of(&format!("[name={field:?}]"));
        let form = html.select(&selector_of("form")).find(|form| form.select(&field).next().is_some())?;
        Some(Form::read(&self.url, form))
    }
    /// The form that leads to an address with this end, if there is one.
    pub fn form_to(&self, end: &str) -> Option<Form> {
        let html = self.html();
        let action = selector_of(&format!("form[action$={end:?}]"));
        html.select(&action).next().map(|form| Form::read(&self.url, form))
    }
    /// The form with a submit button of this value.
    pub fn form_with_button(&self, value: &str) -> Form {
        let html = self.html();
        let button = selector_of(&format!("button[value={value:?}]"));
        let form = html.select(&selector_of("form")).find(|form| form.select(&button).next().is_some());
        let form = form.unwrap_or_else(|| panic!("no button {value} on {}: {}", self.url, self.reply.text()));
        Form::read(&self.url, form)
    }
    /// What the answer to an application carries, wherever it was sent: query or self-posting form.
    pub fn answer(&self) -> Answer {
        if self.status() == 200 {
            let form = self.find_form("state").or_else(|| self.find_form("iss"));
            let form = form.unwrap_or_else(|| panic!("no answer on {}: {}", self.url, self.reply.text()));
            return Answer { to: form.action, fields: form.fields.into_iter().collect() };
        }
        assert_eq!(self.status(), 303, "an answer is sent by 303: {:?} {}", self.reply.headers, self.reply.text());
        let mut to = self.url.join(self.reply.location()).expect("Location is a URL");
        let fields = to.query_pairs().into_owned().collect();
        to.set_query(None);
        Answer { to, fields }
    }
}

/// What an application receives at its redirection address.
#[derive(Clone, Debug)]
pub struct Answer {
    pub to: Url,
    pub fields: BTreeMap<String, String>,
}

impl Answer {
    pub fn get(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(String::as_str)
    }
    pub fn code(&self) -> String {
        self.get("code").unwrap_or_else(|| panic!("no code in {self:?}")).to_owned()
    }
    pub fn error(&self) -> &str {
        self.get("error").unwrap_or_else(|| panic!("no error in {self:?}"))
    }
}

#[derive(Clone, Debug)]
pub struct Form {
    pub action: Url,
    pub method: String,
    pub fields: Vec<(String, String)>,
    /// Submit buttons: name and value, in order.
    pub buttons: Vec<(String, String)>,
}

impl Form {
    fn read(page: &Url, form: ElementRef<'_>) -> Self {
        let action = page.join(form.attr("action").unwrap_or_default()).expect("the form's action is a URL");
        let method = form.attr("method").unwrap_or("get").to_ascii_uppercase();
        let mut fields = Vec::new();
        let mut buttons = Vec::new();
        for input in form.select(&selector_of("input, button, select, textarea")) {
            let name = input.attr("name").unwrap_or_default().to_owned();
            let value = match input.value().name() {
                "textarea" => input.text().collect(),
                "select" => chosen(input),
                _ => input.attr("value").unwrap_or_default().to_owned(),
            };
            let kind = input.attr("type").unwrap_or(if input.value().name() == "button" { "submit" } else { "text" });
            match kind {
                "submit" => buttons.push((name, value)),
                "button" | "reset" => {}
                "checkbox" | "radio" if input.attr("checked").is_none() => {}
                _ if name.is_empty() => {}
                _ => fields.push((name, value)),
            }
        }
        Self { action, method, fields, buttons }
    }
    #[must_use]
    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.fields.retain(|(key, _)| key != name);
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }
    /// Presses the button with this value; its name goes along, as in a browser.
    #[must_use]
    pub fn press(self, value: &str) -> Self {
        let button = self.buttons.iter().find(|(_, has)| has == value).cloned();
        let (name, value) = button.unwrap_or_else(|| panic!("no button {value} in {self:?}"));
        self.set(&name, &value)
    }
    pub fn get(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// What a list of options would send.
fn chosen(list: ElementRef<'_>) -> String {
    let selected = list.select(&selector_of("option[selected]")).next();
    let option = selected.or_else(|| list.select(&selector_of("option")).next());
    option.and_then(|option| option.attr("value")).unwrap_or_default().to_owned()
}

/// The language that was chosen in this browser.
pub const LANGUAGE: &str = "__Host-portner-lang";

#[derive(Clone, Debug)]
pub struct Browser {
    port: u16,
    /// The tenant's base, without a slash at the end.
    base: String,
    pub cookies: BTreeMap<String, String>,
    /// Sent with every request: `Accept-Language`, `X-Forwarded-For`, a user agent.
    pub headers: Vec<(String, String)>,
}

impl Browser {
    pub fn new(port: u16, base: &str) -> Self {
        Self { port, base: base.to_owned(), cookies: BTreeMap::new(), headers: Vec::new() }
    }
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
    pub fn url(&self, path: &str) -> Url {
        if path.starts_with("http") { Url::parse(path) } else { Url::parse(&format!("{}{path}", self.base)) }
            .expect("a URL")
    }

    /// One request with this browser's cookies; keeps those it is given, follows nothing.
    pub fn send(&mut self, url: &Url, method: &str, body: Option<String>) -> Page {
        let target = url[url::Position::BeforePath..url::Position::AfterQuery].to_owned();
        let mut call = Call::new(method, &target);
        if let Some(body) = body {
            call = call.body("application/x-www-form-urlencoded", body);
            if !self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("origin")) {
                call = call.header("Origin", self.origin());
            }
        }
        if !self.cookies.is_empty() {
            let jar: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            call = call.header("Cookie", jar.join("; "));
        }
        for (name, value) in &self.headers {
            call = call.header(name, value.as_str());
        }
        let reply = call.send(self.port).unwrap_or_else(|error| panic!("{method} {url}: {error}"));
        self.keep(&reply);
        Page { url: url.clone(), reply }
    }

    fn origin(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// `__Host-` and `Secure` cookies are kept on http://localhost, as browsers do; their rules are checked.
    fn keep(&mut self, reply: &Reply) {
        for line in reply.cookies() {
            let mut parts = line.split(';').map(str::trim);
            let (name, value) = parts.next().and_then(|pair| pair.split_once('=')).expect("name=value");
            let attributes: Vec<String> = parts.map(str::to_ascii_lowercase).collect();
            let has = |attribute: &str| attributes.iter().any(|one| one == attribute);
            if name.starts_with("__Host-") {
                assert!(has("secure") && has("path=/"), "a browser would refuse {line}");
                assert!(!attributes.iter().any(|one| one.starts_with("domain")), "a browser would refuse {line}");
            }
            let gone = has("max-age=0") || attributes.iter().any(|one| one.starts_with("max-age=-"));
            if gone || value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    /// Follows redirects as long as they stay with us; the first that leaves is returned.
    fn follow(&mut self, mut page: Page) -> Page {
        for _ in 0..10 {
            if !matches!(page.status(), 301 | 302 | 303 | 307 | 308) {
                return page;
            }
            let next = page.url.join(page.reply.location()).expect("Location is a URL");
            if next.origin().ascii_serialization() != self.origin() {
                return page;
            }
            page = self.send(&next, "GET", None);
        }
        panic!("redirected ten times, at last to {}", page.url);
    }

    pub fn get(&mut self, path: &str) -> Page {
        let url = self.url(path);
        let page = self.send(&url, "GET", None);
        self.follow(page)
    }
    /// The first answer itself, redirect or not.
    pub fn peek(&mut self, path: &str) -> Page {
        let url = self.url(path);
        self.send(&url, "GET", None)
    }
    pub fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let url = self.url(path);
        let page = self.send(&url, "POST", Some(encode(fields)));
        self.follow(page)
    }
    pub fn submit(&mut self, form: &Form) -> Page {
        let page = self.submit_once(form);
        self.follow(page)
    }
    /// Submits without following what comes back.
    pub fn submit_once(&mut self, form: &Form) -> Page {
        let fields: Vec<(&str, &str)> =
            form.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        if form.method == "POST" {
            return self.send(&form.action.clone(), "POST", Some(encode(&fields)));
        }
        let mut url = form.action.clone();
        url.set_query(Some(&encode(&fields)));
        self.send(&url, "GET", None)
    }

    /// Fills the sign-in form of a page and sends it. Whoever says nothing else has chosen English here before: the
    /// pages that follow would be in the language of the profile.
    pub fn fill_in(&mut self, page: &Page, username: &str, password: &str) -> Page {
        if !self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("accept-language")) {
            self.cookies.entry(LANGUAGE.to_owned()).or_insert_with(|| "en".to_owned());
        }
        self.submit(&page.form("password").set("username", username).set("password", password))
    }
    /// From nothing to a session of the tenant.
    pub fn sign_in(&mut self, username: &str, password: &str) -> Page {
        let page = self.get("/sign-in");
        assert_eq!(page.status(), 200, "the sign-in page: {}", page.reply.text());
        self.fill_in(&page, username, password)
    }
    /// The same where the page itself may be refused.
    pub fn sign_in_quietly(&mut self, username: &str, password: &str) -> Page {
        let page = self.get("/sign-in");
        if page.status() == 200 { self.fill_in(&page, username, password) } else { page }
    }
    pub fn is_signed_in(&self) -> bool {
        self.session_cookie().is_some()
    }
    /// The session cookie by the prefix of its value.
    pub fn session_cookie(&self) -> Option<(&str, &str)> {
        self.cookies
            .iter()
            .find(|(_, value)| value.starts_with("pts_"))
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

fn selector_of(text: &str) -> Selector {
    Selector::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}
