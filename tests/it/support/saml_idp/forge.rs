//! Answers of an identity provider as text: right ones, and those of the literature on signature wrapping. Whoever uses
//! this file signs them, with the names that are in scope there.

use chrono::Duration;

use super::{ASSERTION, BEARER, PROTOCOL, SUCCESS, Time, Writer, written};

/// What an answer says.
#[derive(Clone, Debug)]
pub struct Forge {
    pub issuer: String,
    pub audience: String,
    pub acs: String,
    pub request: String,
    pub now: Time,
    pub format: String,
    pub context: String,
    /// Of the sign-in, before now.
    pub minutes: i64,
    /// Those that it has it from.
    pub authorities: Vec<String>,
    /// A condition, as it is.
    pub proxies: Option<String>,
    /// From now on the session there is over.
    pub session_until: Option<Time>,
    /// `{}` stands for the person's name.
    pub attributes: Vec<(String, Vec<String>)>,
}

impl Default for Forge {
    fn default() -> Self {
        Self {
            issuer: String::new(),
            audience: String::new(),
            acs: String::new(),
            request: String::new(),
            now: Time::default(),
            format: "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent".to_owned(),
            context: "urn:oasis:names:tc:SAML:2.0:ac:classes:Password".to_owned(),
            minutes: 2,
            authorities: Vec::new(),
            proxies: None,
            session_until: None,
            attributes: vec![("mail".to_owned(), vec!["{}@idp.example".to_owned(), "second".to_owned()])],
        }
    }
}

impl Forge {
    fn at(&self, minutes: i64) -> String {
        written(self.now + Duration::minutes(minutes))
    }

    pub fn assertion(&self, id: &str, name: &str) -> String {
        let mut out = Writer::new();
        let head = [("xmlns:saml", ASSERTION), ("ID", id), ("Version", "2.0"), ("IssueInstant", &self.at(0))];
        let data =
            [("Recipient", self.acs.as_str()), ("InResponseTo", self.request.as_str()), ("NotOnOrAfter", &self.at(5))];
        let (instant, end) = (self.at(-self.minutes), self.session_until.map(written));
        let mut session = vec![("AuthnInstant", instant.as_str()), ("SessionIndex", "s1")];
        session.extend(end.as_deref().map(|end| ("SessionNotOnOrAfter", end)));
        out.open("saml:Assertion", &head)
            .leaf("saml:Issuer", &[], &self.issuer)
            .open("saml:Subject", &[])
            .leaf("saml:NameID", &[("Format", &self.format)], name)
            .open("saml:SubjectConfirmation", &[("Method", BEARER)])
            .leaf("saml:SubjectConfirmationData", &data, "")
            .close()
            .close()
            .open("saml:Conditions", &[("NotBefore", &self.at(-1)), ("NotOnOrAfter", &self.at(5))])
            .open("saml:AudienceRestriction", &[])
            .leaf("saml:Audience", &[], &self.audience)
            .close()
            .insert(self.proxies.as_deref().unwrap_or_default())
            .close()
            .open("saml:AuthnStatement", &session)
            .open("saml:AuthnContext", &[])
            .leaf("saml:AuthnContextClassRef", &[], &self.context);
        for authority in &self.authorities {
            out.leaf("saml:AuthenticatingAuthority", &[], authority);
        }
        out.close().close().open("saml:AttributeStatement", &[]);
        for (attribute, values) in &self.attributes {
            out.open("saml:Attribute", &[("Name", attribute)]);
            for value in values {
                out.leaf("saml:AttributeValue", &[], &value.replace("{}", name));
            }
            out.close();
        }
        out.close().close();
        out.finish().unwrap()
    }

    pub fn response(&self, id: &str, inner: &str) -> String {
        let mut out = Writer::new();
        out.open(
            "samlp:Response",
            &[
                ("xmlns:samlp", PROTOCOL),
                ("xmlns:saml", ASSERTION),
                ("ID", id),
                ("Version", "2.0"),
                ("IssueInstant", &self.at(0)),
                ("Destination", &self.acs),
                ("InResponseTo", &self.request),
            ],
        )
        .leaf("saml:Issuer", &[], &self.issuer)
        .open("samlp:Status", &[])
        .leaf("samlp:StatusCode", &[("Value", SUCCESS)], "")
        .close()
        .insert(inner)
        .close();
        out.finish().unwrap()
    }

