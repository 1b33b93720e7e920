//! The XML engine against xmlsec1, which we did not write: each signs, and the other verifies; each encrypts, and the
//! other decrypts.

use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portner::crypto::credential::{self, Credential};
use portner::crypto::entropy::SystemEntropy;
use portner::crypto::xml::{
    Cipher, DSIG, Document, Place, XENC, XmlError, decrypt_element, encrypt_element, sign_enveloped, verify_enveloped,
};
use portner::domain::Time;
use portner::domain::saml::{CertificateDer, EntityId, SignatureAlg};
use portner::domain::signing::{KeyId, KeyType};
use portner::protocol::saml::metadata_signature::Signature;
use portner::protocol::saml::sp_metadata::{self, MetadataFault};
use tempfile::TempDir;

const SAML: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
const ASSERTION: &str = "<saml:Assertion xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" \
    xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
    Version=\"2.0\" ID=\"_a\" IssueInstant=\"2026-11-22T00:00:00Z\"><saml:Issuer>https://id.example/&lt;ø&gt;</saml:Issuer>\
    <saml:Subject><saml:NameID>å &amp; \"b\" 'c'&#xD;\n\t</saml:NameID></saml:Subject>\
    <saml:AttributeValue xsi:type=\"xs:string\" x=\"&quot;&#x9;&#xA;&lt;>\">v</saml:AttributeValue></saml:Assertion>";

/// A key pair in files, as xmlsec1 wants it.
struct Pair {
    dir: TempDir,
    private: Vec<u8>,
    certificate: CertificateDer,
    credential: Credential,
}

impl Pair {
    fn new(kind: KeyType) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let now = Time::from_timestamp(1_790_000_000, 0).unwrap();
        let minted = credential::mint(kind, "pair", now, &SystemEntropy).unwrap();
        let pem = |label: &str, der: &[u8]| {
            let lines: Vec<_> = STANDARD.encode(der).into_bytes().chunks(64).map(<[u8]>::to_vec).collect();
            let body = String::from_utf8(lines.join(&b'\n')).unwrap();
            format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n")
        };
        std::fs::write(dir.path().join("key.pem"), pem("PRIVATE KEY", &minted.private)).unwrap();
        std::fs::write(dir.path().join("cert.pem"), pem("CERTIFICATE", &minted.certificate.0)).unwrap();
        let private = minted.private.to_vec();
        let certificate = minted.certificate.clone();
        let credential = Credential::parse(KeyId("k".to_owned()), kind, &private, minted.certificate).unwrap();
        Self { dir, private, certificate, credential }
    }

    fn file(&self, name: &str, content: &str) -> PathBuf {
        let path = self.dir.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    fn path(&self, name: &str) -> String {
        self.dir.path().join(name).to_str().unwrap().to_owned()
    }
}

/// What it says on success, or what it complains of.
fn xmlsec1(arguments: &[&str], file: &Path) -> Result<String, String> {
    let output =
        Command::new("xmlsec1").args(arguments).arg(file).output().expect("xmlsec1 is needed: scripts/packages test");
    let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}

fn template(signature: &str, digest: &str, exclusive: &str) -> String {
    let transform =
        format!("<ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\">{exclusive}</ds:Transform>");
    ASSERTION.replacen(
        "</saml:Issuer>",
        &format!(
            "</saml:Issuer>\n<ds:Signature xmlns:ds=\"{DSIG}\">\n <ds:SignedInfo>\n\
             <ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/>\
             <ds:SignatureMethod Algorithm=\"{signature}\"/><ds:Reference URI=\"#_a\"><ds:Transforms>\
             <ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/>{transform}</ds:Transforms>\
             <ds:DigestMethod Algorithm=\"{digest}\"/><ds:DigestValue/></ds:Reference></ds:SignedInfo>\
             <ds:SignatureValue/></ds:Signature>"
        ),
        1,
    )
}

