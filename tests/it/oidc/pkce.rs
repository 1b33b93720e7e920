//! RFC 7636 and the downgrade cases of RFC 9700 §4.8.2.

use crate::support::client::{VERIFIER, challenge};
use crate::support::{App, CALLBACK, RelyingParty, Reply};

fn redeem(rp: &RelyingParty, code: &str, verifier: Option<&str>) -> Reply {
    let mut fields = vec![("grant_type", "authorization_code"), ("code", code), ("redirect_uri", CALLBACK)];
    fields.extend(verifier.map(|verifier| ("code_verifier", verifier)));
    rp.token(&fields)
}

fn refused(reply: &Reply) -> bool {
    reply.status == 400 && ["invalid_grant", "invalid_request"].contains(&reply.error().as_str())
}

#[test]
fn a_code_with_a_challenge_needs_its_verifier() {
    let app = App::shared();
    let mut browser = app.signed_in();
    let long = "x".repeat(128);
    let plain = challenge(VERIFIER);
    for rp in [app.client("web"), app.client("spa")] {
        let wrong = [
            None,
            Some(""),
            Some("short"),
            Some(plain.as_str()),
            Some("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXl"),
            Some("DBJFTJEZ4CVP-MB92K27UHBUJU1P1R_WW1GFWFOEJXK"),
            Some("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk "),
            Some(long.as_str()),
        ];
        for verifier in wrong {
            let code = rp.code(&mut browser);
            let reply = redeem(&rp, &code, verifier);
            assert!(refused(&reply), "{} {verifier:?}: {}", rp.id, reply.text());
            let late = redeem(&rp, &code, Some(VERIFIER));
            assert!(refused(&late), "a code that was tried wrongly stays spent: {}", late.text());
        }
        let code = rp.code(&mut browser);
        assert_eq!(redeem(&rp, &code, Some(VERIFIER)).status, 200);
    }
}

#[test]
fn a_verifier_without_a_challenge_is_refused() {
    let app = App::shared();
    let rp = app.client("web").without("code_challenge").without("code_challenge_method");
    let mut browser = app.signed_in();
    let reply = redeem(&rp, &rp.code(&mut browser), Some(VERIFIER));
    assert!(refused(&reply), "{}", reply.text());
    assert_eq!(redeem(&rp, &rp.code(&mut browser), None).status, 200);
}

#[test]
fn a_client_that_must_use_pkce_cannot_leave_it_out() {
    let app = App::shared();
    let mut browser = app.signed_in();
    for id in ["spa", "strict"] {
        let rp = app.client(id).without("code_challenge").without("code_challenge_method");
        assert_eq!(rp.authorize(&mut browser).answer().error(), "invalid_request", "{id}");
        // The method missing means `plain` (RFC 7636 §4.3), which is not there.
        let rp = app.client(id).without("code_challenge_method");
        assert_eq!(rp.authorize(&mut browser).answer().error(), "invalid_request", "{id}");
    }
}