    /// Mallory's assertion, with this after its issuer.
    pub fn evil(&self, id: &str, inside: &str) -> String {
        self.assertion(id, "mallory").replacen("</saml:Issuer>", &format!("</saml:Issuer>{inside}"), 1)
    }

    /// Answers around one assertion that is signed and named `_a`, by the variant they are. Numbers as in the literature.
    pub fn wrapped_assertions(&self, good: &str) -> Vec<(&'static str, String)> {
        let (signature, bare) = taken(good);
        let extended = |inside: &str, rest: &str| {
            let extensions = format!("<samlp:Extensions>{inside}</samlp:Extensions>");
            before(&extensions, "<samlp:Status>", &self.response("_r", rest))
        };
        let answers = |inner: String| self.response("_r", &inner);
        let evil = |id: &str, inside: &str| self.evil(id, inside);
        let advice = format!("<saml:Advice>{}</saml:Advice>", evil("_e", ""));
        let info = format!("<ds:KeyInfo>{}</ds:KeyInfo>", evil("_e", ""));
        let entity = answers(good.replacen("</saml:NameID>", "&n;</saml:NameID>", 1));
        vec![
            ("3", answers(format!("{}{good}", evil("_e", "")))),
            ("3, after", answers(format!("{good}{}", evil("_e", "")))),
            ("4", answers(evil("_e", good))),
            ("5", answers(format!("{}{bare}", evil("_e", &signature)))),
            ("5, before", answers(format!("{bare}{}", evil("_e", &signature)))),
            ("6", answers(evil("_e", &before(&bare, "</ds:Signature>", &signature)))),
            ("7", extended(&evil("_e", ""), good)),
            ("7, original among extensions", extended(good, &evil("_e", ""))),
            ("8", answers(evil("_e", &object(&signature, &bare)))),
            ("same identifier", answers(format!("{}{bare}", evil("_a", &signature)))),
            (
                "same identifier, other case",
                answers(format!("{}{}", evil("_a", &signature), bare.replacen(" ID=", " Id=", 1))),
            ),
            ("original in advice", answers(evil("_e", &format!("{signature}<saml:Advice>{bare}</saml:Advice>")))),
            ("evil in advice", answers(before(&advice, "<saml:Subject>", good))),
            ("evil in the key's place", answers(good.replacen("<ds:KeyInfo>", &format!("{info}<ds:KeyInfo>"), 1))),
            ("evil as the key", answers(before(&evil("_e", ""), "</ds:KeyInfo>", good))),
            ("signature of a sibling", answers(format!("{signature}{}", evil("_e", "")))),
            ("a bare assertion", good.to_owned()),
            ("a document type", format!("<!DOCTYPE r [<!ENTITY n \"mallory\">]>{entity}")),
        ]
    }

    /// The same around a whole answer that is signed.
    pub fn wrapped_messages(&self, good: &str) -> Vec<(&'static str, String)> {
        let (signature, bare) = taken(good);
        let forged = |inside: &str| before(inside, "<samlp:Status>", &self.response("_f", &self.evil("_e", "")));
        vec![
            ("1", forged(&object(&signature, &bare))),
            ("1, without an object", forged(&before(&bare, "</ds:Signature>", &signature))),
            ("1, original after", forged(&format!("{signature}{bare}"))),
            ("2", forged(&format!("{bare}{signature}"))),
            ("two roots", format!("{}{good}", self.response("_f", &self.evil("_e", "")))),
            ("evil around the message", format!("<samlp:Response xmlns:samlp=\"{PROTOCOL}\">{good}</samlp:Response>")),
        ]
    }
}

fn before(what: &str, from: &str, text: &str) -> String {
    assert!(text.contains(from), "{from}");
    text.replacen(from, &format!("{what}{from}"), 1)
}

fn object(signature: &str, inside: &str) -> String {
    before(&format!("<ds:Object>{inside}</ds:Object>"), "</ds:Signature>", signature)
}

/// The signature, and what is left.
pub fn taken(xml: &str) -> (String, String) {
    let start = xml.find("<ds:Signature ").unwrap();
    let end = xml.find("</ds:Signature>").unwrap() + "</ds:Signature>".len();
    (xml[start..end].to_owned(), format!("{}{}", &xml[..start], &xml[end..]))
}
