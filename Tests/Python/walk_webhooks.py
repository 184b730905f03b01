"""Walks through Settings → Webhooks in Chromium: registers an endpoint, sees a test event arrive, lets
the breaker open, enables it again with what it missed, edits, rotates and deletes it.

Environment, besides that of walking.py: ADMIN_EMAIL, AGENT_EMAIL and API_KEY of one organization,
FREE_EMAIL, an admin on a FREE plan; RECEIVER_URL, which takes the first request, fails the next 40 and
takes all others. Retries have to come at once.
"""

import json
import os
import re
import urllib.request

from playwright.sync_api import expect

from walking import URL, expect_equal, look, run, sign_in, watch

RECEIVER = os.environ["RECEIVER_URL"]
SECRET = re.compile(r"whsec_[A-Za-z0-9+/]{43}=")


def make_tickets(count):
    for number in range(count):
        body = {"subject": f"Ticket {number}", "description": "Text", "createdByEmail": "dev@example.com"}
        headers = {"Authorization": f"Bearer {os.environ['API_KEY']}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{URL}/api/external/tickets", json.dumps(body).encode(), headers)
        urllib.request.urlopen(request).close()


def wait_for(page, text):
    """Opens the page again until it says so, a minute at most."""
    for _ in range(120):
        if page.get_by_text(text).count():
            return
        page.wait_for_timeout(500)
        page.reload()
    expect(page.get_by_text(text).first).to_be_visible()


def heading(page, text):
    expect(page.get_by_role("heading", level=1)).to_have_text(text)


