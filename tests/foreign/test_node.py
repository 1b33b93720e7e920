"""openid-client for Node as a public client with PKCE; `node_client.mjs` is the application."""

import json
import os
import pathlib
import subprocess
import unittest

from person import Person

ISSUER = os.environ["PORTNER_URL"] + "/t/acme"
HERE = pathlib.Path(__file__).parent


class NodeTest(unittest.TestCase):
    def test_signs_a_user_in_and_out(self) -> None:
        person = Person()
        with subprocess.Popen(
            ["node", str(HERE / "node_client.mjs"), ISSUER],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        ) as client:
            there = client.stdout.readline().strip()
            back = person.sign_in(there, stop_at="http://127.0.0.1")
            self.assertIsInstance(back, str, f"signed in and sent back: {back}")
            client.stdin.write(back + "\n")
            client.stdin.flush()
            result = json.loads(client.stdout.readline())
            self.assertEqual(result["claims"]["iss"], ISSUER)
            self.assertEqual(result["userinfo"]["email"], "mette@acme.example")
            self.assertTrue(result["renewed"])
            self.assertFalse(result["active_after_revocation"])
            end = client.stdout.readline().strip()
            self.assertEqual(person.open(end, stop_at="http://127.0.0.1"), "http://127.0.0.1/bye")
            client.stdin.close()
        self.assertEqual(client.returncode, 0)
        self.assertIn('name="password"', person.open(there).text, "signed out")
