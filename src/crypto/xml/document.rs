//! A document, parsed once and only read afterwards.

use std::collections::HashSet;
use std::fmt;

use uppsala::{NodeId, NodeKind, Parser};

use super::screen::screen;
use super::{MESSAGE, XmlError};

const XML_NAMESPACE: &str = "http://www.w3.org/XML/1998/namespace";
const XINCLUDE: &str = "http://www.w3.org/2001/XInclude";
/// What an identifier is called where we read any (SAML 2.0, XML Signature, XML Encryption, SAML 1.1).
const IDS: [&str; 6] = ["ID", "Id", "id", "AssertionID", "ResponseID", "RequestID"];
/// No less than the screen's, which refuses first.
const PARSER_DEPTH: u32 = 66;

/// Owns everything in it. No two elements have the same ID, and none has two.
pub struct Document {
    tree: uppsala::Document<'static>,
    root: NodeId,
}

impl Document {
    /// A message, which is never large.
    pub fn parse(text: &[u8]) -> Result<Self, XmlError> {
        Self::parse_within(text, MESSAGE)
    }

    /// The same with a limit of its own, e.g. [`METADATA`](super::METADATA).
    pub fn parse_within(text: &[u8], limit: usize) -> Result<Self, XmlError> {
        let text = screen(text, limit)?;
        let tree = tree(&text)?;
        let root = tree.document_element().ok_or(XmlError::Malformed)?;
        Ok(Self { tree: tree.into_static(), root })
    }

    pub fn root(&self) -> Element<'_> {
        Element { tree: &self.tree, id: self.root }
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Document({:?})", self.root())
    }
}

/// Parses what was screened, and looks for what the screen cannot see.
pub(super) fn tree(text: &str) -> Result<uppsala::Document<'_>, XmlError> {
    let tree = Parser::new().with_forbid_dtd(true).with_max_entity_expansion(0).with_max_depth(PARSER_DEPTH);
    let tree = tree.parse(text).ok().ok_or(XmlError::Malformed)?;
    let declared = tree.xml_declaration.as_ref().and_then(|declaration| declaration.encoding.as_deref());
    if declared.is_some_and(|name| !name.eq_ignore_ascii_case("utf-8") && !name.eq_ignore_ascii_case("us-ascii")) {
        return Err(XmlError::Encoding);
    }
    let mut ids = HashSet::new();
    for node in tree.descendants(tree.root()) {
        match tree.node_kind(node) {
            Some(NodeKind::Element(element)) => {
                if element.name.namespace_uri.as_deref() == Some(XINCLUDE) {
                    return Err(XmlError::Forbidden);
                }
                let own = element.attributes.iter().filter(|attribute| {
                    let namespace = attribute.name.namespace_uri.as_deref();
                    IDS.contains(&&*attribute.name.local_name) && matches!(namespace, None | Some("" | XML_NAMESPACE))
                });
                for (nth, id) in own.enumerate() {
                    if nth > 0 || !ids.insert(&*id.value) {
                        return Err(XmlError::DuplicateId);
                    }
                }
            }
            Some(NodeKind::ProcessingInstruction(_)) => return Err(XmlError::Forbidden),
            Some(
                NodeKind::Document
                | NodeKind::Text(_)
                | NodeKind::CData(_)
                | NodeKind::Comment(_)
                | NodeKind::Attribute(..),
            )
            | None => {}
        }
    }
    drop(ids);
    Ok(tree)
}

/// An element of a [`Document`].
#[derive(Clone, Copy)]
pub struct Element<'a> {
    pub(super) tree: &'a uppsala::Document<'static>,
    pub(super) id: NodeId,
}

impl<'a> Element<'a> {
    fn data(self) -> Option<&'a uppsala::Element<'static>> {
        self.tree.element(self.id)
    }

    pub fn is(self, namespace: &str, local: &str) -> bool {
        self.namespace() == namespace && self.local() == local
    }