#[test]
fn xmlsec1_accepts_what_we_sign_and_refuses_it_changed() {
    for alg in SignatureAlg::ALL {
        let pair = Pair::new(alg.key_type());
        for place in [Place::AfterIssuer, Place::First, Place::Last] {
            let signed = sign_enveloped(ASSERTION, place, &pair.credential, alg).unwrap();
            let arguments =
                ["--verify", "--id-attr:ID", &format!("{SAML}:Assertion"), "--trusted-pem", &pair.path("cert.pem")];
            xmlsec1(&arguments, &pair.file("signed.xml", &signed)).unwrap_or_else(|error| panic!("{alg:?}: {error}"));
            let changed = signed.replacen(">v<", ">w<", 1);
            assert!(xmlsec1(&arguments, &pair.file("changed.xml", &changed)).is_err());
        }
    }
}

#[test]
fn we_accept_what_xmlsec1_signs() {
    let digests = [
        "http://www.w3.org/2001/04/xmlenc#sha256",
        "http://www.w3.org/2001/04/xmldsig-more#sha384",
        "http://www.w3.org/2001/04/xmlenc#sha512",
    ];
    let prefixes =
        "<ec:InclusiveNamespaces xmlns:ec=\"http://www.w3.org/2001/10/xml-exc-c14n#\" PrefixList=\"xs #default\"/>";
    for alg in SignatureAlg::ALL {
        let pair = Pair::new(alg.key_type());
        let sign = |digest: &str, exclusive: &str, method: &str| {
            let file = pair.file("template.xml", &template(method, digest, exclusive));
            let arguments =
                ["--sign", "--id-attr:ID", &format!("{SAML}:Assertion"), "--privkey-pem", &pair.path("key.pem")];
            xmlsec1(&arguments, &file).unwrap()
        };
        for (digest, exclusive) in digests.into_iter().flat_map(|digest| [(digest, ""), (digest, prefixes)]) {
            let signed = sign(digest, exclusive, alg.uri());
            let document = Document::parse(signed.as_bytes()).unwrap();
            verify_enveloped(document.root(), std::slice::from_ref(&pair.certificate)).unwrap();
            let changed = signed.replacen(">v<", ">w<", 1);
            let document = Document::parse(changed.as_bytes()).unwrap();
            assert!(verify_enveloped(document.root(), std::slice::from_ref(&pair.certificate)).is_err());
        }
        // Signatures that are right, by algorithms that are not.
        let sha1 = format!("{DSIG}sha1");
        let signed = sign(&sha1, "", alg.uri());
        let document = Document::parse(signed.as_bytes()).unwrap();
        assert!(verify_enveloped(document.root(), std::slice::from_ref(&pair.certificate)).is_err());
        if alg.key_type() == KeyType::Rsa {
            let signed = sign(digests[0], "", &format!("{DSIG}rsa-sha1"));
            let document = Document::parse(signed.as_bytes()).unwrap();
            assert!(verify_enveloped(document.root(), std::slice::from_ref(&pair.certificate)).is_err());
        }
    }
}

#[test]
fn xmlsec1_decrypts_what_we_encrypt() {
    let pair = Pair::new(KeyType::Rsa);
    for cipher in Cipher::ALL {
        let sealed = encrypt_element(ASSERTION, &pair.certificate, cipher, &SystemEntropy).unwrap();
        let arguments = ["--decrypt", "--privkey-pem", &pair.path("key.pem")];
        let plain = xmlsec1(&arguments, &pair.file("sealed.xml", &sealed)).unwrap();
        let (read, expected) =
            (Document::parse(plain.as_bytes()).unwrap(), Document::parse(ASSERTION.as_bytes()).unwrap());
        let name = |document: &Document| {
            let subject = document.root().child(SAML, "Subject").unwrap().unwrap();
            subject.child(SAML, "NameID").unwrap().unwrap().text().unwrap()
        };
        assert_eq!(name(&read), name(&expected));
    }
}

