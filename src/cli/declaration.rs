//! A declarative file as the command line reads it: checked, and with the content of the files it names in place.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};
use url::Url;

use crate::config::document::{Document, Lines, read_json, read_toml};
use crate::config::shape;
use crate::config::sources::read_text_within;
use crate::flow::admin::declared::{self, Problem};

const MAX_BYTES: u64 = 16 * 1024 * 1024;
/// Of a file that is named in it. Metadata may be of a whole federation.
const MAX_NAMED: u64 = 8 * 1024 * 1024;

/// Fetches the text at an address.
pub type Fetch<'a> = &'a dyn Fn(&Url) -> Result<String, String>;

pub struct Declaration {
    /// The file's name as it was given.
    name: String,
    lines: Lines,
    pub value: Value,
    /// Everything that is wrong, each with its place.
    pub problems: Vec<String>,
}

impl Declaration {
    /// Never fails: what is wrong stands in `problems`.
    pub fn read(path: &Path, fetch: Fetch<'_>) -> Self {
        let name = if path == Path::new("-") { "standard input".to_owned() } else { path.display().to_string() };
        match read_file(path) {
            Ok(text) => Self::parse(name, path, &text, fetch),
            Err(error) => {
                let problems = vec![format!("{name}: cannot be read: {error}")];
                Self { name, lines: Lines::default(), value: Value::Null, problems }
            }
        }
    }

    fn parse(name: String, path: &Path, text: &str, fetch: Fetch<'_>) -> Self {
        let is_json =
            path.extension().is_some_and(|extension| extension == "json") || text.trim_start().starts_with('{');
        let Document { mut value, lines, faults } = if is_json { read_json(text) } else { read_toml(text) };
        let mut declaration = Self { name, lines, value: Value::Null, problems: Vec::new() };
        for fault in faults {
            let line = fault.line.map_or(String::new(), |line| format!("{line}:"));
            declaration.problems.push(format!("{}:{line} {}", declaration.name, fault.message));
        }
        let mut found: Vec<Problem> = shape::prune(&mut value, &declared::schema())
            .into_iter()
            .map(|misfit| Problem::new(&misfit.path, misfit.message))
            .collect();
        // After a mistake of syntax, keys may stand at the root that were meant for a table.
        found.retain(|misfit| declaration.problems.is_empty() || misfit.path.contains(['.', '[']));
        let folder = path.parent().unwrap_or(Path::new("."));
        Inline { folder, found: &mut found, fetch }.document(&mut value);
        declaration.value = Value::Object(value);
        let judged = judge(&declaration.value);
        let unknown = judged.into_iter().filter(|problem| !explained(problem, &found)).collect::<Vec<_>>();
        found.extend(unknown);
        found.sort_by_key(|problem| declaration.lines.of(&problem.path));
        let placed: Vec<String> = found.iter().map(|problem| declaration.place(problem)).collect();
        declaration.problems.extend(placed);
        declaration
    }

    /// `file:line: path: message`.
    pub fn place(&self, problem: &Problem) -> String {
        let line = self.lines.of(&problem.path).map_or(String::new(), |line| format!("{line}:"));
        let path = if problem.path.is_empty() { String::new() } else { format!("{}: ", problem.path) };
        format!("{}:{line} {path}{}", self.name, problem.message)
    }
}

fn read_file(path: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    let source: Box<dyn Read> =
        if path == Path::new("-") { Box::new(std::io::stdin()) } else { Box::new(File::open(path)?) };
    let read = source.take(MAX_BYTES.saturating_add(1)).read_to_string(&mut text)?;
    if u64::try_from(read).is_ok_and(|read| read <= MAX_BYTES) {
        Ok(text)
    } else {
        Err(std::io::Error::new(std::io::ErrorKind::InvalidData, "is larger than 16 MiB"))
    }
}

/// What is wrong beyond the shape. The server judges again: this is only so that everything is said at once.
fn judge(value: &Value) -> Vec<Problem> {
    match serde_path_to_error::deserialize::<_, declared::Declaration>(value.clone()) {
        Ok(declaration) => declared::check(declaration).map_or_else(|problems| problems, |_checked| Vec::new()),
        Err(error) => vec![Problem::new(&error.path().to_string(), error.inner())],
    }
}

/// Whether a problem only follows from one that was found before: what was cut out is missing afterwards.
fn explained(problem: &Problem, found: &[Problem]) -> bool {
    let sections = ["oidc", "saml", "wsfed"].map(|name| format!("{}.{name}", problem.path));
    let follows = |before: &str| before == problem.path || sections.iter().any(|section| section == before);
    found.iter().any(|before| follows(&before.path) || is_cause(before, problem))
}

