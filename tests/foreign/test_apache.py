"""Debian's Apache with mod_auth_openidc in front of a page, as administrators set it up."""

import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
import unittest

from person import Person

ISSUER = os.environ["PORTNER_URL"] + "/t/acme"
PORT = int(os.environ["PORTNER_PORT1"])
SITE = f"http://localhost:{PORT}"
MODULES = "/usr/lib/apache2/modules"
CONFIG = """
ServerRoot {dir}
ServerName localhost
Listen 127.0.0.1:{port}
PidFile {dir}/pid
ErrorLog {dir}/error.log
LogLevel auth_openidc:info
DocumentRoot {dir}/htdocs
{user}
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authn_core_module {modules}/mod_authn_core.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule authz_user_module {modules}/mod_authz_user.so
LoadModule headers_module {modules}/mod_headers.so
LoadModule dir_module {modules}/mod_dir.so
LoadModule auth_openidc_module {modules}/mod_auth_openidc.so
Mutex file:{dir} default

OIDCProviderMetadataURL {issuer}/.well-known/openid-configuration
OIDCClientID apache
OIDCClientSecret apache-secret-of-forty-three-characters-lon
OIDCRedirectURI {site}/protected/callback
OIDCCryptoPassphrase only-for-this-test
OIDCScope "openid profile email"
OIDCPKCEMethod S256
OIDCResponseMode {mode}
OIDCRemoteUserClaim preferred_username

<Location /protected>
    AuthType openid-connect
    Require valid-user
    Header always set X-User "expr=%{{REMOTE_USER}}"
    Header always set X-Email "%{{OIDC_CLAIM_email}}e"
    Header always set X-Issuer "%{{OIDC_CLAIM_iss}}e"
</Location>
"""


class Apache:
    def __init__(self, mode: str) -> None:
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="portner-apache."))
        self.dir.chmod(0o755)
        for name, text in [("protected", "inside"), ("bye", "outside")]:
            (self.dir / "htdocs" / name).mkdir(parents=True)
            (self.dir / "htdocs" / name / "index.html").write_text(text)
        user = ""
        if os.getuid() == 0:
            user = "User www-data\nGroup www-data"
            os.chown(self.dir, pwd.getpwnam("www-data").pw_uid, -1)
        text = CONFIG.format(dir=self.dir, port=PORT, user=user, modules=MODULES, issuer=ISSUER, site=SITE, mode=mode)
        (self.dir / "apache.conf").write_text(text)
        self.process = subprocess.Popen(
            ["/usr/sbin/apache2", "-f", str(self.dir / "apache.conf"), "-DFOREGROUND"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )
        deadline = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", PORT), timeout=1).close()
                return
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise AssertionError(f"apache did not start: {self.process.stdout.read().decode()} {self.log()}")
                time.sleep(0.05)

    def log(self) -> str:
        path = self.dir / "error.log"
        return path.read_text() if path.exists() else ""

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=20)
        self.process.stdout.close()
        shutil.rmtree(self.dir)


class ApacheTest(unittest.TestCase):
    def sign_in_and_out(self, mode: str) -> None:
        apache = Apache(mode)
        self.addCleanup(apache.stop)
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
        out = person.open(f"{SITE}/protected/callback?logout={SITE}/bye")
        self.assertEqual((out.status_code, out.text), (200, "outside"), apache.log())
        again = person.open(f"{SITE}/protected/")
        self.assertIn('name="password"', again.text, "signed out there and here")

    def test_signs_a_user_in_and_out(self) -> None:
        self.sign_in_and_out("query")

    def test_signs_a_user_in_by_form_post(self) -> None:
        self.sign_in_and_out("form_post")
