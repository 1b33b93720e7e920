"""oauth2-mock-server, whose tokens and answers can be bent (IN-8): what is not right is refused and leaves nothing behind."""

from __future__ import annotations

from person import Person
from upstream import Upstream, UpstreamTest, account, accounts

PERSON = {"preferred_username": "bente", "email": "bente@fjord.example", "email_verified": True, "name": "Bente Aas"}


class MockServerTest(UpstreamTest):
    def mock(self, name: str, **provider: object) -> Upstream:
        return self.upstream(name, {"kind": "oauth2-mock-server", "token": {"claims": PERSON}}, **provider)

    def arrive(self, upstream: Upstream):
        person = Person()
        return person, person.open(upstream.start())

    def test_refuses_every_token_that_is_not_for_this_sign_in(self) -> None:
        upstream, before = self.mock("bending"), accounts()
        bent = [
            ("audience", {"claims": {**PERSON, "aud": "somebody-else"}}),
            ("audience", {"claims": {**PERSON, "aud": ["portner", "somebody-else"]}}),
            ("audience", {"claims": {**PERSON, "azp": "somebody-else"}}),
            ("nonce", {"claims": {**PERSON, "nonce": "of another sign-in"}}),
            ("nonce", {"claims": {**PERSON, "nonce": None}}),
            ("issuer", {"claims": {**PERSON, "iss": "http://127.0.0.1:9"}}),
            ("issuer", {"claims": {**PERSON, "iss": upstream.issuer + "/"}}),
            ("time", {"claims": PERSON, "times": {"exp": -120}}),
            ("time", {"claims": {**PERSON, "exp": None}}),
            ("time", {"claims": PERSON, "times": {"nbf": 600}}),
            ("subject", {"claims": {**PERSON, "sub": ""}}),
            ("at_hash", {"claims": {**PERSON, "at_hash": "LDktKdoQak3Pk0cnXxCltA"}}),
            ("unknown_key", {"claims": PERSON, "header": {"kid": "nobody's"}}),
        ]
        for reason, token in bent:
            with self.subTest(token):
                upstream.become(token=token, key="same")
                person, page = self.arrive(upstream)
                self.assert_refused(page, "PRT-1404", reason)
                self.assert_signed_out(person)
        self.assertEqual(accounts(), before)
        upstream.become(token={"claims": PERSON}, key="same")
        self.assert_signed_in(*self.arrive(upstream))
        self.assertEqual(account("bente")["email"], "bente@fjord.example")

    def test_refuses_answers_that_are_none(self) -> None:
        upstream, before = self.mock("broken"), accounts()
        answers = [
            ("PRT-1404", "code_refused", {"answer": {"status": 400, "body": {"error": "invalid_grant"}}}),
            ("PRT-1404", "code_refused", {"answer": {"body": {"id_token": None}}}),
            ("PRT-1404", "signature", {"answer": {"body": {"id_token": "not.a.token"}}}),
            ("PRT-1401", "state", {"redirect": {"state": "of another"}}),
            ("PRT-1404", "no_code", {"redirect": {"code": None}}),
            ("PRT-1404", "iss_parameter", {"redirect": {"iss": "http://127.0.0.1:9"}}),
            ("PRT-1402", "error: access_denied", {"redirect": {"code": None, "error": "access_denied"}}),
            ("PRT-1402", "error", {"redirect": {"error": "<b>", "error_description": "<script>alert(1)</script>"}}),
        ]
        for code, reason, settings in answers:
            with self.subTest(settings):
                upstream.become(key="same", **settings)
                person, page = self.arrive(upstream)
                self.assert_refused(page, code, reason)
                self.assertNotIn("<script>alert", page.text)
                self.assert_signed_out(person)
        self.assertEqual(accounts(), before)

    def test_what_its_userinfo_says_is_of_the_same_person_or_nothing(self) -> None:
        upstream, before = self.mock("telling"), accounts()
        bare = {"claims": {"sub": "berit"}}
        told = {"sub": "berit", "email": "berit@fjord.example", "email_verified": True, "name": "Berit Lie", "acr": "x"}
        refused = [
            ("PRT-1404", "userinfo", {"body": {**told, "sub": "somebody else"}}),
            ("PRT-1404", "userinfo", {"body": {**told, "sub": None}}),
            ("PRT-1403", "unavailable", {"body": told, "status": 401}),
        ]
        for code, reason, userinfo in refused:
            with self.subTest(userinfo):
                upstream.become(token=bare, userinfo=userinfo, key="same")
                person, page = self.arrive(upstream)
                self.assert_refused(page, code, reason)
                self.assert_signed_out(person)
        self.assertEqual(accounts(), before)
        upstream.become(token=bare, userinfo={"body": told}, key="same")
        self.assert_signed_in(*self.arrive(upstream))
        self.assertIn("Berit Lie", str(account("berit@fjord.example")))

    def test_nobody_unknown_comes_in_where_no_accounts_are_made(self) -> None:
        upstream, before = self.mock("closed", create_users=False), accounts()
        person, page = self.arrive(upstream)
        self.assert_refused(page, "PRT-1406", "unknown")
        self.assert_signed_out(person)
        self.assertEqual(accounts(), before)