    /// Empty where it is in none.
    pub fn namespace(self) -> &'a str {
        self.data().and_then(|element| element.name.namespace_uri.as_deref()).unwrap_or_default()
    }

    pub fn local(self) -> &'a str {
        self.data().map(|element| &*element.name.local_name).unwrap_or_default()
    }

    /// An attribute in no namespace.
    pub fn attribute(self, local: &str) -> Option<&'a str> {
        self.attributes().find(|(name, _)| *name == local).map(|(_, value)| value)
    }

    /// All attributes in no namespace.
    pub fn attributes(self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let all = self.data().map(|element| element.attributes.as_slice()).unwrap_or_default();
        let plain = all.iter().filter(|one| one.name.prefix.is_none() && one.name.namespace_uri.is_none());
        plain.map(|one| (&*one.name.local_name, &*one.value))
    }

    /// An attribute in a namespace, e.g. `xsi:type`, `xml:lang`.
    pub fn attribute_in(self, namespace: &str, local: &str) -> Option<&'a str> {
        self.data()?.get_attribute_ns(namespace, local)
    }

    /// The element around this one.
    pub fn parent(self) -> Option<Element<'a>> {
        let id = self.tree.parent(self.id)?;
        self.tree.element(id).is_some().then_some(Element { tree: self.tree, id })
    }

    /// The elements directly inside, in order.
    pub fn children(self) -> impl Iterator<Item = Element<'a>> {
        let tree = self.tree;
        tree.children_iter(self.id).filter(move |id| tree.element(*id).is_some()).map(move |id| Element { tree, id })
    }

    /// The only child of this name. `Err` where there are two.
    pub fn child(self, namespace: &str, local: &str) -> Result<Option<Element<'a>>, XmlError> {
        let mut found = self.children().filter(|child| child.is(namespace, local));
        match (found.next(), found.next()) {
            (_, Some(_)) => Err(XmlError::Repeated),
            (found, None) => Ok(found),
        }
    }

    /// All of the text directly inside. A comment in it parts nothing: what stands before and after belongs together.
    pub fn text(self) -> Result<String, XmlError> {
        let mut text = String::new();
        for node in self.tree.children_iter(self.id) {
            match self.tree.node_kind(node) {
                Some(NodeKind::Text(part) | NodeKind::CData(part)) => text.push_str(part),
                Some(NodeKind::Comment(_)) => {}
                Some(
                    NodeKind::Element(_)
                    | NodeKind::Document
                    | NodeKind::ProcessingInstruction(_)
                    | NodeKind::Attribute(..),
                )
                | None => return Err(XmlError::NotText),
            }
        }
        Ok(text)
    }
}

