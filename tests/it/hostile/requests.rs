//! Requests that nobody in their right mind sends: made of what is right, with something wrong about it.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use portner::web::routes::TENANT_ROUTES;

/// A page that shows this unescaped can be scripted from outside.
pub const MARKUP: &str = "<script-from-outside>";
/// A header of this name in an answer was smuggled in.
pub const SMUGGLED: &str = "x-smuggled";

const METHODS: &str = "GET POST HEAD OPTIONS PUT PATCH DELETE TRACE PROPFIND get";

const PARAMETERS: &str = "\
    acr_values choice claims claims_locales client_assertion client_assertion_type client_id client_secret code \
    code_challenge code_challenge_method code_verifier csrf decision display domain_hint grant_type id_token_hint \
    interaction iss lang login_hint max_age nonce other password post_logout_redirect_uri prompt redirect_uri \
    refresh_token remember request request_uri resource response_mode response_type scope state token \
    token_type_hint ui_locales username access_token";

const HEADERS: &str = "\
    Accept Accept-Encoding Accept-Language Authorization Content-Encoding Content-Type Cookie Expect Forwarded \
    Host If-None-Match Origin Range Referer Sec-Fetch-Site Traceparent Upgrade User-Agent X-Forwarded-For \
    X-Forwarded-Host X-HTTP-Method-Override X-Request-Id";

/// Right in some place, and wrong in most others. Here and below, values stand between bars.
const ORDINARY: &str = "\
    web|spa|asking|job|nobody|code|openid|openid profile email offline_access|S256|plain|none|login|consent|\
    select_account|login none|form_post|query|fragment|authorization_code|refresh_token|client_credentials|\
    password|page|popup|allow|deny|continue|other|0|-1|99999999999999999999|1e9|da|da sv nb en|alice|ALICE|bob|\
    gzip, deflate, br|100-continue|application/x-www-form-urlencoded|application/json|\
    multipart/form-data; boundary=x|text/plain|null|application/x-www-form-urlencoded; charset=utf-16|\
    same-origin|cross-site|bytes=0-1|h2c|websocket|urn:ietf:params:oauth:client-assertion-type:jwt-bearer|\
    https://app.example/callback|http://127.0.0.1:1/cb|Basic d2ViOndyb25n|Basic !!!|Basic|Bearer|Bearer x|\
    bearer pta_x|Digest a=b|127.0.0.1, ::1";

const NASTY: &str = "\
    <script-from-outside>|\"><script-from-outside>|' OR '1'='1|'; DROP TABLE users; --|\
    ${jndi:ldap://127.0.0.1/x}|{{7*7}}|%s%n%x|../../../../etc/passwd|\\..\\..|\r\nX-Smuggled: 1|\
    a\nX-Smuggled: 1|\u{0}|\u{feff}|\u{202e}evil|a\u{0301}\u{0301}\u{0301}|\u{1f468}\u{200d}\u{1f469}|\u{fdfa}|\
    javascript:alert(1)|data:text/html,x|//evil.example|https:evil.example|https://app.example@evil.example|\
    https://app.example/callback#f|https://[::1|http://0x7f.1/|%|%0|%zz|%00|%c0%af|%ff%fe|[[[[[[[[[[[[[[[[|\
    {\"userinfo\":{\"a\":{\"values\":[[[]]]}}}|{\"a\":1,\"a\":2}|{\"id_token\":null|9e999|\
    eyJhbGciOiJub25lIn0.e30.|eyJhbGciOiJIUzI1NiJ9.e30.AA|a.b.c|..|....|eyJ.eyJ.eyJ.eyJ.eyJ|=|&|&&==&";

/// One request, to be written as it stands.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    pub target: Vec<u8>,
    pub headers: Vec<(Vec<u8>, Vec<u8>)>,
    pub body: Vec<u8>,
}

impl Request {
    /// With lengths that are true, so that an answer is due.
    pub fn framed(&self) -> Vec<u8> {
        let mut out = self.head();
        out.extend(format!("Content-Length: {}\r\nConnection: close\r\n\r\n", self.body.len()).bytes());
        out.extend(&self.body);
        out
    }

    fn head(&self) -> Vec<u8> {
        let mut out = [self.method.as_bytes(), b" ", &self.target, b" HTTP/1.1\r\n"].concat();
        if !self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(b"host")) {
            out.extend(b"Host: localhost\r\n");
        }
        for (name, value) in &self.headers {
            out.extend([name, &b": "[..], value, b"\r\n"].concat());
        }
        out
    }
}

