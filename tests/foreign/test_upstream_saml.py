"""People who sign in at an identity provider made of pysaml2 (IN-8): what it signs and encrypts is believed, and only that."""

from __future__ import annotations

import base64

import requests

from person import Person, forms
from saml import Pair, inflated, validate
from upstream import BASE, UpstreamTest, account, accounts, application
from upstream_saml import AES256_GCM, IdentityProvider, encrypt_by

TRIPLE_DES = "http://www.w3.org/2001/04/xmlenc#tripledes-cbc"


class PysamlTest(UpstreamTest):
    def provider(self, name: str, user: str, **how: object) -> IdentityProvider:
        provider = IdentityProvider(name, user, **how)
        self.addCleanup(provider.close)
        return provider

    def answered(self, person: Person, provider: IdentityProvider, url: str | None = None) -> dict[str, str]:
        """What its page would post."""
        page = person.open(url or f"{BASE}/federation/{provider.name}/start")
        self.assertEqual(page.status_code, 200, page.text)
        form = next(form for form in forms(page) if "SAMLResponse" in form["fields"])
        self.assertEqual(form["action"], provider.acs)
        return form["fields"]

    def post(self, person: Person, provider: IdentityProvider, fields: dict[str, str], stop_at: str | None = None):
        """From a page of another site: no cookie comes along, and the answer sends the browser to where they do."""
        data = {name: fields[name] for name in ("SAMLResponse", "RelayState")}
        reply = requests.post(
            provider.acs, data=data, headers={"Origin": provider.base}, allow_redirects=False, timeout=90
        )
        if reply.status_code != 303:
            return reply
        return person.open(requests.compat.urljoin(reply.url, reply.headers["Location"]), stop_at=stop_at)

    def sign_in(self, person: Person, provider: IdentityProvider):
        return self.post(person, provider, self.answered(person, provider))

    def test_believes_what_is_signed(self) -> None:
        encrypt_by(AES256_GCM, "aes-256")
        ways = {
            "both": {},
            "response": {"sign_assertion": False},
            "assertion": {"sign_response": False},
            "encrypted": {"encrypt_assertion": True},
        }
        for name, how in ways.items():
            with self.subTest(name):
                user = f"saga-{name}"
                provider = self.provider(f"py-{name}", user, **how)
                for _ in range(2):
                    person = Person()
                    fields = self.answered(person, provider)
                    text = base64.b64decode(fields["SAMLResponse"]).decode()
                    self.assertEqual("EncryptedAssertion" in text, name == "encrypted")
                    self.assertEqual(user in text, name != "encrypted")
                    self.assert_signed_in(person, self.post(person, provider, fields))
                known = account(user)
                self.assertEqual(known["email"], f"{user}@fjord.example")
                self.assertIn(f"{user} Ødegård", str(known))
                self.assertEqual(accounts().count(user), 1)
                for asked in provider.asked:
                    validate(str(asked))
                    self.assertEqual(asked.issuer.text, provider.service_provider)

    def test_refuses_what_is_not_signed_by_its_key(self) -> None:
        before = accounts()
        refused = {
            "none": ({"sign_response": False, "sign_assertion": False}, "PRT-1404"),
            "stranger": ({"signs_with": Pair("stranger")}, "PRT-1404"),
        }
        for name, (how, code) in refused.items():
            with self.subTest(name):
                provider, person = self.provider(f"py-{name}", "sigrid", **how), Person()
                page = self.sign_in(person, provider)
                self.assertGreaterEqual(page.status_code, 400)
                self.assertIn(code, page.text)
                self.assert_signed_out(person)
        self.assertEqual(accounts(), before)

    def test_refuses_what_is_encrypted_by_triple_des(self) -> None:
        encrypt_by(TRIPLE_DES, "des-192")
        self.addCleanup(encrypt_by, AES256_GCM, "aes-256")
        provider, person = self.provider("py-old", "sissel", encrypt_assertion=True), Person()
        page = self.sign_in(person, provider)
        self.assertIn("PRT-1404", page.text)
        self.assert_signed_out(person)

    def test_refuses_what_was_changed_on_the_way_and_what_comes_twice(self) -> None:
        provider, person = self.provider("py-changed", "siri"), Person()
        fields = self.answered(person, provider)
        text = base64.b64decode(fields["SAMLResponse"]).decode()
        changed = base64.b64encode(text.replace("siri", "solveig").encode()).decode()
        page = self.post(person, provider, {**fields, "SAMLResponse": changed})
        self.assertIn("PRT-1404", page.text)
        self.assert_signed_out(person)
        # In another browser it is nobody's answer; in its own it counts, and once.
        self.assertIn("PRT-1401", self.post(Person(), provider, fields).text)
        self.assert_signed_in(person, self.post(person, provider, fields))
        self.assertIn("PRT-1401", self.post(person, provider, fields).text)

    def test_a_sign_out_here_goes_on_there_and_comes_back(self) -> None:
        provider, person = self.provider("py-leaving", "sunniva", logout="upstream"), Person()
        self.assert_signed_in(person, self.sign_in(person, provider))
        page = person.submit(person.open(f"{BASE}/sign-out"), "csrf", {})
        self.assertEqual(page.status_code, 200, page.text)
        self.assertTrue(page.url.startswith(f"{BASE}/sign-out"), f"{page.url} {page.text}")
        [request] = provider.left
        validate(str(request))
        self.assertEqual(request.name_id.text, "name-of-sunniva")
        self.assertEqual([one.text for one in request.session_index], provider.sessions[-1:])
        self.assert_signed_out(person)

    def test_a_sign_out_there_ends_the_session_here_and_is_answered(self) -> None:
        provider, person, other = self.provider("py-ending", "sylvi"), Person(), Person()
        self.assert_signed_in(person, self.sign_in(person, provider))
        ended = provider.sessions[-1]
        self.assert_signed_in(other, self.sign_in(other, provider))
        page = person.open(provider.leave(ended))
        self.assertEqual(page.text, "signed out", page.url)
        answer = inflated("?" + provider.told[-1], "SAMLResponse")
        validate(answer)
        self.assertIn("status:Success", answer)
        self.assert_signed_out(person)
        self.assertNotIn('name="password"', other.open(f"{BASE}/account").text, "another session there, another here")

    def test_an_application_that_wants_a_fresh_sign_in_has_it_forced_there(self) -> None:
        provider, person = self.provider("py-fresh", "svala"), Person()
        self.assert_signed_in(person, self.sign_in(person, provider))
        self.assertNotEqual(provider.asked[-1].force_authn, "true")
        page = person.open(application(prompt="login"))
        self.assertEqual(page.status_code, 200)
        there = next(link for link in self.links(page) if "/federation/py-fresh/start" in link)
        fields = self.answered(person, provider, requests.compat.urljoin(page.url, there))
        self.assertEqual(provider.asked[-1].force_authn, "true")
        back = self.post(person, provider, fields, stop_at="http://localhost/hut")
        self.assertIsInstance(back, str, getattr(back, "text", ""))
        self.assertIn("code=", back)