#[test]
fn we_decrypt_what_xmlsec1_encrypts() {
    let pair = Pair::new(KeyType::Rsa);
    for (cipher, session) in [(Cipher::Aes128Gcm, "aes-128"), (Cipher::Aes256Gcm, "aes-256")] {
        let template = format!(
            "<xenc:EncryptedData xmlns:xenc=\"{XENC}\" Type=\"{XENC}Element\"><xenc:EncryptionMethod Algorithm=\"{}\"/>\
             <ds:KeyInfo xmlns:ds=\"{DSIG}\"><xenc:EncryptedKey>\
             <xenc:EncryptionMethod Algorithm=\"{XENC}rsa-oaep-mgf1p\"/>\
             <xenc:CipherData><xenc:CipherValue/></xenc:CipherData></xenc:EncryptedKey></ds:KeyInfo>\
             <xenc:CipherData><xenc:CipherValue/></xenc:CipherData></xenc:EncryptedData>",
            cipher.uri()
        );
        pair.file("data.xml", ASSERTION);
        let arguments = [
            "--encrypt",
            "--pubkey-cert-pem",
            &pair.path("cert.pem"),
            "--session-key",
            session,
            "--xml-data",
            &pair.path("data.xml"),
        ];
        let sealed = xmlsec1(&arguments, &pair.file("template.xml", &template)).unwrap();
        let document = Document::parse(sealed.as_bytes()).unwrap();
        let plain = decrypt_element(document.root(), &pair.private).unwrap();
        let document = Document::parse(plain.as_bytes()).unwrap();
        assert_eq!(document.root().attribute("ID"), Some("_a"));
    }
}

/// A federation of two members, to be signed as a whole or as the second of them.
fn federation(signed: &str, until: &str) -> String {
    let template = |id: &str| {
        format!(
            "<ds:Signature xmlns:ds=\"{DSIG}\"><ds:SignedInfo>\n\
             <ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/>\
             <ds:SignatureMethod Algorithm=\"{}\"/><ds:Reference URI=\"#{id}\"><ds:Transforms>\
             <ds:Transform Algorithm=\"{DSIG}enveloped-signature\"/>\
             <ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/></ds:Transforms>\
             <ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/><ds:DigestValue/></ds:Reference>\
             </ds:SignedInfo><ds:SignatureValue/><ds:KeyInfo><ds:X509Data/></ds:KeyInfo></ds:Signature>",
            SignatureAlg::RsaSha256.uri()
        )
    };
    let signature = |id: &str| if id == signed { template(id) } else { String::new() };
    let member = |id: &str| {
        format!(
            "<EntityDescriptor ID=\"_{id}\" entityID=\"urn:{id}\" {until}>{}\n<!-- {id} -->\n\
             <SPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">\
             <AssertionConsumerService index=\"0\" Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" \
             Location=\"https://{id}.example/acs\"/><AttributeConsumingService index=\"0\"><ServiceName xml:lang=\"da\">\
             Fravær &amp; ferie</ServiceName><RequestedAttribute Name=\"mail\"/></AttributeConsumingService>\
             </SPSSODescriptor></EntityDescriptor>",
            signature(&format!("_{id}"))
        )
    };
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<EntitiesDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\" \
         xmlns:mdui=\"urn:oasis:names:tc:SAML:metadata:ui\" ID=\"_all\" Name=\"federation\" {until}>{}\n{}\n{}\n\
         </EntitiesDescriptor>\n",
        signature("_all"),
        member("one"),
        member("two")
    )
}