/// What a genuine person and client hold at this moment; hostile values are made from it.
#[derive(Clone, Debug)]
pub struct Genuine {
    pub slug: String,
    pub cookies: String,
    pub values: Vec<String>,
}

/// Requests for the route of this number.
pub fn to_route(number: usize, genuine: &Genuine) -> BoxedStrategy<Request> {
    let (method, path, _) = TENANT_ROUTES[number];
    let path = format!("/t/{}{}", genuine.slug, path.replace("{code}", "PT-1001"));
    let method = prop_oneof![9 => Just(method), 1 => select(words(METHODS))];
    let query = prop_oneof![1 => Just(Vec::new()), 3 => form(genuine), 1 => value(genuine)];
    (method, path_like(path), query, headers(genuine), body(genuine))
        .prop_map(|(method, mut target, query, headers, (kind, body))| {
            if !query.is_empty() {
                target.push(b'?');
                target.extend(line(query));
            }
            let mut all = headers;
            if let Some(kind) = kind {
                all.push((b"Content-Type".to_vec(), kind.as_bytes().to_vec()));
            }
            let body = if method == "GET" && body.len() > 8 { Vec::new() } else { body };
            Request { method: method.to_owned(), target, headers: all, body }
        })
        .boxed()
}

pub fn to_any_route(genuine: &Genuine) -> BoxedStrategy<Request> {
    proptest::strategy::Union::new((0..TENANT_ROUTES.len()).map(|number| to_route(number, genuine))).boxed()
}

/// A request whose bytes were damaged on the way: lengths that lie, lines cut, bytes changed.
pub fn damaged(genuine: &Genuine) -> BoxedStrategy<Vec<u8>> {
    let framing = select(vec![
        &b"Content-Length: 5\r\n"[..],
        b"Content-Length: 99999999999999999999\r\n",
        b"Content-Length: -1\r\n",
        b"Content-Length: 3\r\nContent-Length: 4\r\n",
        b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked, identity\r\n",
        b"Transfer-Encoding: \x0bchunked\r\n",
        b"Connection: upgrade\r\nUpgrade: h2c\r\n",
        b"",
    ]);
    let chunks = prop_oneof![
        Just(b"5\r\na=b&c\r\n0\r\n\r\n".to_vec()),
        Just(b"ffffffffffffffff\r\na".to_vec()),
        Just(b"5;x=\"\r\na=b\r\n0\r\n\r\n".to_vec()),
        Just(b"-1\r\n\r\n".to_vec()),
        vec(any::<u8>(), 0..200),
    ];
    let changes = vec((any::<Index>(), any::<u8>()), 0..6);
    let whole = (to_any_route(genuine), framing, chunks, changes, any::<Index>(), any::<bool>());
    whole
        .prop_map(|(request, framing, chunks, changes, cut, is_cut)| {
            let mut bytes = [request.head(), framing.to_vec(), b"\r\n".to_vec(), chunks, request.body].concat();
            for (place, byte) in changes {
                let place = place.index(bytes.len());
                bytes[place] = byte;
            }
            if is_cut {
                bytes.truncate(cut.index(bytes.len()));
            }
            bytes
        })
        .boxed()
}

fn path_like(path: String) -> BoxedStrategy<Vec<u8>> {
    let right = path.clone().into_bytes();
    let longer = path.clone();
    prop_oneof![
        12 => Just(right),
        1 => select(parts(NASTY)).prop_map(move |tail| line(format!("{longer}/{tail}").into_bytes())),
        1 => (any::<Index>(), any::<u8>()).prop_map(move |(place, byte)| {
            let mut bytes = path.clone().into_bytes();
            let place = place.index(bytes.len());
            bytes[place] = byte;
            line(bytes)
        }),
        1 => (1_usize..9000).prop_map(|length| [b"/t/".to_vec(), vec![b'a'; length]].concat()),
    ]
    .boxed()
}