/// Whether a file that cannot be read, or a key that is misspelt, is why something is missing.
fn is_cause(before: &Problem, problem: &Problem) -> bool {
    let (section, key) = before.path.rsplit_once('.').unwrap_or(("", &before.path));
    let unread = key.ends_with("_file") && problem.path == section && problem.message.starts_with("needs ");
    let meant = before.message.split_once("did you mean `").and_then(|(_, rest)| rest.split_once('`'));
    let misspelt = meant.is_some_and(|(meant, _)| problem.path == crate::config::document::join(section, meant));
    unread || misspelt
}

/// Replaces `…_file` keys by what the files hold.
struct Inline<'a> {
    folder: &'a Path,
    found: &'a mut Vec<Problem>,
    fetch: Fetch<'a>,
}

impl Inline<'_> {
    fn document(&mut self, document: &mut Map<String, Value>) {
        for (path, tenant) in tables("", document, "tenant") {
            for (path, user) in tables(&path, tenant, "user") {
                self.replace(&path, user, "password");
                self.replace(&path, user, "totp_secret");
            }
            for (path, provider) in tables(&path, tenant, "identity_provider") {
                for key in ["client_secret", "metadata", "certificates", "metadata_certificates"] {
                    self.replace(&path, provider, key);
                }
            }
            for (path, application) in tables(&path, tenant, "application") {
                for (table, key) in [
                    ("oidc", "secret"),
                    ("saml", "metadata"),
                    ("saml", "metadata_certificates"),
                    ("saml", "certificates"),
                    ("saml", "encryption_certificates"),
                    ("wsfed", "encryption_certificate"),
                ] {
                    if let Some(Value::Object(entry)) = application.get_mut(table) {
                        self.replace(&format!("{path}.{table}"), entry, key);
                    }
                }
                if let Some(Value::Object(saml)) = application.get_mut("saml") {
                    self.fetch_metadata(&format!("{path}.saml"), saml);
                }
            }
        }
    }

    /// What stands nowhere but at its address.
    fn fetch_metadata(&mut self, path: &str, saml: &mut Map<String, Value>) {
        if ["metadata", "acs"].iter().any(|key| saml.contains_key(*key)) {
            return;
        }
        let Some(url) = saml.get("metadata_url").and_then(Value::as_str).and_then(|text| Url::parse(text).ok()) else {
            return;
        };
        match (self.fetch)(&url) {
            Ok(text) => {
                saml.insert("metadata".to_owned(), Value::from(text));
            }
            Err(cause) => {
                self.found.push(Problem::new(&format!("{path}.metadata_url"), format!("cannot be fetched: {cause}")));
            }
        }
    }

    fn replace(&mut self, path: &str, table: &mut Map<String, Value>, key: &str) {
        let file_key = format!("{key}_file");
        let Some(Value::String(file)) = table.remove(&file_key) else { return };
        let path = format!("{path}.{file_key}");
        if table.contains_key(key) {
            return self.found.push(Problem::new(&path, format!("is set beside {key}; keep one")));
        }
        let file = self.folder.join(PathBuf::from(file));
        match read_text_within(&file, MAX_NAMED) {
            Ok(text) => {
                table.insert(key.to_owned(), Value::from(text.trim_end_matches(['\r', '\n'])));
            }
            Err(error) => self.found.push(Problem::new(&path, format!("cannot read {}: {error}", file.display()))),
        }
    }
}