#[test]
fn in9_metadata_that_xmlsec1_signed_is_believed_where_its_certificate_is_registered() {
    let (pair, stranger) = (Pair::new(KeyType::Rsa), Pair::new(KeyType::Rsa));
    let namespace = "urn:oasis:names:tc:SAML:2.0:metadata";
    let sign = |pair: &Pair, text: &str| {
        let key = format!("{},{}", pair.path("key.pem"), pair.path("cert.pem"));
        let ids = [format!("{namespace}:EntitiesDescriptor"), format!("{namespace}:EntityDescriptor")];
        let arguments = ["--sign", "--id-attr:ID", &ids[0], "--id-attr:ID", &ids[1], "--privkey-pem", &key];
        xmlsec1(&arguments, &pair.file("metadata.xml", text)).unwrap()
    };
    let read = |text: &str, wanted: &str| {
        let wanted = EntityId::parse(wanted).unwrap();
        sp_metadata::read(text.as_bytes(), Some(&wanted), std::slice::from_ref(&pair.certificate))
    };
    let until = "validUntil=\"2030-01-01T00:00:00Z\"";
    for signed in ["_all", "_two"] {
        let text = sign(&pair, &federation(signed, until));
        let known = read(&text, "urn:two").unwrap();
        assert_eq!((known.entity_id.as_str(), known.signature), ("urn:two", Signature::Verified));
        assert_eq!(known.names, [("da".to_owned(), "Fravær & ferie".to_owned())]);
        assert_eq!(
            read(&text, "urn:one").is_ok(),
            signed == "_all",
            "the other member is vouched for by the whole only"
        );
        let changed = text.replace("https://two.example/acs", "https://evil.example/acs");
        assert_eq!(read(&changed, "urn:two"), Err(MetadataFault::Unvouched(XmlError::Digest)));
        let by_another = sign(&stranger, &federation(signed, until));
        assert_eq!(read(&by_another, "urn:two"), Err(MetadataFault::Unvouched(XmlError::Signature)));
        let endless = sign(&pair, &federation(signed, ""));
        assert_eq!(read(&endless, "urn:two"), Err(MetadataFault::Endless));
    }
    assert_eq!(read(&federation("", until), "urn:two"), Err(MetadataFault::Unvouched(XmlError::Unsigned)));
    // A good signature by an algorithm that can be forged.
    let weak = federation("_all", until).replace(SignatureAlg::RsaSha256.uri(), &format!("{DSIG}rsa-sha1"));
    assert_eq!(read(&sign(&pair, &weak), "urn:two"), Err(MetadataFault::Unvouched(XmlError::Algorithm)));
}

/// libxml2's canonical form decides what xmlsec1 digests, ours decides what we do: of any document the two are the same,
/// namespaces declared anew, undeclared and unused, comments, sections and references included.
#[test]
fn any_document_has_the_same_canonical_form_for_xmlsec1_and_for_us() {
    let pair = Pair::new(KeyType::EcP256);
    let arguments = ["--sign", "--id-attr:ID", &format!("{SAML}:Assertion"), "--privkey-pem", &pair.path("key.pem")];
    for seed in 1..=200_u64 {
        let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let content = random.element(0, &[]);
        let prefixes: Vec<_> = ["a", "b", "c", "#default"].into_iter().filter(|_| random.below(4) == 0).collect();
        let list = format!(
            "<ec:InclusiveNamespaces xmlns:ec=\"http://www.w3.org/2001/10/xml-exc-c14n#\" PrefixList=\"{}\"/>",
            prefixes.join(" ")
        );
        let list = if prefixes.is_empty() { "" } else { &list };
        let xml = template(SignatureAlg::EcdsaSha256.uri(), "http://www.w3.org/2001/04/xmlenc#sha256", list)
            .replacen("<saml:AttributeValue", &format!("{content}<saml:AttributeValue"), 1)
            .replacen("xmlns:xs=", "xmlns:a=\"urn:outer\" xmlns=\"urn:none\" xmlns:xs=", 1);
        // What the parser refuses on purpose is not drawn; everything else is read by both.
        let signed = xmlsec1(&arguments, &pair.file("template.xml", &xml)).unwrap();
        let document = Document::parse(signed.as_bytes()).unwrap_or_else(|error| panic!("{seed}: {error}\n{signed}"));
        let verified = verify_enveloped(document.root(), std::slice::from_ref(&pair.certificate));
        assert!(verified.is_ok(), "{seed}: {verified:?}\n{signed}");
    }
}

