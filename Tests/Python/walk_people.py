"""Walks through Settings → People: an admin invites an agent, who sets a password and comes in, becomes
an admin, and loses the access.

Environment: what walking.py needs; CONSOLE_EMAIL, an admin of an organization with an API key and a
client; CLIENT_EMAIL, that client.
"""

import os
import re

from playwright.sync_api import expect
from walking import URL, expect_equal, look, run, sign_in, watch

NEW_PASSWORD = "a password of her own"
NEW_EMAIL = f"jordan-{os.getpid()}-of-a-rather-long-address@department-of-long-names.example.com"


def heading(page):
    return page.get_by_role("heading", level=1)


def manage(page, name):
    page.goto(f"{URL}/settings/people")
    page.get_by_role("link", name=f"Manage {name}").click()
    expect(heading(page)).to_have_text(name)


def people(browser):
    context = browser.new_context()
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    admin = context.new_page()
    watch(admin)
    sign_in(admin, os.environ["CONSOLE_EMAIL"])
    admin.get_by_role("link", name="People").click()
    look(admin, "people")
    link = invite(admin)
    newcomer = browser.new_context()
    page = newcomer.new_page()
    watch(page)
    join(page, link)
    look_around(page)
    late = browser.new_context().new_page()
    late.goto(link)
    expect(heading(late)).to_have_text("This link no longer works")
    look(late, "invitation-dead")
    late.get_by_role("link", name="Go to the sign-in").click()
    expect(heading(late)).to_have_text("Sign in")
    promote(admin, page)
    remove(admin, page)
    trail(admin)
    newcomer.close()
    context.close()


def invite(page):
    page.get_by_role("link", name="Invite somebody").click()
    look(page, "people-new")
    page.get_by_label("Name").fill("Jordan Newcomer")
    page.get_by_label("E-mail").fill("jordan")
    page.get_by_role("button", name="Invite").click()
    expect(page.get_by_label("E-mail")).to_have_accessible_description(re.compile("such as jordan@example.com"))
    expect(page.get_by_label("Name")).to_have_value("Jordan Newcomer")
    look(page, "people-new-faulty")
    page.get_by_label("E-mail").fill(os.environ["CLIENT_EMAIL"])
    page.get_by_role("button", name="Invite").click()
    expect(page.get_by_label("E-mail")).to_have_accessible_description(re.compile("A client has this address"))
    page.get_by_label("E-mail").fill(NEW_EMAIL)
    page.get_by_role("button", name="Invite").click()
    expect(heading(page)).to_have_text("Jordan Newcomer is invited")
    first = page.locator("#link").inner_text()
    expect_equal("a URL with the token", first.split("/")[-1] in page.url, False)
    look(page, "invitation-made")
    # The link is lost: another one makes it void.
    manage(page, "Jordan Newcomer")
    look(page, "person-invited")
    page.get_by_role("button", name="Make a new link").click()
    expect(heading(page)).to_have_text("A link for Jordan Newcomer")
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_text("Copied.")).to_be_visible()
    link = page.locator("#link").inner_text()
    expect_equal("the clipboard", page.evaluate("navigator.clipboard.readText()"), link)
    expect_equal("the same link", link == first, False)
    page.reload()
    expect(heading(page)).to_have_text("This link was made before")
    page.goto(first)
    expect(heading(page)).to_have_text("This link no longer works")
    page.goto(f"{URL}/settings/people")
    look(page, "people-invited")
    return link


def join(page, link):
    page.goto(link)
    expect_equal("the address", page.url, f"{URL}/invitation")
    expect(heading(page)).to_have_text(re.compile("^Join "))
    look(page, "invitation")
    page.get_by_label("Password", exact=True).fill("short")
    page.get_by_role("button", name="Set the password and sign in").click()
    expect(page.get_by_label("Password", exact=True)).to_have_accessible_description(re.compile("Use at least 12"))
    look(page, "invitation-faulty")
    page.get_by_label("Password", exact=True).fill(NEW_PASSWORD)
    page.get_by_label("Password, again").fill(NEW_PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Your password is set, and you are signed in.")).to_be_visible()
    expect(page.get_by_text("Jordan Newcomer, agent")).to_be_visible()


def look_around(page):
    """An agent sees no secrets and nothing to press."""
    page.get_by_role("link", name="API keys").click()
    expect(page.get_by_text("Only admins create and revoke keys.")).to_be_visible()
    expect_equal("keys in full", re.findall(r"th_[A-Za-z0-9_-]{20,}", page.content()), [])
    expect_equal("ways to revoke", page.get_by_role("link", name="Revoke").count(), 0)
    page.get_by_role("link", name="People").click()
    expect(page.get_by_text("Only admins invite people")).to_be_visible()
    for name in ("Invite somebody", "Manage"):
        expect_equal(name, page.get_by_role("link", name=name).count(), 0)
    look(page, "people-agent")


def promote(admin, page):
    manage(admin, "Jordan Newcomer")
    look(admin, "person-active")
    admin.get_by_label("Admin").check()
    admin.get_by_role("button", name="Change the role").click()
    expect(admin.get_by_text("The role is changed")).to_be_visible()
    page.reload()
    expect(page.get_by_role("link", name="Invite somebody")).to_be_visible()


def remove(admin, page):
    manage(admin, "Jordan Newcomer")
    admin.get_by_role("link", name="Remove the access").click()
    look(admin, "people-remove")
    admin.get_by_role("button", name="Remove the access").click()
    expect(admin.get_by_text("The access is removed")).to_be_visible()
    look(admin, "people-removed")
    page.get_by_role("link", name="API keys").click()
    expect(heading(page)).to_have_text("Sign in")
    sign_in(page, NEW_EMAIL, NEW_PASSWORD)
    expect(page.get_by_text("You are not signed in yet.")).to_be_visible()
    # Who is left is the last admin.
    admin.locator("li.card", has_text="This is you").get_by_role("link", name="Manage").click()
    admin.get_by_label("Agent").check()
    admin.get_by_role("button", name="Change the role").click()
    expect(heading(admin)).to_have_text("The last admin stays one")
    look(admin, "people-last-admin")


def trail(page):
    page.get_by_role("link", name="Audit trail").click()
    for did in ("invited Jordan Newcomer as agent", "changed the role of Jordan Newcomer to admin", "removed the access of Jordan Newcomer"):
        expect(page.locator("ol.trail").get_by_text(did)).to_be_visible()
    look(page, "audit-people")
    page.get_by_label("What").select_option(label="joined")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("ol.trail li")).to_have_count(1)
    page.get_by_label("What").select_option(label="Everything")
    page.get_by_label("Who").select_option(label="An operator")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("ol.trail").get_by_text("created the organization")).to_be_visible()
    expect(page.locator("ol.trail").get_by_text("Jordan")).to_have_count(0)
    look(page, "audit-operator")


run(people)
