"""People who sign in at node-oidc-provider (IN-8): it is certified, and nobody here wrote it."""

from __future__ import annotations

import time
from urllib.parse import parse_qs, urljoin, urlsplit

from person import Person
from upstream import BASE, Upstream, UpstreamTest, account, accounts, application, redeem


def sign_in(person: Person, upstream: Upstream, name: str, url: str | None = None, stop_at: str | None = None):
    """Through the provider's own pages: a name, and leave to tell it."""
    page = person.open(url or upstream.start())
    assert page.url.startswith(upstream.issuer), f"{page.status_code} {page.url} {page.text}"
    page = person.submit(page, "login", {"login": name, "password": "whatever"}, stop_at=stop_at)
    if not isinstance(page, str) and 'value="consent"' in page.text:
        page = person.submit(page, "prompt", {}, stop_at=stop_at)
    return page


class OidcProviderTest(UpstreamTest):
    def provider(self, name: str, settings: dict | None = None, **provider: object) -> Upstream:
        return self.upstream(name, {"kind": "oidc-provider", **(settings or {})}, **provider)

    def test_makes_an_account_once_and_finds_it_again(self) -> None:
        for name, alg in (("rsa", "RS256"), ("curve", "ES256")):
            with self.subTest(alg):
                upstream, user = self.provider(name, {"alg": alg}), f"olga-{name}"
                before = accounts()
                for _ in range(2):
                    person = Person()
                    self.assert_signed_in(person, sign_in(person, upstream, user))
                    self.assertEqual(accounts(), sorted([*before, user]))
                asked = upstream.asked()
                self.assertEqual(asked["code_challenge_method"], "S256")
                self.assertEqual(asked["redirect_uri"], upstream.callback)
                self.assertEqual([one["proof"] for one in upstream.seen() if one.get("path") == "/token"], ["Basic"] * 2)

    def test_asks_for_what_the_id_token_leaves_out_and_only_then(self) -> None:
        for name, conform, fetches in (("strict", True, 1), ("generous", False, 0)):
            with self.subTest(name):
                upstream, user = self.provider(name, {"conform": conform}), f"petra-{name}"
                person = Person()
                self.assert_signed_in(person, sign_in(person, upstream, user))
                known = account(user)
                self.assertEqual(known["email"], f"{user}@fjord.example")
                self.assertIs(known["email_verified"], True)
                self.assertIn(f"{user} Ødegård", str(known))
                asked = [one for one in upstream.seen() if one.get("path") == "/me"]
                self.assertEqual([one["proof"] for one in asked], ["Bearer"] * fetches)

    def test_portner_proves_itself_by_a_key_of_its_own(self) -> None:
        client = {
            "client_secret": None, "token_endpoint_auth_method": "private_key_jwt", "jwks_uri": f"{BASE}/oauth2/jwks",
        }
        upstream = self.provider(
            "keyed", {"client": client}, client_secret=None, token_endpoint_auth_method="private_key_jwt"
        )
        for _ in range(2):
            person = Person()
            self.assert_signed_in(person, sign_in(person, upstream, "quirin"))
        self.assertEqual([one.get("proof") for one in upstream.seen() if one.get("path") == "/token"], [None] * 2)

    def test_an_application_gets_its_person_from_there(self) -> None:
        upstream, person = self.provider("through", {"conform": False}), Person()
        page = person.open(application())
        there = urljoin(page.url, next(link for link in self.links(page) if "/federation/through/start" in link))
        back = sign_in(person, upstream, "rosa", there, stop_at="http://localhost/hut")
        answer = parse_qs(urlsplit(back).query)
        self.assertEqual((answer["state"], answer["iss"]), (["s"], [BASE]))
        claims = redeem(answer["code"][0])
        self.assertEqual((claims["iss"], claims["nonce"]), (BASE, "n"))
        self.assertNotEqual(claims["sub"], "rosa", "what it is called there is nobody's business here")
        self.assertEqual(claims.get("email", "rosa@fjord.example"), "rosa@fjord.example")

    def test_a_fresh_sign_in_is_asked_for_there_and_its_time_told_on(self) -> None:
        upstream, person = self.provider("fresh", {"conform": False}), Person()
        sign_in(person, upstream, "tove")
        began = int(time.time())
        for how, prompt in (({"prompt": "login"}, "login"), ({"max_age": "0"}, None)):
            with self.subTest(how):
                page = person.open(application(**how))
                there = urljoin(page.url, next(link for link in self.links(page) if "/federation/fresh/start" in link))
                # Signed in there as well: it asks all the same.
                page = person.open(there)
                self.assertIn('name="password"', page.text)
                self.assertTrue(page.url.startswith(upstream.issuer))
                asked = upstream.asked()
                self.assertEqual((asked.get("prompt"), asked["max_age"]), (prompt, "0"))
                back = sign_in(person, upstream, "tove", page.url, stop_at="http://localhost/hut")
                claims = redeem(parse_qs(urlsplit(back).query)["code"][0])
                self.assertGreaterEqual(claims["auth_time"], began)

    def test_new_keys_are_fetched(self) -> None:
        upstream = self.provider("rotating", {"conform": False})
        for _ in range(2):
            person = Person()
            self.assert_signed_in(person, sign_in(person, upstream, "ylva"))
            upstream.become()
        fetched = [one for one in upstream.seen() if one.get("path") == "/jwks"]
        self.assertEqual(len(fetched), 2)

    def test_a_wrong_secret_ends_on_a_page(self) -> None:
        upstream, person = self.provider("secretive", client_secret="another one"), Person()
        self.assert_refused(sign_in(person, upstream, "vera"), "PRT-1404", "code_refused")
        self.assertIn("invalid_client", [one.get("error") for one in upstream.seen()])
        self.assertNotIn("vera", accounts())
        upstream.declare()
        person = Person()
        self.assert_signed_in(person, sign_in(person, upstream, "vera"))

    def test_one_that_says_it_is_another_is_not_gone_to(self) -> None:
        upstream = self.provider("pretender", {"issuer": "http://127.0.0.1:9/other"})
        self.assert_refused(Person().open(upstream.start()), "PRT-1404", "discovery_issuer")

    def test_whoever_turns_back_there_is_told_so_here(self) -> None:
        upstream, person = self.provider("turning"), Person()
        page = person.open(upstream.start())
        abort = next(link for link in self.links(page) if link.endswith("/abort"))
        page = person.open(urljoin(page.url, abort))
        self.assert_refused(page, "PRT-1402", "error: access_denied")
        self.assertIn("End-User aborted interaction", page.text)

    def test_an_answer_is_good_for_one_browser_once(self) -> None:
        upstream, person = self.provider("once", {"conform": False}), Person()
        back = sign_in(person, upstream, "wilma", stop_at=upstream.callback)
        self.assert_refused(Person().open(back), "PRT-1401", "state")
        self.assert_signed_in(person, person.open(back))
        again = person.open(back)
        self.assertIn("PRT-1401", again.text)

    def test_a_sign_out_here_goes_on_there(self) -> None:
        upstream, person = self.provider("leaving", {"conform": False}, logout="upstream"), Person()
        self.assert_signed_in(person, sign_in(person, upstream, "ylvi"))
        page = person.submit(person.open(f"{BASE}/sign-out"), "csrf", {})
        self.assertTrue(page.url.startswith(f"{upstream.issuer}/session/end"), f"{page.url} {page.text}")
        page = person.submit(page, "xsrf", {"logout": "yes"})
        self.assertEqual(page.status_code, 200, page.text)
        self.assertTrue(page.url.startswith(f"{BASE}/sign-out"), page.url)
        self.assert_signed_out(person)
        # And there: it asks who comes.
        self.assertIn('name="login"', person.open(upstream.start()).text)

    def test_a_sign_out_there_is_heard_here(self) -> None:
        upstream, person, other = self.provider("ending", {"conform": False}), Person(), Person()
        self.assert_signed_in(person, sign_in(person, upstream, "yrsa"))
        self.assert_signed_in(other, sign_in(other, upstream, "yrsa"))
        page = person.open(f"{upstream.issuer}/session/end")
        page = person.submit(page, "xsrf", {"logout": "yes"})
        self.assertEqual(page.status_code, 200, page.text)
        self.assert_signed_out(person)
        self.assertNotIn('name="password"', other.open(f"{BASE}/account").text, "another session there, another here")

    def test_its_being_down_is_a_page_and_passwords_still_work(self) -> None:
        upstream = self.provider("sinking")
        upstream.close()
        page = Person().open(upstream.start())
        self.assertEqual(page.status_code, 503)
        self.assertIn("PRT-1403", page.text)
        person = Person()
        page = person.open(f"{BASE}/sign-in")
        page = person.submit(page, "password", {"username": "solveig", "password": "klippfisk og poteter"})
        self.assert_signed_in(person, page)