def admin(browser):
    context = browser.new_context()
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    watch(page)
    sign_in(page, os.environ["ADMIN_EMAIL"])
    page.get_by_role("link", name="Webhooks").click()
    look(page, "webhooks-empty")
    page.get_by_role("link", name="Register an endpoint").click()
    look(page, "webhook-new")
    page.get_by_label("URL").fill("https://10.0.0.1/hook")
    page.get_by_role("button", name="Register the endpoint").click()
    expect(page.get_by_label("URL")).to_have_value("https://10.0.0.1/hook")
    expect(page.get_by_label("URL")).to_have_accessible_description(re.compile("not allowed"))
    expect(page.get_by_role("group", name="Events")).to_have_accessible_description(re.compile("at least one"))
    look(page, "webhook-new-faulty")
    # By keyboard alone.
    page.get_by_label("URL").fill(RECEIVER)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    heading(page, "Webhook endpoint")
    expect(page.get_by_text("The endpoint is registered.")).to_be_visible()
    endpoint = page.url.split("?")[0]
    look(page, "webhook-new-made")
    page.get_by_role("button", name="Send a test event").click()
    heading(page, "Delivery of webhook.test")
    # The script looks again by itself.
    expect(page.get_by_text("The endpoint took it.")).to_be_visible(timeout=20_000)
    expect(page.get_by_text("Attempt 1: the endpoint answered 200")).to_be_visible()
    look(page, "webhook-delivery")
    page.goto(endpoint)
    expect(page.get_by_text("1 succeeded and 0 failed")).to_be_visible()
    page.get_by_role("button", name="Show the secret").click()
    first = page.locator("#secret").inner_text()
    expect_equal("the secret's form", bool(SECRET.fullmatch(first)), True)
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_text("Copied.")).to_be_visible()
    expect_equal("the clipboard", page.evaluate("navigator.clipboard.readText()"), first)
    look(page, "webhook-secret")
    page.get_by_role("link", name="Back to the endpoint").click()

    make_tickets(1)
    wait_for(page, "1 failure; 10 in a row disable it.")
    make_tickets(9)
    wait_for(page, "by the circuit breaker: 10 deliveries in a row failed.")
    make_tickets(2)
    page.reload()
    expect(page.get_by_text("0 waiting, 2 held, 10 failed")).to_be_visible()
    look(page, "webhook-broken")
    page.get_by_role("link", name="Webhooks").click()
    expect(page.get_by_text("by the circuit breaker")).to_be_visible()
    look(page, "webhooks-broken")
    page.goto(f"{endpoint}/deliveries")
    look(page, "webhook-deliveries")
    page.get_by_label("State").select_option("failed")
    page.get_by_role("button", name="Show").click()
    expect_equal("failed deliveries", page.get_by_role("row").count(), 11)
    page.get_by_role("row").nth(1).get_by_role("link").click()
    expect(page.get_by_text("It failed for good after 4 attempts.")).to_be_visible()
    expect_equal("attempts", page.get_by_text("the endpoint answered 500").count(), 4)
    look(page, "webhook-delivery-failed")

    page.goto(endpoint)
    expect(page.get_by_label("Send what it missed")).to_be_checked()
    page.get_by_role("button", name="Enable the endpoint").click()
    expect(page.get_by_role("status")).to_have_text("The endpoint is enabled, and what it missed is being sent.")
    # The ten whose failures disabled it are among what it missed.
    wait_for(page, "13 succeeded and 0 failed")
    make_tickets(1)
    wait_for(page, "1 failure; 10 in a row disable it.")
    page.get_by_label("Send again what failed in").select_option(label="the last day")
    page.get_by_role("button", name="Send again").click()
    wait_for(page, "14 succeeded and 0 failed")
    expect(page.get_by_text("0 waiting, 0 held, 0 failed")).to_be_visible()
    page.get_by_text("The same as a table").click()
    look(page, "webhook")

    page.get_by_role("link", name="Change URL or events").click()
    expect(page.get_by_label("URL")).to_have_value(RECEIVER)
    page.get_by_label("ticket.merged").uncheck()
    look(page, "webhook-edit")
    page.get_by_role("button", name="Save the changes").click()
    expect(page.get_by_text("The changes are saved.")).to_be_visible()
    expect_equal("ticket.merged", page.get_by_text("ticket.merged").count(), 0)
    page.get_by_role("link", name="Rotate the secret").click()
    look(page, "webhook-rotate")
    page.get_by_role("button", name="Rotate the secret").click()
    page.get_by_role("button", name="Show the secret").click()
    expect_equal("a rotated secret", page.locator("#secret").inner_text() == first, False)
    expect(page.get_by_text(first)).to_be_visible()
    look(page, "webhook-secrets")
    page.get_by_role("link", name="Back to the endpoint").click()
    page.get_by_role("link", name="Disable", exact=True).click()
    look(page, "webhook-disable")
    page.get_by_label("Reason").fill("moving house")
    page.get_by_role("button", name="Disable the endpoint").click()
    expect(page.get_by_text("disabled it: moving house.")).to_be_visible()
    look(page, "webhook-disabled")
    agent(browser, endpoint)
    page.get_by_role("link", name="Delete").click()
    look(page, "webhook-delete")
    page.get_by_role("button", name="Delete the endpoint").click()
    expect(page.get_by_text("The endpoint is deleted.")).to_be_visible()
    expect_equal("endpoints", page.get_by_text(RECEIVER).count(), 0)
    page.get_by_role("link", name="Audit trail").click()
    expect(page.get_by_role("listitem").filter(has_text="deleted the webhook endpoint")).to_be_visible()
    context.close()


def agent(browser, endpoint):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, os.environ["AGENT_EMAIL"])
    for path in (endpoint, f"{endpoint}/deliveries", f"{URL}/settings/webhooks"):
        page.goto(path)
        expect(page.get_by_text(RECEIVER).first).to_be_visible()
        expect_equal(f"{path}: a secret", bool(SECRET.search(page.content())), False)
        buttons = set(page.get_by_role("button").all_inner_texts()) - {"Sign out", "Show"}
        expect_equal(f"{path}: buttons", buttons, set())
    expect(page.get_by_text("Only admins")).to_be_visible()
    context.close()


def free(browser):
    context = browser.new_context()
    page = context.new_page()
    sign_in(page, os.environ["FREE_EMAIL"])
    page.get_by_role("link", name="Webhooks").click()
    expect(page.get_by_role("heading", name="Webhooks come with Pro")).to_be_visible()
    expect_equal("ways to register", page.get_by_role("link", name="Register").count(), 0)
    look(page, "webhooks-free")
    context.close()


run(admin, free)