impl fmt::Debug for Element<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{{}}}{}", self.namespace(), self.local())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::crypto::xml::{METADATA, Writer};

    fn refused(text: &str) -> XmlError {
        Document::parse(text.as_bytes()).expect_err(text)
    }

    #[test]
    fn a_document_is_read_by_names_and_namespaces() {
        let text = "\u{feff}<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a:r xmlns:a=\"urn:a\" ID=\"one\" a:ID=\"two\" x=\"1\">\
                    <c xmlns=\"urn:c\">t</c> <d/><d/> <a:e a:x=\"2\">v &lt;&#x41;<![CDATA[<&]]></a:e></a:r>";
        let document = Document::parse(text.as_bytes()).unwrap();
        let root = document.root();
        assert!(root.is("urn:a", "r") && !root.is("", "r"));
        assert_eq!(root.attribute("ID"), Some("one"));
        assert_eq!(root.attributes().collect::<Vec<_>>(), [("ID", "one"), ("x", "1")]);
        assert_eq!(root.child("urn:c", "c").unwrap().unwrap().text().unwrap(), "t");
        assert!(root.child("urn:x", "c").unwrap().is_none());
        assert_eq!(root.child("", "d").unwrap_err(), XmlError::Repeated);
        let e = root.child("urn:a", "e").unwrap().unwrap();
        assert_eq!((e.attribute("x"), e.attribute_in("urn:a", "x")), (None, Some("2")));
        assert_eq!(e.text().unwrap(), "v <A<&");
        assert_eq!(root.text().unwrap_err(), XmlError::NotText);
        assert_eq!(root.children().count(), 4);
    }

    #[test]
    fn a_comment_in_a_value_parts_nothing() {
        let text = "<n>admin@a.example<!-- c -->.evil.example</n>";
        assert_eq!(Document::parse(text.as_bytes()).unwrap().root().text().unwrap(), "admin@a.example.evil.example");
    }

    #[test]
    fn white_space_in_values_is_normalised_as_xml_says() {
        let document = Document::parse(b"<a b='1\r\n2\t3\n4&#xA;5'>x\r\ny\rz&#xD;</a>").unwrap();
        assert_eq!(document.root().attribute("b"), Some("1 2 3 4\n5"));
        assert_eq!(document.root().text().unwrap(), "x\ny\nz\r");
    }

    #[test]
    fn whatever_reaches_outside_or_grows_is_refused() {
        let forbidden = [
            "<!DOCTYPE a><a/>",
            "<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><a>&b;</a>",
            "<!doctype a><a/>",
            "<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY b \"b\">]><a>&b;</a>",
            "<!-- --><!DOCTYPE a SYSTEM \"http://evil.example/a.dtd\"><a/>",
            "<?xml-stylesheet href=\"a.xsl\"?><a/>",
            "<a><?php x ?></a>",
            "<a/><?x?>",
            "<a><x:include xmlns:x=\"http://www.w3.org/2001/XInclude\" href=\"/etc/passwd\"/></a>",
        ];
        for text in forbidden {
            assert_eq!(refused(text), XmlError::Forbidden, "{text}");
        }
        let malformed = [
            "",
            " ",
            "a",
            "<a>",
            "<a></b>",
            "<a/><a/>",
            "<a/>text",
            "<a b=\"1\" b=\"2\"/>",
            "<a>&b;</a>",
            "<a>&#0;</a>",
            "<a>&#x1f;</a>",
            "<a>\u{0}</a>",
            "<a>\u{1}</a>",
            "<x:a/>",
            "<a b=\"<\"/>",
            "<a b=1/>",
            "<a>]]></a>",
            "<a xmlns:b=\"u\" xmlns:c=\"u\" b:x=\"1\" c:x=\"2\"/>",
            "<a><!-- -- --></a>",
            "<a><b></a></b>",
        ];
        for text in malformed {
            assert_eq!(refused(text), XmlError::Malformed, "{text}");
        }
        assert_eq!(Document::parse(b"<a>\xff</a>").unwrap_err(), XmlError::Encoding);
        assert_eq!(refused("<?xml version=\"1.0\" encoding=\"UTF-16\"?><a/>"), XmlError::Encoding);
    }

    #[test]
    fn identifiers_are_unique_and_have_no_twins() {
        for text in [
            "<a ID='1'><b ID='1'/></a>",
            "<a ID='1'><b Id='1'/></a>",
            "<a ID='1'><b AssertionID='1'/></a>",
            "<a ID='1'><b xml:id='1'/></a>",
            "<a ID='1' Id='2'/>",
            "<a ID='1' xml:id='2'/>",
        ] {
            assert_eq!(refused(text), XmlError::DuplicateId, "{text}");
        }
        assert!(Document::parse(b"<a ID='1'><b ID='2'/></a>").is_ok());
    }

    #[test]
    fn size_depth_and_attributes_are_bounded() {
        let nested = |depth: usize| format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
        assert!(Document::parse(nested(64).as_bytes()).is_ok());
        assert_eq!(refused(&nested(65)), XmlError::TooDeep);
        assert_eq!(refused(&"<a>".repeat(20_000)), XmlError::TooDeep);
        let wide = |count: usize| format!("<a{}/>", (0..count).map(|n| format!(" b{n}='1'")).collect::<String>());
        assert!(Document::parse(wide(64).as_bytes()).is_ok());
        assert_eq!(refused(&wide(65)), XmlError::TooManyAttributes);
        let long = |length: usize| format!("<a>{}</a>", "x".repeat(length - 7));
        assert!(Document::parse(long(MESSAGE).as_bytes()).is_ok());
        assert_eq!(refused(&long(MESSAGE + 1)), XmlError::TooLarge(MESSAGE));
        assert!(Document::parse_within(long(MESSAGE + 1).as_bytes(), METADATA).is_ok());
        for piece in ["<b/>", "<!---->", "<b>", "<![CDATA[]]>"] {
            let close = if piece == "<b>" { "</b>" } else { "" };
            let many = |count: usize| format!("<a>{}</a>", format!("{piece}{close}").repeat(count));
            let most = (MESSAGE / 16 - 2) / if close.is_empty() { 1 } else { 2 };
            assert!(Document::parse(many(most).as_bytes()).is_ok(), "{piece}");
            assert_eq!(refused(&many(most + 1)), XmlError::TooManyPieces, "{piece}");
        }
    }

    #[test]
    fn the_writer_escapes_every_value() {
        let mut writer = Writer::new();
        writer
            .open("a:r", &[("xmlns:a", "urn:a"), ("v", "<&>\"'\t\n\r")])
            .leaf("b", &[], "<&>\"'\t\n\r]]>")
            .insert("<c/>");
        writer.close();
        let text = writer.finish().unwrap();
        assert_eq!(
            text,
            "<a:r xmlns:a=\"urn:a\" v=\"&lt;&amp;>&quot;'&#x9;&#xA;&#xD;\">\
             <b>&lt;&amp;&gt;\"'\t\n&#xD;]]&gt;</b><c/></a:r>"
        );
    }

    #[test]
    fn the_writer_refuses_what_it_cannot_write() {
        for bad in ["\u{0}", "\u{1}", "\u{8}", "\u{b}", "\u{1f}", "\u{fffe}", "\u{ffff}"] {
            let mut writer = Writer::new();
            writer.leaf("a", &[], bad);
            assert_eq!(writer.finish(), Err(XmlError::Character));
            let mut writer = Writer::new();
            writer.leaf("a", &[("b", bad)], "");
            assert_eq!(writer.finish(), Err(XmlError::Character));
        }
        let uneven: [fn(&mut Writer); 5] = [
            |writer| {
                writer.open("a", &[]);
            },
            |writer| {
                writer.open("a", &[]).close().close();
            },
            |writer| {
                writer.text("x");
            },
            |writer| {
                writer.leaf("a b", &[], "");
            },
            |writer| {
                writer.leaf("a", &[("b=\"1\" c", "")], "");
            },
        ];
        for write in uneven {
            let mut writer = Writer::new();
            write(&mut writer);
            assert_eq!(writer.finish(), Err(XmlError::Unbalanced));
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_parser_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            drop(Document::parse(&bytes));
        }

        #[test]
        fn no_markup_makes_the_parser_panic(parts in proptest::collection::vec(markup(), 0..60)) {
            if let Ok(document) = Document::parse(parts.concat().as_bytes()) {
                walk(document.root());
            }
        }

        #[test]
        fn what_is_written_is_read_back(value in "\\PC{0,40}|[ -~\\t\\n\\r]{0,40}") {
            let mut writer = Writer::new();
            writer.leaf("a", &[("b", &value)], &value);
            if let Ok(text) = writer.finish() {
                let document = Document::parse(text.as_bytes()).unwrap();
                prop_assert_eq!(document.root().attribute("b"), Some(&*value));
                prop_assert_eq!(document.root().text().unwrap(), value);
            }
        }
    }

    fn walk(element: Element<'_>) {
        assert!(!element.local().is_empty());
        drop(element.text());
        element.children().for_each(walk);
    }

    fn markup() -> impl Strategy<Value = &'static str> {
        proptest::sample::select(vec![
            "<a>",
            "</a>",
            "<b/>",
            "<a ",
            "ID='1'",
            " x=\"",
            "\"",
            "'",
            ">",
            "/>",
            "<!--",
            "-->",
            "<![CDATA[",
            "]]>",
            "<?xml ",
            "?>",
            "<!DOCTYPE a [",
            "<!ENTITY b 'b'>",
            "&b;",
            "&#x41;",
            "&#",
            ";",
            "xmlns:p='u'",
            "<p:c>",
            "</p:c>",
            "text",
            "\u{feff}",
            "\r\n",
            "é",
            "\u{10ffff}",
            "<",
            "&",
            "=",
            " ",
        ])
    }
}
