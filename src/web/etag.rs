//! Whether a reader has the same bytes already (RFC 9110 §13.1.2).

use actix_web::HttpRequest;
use actix_web::http::header;

/// `If-None-Match` is a list, compared weakly: what compresses an answer on the way makes its tag a weak one. `*` is
/// whatever there is.
pub fn is_known(request: &HttpRequest, etag: &str) -> bool {
    let lines = request.headers().get_all(header::IF_NONE_MATCH).filter_map(|line| line.to_str().ok());
    let mut tags = lines.flat_map(|line| line.split(',')).map(str::trim);
    tags.any(|tag| tag == "*" || opaque(tag) == opaque(etag))
}

fn opaque(tag: &str) -> &str {
    tag.strip_prefix("W/").unwrap_or(tag)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_tag_is_known_alone_in_a_list_and_weakened() {
        let known = |lines: &[&str]| {
            let request = lines
                .iter()
                .fold(TestRequest::get(), |request, line| request.append_header((header::IF_NONE_MATCH, *line)));
            is_known(&request.to_http_request(), "\"ab\"")
        };
        for lines in [&["\"ab\""][..], &["W/\"ab\""], &["\"x\" ,\"ab\""], &["\"x\"", "W/\"ab\""], &["*"]] {
            assert!(known(lines), "{lines:?}");
        }
        for lines in [&[][..], &["\"x\""], &["ab"], &["\"abc\""], &["W/*"]] {
            assert!(!known(lines), "{lines:?}");
        }
    }
}