/// Documents from a seed (xorshift64*).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) % bound
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[usize::try_from(self.below(from.len() as u64)).unwrap()]
    }

    /// `bound` are the prefixes in scope, with the namespaces they stand for.
    fn element(&mut self, depth: u64, outer: &[(&'static str, &'static str)]) -> String {
        let mut bound = outer.to_vec();
        let mut attributes: Vec<String> = Vec::new();
        for prefix in ["a", "b", "c", ""] {
            if self.below(3) == 0 {
                let uri = self.pick(&["urn:one", "urn:two", "http://n.example/?x=1"]);
                let uri = if prefix.is_empty() && self.below(3) == 0 { "" } else { uri };
                let name = if prefix.is_empty() { "xmlns".to_owned() } else { format!("xmlns:{prefix}") };
                attributes.push(format!("{name}=\"{uri}\""));
                bound.retain(|(known, _)| *known != prefix);
                bound.push((prefix, uri));
            }
        }
        let prefixed = |prefix: &str, local: &str| {
            if prefix.is_empty() { local.to_owned() } else { format!("{prefix}:{local}") }
        };
        let mut namespaces = Vec::new();
        for (prefix, uri) in bound.clone() {
            if !prefix.is_empty() && !namespaces.contains(&uri) && self.below(2) == 0 {
                namespaces.push(uri);
                let value = self.value();
                attributes.push(format!("{}={value}", prefixed(prefix, self.pick(&["x", "y", "Z"]))));
            }
        }
        for name in ["x", "y", "Z", "xml:lang", "xml:space"] {
            if self.below(4) == 0 {
                let value = self.value();
                attributes.push(format!("{name}={value}"));
            }
        }
        // In any order, which canonicalisation then mends.
        for at in (1..attributes.len()).rev() {
            attributes.swap(at, usize::try_from(self.below(at as u64 + 1)).unwrap());
        }
        let scope: Vec<_> = bound.iter().map(|(prefix, _)| *prefix).chain([""]).collect();
        let name = prefixed(self.pick(&scope), self.pick(&["E", "f", "g-h.i", "å"]));
        let space = self.pick(&[" ", "\n", "\t "]);
        let attributes: String = attributes.iter().map(|attribute| format!("{space}{attribute}")).collect();
        if depth > 4 || self.below(5) == 0 {
            return if self.below(2) == 0 {
                format!("<{name}{attributes}/>")
            } else {
                format!("<{name}{attributes}></{name} >")
            };
        }
        let mut content = String::new();
        for _ in 0..self.below(5) {
            match self.below(3) {
                0 => content.push_str(&self.element(depth + 1, &bound)),
                _ => content.push_str(self.pick(&[
                    "text",
                    " ",
                    "\n",
                    "\r\n",
                    "\t",
                    "å€\u{1f600}",
                    "&amp;",
                    "&lt;",
                    "&gt;",
                    ">",
                    "\"",
                    "'",
                    "&quot;",
                    "&apos;",
                    "&#13;",
                    "&#xA;",
                    "&#9;",
                    "&#x41;",
                    "<![CDATA[<&>\r\n]]>",
                    "<![CDATA[]]>",
                    "<!-- comment -->",
                    "]]&gt;",
                ])),
            }
        }
        format!("<{name}{attributes}>{content}</{name}>")
    }

    fn value(&mut self) -> String {
        let mut value = String::new();
        for _ in 0..self.below(4) {
            value.push_str(self.pick(&[
                "v", " ", "\n", "\r\n", "\t", "  ", "å", "&amp;", "&lt;", "&gt;", ">", "&quot;", "&apos;", "&#13;",
                "&#10;", "&#9;", "&#x41;",
            ]));
        }
        let quote = self.pick(&["\"", "'"]);
        format!("{quote}{value}{quote}")
    }
}
