"""aiosmtpd as the mail server: STARTTLS and a password are required; the links in what arrives are followed."""

import email
import email.policy
import os
import pathlib
import re
import ssl
import subprocess
import time
import unittest

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from person import Person

ISSUER = os.environ["PORTNER_URL"] + "/t/acme"
PORT = int(os.environ["PORTNER_PORT2"])
TLS = pathlib.Path(__file__).resolve().parents[2] / "target" / "foreign-mail"


class Mailbox:
    def __init__(self) -> None:
        self.mails: list[email.message.EmailMessage] = []
        self.encrypted: list[bool] = []

    async def handle_DATA(self, server, session, envelope) -> str:
        self.mails.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        self.encrypted.append(session.ssl is not None and session.authenticated)
        return "250 kept"

    def wait_for(self, to: str, subject: str) -> email.message.EmailMessage:
        """The newest mail to somebody about something."""
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            for mail in reversed(self.mails):
                if to in str(mail["To"]) and subject in str(mail["Subject"]):
                    return mail
            time.sleep(0.05)
        raise AssertionError(f"no mail to {to} about {subject}: {[(m['To'], m['Subject']) for m in self.mails]}")


def allow(server, session, envelope, mechanism, login) -> AuthResult:
    password = (TLS / "password").read_bytes().strip()
    right = getattr(login, "login", None) == b"portner" and getattr(login, "password", None) == password
    return AuthResult(success=right)


class MailTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(TLS / "mail.pem", TLS / "mail.key")
        cls.mailbox = Mailbox()
        cls.controller = Controller(
            cls.mailbox,
            hostname="localhost",
            port=PORT,
            tls_context=context,
            require_starttls=True,
            auth_required=True,
            authenticator=allow,
            ready_timeout=90,
        )
        cls.controller.start()

    @classmethod
    def tearDownClass(cls) -> None:
        cls.controller.stop()

    def link(self, mail: email.message.EmailMessage) -> str:
        self.assertEqual(mail.get_content_type(), "multipart/alternative")
        plain = mail.get_body(("plain",)).get_content()
        html = mail.get_body(("html",)).get_content()
        link = re.search(r"https?://\S+", plain).group()
        self.assertIn(f'href="{link}"', html)
        self.assertTrue(link.startswith(ISSUER), link)
        return link

    def choose(self, link: str, password: str):
        person = Person()
        page = person.open(link)
        self.assertEqual(page.status_code, 200, page.text)
        return person.submit(page, "password", {"password": password})

    def signs_in(self, username: str, password: str) -> bool:
        person = Person()
        page = person.open(f"{ISSUER}/sign-in")
        person.submit(page, "password", {"username": username, "password": password})
        return any(name.startswith("__Host-sid") for jar in person.cookies.values() for name in jar)

    def test_a_forgotten_password_is_replaced(self) -> None:
        person = Person()
        page = person.open(f"{ISSUER}/password/forgot")
        person.submit(page, "username", {"username": "sven@acme.example"})
        mail = self.mailbox.wait_for("sven@acme.example", "lösenord")
        self.assertEqual(mail["Auto-Submitted"], "auto-generated")
        self.assertIn("Acme A/S", str(mail["From"]))
        self.assertIn("no-reply@acme.example", str(mail["From"]))
        self.choose(self.link(mail), "en kväll vid den stilla sjön")
        self.assertTrue(self.signs_in("sven", "en kväll vid den stilla sjön"))
        self.mailbox.wait_for("sven@acme.example", "ändrats")
        self.assertTrue(all(self.mailbox.encrypted), "nothing came in the clear or without the password")

    def test_a_new_person_is_invited(self) -> None:
        arguments = ["user", "create", "ingrid", "--tenant", "acme", "--email", "ingrid@acme.example", "--locale", "nb"]
        config = ["--config", os.environ["PORTNER_CONFIG"]]
        clean = {"PATH": os.environ["PATH"]}
        command = [os.environ["PORTNER_BIN"], *arguments, *config]
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        subprocess.run(command, check=True, env=clean, **quiet)
        mail = self.mailbox.wait_for("ingrid@acme.example", "Velkommen")
        self.choose(self.link(mail), "en båt med rødt seil")
        self.assertTrue(self.signs_in("ingrid", "en båt med rødt seil"))
