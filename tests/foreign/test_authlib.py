"""Authlib inside Flask, as its documentation shows it."""

import os
import unittest
from urllib.parse import urlencode, urlsplit

from authlib.integrations.base_client.errors import MismatchingStateError, OAuthError
from authlib.integrations.flask_client import OAuth
from flask import Flask, jsonify, redirect, session

from person import Person

ISSUER = os.environ["PORTNER_URL"] + "/t/acme"


def make_app() -> Flask:
    app = Flask("shop")
    app.secret_key = "only for this test"
    app.config.update(SERVER_NAME="localhost", TESTING=True)
    oauth = OAuth(app)
    oauth.register(
        "portner",
        client_id="flask",
        client_secret="flask-secret-of-forty-three-characters-long",
        server_metadata_url=f"{ISSUER}/.well-known/openid-configuration",
        client_kwargs={"scope": "openid profile email offline_access", "code_challenge_method": "S256"},
    )

    @app.get("/login")
    def login():
        return oauth.portner.authorize_redirect("http://localhost/callback")

    @app.get("/callback")
    def callback():
        try:
            token = oauth.portner.authorize_access_token()
        except (OAuthError, MismatchingStateError) as error:
            return jsonify(error=error.error), 400
        fetched = oauth.portner.userinfo(token=token)
        session["hint"] = token["id_token"]
        renewed = oauth.portner.fetch_access_token(
            grant_type="refresh_token", refresh_token=token["refresh_token"]
        )
        return jsonify(
            claims=token["userinfo"], fetched=fetched, renewed=renewed["access_token"] != token["access_token"]
        )

    @app.get("/logout")
    def logout():
        metadata = oauth.portner.load_server_metadata()
        query = urlencode({"id_token_hint": session.pop("hint"), "post_logout_redirect_uri": "http://localhost/bye"})
        return redirect(f"{metadata['end_session_endpoint']}?{query}")

    return app


class AuthlibTest(unittest.TestCase):
    def setUp(self) -> None:
        self.shop = make_app().test_client()
        self.person = Person()

    def visit(self, url: str):
        """The application runs in this process: hand it what the browser would send."""
        parts = urlsplit(url)
        return self.shop.get(f"{parts.path}?{parts.query}")

    def sign_in(self):
        there = self.shop.get("/login").headers["Location"]
        return self.visit(self.person.sign_in(there, stop_at="http://localhost/callback"))

    def test_signs_a_user_in(self) -> None:
        reply = self.sign_in()
        self.assertEqual(reply.status_code, 200, reply.text)
        body = reply.get_json()
        self.assertEqual(body["claims"]["iss"], ISSUER)
        self.assertEqual(body["fetched"]["sub"], body["claims"]["sub"])
        self.assertEqual(body["fetched"]["family_name"], "Sørensen")
        self.assertIs(body["fetched"]["email_verified"], True)
        self.assertIs(body["renewed"], True)

    def test_a_second_sign_in_needs_no_password(self) -> None:
        self.sign_in()
        there = self.shop.get("/login").headers["Location"]
        back = self.person.open(there, stop_at="http://localhost/callback")
        self.assertEqual(self.visit(back).status_code, 200)

    def test_signs_the_user_out(self) -> None:
        self.sign_in()
        there = self.shop.get("/logout").headers["Location"]
        self.assertEqual(self.person.open(there, stop_at="http://localhost/bye"), "http://localhost/bye")
        page = self.person.open(self.shop.get("/login").headers["Location"])
        self.assertIn('name="password"', page.text)

    def test_sees_the_refusal(self) -> None:
        reply = self.visit("http://localhost/callback?error=access_denied&state=x")
        self.assertEqual(reply.status_code, 400)
