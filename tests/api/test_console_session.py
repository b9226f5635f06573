"""Signing in to the console with a browser's means: cookie, CSRF token, expiry, slow-down."""
import sqlite3
import time

import jsonschema
import pytest
import requests

from conftest import SECRET
from test_console_api import SPEC


class Browser:
    def __init__(self, api, user="admin", password=SECRET):
        self.base = f"{api.url}/api/v1"
        self.http = requests.Session()
        self.answer = self.http.post(f"{self.base}/session", json={"userName": user, "password": password}, timeout=60)
        self.token = self.answer.json().get("csrfToken", "")

    def call(self, method, path, csrf=True, **keywords):
        headers = {"X-CSRF-Token": self.token} if csrf else {}
        return self.http.request(method, self.base + path, headers=headers, timeout=60, **keywords)


def test_a_session_from_sign_in_to_sign_out(api):
    browser = Browser(api)
    assert browser.answer.status_code == 200
    schema = SPEC["components"]["responses"]["Session"]["content"]["application/json"]["schema"]
    jsonschema.Draft7Validator({**schema, "components": SPEC["components"]}).validate(browser.answer.json())
    cookie = browser.answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and "Path=/" in cookie
    assert browser.call("GET", "/session").json()["userName"] == "admin"
    assert browser.call("GET", "/accounts").status_code == 200
    assert browser.call("PATCH", "/settings", json={"retentionMonths": 2}).status_code == 200
    assert browser.call("DELETE", "/session", csrf=False).status_code == 403
    stolen = dict(browser.http.cookies)
    assert browser.call("DELETE", "/session").status_code == 200
    assert requests.get(f"{browser.base}/accounts", cookies=stolen, timeout=60).status_code == 401
    assert requests.get(f"{browser.base}/session", cookies=stolen, timeout=60).status_code == 401


def test_changes_need_the_token_of_the_session(api):
    one, other = Browser(api), Browser(api)
    assert one.call("PATCH", "/settings", csrf=False, json={"retentionMonths": 5}).status_code == 403
    one.token = other.token
    assert one.call("PATCH", "/settings", json={"retentionMonths": 5}).status_code == 403
    assert one.call("GET", "/settings").json()["retentionMonths"] == 1


def test_read_only_users_look_and_change_nothing(api):
    viewer = Browser(api, "viewer")
    assert viewer.answer.json()["readOnly"] is True
    assert viewer.call("GET", "/dashboard").status_code == 200
    refused = viewer.call("POST", "/credentials", json={"userName": "eve"})
    assert refused.status_code == 403 and "change nothing" in refused.json()["error"]["message"]


@pytest.mark.parametrize("user, password", [("admin", "wrong"), ("nobody", SECRET), ("", ""), ("admin", "x" * 2000)])
def test_who_does_not_know_the_password_stays_out(api, user, password):
    refused = Browser(api, user, password)
    assert refused.answer.status_code in (400, 401)
    assert "Set-Cookie" not in refused.answer.headers
    assert refused.call("GET", "/accounts").status_code in (400, 401)


def test_guessing_is_slowed_down_and_noted(api):
    for _ in range(6):
        Browser(api, "admin", "guess")
    start = time.monotonic()
    Browser(api, "admin", "guess")
    assert time.monotonic() - start > 0.15
    entries = api.call("GET", "/audit")[1]["entries"]
    assert sum(e["action"] == "SignIn" and e["result"] == "AccessDenied" for e in entries) == 7
    assert Browser(api).answer.status_code == 200


@pytest.mark.parametrize("column, age", [("last_used_ms", 31 * 60), ("created_at_ms", 12 * 3600 + 60)])
def test_sessions_end_when_idle_and_when_old(api, column, age):
    browser = Browser(api)
    with sqlite3.connect(api.directory / "assay.db", timeout=30) as database:
        database.execute(f"UPDATE console_session SET {column} = {column} - ?", [age * 1000])
    assert browser.call("GET", "/accounts").status_code == 401


def test_only_the_hash_of_the_cookie_is_stored(api):
    browser = Browser(api)
    (value,) = browser.http.cookies.get_dict().values()
    with sqlite3.connect(api.directory / "assay.db", timeout=30) as database:
        stored = database.execute("SELECT * FROM console_session").fetchall()
    assert value not in str(stored)


def test_a_new_password_ends_the_other_sessions(api):
    one, other = Browser(api), Browser(api)
    path, new = "/session/password", "a much longer secret"
    assert one.call("POST", path, json={"currentPassword": "no", "newPassword": new}).status_code == 403
    assert one.call("POST", path, json={"currentPassword": SECRET, "newPassword": "short"}).status_code == 400
    assert one.call("POST", path, csrf=False, json={"currentPassword": SECRET, "newPassword": new}).status_code == 403
    assert one.call("POST", path, json={"currentPassword": SECRET, "newPassword": new}).status_code == 200
    assert one.call("GET", "/accounts").status_code == 200
    assert other.call("GET", "/accounts").status_code == 401
    assert Browser(api).answer.status_code == 401
    assert Browser(api, password=new).answer.status_code == 200


def test_a_cookie_beside_a_signature_counts_for_nothing(api):
    browser = Browser(api, "viewer")
    cookie = "; ".join(f"{name}={value}" for name, value in browser.http.cookies.get_dict().items())
    status, _ = api.send(api.signed("POST", "/api/v1/enable", b"{}", headers={"Cookie": cookie}))
    assert status == 200
    two = requests.get(f"{browser.base}/accounts", headers={"Cookie": f"{cookie}; {cookie}"}, timeout=60)
    assert two.status_code == 401


def test_users_are_made_used_and_removed(api):
    admin = Browser(api)
    made = admin.call("POST", "/users", json={"userName": "auditor", "readOnly": True}).json()
    assert admin.call("POST", "/users", json={"userName": "auditor"}).status_code == 400
    assert admin.call("POST", "/users", json={"userName": "a b"}).status_code == 400
    auditor = Browser(api, "auditor", made["password"])
    assert auditor.answer.json()["readOnly"] is True
    assert auditor.call("POST", "/users", json={"userName": "eve"}).status_code == 403
    assert admin.call("DELETE", "/users/auditor").status_code == 200
    assert auditor.call("GET", "/accounts").status_code == 401
    assert Browser(api, "auditor", made["password"]).answer.status_code == 401
    assert admin.call("DELETE", "/users/auditor").status_code == 404
    # The others are the viewer, who may change nothing, and admin himself.
    refused = admin.call("DELETE", "/users/admin")
    assert refused.status_code == 400 and "last user" in refused.json()["error"]["message"]
    assert [user["userName"] for user in admin.call("GET", "/users").json()["users"]] == ["admin", "viewer"]
