"""Walks through the console in Chromium: signs in, makes a key, uses it with curl, revokes it.

Environment: what walking.py needs; CONSOLE_EMAIL, an admin; FREE_EMAIL, an admin on a FREE plan;
AGENT_EMAIL, an agent in the first organization; BOTH_EMAIL, an admin in two organizations.
"""

import os
import re
import subprocess

from playwright.sync_api import expect
from walking import URL, expect_equal, look, run, sign_in, watch

EMAIL = os.environ["CONSOLE_EMAIL"]


def status(key):
    command = ["curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", "-H", f"Authorization: Bearer {key}"]
    return subprocess.check_output([*command, f"{URL}/api/external/tickets"], text=True)


def admin(browser):
    context = browser.new_context()
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    watch(page)
    page.goto(URL)
    look(page, "sign-in")
    sign_in(page, EMAIL, "a wrong password")
    expect(page.get_by_label("E-mail")).to_have_value(EMAIL)
    expect(page.get_by_label("Password")).to_have_accessible_description(re.compile("do not fit"))
    look(page, "sign-in-wrong")
    sign_in(page, EMAIL)
    expect(page.get_by_role("heading", level=1)).to_have_text("API keys")
    look(page, "api-keys-empty")
    page.get_by_role("link", name="Create an API key").click()
    look(page, "api-key-new")
    page.get_by_label("Rate limit").fill("lots")
    page.get_by_role("button", name="Create the key").click()
    expect(page.get_by_label("Name", exact=True)).to_have_accessible_description(re.compile("Enter a name"))
    expect(page.get_by_label("Rate limit")).to_have_value("lots")
    look(page, "api-key-new-faulty")
    # By keyboard alone.
    page.get_by_label("Name", exact=True).focus()
    page.keyboard.type("Nightly import")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.get_by_label("Rate limit").fill("50")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("The key Nightly import is ready")
    key = page.locator("#key").inner_text()
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_text("Copied.")).to_be_visible()
    expect_equal("the clipboard", page.evaluate("navigator.clipboard.readText()"), key)
    look(page, "api-key-made")
    expect_equal("a URL with the key", key in page.url, False)
    expect_equal("a new key", status(key), "200")
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("This key was made before")
    look(page, "api-key-made-again")
    page.get_by_role("link", name="See the keys").click()
    expect(page.get_by_text("1 of 50 requests")).to_be_visible()
    expect_equal("keys", page.get_by_role("heading", level=2).all_inner_texts(), ["Nightly import"])
    look(page, "api-keys")
    page.get_by_role("link", name="Revoke").click()
    look(page, "api-key-revoke")
    page.get_by_role("button", name="Revoke the key").click()
    expect(page.get_by_text("The key is revoked.")).to_be_visible()
    expect_equal("a revoked key", status(key), "401")
    look(page, "api-keys-revoked")
    page.get_by_role("link", name="Audit trail").click()
    expect(page.locator("ol.trail").get_by_text("revoked the API key").first).to_be_visible()
    look(page, "audit")
    page.get_by_role("link", name="Account").click()
    look(page, "account")
    page.get_by_role("button", name="Change the password").click()
    look(page, "account-faulty")
    page.goto(f"{URL}/settings/nothing")
    look(page, "not-found")
    page.goto(f"{URL}/settings/api-keys?before=%zz")
    look(page, "bad-address")
    page.goto(f"{URL}/settings/api-keys/new")
    page.get_by_label("Name", exact=True).fill("nightlyimportofeverything" * 8)
    page.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Create the key").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("is ready$"))
    look(page, "api-key-made-long")
    page.get_by_role("link", name="I have stored it").click()
    look(page, "api-keys-long")
    page.get_by_role("link", name="Revoke nightlyimport").click()
    look(page, "api-key-revoke-long")
    page.get_by_role("link", name="Audit trail").click()
    look(page, "audit-long")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    context.close()


def others(browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, os.environ["AGENT_EMAIL"])
    expect(page.get_by_text("Only admins create and revoke keys.")).to_be_visible()
    expect_equal("ways to revoke", page.get_by_role("link", name="Revoke").count(), 0)
    page.get_by_role("button", name="Sign out").click()
    context.close()
    context = browser.new_context()
    page = context.new_page()
    sign_in(page, os.environ["FREE_EMAIL"])
    expect(page.get_by_role("heading", name="The API comes with Pro")).to_be_visible()
    look(page, "api-keys-free")
    context.close()
    context = browser.new_context()
    page = context.new_page()
    sign_in(page, os.environ["BOTH_EMAIL"])
    expect(page.get_by_role("heading", level=1)).to_have_text("Choose an organization")
    look(page, "organization")
    page.get_by_role("button").first.click()
    page.get_by_role("link", name="Account").click()
    expect(page.get_by_role("link", name="Switch")).to_be_visible()
    look(page, "account-several")
    context.close()


run(admin, others)
