//! Writes messages as text, every value escaped.
//!
//! Values are escaped the way Canonical XML 1.0 §2.3 writes them, so that what is signed and what is sent differ in
//! nothing but the order of attributes.

use super::XmlError;

/// A message on its way. The first mistake is kept and told at the end.
#[derive(Debug, Default)]
pub struct Writer {
    out: String,
    open: Vec<String>,
    wrong: Option<XmlError>,
}

impl Writer {
    pub fn new() -> Self {
        Self::default()
    }

    /// Begins an element. Names carry their prefix and are written as they are.
    pub fn open(&mut self, name: &str, attributes: &[(&str, &str)]) -> &mut Self {
        if !is_name(name) {
            self.wrong.get_or_insert(XmlError::Unbalanced);
        }
        self.out.push('<');
        self.out.push_str(name);
        for (attribute, value) in attributes {
            if !is_name(attribute) {
                self.wrong.get_or_insert(XmlError::Unbalanced);
            }
            self.out.push(' ');
            self.out.push_str(attribute);
            self.out.push_str("=\"");
            self.escape(value, Where::Attribute);
            self.out.push('"');
        }
        self.out.push('>');
        self.open.push(name.to_owned());
        self
    }

    pub fn text(&mut self, text: &str) -> &mut Self {
        if self.open.is_empty() {
            self.wrong.get_or_insert(XmlError::Unbalanced);
        }
        self.escape(text, Where::Text);
        self
    }

    /// An element with nothing in it but text.
    pub fn leaf(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) -> &mut Self {
        self.open(name, attributes).text(text).close()
    }

    /// An element that was finished before, as it is: one that is signed must never be written anew.
    pub fn insert(&mut self, element: &str) -> &mut Self {
        self.out.push_str(element);
        self
    }

    pub fn close(&mut self) -> &mut Self {
        match self.open.pop() {
            Some(name) => {
                self.out.push_str("</");
                self.out.push_str(&name);
                self.out.push('>');
            }
            None => {
                self.wrong.get_or_insert(XmlError::Unbalanced);
            }
        }
        self
    }

    pub fn finish(self) -> Result<String, XmlError> {
        if let Some(wrong) = self.wrong {
            return Err(wrong);
        }
        if !self.open.is_empty() {
            return Err(XmlError::Unbalanced);
        }
        Ok(self.out)
    }

    fn escape(&mut self, value: &str, place: Where) {
        for c in value.chars() {
            match (c, place) {
                ('&', _) => self.out.push_str("&amp;"),
                ('<', _) => self.out.push_str("&lt;"),
                ('>', Where::Text) => self.out.push_str("&gt;"),
                ('"', Where::Attribute) => self.out.push_str("&quot;"),
                ('\t', Where::Attribute) => self.out.push_str("&#x9;"),
                ('\n', Where::Attribute) => self.out.push_str("&#xA;"),
                ('\r', _) => self.out.push_str("&#xD;"),
                (c, _) => {
                    if !is_writable(c) {
                        self.wrong.get_or_insert(XmlError::Character);
                    }
                    self.out.push(c);
                }
            }
        }
    }
}

#[derive(Clone, Copy)]
enum Where {
    Text,
    Attribute,
}

/// XML 1.0 §2.2. Nothing else can be written, not even by its number.
fn is_writable(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// What we call elements and attributes: part of what XML allows.
fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ':'))
}
