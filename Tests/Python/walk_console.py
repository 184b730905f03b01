"""Walks through the console in Chromium: signs in, makes a key and revokes it.

What the pages say and what they change is held by tests without a browser; this looks at each of them, and
uses the keyboard, the clipboard and the scripts.

Environment: what walking.py needs; CONSOLE_EMAIL, an admin; FREE_EMAIL, an admin on a FREE plan;
AGENT_EMAIL, an agent in the first organization; BOTH_EMAIL, an admin in two organizations.
"""

import os

from playwright.sync_api import expect
from walking import URL, copy, expect_equal, expect_fault, expect_heading, follow, look, press, run, sign_in, visit


def admin(browser):
    with visit(browser) as page:
        page.goto(URL)
        look(page, "sign-in")
        sign_in(page, os.environ["CONSOLE_EMAIL"], "a wrong password")
        expect_fault(page, "Password", "do not match")
        look(page, "sign-in-wrong")
        sign_in(page, os.environ["CONSOLE_EMAIL"])
        expect_heading(page, "API keys")
        look(page, "api-keys-empty")
        follow(page, "Create an API key")
        look(page, "api-key-new")
        press(page, "Create the key")
        expect_fault(page, "Name", "Enter a name")
        look(page, "api-key-new-faulty")
        # By keyboard alone.
        page.get_by_label("Name", exact=True).focus()
        page.keyboard.type("Nightly import")
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
        page.keyboard.press("Enter")
        expect_heading(page, "The key Nightly import is ready")
        key = copy(page, "#key")
        look(page, "api-key-made")
        expect_equal("a URL with the key", key in page.url, False)
        page.reload()
        expect_heading(page, "This key was made before")
        look(page, "api-key-made-again")
        follow(page, "See the keys")
        look(page, "api-keys")
        follow(page, "Revoke")
        look(page, "api-key-revoke")
        press(page, "Revoke the key")
        expect(page.get_by_text("The key is revoked.")).to_be_visible()
        look(page, "api-keys-revoked")
        follow(page, "Audit trail")
        look(page, "audit")
        follow(page, "Account")
        look(page, "account")
        press(page, "Change the password")
        look(page, "account-faulty")
        for name, path in {"not-found": "nothing", "bad-address": "api-keys?before=%zz"}.items():
            page.goto(f"{URL}/settings/{path}")
            look(page, name)
        page.goto(f"{URL}/settings/api-keys/new")
        page.get_by_label("Name", exact=True).fill("nightlyimportofeverything" * 8)
        page.get_by_role("checkbox").first.check()
        press(page, "Create the key")
        look(page, "api-key-made-long")
        follow(page, "I have stored it")
        look(page, "api-keys-long")
        follow(page, "Revoke nightlyimport")
        look(page, "api-key-revoke-long")
        follow(page, "Audit trail")
        look(page, "audit-long")
        press(page, "Sign out")
        expect(page.get_by_text("You are signed out.")).to_be_visible()


def others(browser):
    with visit(browser, os.environ["AGENT_EMAIL"], java_script_enabled=False) as page:
        expect(page.get_by_text("Only admins create and revoke keys.")).to_be_visible()
        press(page, "Sign out")
    with visit(browser, os.environ["FREE_EMAIL"]) as page:
        expect(page.get_by_role("heading", name="The API comes with Pro")).to_be_visible()
        look(page, "api-keys-free")
    with visit(browser, os.environ["BOTH_EMAIL"]) as page:
        expect_heading(page, "Choose an organization")
        look(page, "organization")
        page.get_by_role("button").first.click()
        follow(page, "Account")
        expect(page.get_by_role("link", name="Switch")).to_be_visible()
        look(page, "account-several")


run(admin, others)
