//! How an answer reaches an application through the browser, whatever the protocol.

/// What the browser is told to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// 303 to this address (RFC 9700 §4.12).
    Redirect(String),
    /// A page whose form is posted to `action`.
    FormPost { action: String, params: Vec<(&'static str, String)> },
}
