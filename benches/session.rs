//! The way to a session and to tokens, once, by plain requests: what the measured requests carry.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use scraper::{Html, Selector};

pub const PASSWORD: &str = "correct horse battery";
pub const SECRET: &str = "a-client-secret-of-forty-three-characters-x";
/// Suffixes of the applications, and what their tokens are signed with.
const ALGORITHMS: [(&str, &str); 2] = [("rs", "RS256"), ("es", "ES256")];
const CALLBACK: &str = "https://app.example/callback";

/// One tenant with so many people and one application for each thing that is measured.
pub fn tenant(slug: &str, users: usize) -> String {
    let mut text = format!("version = 1\n[[tenant]]\nslug = \"{slug}\"\nname = \"Bench {slug}\"\n");
    for number in 0..users {
        let user = format!("[[tenant.user]]\nusername = \"{}\"\npassword = \"{PASSWORD}\"\n", username(number));
        text.push_str(&user);
        let claims = "given_name = \"Mette\"\nfamily_name = \"Hansen\"\nlocale = \"da\"\n";
        write!(text, "email = \"{}@bench.example\"\nemail_verified = true\n{claims}", username(number)).unwrap();
    }
    for (id, alg) in ALGORITHMS {
        write!(
            text,
            "[[tenant.application]]\nid = \"service-{id}\"\nname = \"Service\"\n[tenant.application.oidc]\n\
             type = \"service\"\nsecret = \"{SECRET}\"\nscopes = [\"reports:read\"]\n\
             grant_types = [\"client_credentials\"]\nid_token_signed_response_alg = \"{alg}\"\n\
             [[tenant.application]]\nid = \"web-{id}\"\nname = \"Web\"\n[tenant.application.oidc]\n\
             type = \"confidential\"\nsecret = \"{SECRET}\"\nredirect_uris = [\"{CALLBACK}\"]\nrequire_pkce = false\n\
             scopes = [\"openid\", \"profile\", \"email\", \"offline_access\"]\n\
             grant_types = [\"authorization_code\", \"refresh_token\"]\nid_token_signed_response_alg = \"{alg}\"\n"
        )
        .unwrap();
    }
    text
}

pub fn username(number: usize) -> String {
    format!("user{number}")
}

/// An answer, read whole.
pub struct Reply {
    pub status: u16,
    head: String,
    pub body: String,
}

impl Reply {
    fn headers<'a>(&'a self, wanted: &'a str) -> impl Iterator<Item = &'a str> {
        self.head.lines().filter_map(move |line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case(wanted).then(|| value.trim())
        })
    }
    fn location(&self) -> &str {
        self.headers("location").next().unwrap_or_else(|| panic!("{} without Location: {}", self.status, self.body))
    }
    pub fn json(&self) -> serde_json::Value {
        assert_eq!(self.status, 200, "{}", self.body);
        serde_json::from_str(&self.body).expect("JSON")
    }
}

/// The text of a request; `Connection` is for the caller to say.
pub fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Vec<u8> {
    let mut text = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n");
    for (name, value) in headers {
        write!(text, "{name}: {value}\r\n").unwrap();
    }
    if method == "POST" {
        let kind = "application/x-www-form-urlencoded";
        write!(text, "Content-Type: {kind}\r\nContent-Length: {}\r\n", body.len()).unwrap();
    }
    format!("{text}\r\n{body}").into_bytes()
}

pub fn basic(client: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{client}:{SECRET}")))
}

pub fn encode(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// One browser at one tenant.
pub struct Browser {
    port: u16,
    slug: String,
    cookies: BTreeMap<String, String>,
}

/// The sign-in form as this browser got it.
pub struct Form {
    pub cookie: String,
    pub hidden: Vec<(String, String)>,
}

impl Browser {
    pub fn new(port: u16, slug: &str) -> Self {
        Self { port, slug: slug.to_owned(), cookies: BTreeMap::new() }
    }

    pub fn cookie(&self) -> String {
        let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("; ")
    }

    pub fn send(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        let cookie = self.cookie();
        let mut all = vec![("Connection", "close")];
        if !cookie.is_empty() {
            all.push(("Cookie", &cookie));
        }
        all.extend(headers);
        let reply = send(self.port, &request(method, path, &all, body));
        for line in reply.headers("set-cookie") {
            let pair = line.split(';').next().and_then(|pair| pair.split_once('='));
            let (name, value) = pair.expect("name=value");
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        reply
    }

    /// The form behind a page of sign-in.
    pub fn form(&mut self, path: &str) -> Form {
        let page = self.send("GET", path, &[], "");
        assert_eq!(page.status, 200, "{}", page.body);
        let html = Html::parse_document(&page.body);
        let selector = Selector::parse("form input[type=hidden]").expect("a selector");
        let hidden = html.select(&selector).filter_map(|input| {
            Some((input.attr("name")?.to_owned(), input.attr("value").unwrap_or_default().to_owned()))
        });
        Form { cookie: self.cookie(), hidden: hidden.collect() }
    }

    /// A grant of tokens for this application; signs in first where that is needed.
    pub fn tokens(&mut self, client: &str) -> serde_json::Value {
        let query = encode(&[
            ("client_id", client),
            ("response_type", "code"),
            ("redirect_uri", CALLBACK),
            ("scope", "openid profile email offline_access"),
            ("state", "s"),
            ("nonce", "n"),
        ]);
        let path = format!("/t/{}/oauth2/authorize?{query}", self.slug);
        let mut location = self.send("GET", &path, &[], "").location().to_owned();
        if !location.starts_with(CALLBACK) {
            let at = location.find("/t/").expect("a path of the tenant");
            let form = self.form(&location[at..]);
            let body = form.filled(&username(0));
            let answer = self.send("POST", &format!("/t/{}/sign-in", self.slug), &[], &body);
            answer.location().clone_into(&mut location);
        }
        let callback = url::Url::parse(&location).expect("a URL");
        let code = callback.query_pairs().find(|(name, _)| name == "code").expect("a code").1.into_owned();
        let body = encode(&[("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", CALLBACK)]);
        let basic = basic(client);
        self.send("POST", &format!("/t/{}/oauth2/token", self.slug), &[("Authorization", &basic)], &body).json()
    }
}

impl Form {
    /// Filled in for this person, encoded.
    pub fn filled(&self, username: &str) -> String {
        self.with_password(username, PASSWORD)
    }

    pub fn with_password(&self, username: &str, password: &str) -> String {
        let mut fields: Vec<(&str, &str)> =
            self.hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        fields.extend([("username", username), ("password", password)]);
        encode(&fields)
    }
}

pub fn send(port: u16, request: &[u8]) -> Reply {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("the server accepts connections");
    stream.write_all(request).expect("the server reads");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("the server answers");
    let answer = String::from_utf8(answer).expect("UTF-8");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    let status = head.get(9..12).and_then(|code| code.parse().ok()).expect("a status");
    Reply { status, head: head.to_owned(), body: body.to_owned() }
}
