//! With one crate the compiler does not see the layers: this does. It reads the sources as tokens, resolves
//! each path, and compares with the tables below (the picture in `src/lib.rs`).

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A layer and what its arrows lead to; what those reach is reached as well.
const ARROWS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("crypto", &["domain"]),
    ("protocol", &["crypto"]),
    ("store", &["crypto"]),
    ("view", &["domain"]),
    ("outbound", &["domain"]),
    ("flow", &["protocol", "store"]),
    ("config", &["store"]),
    ("telemetry", &["config"]),
    ("jobs", &["flow", "view", "outbound", "telemetry"]),
    ("web", &["flow", "view", "outbound", "telemetry"]),
    ("app", &["web", "jobs", "config"]),
    ("cli", &["app"]),
    ("main", &["cli"]),
    // `lib.rs` only names the modules.
    ("lib", &[]),
];

/// Foreign crates and the only files or folders that may name them.
const HOMES: &[(&str, &[&str])] = &[
    ("actix_web", &["web/", "app.rs"]),
    ("actix_http", &["web/", "app.rs"]),
    ("actix_rt", &["web/", "app.rs"]),
    ("diesel", &["store/"]),
    ("diesel_migrations", &["store/"]),
    ("libsqlite3_sys", &["store/"]),
    ("pq_sys", &["store/"]),
    ("askama", &["view/"]),
    ("fluent_templates", &["view/"]),
    ("reqwest", &["outbound/"]),
    ("lettre", &["outbound/"]),
    ("openidconnect", &["protocol/oidc/", "crypto/jose.rs", "crypto/jose/", "outbound/"]),
    ("oauth2", &["protocol/oidc/", "crypto/jose.rs", "crypto/jose/", "outbound/"]),
    ("uppsala", &["crypto/xml"]),
    ("bergshamra_c14n", &["crypto/xml"]),
    ("bergshamra_xml", &["crypto/xml"]),
    ("samael", &["protocol/saml/second_opinion.rs"]),
    ("flate2", &["protocol/saml/"]),
    ("rcgen", &["crypto/"]),
    ("x509_parser", &["crypto/"]),
    ("aws_lc_rs", &["crypto/"]),
    ("argon2", &["crypto/"]),
    ("bcrypt", &["crypto/"]),
    ("scrypt", &["crypto/"]),
    ("pbkdf2", &["crypto/"]),
    ("xorf", &["crypto/"]),
    ("clap", &["cli/", "main.rs"]),
    ("clap_complete", &["cli/"]),
    ("rpassword", &["cli/"]),
    ("anyhow", &["main.rs", "cli/", "app.rs"]),
];

/// Names that say nothing about what is inside.
const EMPTY_NAMES: &[&str] = &["utils", "util", "common", "helpers", "helper", "manager", "prelude", "types", "misc"];

const BANNED_MACROS: &[&str] = &["todo", "unimplemented", "dbg"];
const LONGEST_FILE: usize = 800;

