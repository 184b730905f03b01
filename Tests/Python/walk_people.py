"""Walks through Settings → People: an admin invites an agent, who sets a password and comes in, becomes
an admin, and loses the access.

Environment: what walking.py needs; CONSOLE_EMAIL, an admin of an organization with an API key and a
client; CLIENT_EMAIL, that client.
"""

import os

from playwright.sync_api import expect
from walking import URL, copy, expect_equal, expect_fault, expect_heading, follow, look, press, run, visit

NEW_PASSWORD = "a password of her own"
NEW_EMAIL = f"jordan-{os.getpid()}-of-a-rather-long-address@department-of-long-names.example.com"


def people(browser):
    with visit(browser, os.environ["CONSOLE_EMAIL"]) as admin, visit(browser) as page, visit(browser) as late:
        follow(admin, "People")
        look(admin, "people")
        link = invite(admin)
        join(page, link)
        late.goto(link)
        expect_heading(late, "This link no longer works")
        look(late, "invitation-dead")
        follow(late, "Go to the sign-in")
        expect_heading(late, "Sign in")
        promote_and_remove(admin, page)
        trail(admin)


def manage(page, name):
    page.goto(f"{URL}/settings/people")
    follow(page, f"Manage {name}")
    expect_heading(page, name)


def invite(page):
    follow(page, "Invite somebody")
    look(page, "people-new")
    page.get_by_label("Name").fill("Jordan Newcomer")
    for email, words in {"jordan": "such as jordan@example.com", os.environ["CLIENT_EMAIL"]: "A client has this"}.items():
        page.get_by_label("E-mail").fill(email)
        press(page, "Invite")
        expect_fault(page, "E-mail", words)
    look(page, "people-new-faulty")
    page.get_by_label("E-mail").fill(NEW_EMAIL)
    press(page, "Invite")
    expect_heading(page, "Jordan Newcomer is invited")
    first = page.locator("#link").inner_text()
    expect_equal("a URL with the token", first.split("/")[-1] in page.url, False)
    look(page, "invitation-made")
    # The link is lost: another one makes it void.
    manage(page, "Jordan Newcomer")
    look(page, "person-invited")
    press(page, "Make a new link")
    expect_heading(page, "A link for Jordan Newcomer")
    link = copy(page, "#link")
    page.reload()
    expect_heading(page, "This link was made before")
    page.goto(first)
    expect_heading(page, "This link no longer works")
    page.goto(f"{URL}/settings/people")
    look(page, "people-invited")
    return link


def join(page, link):
    page.goto(link)
    expect_equal("the address", page.url, f"{URL}/invitation")
    look(page, "invitation")
    page.get_by_label("Password", exact=True).fill("short")
    press(page, "Set the password and sign in")
    expect_fault(page, "Password", "Use at least 12")
    look(page, "invitation-faulty")
    page.get_by_label("Password", exact=True).fill(NEW_PASSWORD)
    page.get_by_label("Password, again").fill(NEW_PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Jordan Newcomer, agent")).to_be_visible()
    follow(page, "People")
    look(page, "people-agent")


def promote_and_remove(admin, page):
    manage(admin, "Jordan Newcomer")
    look(admin, "person-active")
    admin.get_by_label("Admin").check()
    press(admin, "Change the role")
    expect(admin.get_by_text("The role is changed")).to_be_visible()
    page.reload()
    expect(page.get_by_role("link", name="Invite somebody")).to_be_visible()
    manage(admin, "Jordan Newcomer")
    follow(admin, "Remove the access")
    look(admin, "people-remove")
    press(admin, "Remove the access")
    look(admin, "people-removed")
    follow(page, "API keys")
    expect_heading(page, "Sign in")
    # Nobody but the last admin is left.
    admin.locator("li.card", has_text="This is you").get_by_role("link", name="Manage").click()
    admin.get_by_label("Agent").check()
    press(admin, "Change the role")
    expect_heading(admin, "The last admin stays an admin")
    look(admin, "people-last-admin")


def trail(page):
    follow(page, "Audit trail")
    did = page.locator("ol.trail")
    for words in ("invited Jordan Newcomer as agent", "changed the role of Jordan Newcomer to admin", "removed the access of Jordan Newcomer"):
        expect(did.get_by_text(words)).to_be_visible()
    look(page, "audit-people")
    page.get_by_label("What").select_option(label="joined")
    press(page, "Show")
    expect(page.locator("ol.trail li")).to_have_count(1)
    page.get_by_label("What").select_option(label="Everything")
    page.get_by_label("Who").select_option(label="An operator")
    press(page, "Show")
    expect(did.get_by_text("created the organization")).to_be_visible()
    expect(did.get_by_text("Jordan")).to_have_count(0)
    look(page, "audit-operator")


run(people)
