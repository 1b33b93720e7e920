"""Debian's Apache with mod_auth_mellon (SAML 2.0, on Lasso) in front of a page: sign-in, and logout begun on either side."""

import os
import pathlib
import subprocess
import tempfile
import unittest

import requests

from apache import SITE, Apache
from person import Person

ISSUER = os.environ["PORTNER_URL"] + "/t/acme"
CONFIG = """
LoadModule auth_mellon_module {modules}/mod_auth_mellon.so
MellonLockFile "{dir}/mellon.lock"
<Location />
    MellonEnable "info"
    MellonEndpointPath /mellon
    MellonSPentityId "@SITE@/mellon/metadata"
    MellonSPPrivateKeyFile {dir}/sp.key
    MellonSPCertFile {dir}/sp.pem
    MellonIdPMetadataFile {dir}/idp.xml
    MellonSecureCookie Off
    MellonUser "username"
    MellonSignatureMethod rsa-sha256
    MellonRedirectDomains "[self]"
</Location>
<Location /inside>
    MellonEnable "auth"
    AuthType Mellon
    Require valid-user
    Header always set X-User "expr=%{REMOTE_USER}"
    Header always set X-Email "%{MELLON_email}e"
</Location>
"""
DECLARED = """
version = 1
[[tenant]]
slug = "acme"
[[tenant.application]]
id = "mellon"
name = "Apache with mod_auth_mellon"
[tenant.application.saml]
metadata_file = "mellon.xml"
attributes = {{ username = "username", email = "email" }}
{more}
"""


def key_pair() -> dict[str, bytes]:
    with tempfile.TemporaryDirectory() as folder:
        there = pathlib.Path(folder)
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=mellon",
             "-keyout", there / "sp.key", "-out", there / "sp.pem"],
            check=True, capture_output=True,
        )
        return {name: (there / name).read_bytes() for name in ("sp.key", "sp.pem")}


def declare(metadata: str, more: str = "") -> None:
    with tempfile.TemporaryDirectory() as folder:
        there = pathlib.Path(folder)
        (there / "mellon.xml").write_text(metadata)
        (there / "declared.toml").write_text(DECLARED.format(more=more))
        command = [os.environ["PORTNER_BIN"], "apply", there / "declared.toml", "--config", os.environ["PORTNER_CONFIG"]]
        clean = {"PATH": os.environ["PATH"]}
        done = subprocess.run(command, capture_output=True, text=True, env=clean)
        assert done.returncode == 0, done.stderr + done.stdout


class MellonTest(unittest.TestCase):
    def start(self, more: str = "") -> Apache:
        files = {**key_pair(), "idp.xml": requests.get(f"{ISSUER}/saml/metadata", timeout=90).content}
        apache = Apache({"inside": "inside", "bye": "outside"}, CONFIG.replace("@SITE@", SITE), "auth_mellon:debug", files)
        self.addCleanup(apache.stop)
        metadata = requests.get(f"{SITE}/mellon/metadata", timeout=90)
        self.assertEqual(metadata.status_code, 200, apache.log())
        declare(metadata.text, more)
        return apache

    def sign_in(self, apache: Apache) -> Person:
        person = Person()
        page = person.sign_in(f"{SITE}/inside/")
        self.assertIn('name="SAMLResponse"', page.text)
        page = person.submit(page, "SAMLResponse", {})
        self.assertEqual((page.status_code, page.text), (200, "inside"), apache.log())
        self.assertEqual(page.headers["X-User"], "mette")
        self.assertEqual(page.headers["X-Email"], "mette@acme.example")
        return person

    def is_out(self, person: Person, apache: Apache) -> None:
        self.assertIn('name="password"', person.open(f"{SITE}/inside/").text, f"here and there\n{apache.log()}")

    def test_signs_a_user_in_and_out(self) -> None:
        apache = self.start()
        person = self.sign_in(apache)
        out = person.open(f"{SITE}/mellon/logout?ReturnTo={SITE}/bye/")
        self.assertEqual((out.status_code, out.text), (200, "outside"), apache.log())
        self.is_out(person, apache)

    def test_reads_an_encrypted_assertion(self) -> None:
        apache = self.start("encrypt_assertion = true")
        self.sign_in(apache)

    def test_is_signed_out_when_the_user_signs_out_here(self) -> None:
        apache = self.start()
        person = self.sign_in(apache)
        page = person.submit(person.open(f"{ISSUER}/sign-out"), "csrf", {})
        self.assertEqual(page.status_code, 200, f"{page.text}\n{apache.log()}")
        self.assertIn("Apache with mod_auth_mellon", page.text)
        self.assertIn("Logget ud", page.text, apache.log())
        self.is_out(person, apache)