/// The tables of a list, each with its path.
fn tables<'a>(path: &str, table: &'a mut Map<String, Value>, key: &str) -> Vec<(String, &'a mut Map<String, Value>)> {
    let prefix = crate::config::document::join(path, key);
    let list = table.get_mut(key).and_then(Value::as_array_mut);
    let items = list.into_iter().flatten().enumerate();
    items.filter_map(|(n, item)| Some((format!("{prefix}[{n}]"), item.as_object_mut()?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nothing(_: &Url) -> Result<String, String> {
        Err("no network".to_owned())
    }

    fn read(text: &str) -> Declaration {
        Declaration::parse("acme.toml".to_owned(), Path::new("acme.toml"), text, &nothing)
    }

    #[test]
    fn the_example_can_be_applied() {
        let example = Declaration::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/acme.toml"), &nothing);
        assert_eq!(example.problems, Vec::<String>::new());
        let parsed: declared::Declaration = serde_json::from_value(example.value).unwrap();
        let checked = declared::check(parsed).unwrap();
        assert_eq!(checked.warnings, []);
        assert_eq!((checked.tenants[0].users.len(), checked.tenants[0].applications.len()), (2, 5));
    }

    #[test]
    fn all_problems_come_at_once_in_the_order_of_the_file() {
        let declaration = read(
            "versoin = 1\n[[tenant]]\nname = 3\n[[tenant.user]]\nusernam = \"mette\"\nemail = \"nowhere\"\n\
             password_file = \"/nowhere\"\n[[tenant.application]]\nid = \"x\"\noidc = 1\n\
             [[tenant.application]]\nid = \"y\"\n[tenant.application.saml]\nname_id = \"email\"\n",
        );
        assert_eq!(
            declaration.problems,
            [
                "acme.toml:1: versoin: unknown key; did you mean `version`?",
                "acme.toml:2: tenant[0].slug: is missing",
                "acme.toml:3: tenant[0].name: must be a text in quotes",
                "acme.toml:5: tenant[0].user[0].usernam: unknown key; did you mean `username`?",
                "acme.toml:6: tenant[0].user[0].email: contains a character that is not allowed: '@' (it is \"nowhere\")",
                "acme.toml:7: tenant[0].user[0].password_file: cannot read /nowhere: No such file or directory (os error 2)",
                "acme.toml:10: tenant[0].application[0].oidc: must be a table",
                "acme.toml:13: tenant[0].application[1].saml: needs metadata, metadata_file or metadata_url, or entity_id and acs",
            ]
        );
    }

    #[test]
    fn one_mistake_is_told_once() {
        let told = |text: &str| read(text).problems;
        let saml = "[[tenant]]\nslug = \"a\"\n[[tenant.application]]\nid = \"x\"\n[tenant.application.saml]\n\
                    metadata_file = \"/nowhere\"\n";
        let expected = "acme.toml:6: tenant[0].application[0].saml.metadata_file: cannot read /nowhere: No such file or \
                        directory (os error 2)";
        assert_eq!(told(saml), [expected]);
        let misspelt = "[[tenant]]\nslug = \"a\"\n[[tenant.application]]\nid = \"x\"\n[tenant.application.oidc]\n\
                        redirect_uri = [\"https://x.example/\"]\n";
        let expected =
            "acme.toml:6: tenant[0].application[0].oidc.redirect_uri: unknown key; did you mean `redirect_uris`?";
        assert_eq!(told(misspelt), [expected]);
        let bracket = told("[[tenant]\nslug = \"a\"\n");
        assert_eq!(bracket.len(), 1, "{bracket:?}");
    }

    #[test]
    fn what_a_kind_cannot_have_is_named_with_its_line() {
        let problems = read(
            "[[tenant]]\nslug = \"a\"\n[[tenant.identity_provider]]\nid = \"up\"\nkind = \"entra\"\n\
             issuer = \"https://idp.example\"\nclient_id = \"x\"\ntoken_endpoint_auth_method = \"private_key_jwt\"\n",
        )
        .problems;
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].contains("token_endpoint_auth_method"), "{problems:?}");
        assert!(problems[0].starts_with("acme.toml:"), "{problems:?}");
    }

    #[test]
    fn files_are_read_beside_the_file_that_names_them() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("secrets")).unwrap();
        std::fs::write(dir.path().join("secrets/mette"), "geheim\n").unwrap();
        std::fs::write(dir.path().join("secrets/shop"), "hush").unwrap();
        let file = dir.path().join("acme.toml");
        let text = "[[tenant]]\nslug = \"a\"\nuser = [{ username = \"mette\", password_file = \"secrets/mette\" }]\n\
            [[tenant.application]]\nid = \"shop\"\n[tenant.application.oidc]\nsecret_file = \"secrets/shop\"\n\
            redirect_uris = [\"https://shop.example/\"]\n";
        std::fs::write(&file, text).unwrap();
        let declaration = Declaration::read(&file, &nothing);
        assert_eq!(declaration.problems, Vec::<String>::new());
        let at = |pointer: &str| declaration.value.pointer(pointer).cloned();
        assert_eq!(at("/tenant/0/user/0/password"), Some(Value::from("geheim")));
        assert_eq!(at("/tenant/0/application/0/oidc/secret"), Some(Value::from("hush")));
        assert_eq!(at("/tenant/0/user/0/password_file"), None);
    }

    #[test]
    fn json_is_as_good_as_toml() {
        let json = Declaration::parse(
            "a".to_owned(),
            Path::new("-"),
            "{\"tenant\": [{\"slug\": \"a\", \"nmae\": 1}]}",
            &nothing,
        );
        assert_eq!(json.problems, ["a: tenant[0].nmae: unknown key; did you mean `name`?"]);
    }

    #[test]
    fn metadata_is_fetched_where_only_its_address_is_given() {
        let text = "[[tenant]]\nslug = \"a\"\n[[tenant.application]]\nid = \"sp\"\n[tenant.application.saml]\n\
            metadata_url = \"https://sp.example/metadata\"\n";
        let problems = read(text).problems;
        let expected = "acme.toml:6: tenant[0].application[0].saml.metadata_url: cannot be fetched: no network";
        assert_eq!(problems, [expected]);
        let fetch = |url: &Url| Ok(format!("<x>{url}</x>"));
        let fetched = Declaration::parse("a".to_owned(), Path::new("a"), text, &fetch);
        let metadata = fetched.value.pointer("/tenant/0/application/0/saml/metadata").unwrap();
        assert_eq!(metadata, "<x>https://sp.example/metadata</x>");
    }
}
