"""Walks through Settings → Webhooks in Chromium: registers an endpoint, sees a test event arrive, lets
the breaker open, enables it again with what it missed, edits, rotates and deletes it.

Environment, besides that of walking.py: CONSOLE_EMAIL, AGENT_EMAIL and API_KEY of one organization,
FREE_EMAIL, an admin on a FREE plan; RECEIVER_URL, which takes the first request, fails the next 40 and
takes all others. Retries have to come at once.
"""

import json
import os
import re
import urllib.request

from playwright.sync_api import expect

from walking import URL, copy, expect_equal, expect_fault, expect_heading, follow, look, press, run, visit

RECEIVER = os.environ["RECEIVER_URL"]


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


def admin(browser):
    with visit(browser, os.environ["CONSOLE_EMAIL"]) as page:
        follow(page, "Webhooks")
        look(page, "webhooks-empty")
        endpoint, first = register(page)
        break_and_mend(page, endpoint)
        change(page, endpoint, first)
        with visit(browser, os.environ["AGENT_EMAIL"], java_script_enabled=False) as agent:
            agent.goto(endpoint)
            expect(agent.get_by_text(RECEIVER).first).to_be_visible()
        follow(page, "Delete")
        look(page, "webhook-delete")
        press(page, "Delete the endpoint")
        expect(page.get_by_text("The endpoint is deleted.")).to_be_visible()
        expect_equal("endpoints", page.get_by_text(RECEIVER).count(), 0)


def register(page):
    follow(page, "Register an endpoint")
    look(page, "webhook-new")
    page.get_by_label("URL").fill("https://10.0.0.1/hook")
    press(page, "Register the endpoint")
    expect_fault(page, "URL", "not allowed")
    expect(page.get_by_role("group", name="Events")).to_have_accessible_description(re.compile("at least one"))
    look(page, "webhook-new-faulty")
    # By keyboard alone.
    page.get_by_label("URL").fill(RECEIVER)
    for key in ("Tab", "Tab", "Space", "Enter"):
        page.keyboard.press(key)
    expect(page.get_by_text("The endpoint is registered.")).to_be_visible()
    endpoint = page.url.split("?")[0]
    look(page, "webhook-new-made")
    press(page, "Send a test event")
    expect_heading(page, "Delivery of webhook.test")
    # The script looks again by itself.
    expect(page.get_by_text("The endpoint took it.")).to_be_visible(timeout=20_000)
    expect(page.get_by_text("Attempt 1: the endpoint answered 200")).to_be_visible()
    look(page, "webhook-delivery")
    page.goto(endpoint)
    expect(page.get_by_text("1 succeeded and 0 failed")).to_be_visible()
    press(page, "Show the secret")
    first = copy(page, "#secret")
    look(page, "webhook-secret")
    follow(page, "Back to the endpoint")
    return endpoint, first


def break_and_mend(page, endpoint):
    make_tickets(1)
    wait_for(page, "1 failure; 10 in a row disable it.")
    make_tickets(9)
    wait_for(page, "by the circuit breaker: 10 deliveries in a row failed.")
    make_tickets(2)
    page.reload()
    expect(page.get_by_text("0 waiting, 2 held, 10 failed")).to_be_visible()
    look(page, "webhook-broken")
    follow(page, "Webhooks")
    look(page, "webhooks-broken")
    page.goto(f"{endpoint}/deliveries")
    look(page, "webhook-deliveries")
    page.get_by_label("State").select_option("failed")
    press(page, "Show")
    expect_equal("failed deliveries", page.get_by_role("row").count(), 11)
    page.get_by_role("row").nth(1).get_by_role("link").click()
    expect_equal("attempts", page.get_by_text("the endpoint answered 500").count(), 4)
    look(page, "webhook-delivery-failed")

    page.goto(endpoint)
    expect(page.get_by_label("Send what it missed")).to_be_checked()
    press(page, "Enable the endpoint")
    expect(page.get_by_role("status")).to_have_text("The endpoint is enabled, and what it missed is being sent.")
    # The ten whose failures disabled it are among what it missed.
    wait_for(page, "13 succeeded and 0 failed")
    make_tickets(1)
    wait_for(page, "1 failure; 10 in a row disable it.")
    page.get_by_label("Send again what failed in").select_option(label="the last day")
    press(page, "Send again")
    wait_for(page, "14 succeeded and 0 failed")
    expect(page.get_by_text("0 waiting, 0 held, 0 failed")).to_be_visible()
    page.get_by_text("The same as a table").click()
    look(page, "webhook")


def change(page, endpoint, first):
    follow(page, "Change URL or events")
    page.get_by_label("ticket.merged").uncheck()
    look(page, "webhook-edit")
    press(page, "Save the changes")
    expect(page.get_by_text("The changes are saved.")).to_be_visible()
    follow(page, "Rotate the secret")
    look(page, "webhook-rotate")
    press(page, "Rotate the secret", "Show the secret")
    expect(page.get_by_text(first)).to_be_visible()
    look(page, "webhook-secrets")
    page.goto(endpoint)
    page.get_by_role("link", name="Disable", exact=True).click()
    look(page, "webhook-disable")
    press(page, "Disable the endpoint")
    look(page, "webhook-disabled")


def free(browser):
    with visit(browser, os.environ["FREE_EMAIL"]) as page:
        follow(page, "Webhooks")
        expect(page.get_by_role("heading", name="Webhooks come with Pro")).to_be_visible()
        look(page, "webhooks-free")


run(admin, free)
