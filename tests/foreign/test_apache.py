"""Debian's Apache with mod_auth_openidc in front of a page, as administrators set it up."""

import os
import time
import unittest

from apache import SITE, Apache
from person import Person

ISSUER = os.environ["PORTNER_URL"] + "/t/acme"
CONFIG = """
LoadModule auth_openidc_module {modules}/mod_auth_openidc.so
OIDCProviderMetadataURL @ISSUER@/.well-known/openid-configuration
OIDCClientID apache
OIDCClientSecret apache-secret-of-forty-three-characters-lon
OIDCRedirectURI @SITE@/protected/callback
OIDCCryptoPassphrase only-for-this-test
OIDCScope "openid profile email"
OIDCPKCEMethod S256
OIDCResponseMode @MODE@
OIDCRemoteUserClaim preferred_username

<Location /protected>
    AuthType openid-connect
    Require valid-user
    Header always set X-User "expr=%{REMOTE_USER}"
    Header always set X-Email "%{OIDC_CLAIM_email}e"
    Header always set X-Issuer "%{OIDC_CLAIM_iss}e"
</Location>
"""


def start(mode: str) -> Apache:
    config = CONFIG.replace("@ISSUER@", ISSUER).replace("@SITE@", SITE).replace("@MODE@", mode)
    return Apache({"protected": "inside", "bye": "outside"}, config, "auth_openidc:info")


class ApacheTest(unittest.TestCase):
    def sign_in(self, apache: Apache, mode: str) -> Person:
        person = Person()
        page = person.sign_in(f"{SITE}/protected/")
        if mode == "form_post":
            self.assertIn('name="code"', page.text)
            page = person.submit(page, "code", {})
        self.assertEqual(page.status_code, 200, f"{page.text}\n{apache.log()}")
        self.assertEqual(page.text, "inside", apache.log())
        self.assertEqual(page.headers["X-User"], "mette")
        self.assertEqual(page.headers["X-Email"], "mette@acme.example")
        self.assertEqual(page.headers["X-Issuer"], ISSUER)
        return person

    def sign_in_and_out(self, mode: str) -> None:
        apache = start(mode)
        self.addCleanup(apache.stop)
        person = self.sign_in(apache, mode)
        out = person.open(f"{SITE}/protected/callback?logout={SITE}/bye")
        self.assertEqual((out.status_code, out.text), (200, "outside"), apache.log())
        again = person.open(f"{SITE}/protected/")
        self.assertIn('name="password"', again.text, "signed out there and here")

    def test_signs_a_user_in_and_out(self) -> None:
        self.sign_in_and_out("query")

    def test_signs_a_user_in_by_form_post(self) -> None:
        self.sign_in_and_out("form_post")

    def test_hears_over_the_back_channel_that_the_user_has_signed_out(self) -> None:
        apache = start("query")
        self.addCleanup(apache.stop)
        person = self.sign_in(apache, "query")
        page = person.open(f"{ISSUER}/sign-out")
        page = person.submit(page, "csrf", {})
        self.assertEqual(page.status_code, 200, page.text)
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            page = person.open(f"{SITE}/protected/")
            if page.text != "inside":
                break
            time.sleep(0.1)
        self.assertIn('name="password"', page.text, f"the session there has ended too\n{apache.log()}")