fn parts(text: &'static str) -> Vec<&'static str> {
    text.split('|').collect()
}

fn words(text: &'static str) -> Vec<&'static str> {
    text.split_whitespace().collect()
}

/// Nothing in it ends the line or the word: what is left is for the server to judge.
fn line(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.retain(|byte| !matches!(byte, b'\r' | b'\n' | b' ' | b'\t'));
    bytes
}

fn value(genuine: &Genuine) -> BoxedStrategy<Vec<u8>> {
    let bent = (select(genuine.values.clone()), any::<Index>(), any::<u8>(), 0_u8..4);
    prop_oneof![
        3 => select(genuine.values.clone()).prop_map(String::into_bytes),
        2 => bent.prop_map(|(value, place, byte, how)| bend(value.into_bytes(), place, byte, how)),
        4 => select(parts(ORDINARY)).prop_map(|text| text.as_bytes().to_vec()),
        4 => select(parts(NASTY)).prop_map(|text| text.as_bytes().to_vec()),
        2 => "\\PC{0,40}".prop_map(String::into_bytes),
        2 => vec(any::<u8>(), 0..64),
        1 => (any::<u8>(), 1_usize..3000).prop_map(|(byte, length)| vec![byte; length]),
    ]
    .boxed()
}

fn bend(mut value: Vec<u8>, place: Index, byte: u8, how: u8) -> Vec<u8> {
    let place = place.index(value.len().max(1)).min(value.len().saturating_sub(1));
    match how {
        0 => value.truncate(place),
        1 => value.insert(place, byte),
        2 => value.extend_from_within(place..),
        _ => value[place] = byte,
    }
    value
}

/// `name=value&…`: mostly encoded as it should be, sometimes not at all.
fn form(genuine: &Genuine) -> BoxedStrategy<Vec<u8>> {
    let name = prop_oneof![
        15 => select(words(PARAMETERS)).prop_map(|name| name.as_bytes().to_vec()),
        1 => vec(any::<u8>(), 0..12),
    ];
    let pairs = vec((name, value(genuine)), 0..14);
    let encoded = prop_oneof![7 => Just(true), 1 => Just(false)];
    (pairs, encoded)
        .prop_map(|(pairs, encoded)| {
            let text = |bytes: &[u8]| -> Vec<u8> {
                if encoded {
                    url::form_urlencoded::byte_serialize(bytes).collect::<String>().into()
                } else {
                    bytes.into()
                }
            };
            let pairs: Vec<Vec<u8>> =
                pairs.iter().map(|(name, value)| [text(name), vec![b'='], text(value)].concat()).collect();
            pairs.join(&b'&')
        })
        .boxed()
}

fn headers(genuine: &Genuine) -> BoxedStrategy<Vec<(Vec<u8>, Vec<u8>)>> {
    let value = value(genuine).prop_map(|mut value| {
        value.retain(|byte| !matches!(byte, b'\r' | b'\n'));
        value
    });
    let cookies = genuine.cookies.clone();
    let own = (any::<Index>(), any::<u8>(), 0_u8..8).prop_map(move |(place, byte, how)| {
        let value = cookies.clone().into_bytes();
        let mut value = if how < 4 { value } else { bend(value, place, byte, how - 4) };
        value.retain(|byte| !matches!(byte, b'\r' | b'\n'));
        (b"Cookie".to_vec(), value)
    });
    let bearer = select(genuine.values.clone())
        .prop_map(|token| (b"Authorization".to_vec(), format!("Bearer {token}").into_bytes()));
    let other = (select(words(HEADERS)), value).prop_map(|(name, value)| (name.as_bytes().to_vec(), value));
    vec(prop_oneof![2 => own, 1 => bearer, 5 => other], 0..5).boxed()
}

fn body(genuine: &Genuine) -> BoxedStrategy<(Option<&'static str>, Vec<u8>)> {
    const FORM: Option<&str> = Some("application/x-www-form-urlencoded");
    let kind =
        select(vec![FORM, None, Some("application/json"), Some("multipart/form-data; boundary=x"), Some("\u{1}")]);
    prop_oneof![
        2 => Just((None, Vec::new())),
        10 => form(genuine).prop_map(|body| (FORM, body)),
        2 => (kind, value(genuine)),
        1 => vec(any::<u8>(), 0..400).prop_map(|body| (FORM, body)),
        1 => (1_usize..90_000).prop_map(|length| (FORM, [b"password=".to_vec(), vec![b'a'; length]].concat())),
        1 => (1_usize..400).prop_map(|count| (FORM, (0..count).map(|n| format!("p{n}=1&")).collect::<String>().into())),
    ]
    .boxed()
}