#[test]
fn layers_follow_the_arrows_and_foreign_crates_stay_at_home() {
    let found: Vec<String> = sources().iter().flat_map(|(path, text)| path_violations(path, text)).collect();
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn sources_are_short_named_and_finished() {
    let mut found = Vec::new();
    for (path, text) in sources() {
        found.extend(shape_violations(&path, &text));
    }
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn templates_never_switch_escaping_off() {
    let mut found = Vec::new();
    for (path, text) in files("templates", &["html", "txt", "xml"]) {
        found.extend(template_violations(&path, &text));
    }
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn every_layer_of_the_tree_is_in_the_table() {
    let known: BTreeSet<&str> = ARROWS.iter().map(|(layer, _)| *layer).collect();
    for (path, _) in sources() {
        let layer = layer_of(&path);
        assert!(known.contains(layer), "src/{path} belongs to no layer: extend ARROWS on purpose");
    }
}

#[test]
fn the_guard_sees_what_it_must_see() {
    let cases = [
        ("domain/user.rs", "use crate::store::Store;", 1),
        ("domain/user.rs", "use crate::{crypto::{seal, token::mint}, domain::ids::UserId};", 2),
        ("protocol/oidc/token.rs", "fn f() { crate::store::grants::find(); }", 1),
        ("protocol/oidc/token.rs", "use super::super::super::store::Tx;", 1),
        ("protocol/oidc/token.rs", "use super::super::fault::Fault;", 0),
        ("view/page.rs", "use crate::flow;", 1),
        ("view/page.rs", "use crate::domain::*; /* use crate::flow; */ // crate::store::X", 0),
        ("view/page.rs", "const TEXT: &str = \"use crate::flow;\"; const RAW: &str = r#\"crate::web::x\"#;", 0),
        ("flow/token.rs", "use crate::protocol::oidc::token; use crate::domain::grant::Grant;", 0),
        ("flow/token.rs", "use crate::web::App;", 1),
        ("flow/token.rs", "use actix_web::web;", 1),
        ("flow/token.rs", "fn f(x: &::diesel::Connection) {}", 1),
        ("flow/token.rs", "#[derive(askama::Template)] struct X;", 1),
        ("web/page.rs", "use actix_web::{HttpRequest, web::{self, Data}};", 0),
        ("web/page.rs", "use crate::outbound::fetch as f; use crate::flow::{self as flows, Site};", 0),
        ("crypto/jose.rs", "use openidconnect::core::CoreJsonWebKey;", 0),
        ("crypto/seal.rs", "use openidconnect::core::CoreJsonWebKey;", 1),
        ("store/mod.rs", "mod tests { use super::*; use super::super::domain::ids; }", 0),
        ("store/mod.rs", "mod tests { use super::super::flow::Site; }", 1),
        ("store/mod.rs", "fn f<'a>(c: char) -> bool { c == '\"' } use crate::flow::Site; fn g() -> char { '\\'' }", 1),
        ("domain/user.rs", "use crate as everything;", 1),
        ("domain/user.rs", "extern crate diesel;", 1),
        ("flow/admin/tests.rs", "fn f() { bcrypt::hash(); crate::web::serve(); }", 1),
        ("main.rs", "fn main() { portner::cli::run() }", 0),
    ];
    for (path, text, expected) in cases {
        let found = path_violations(path, text);
        assert_eq!(found.len(), expected, "{path}: {text}\n{found:?}");
    }
    assert_eq!(shape_violations("flow/utils.rs", "fn f() { todo!() }").len(), 2);
    assert_eq!(shape_violations("flow/x.rs", &"//\n".repeat(LONGEST_FILE + 1)).len(), 1);
    assert_eq!(template_violations("a.html", "{{ name|safe }}{{ name | safe }}{{ unsafe_name }}").len(), 2);
}

// ---- the rules ----

fn path_violations(path: &str, text: &str) -> Vec<String> {
    let layer = layer_of(path);
    let reached = reach(layer);
    let mut found = Vec::new();
    for used in Paths::of(path, text) {
        let first = used.first().map_or("", String::as_str);
        if let Some((_, homes)) = HOMES.iter().find(|(name, _)| *name == first) {
            if !homes.iter().any(|home| path.starts_with(home)) && !is_test(path) {
                found.push(format!("src/{path} names {first}, whose home is {homes:?}"));
            }
            continue;
        }
        if first != "crate" && first != "portner" {
            continue;
        }
        match used.get(1).map(String::as_str) {
            None if path != "lib.rs" => found.push(format!("src/{path} takes the whole crate")),
            Some(other) if other == layer || reached.contains(other) || layer == "lib" => {}
            Some(other) if ARROWS.iter().any(|(name, _)| *name == other) => {
                found.push(format!("src/{path}: {layer} must not use {other} ({})", used.join("::")));
            }
            // Something of the crate's root that is no layer.
            _ => {}
        }
    }
    found
}

/// Unit tests in files of their own may look at things with other eyes; the layers hold for them all the same.
fn is_test(path: &str) -> bool {
    let stem = path.trim_end_matches(".rs");
    stem.ends_with("/tests") || stem.ends_with("_tests") || path.contains("/tests/")
}

fn shape_violations(path: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let lines = text.lines().count();
    if lines > LONGEST_FILE {
        found.push(format!("src/{path} has {lines} lines; split it by noun"));
    }
    for part in Path::new(path).with_extension("").iter().filter_map(|part| part.to_str()) {
        if EMPTY_NAMES.contains(&part) {
            found.push(format!("src/{path}: `{part}` says nothing"));
        }
    }
    let tokens = tokens(text);
    for pair in tokens.windows(2) {
        if pair[1] == "!" && BANNED_MACROS.contains(&pair[0].as_str()) {
            found.push(format!("src/{path} has {}!", pair[0]));
        }
    }
    found
}

fn template_violations(path: &str, text: &str) -> Vec<String> {
    let dense: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    dense.match_indices("|safe").map(|_| format!("templates/{path} uses |safe")).collect()
}

fn layer_of(path: &str) -> &str {
    path.split('/').next().unwrap_or(path).trim_end_matches(".rs")
}

/// Everything the arrows lead to, at once or further on.
fn reach(layer: &str) -> BTreeSet<&'static str> {
    let mut reached = BTreeSet::new();
    let mut open = vec![layer.to_owned()];
    while let Some(next) = open.pop() {
        let arrows = ARROWS.iter().find(|(name, _)| *name == next).map_or(&[][..], |(_, to)| to);
        open.extend(arrows.iter().filter(|to| reached.insert(**to)).map(|to| (*to).to_owned()));
    }
    reached
}

// ---- reading sources ----

/// The paths a file names, those of `crate`, `self` and `super` from the root.
struct Paths {
    tokens: Vec<String>,
    at: usize,
    /// The module that is being read, and at which depth of braces each inline module began.
    module: Vec<String>,
    inline: Vec<usize>,
    depth: usize,
    found: Vec<Vec<String>>,
}

impl Paths {
    fn of(path: &str, text: &str) -> Vec<Vec<String>> {
        let mut module: Vec<String> = path.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
        if module.last().is_some_and(|last| last == "mod" || last == "lib" || last == "main") {
            module.pop();
        }
        let mut it = Self { tokens: tokens(text), at: 0, module, inline: Vec::new(), depth: 0, found: Vec::new() };
        while it.at < it.tokens.len() {
            it.step();
        }
        it.found
    }

    fn peek(&self, ahead: usize) -> &str {
        self.tokens.get(self.at + ahead).map_or("", String::as_str)
    }

    fn step(&mut self) {
        match self.peek(0) {
            "use" => {
                self.at += 1;
                self.tree(&[]);
            }
            "extern" if self.peek(1) == "crate" => {
                let name = self.peek(2).to_owned();
                self.found.push(vec![name, String::new()]);
                self.at += 3;
            }
            "mod" if self.peek(2) == "{" => {
                self.inline.push(self.depth);
                let name = self.peek(1).to_owned();
                self.module.push(name);
                self.depth += 1;
                self.at += 3;
            }
            "{" => {
                self.depth += 1;
                self.at += 1;
            }
            "}" => {
                self.depth = self.depth.saturating_sub(1);
                if self.inline.last() == Some(&self.depth) {
                    self.inline.pop();
                    self.module.pop();
                }
                self.at += 1;
            }
            token if is_word(token) && self.peek(1) == "::" => self.plain_path(),
            _ => self.at += 1,
        }
    }

    /// `a::b::c` in code.
    fn plain_path(&mut self) {
        // The middle of a path, or of an expression such as `x.y::<Z>()`, is not its beginning.
        let before = self.at.checked_sub(1).and_then(|at| self.tokens.get(at)).map_or("", String::as_str);
        let mut path = vec![self.peek(0).to_owned()];
        self.at += 1;
        while self.peek(0) == "::" && is_word(self.peek(1)) {
            path.push(self.peek(1).to_owned());
            self.at += 2;
        }
        if before != "." {
            self.keep(path);
        }
    }

    /// One branch of a `use` declaration, groups within groups.
    fn tree(&mut self, prefix: &[String]) {
        let mut path = prefix.to_vec();
        loop {
            match self.peek(0) {
                "::" => self.at += 1,
                "{" => {
                    self.at += 1;
                    while self.peek(0) != "}" && !self.peek(0).is_empty() {
                        self.tree(&path);
                        if self.peek(0) == "," {
                            self.at += 1;
                        }
                    }
                    self.at += 1;
                    return;
                }
                "as" => self.at += 2,
                "*" => {
                    path.push("*".to_owned());
                    self.at += 1;
                }
                token if is_word(token) => {
                    path.push(token.to_owned());
                    self.at += 1;
                }
                _ => {
                    self.keep(path);
                    return;
                }
            }
        }
    }

    fn keep(&mut self, mut path: Vec<String>) {
        let mut base = self.module.clone();
        let relative = path.first().is_some_and(|first| first == "self" || first == "super");
        while path.first().is_some_and(|first| first == "self" || first == "super") {
            if path.remove(0) == "super" {
                base.pop();
            }
        }
        if relative {
            base.insert(0, "crate".to_owned());
            base.append(&mut path);
            path = base;
        }
        // `use crate::flow::{self}` names `crate::flow`.
        path.retain(|part| part != "self");
        self.found.push(path);
    }
}

fn is_word(token: &str) -> bool {
    token.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_')
}

/// Words, `::` and single signs; comments, strings, characters and lifetimes are left out.
fn tokens(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let next = chars.get(at + 1).copied().unwrap_or(' ');
        match chars[at] {
            '/' if next == '/' => at = end_of(&chars, at, &['\n']),
            '/' if next == '*' => at = after_comment(&chars, at),
            '"' => at = after_string(&chars, at),
            'r' | 'b' | 'c' if raw_hashes(&chars, at).is_some() => at = after_raw(&chars, at),
            '\'' => at = after_quote(&chars, at),
            ':' if next == ':' => {
                tokens.push("::".to_owned());
                at += 2;
            }
            c if c.is_alphanumeric() || c == '_' => {
                let end = (at..chars.len()).find(|i| !(chars[*i].is_alphanumeric() || chars[*i] == '_'));
                let end = end.unwrap_or(chars.len());
                tokens.push(chars[at..end].iter().collect());
                at = end;
            }
            c if c.is_whitespace() => at += 1,
            c => {
                tokens.push(c.to_string());
                at += 1;
            }
        }
    }
    tokens
}

fn end_of(chars: &[char], from: usize, ends: &[char]) -> usize {
    (from..chars.len()).find(|at| ends.contains(&chars[*at])).unwrap_or(chars.len())
}

fn after_comment(chars: &[char], from: usize) -> usize {
    let mut depth = 0;
    let mut at = from;
    while at < chars.len() {
        match (chars[at], chars.get(at + 1)) {
            ('/', Some('*')) => {
                depth += 1;
                at += 2;
            }
            ('*', Some('/')) => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    at
}

fn after_string(chars: &[char], from: usize) -> usize {
    let mut at = from + 1;
    while at < chars.len() && chars[at] != '"' {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

/// How many `#` a raw string that begins here has: `r"`, `br#"`, `cr##"`.
fn raw_hashes(chars: &[char], from: usize) -> Option<usize> {
    if from > 0 && (chars[from - 1].is_alphanumeric() || chars[from - 1] == '_') {
        return None;
    }
    let letters = chars[from..].iter().take_while(|c| matches!(c, 'r' | 'b' | 'c')).count();
    let rest = chars.get(from + letters..)?;
    let hashes = rest.iter().take_while(|c| **c == '#').count();
    let raw = letters <= 2 && chars[from + letters - 1] == 'r';
    (raw && rest.get(hashes) == Some(&'"')).then_some(hashes)
}

fn after_raw(chars: &[char], from: usize) -> usize {
    let hashes = raw_hashes(chars, from).unwrap_or(0);
    let mut at = end_of(chars, from, &['"']) + 1;
    while at < chars.len() {
        if chars[at] == '"' && chars[at + 1..].iter().take(hashes).filter(|c| **c == '#').count() == hashes {
            return at + 1 + hashes;
        }
        at += 1;
    }
    at
}

/// A character literal ends; a lifetime is skipped as a sign.
fn after_quote(chars: &[char], from: usize) -> usize {
    match (chars.get(from + 1), chars.get(from + 2)) {
        (Some('\\'), _) => end_of(chars, from + 3, &['\'']) + 1,
        (Some(_), Some('\'')) => from + 3,
        _ => from + 1,
    }
}

fn sources() -> Vec<(String, String)> {
    let found = files("src", &["rs"]);
    assert!(found.len() > 20, "the sources are found");
    found
}

/// All files of a folder of the project, paths relative to that folder.
fn files(folder: &str, extensions: &[&str]) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut found = Vec::new();
    let mut open: Vec<PathBuf> = vec![root.clone()];
    while let Some(path) = open.pop() {
        let Ok(entries) = fs::read_dir(&path) else { continue };
        for entry in entries {
            let path = entry.expect("the folder is readable").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().and_then(|it| it.to_str()).is_some_and(|it| extensions.contains(&it)) {
                let name = path.strip_prefix(&root).expect("below the folder").to_string_lossy().into_owned();
                found.push((name, fs::read_to_string(&path).expect("readable")));
            }
        }
    }
    found.sort();
    found
}
