"""Shared parts of the walks through the console in Chromium: looking at pages, signing in, ending.

Every page that is looked at is checked by axe in both colour schemes, on a phone's width and a desk's.

Environment: CONSOLE_URL; CONSOLE_PASSWORD, of everybody who signs in; CHROMIUM, a path; SCREENSHOTS, a
folder to fill (none: no pictures).
"""

import contextlib
import os
import re
import sys

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright

URL, PASSWORD = os.environ["CONSOLE_URL"], os.environ["CONSOLE_PASSWORD"]
SCREENSHOTS = os.environ.get("SCREENSHOTS")
faults = []


def look(page, name):
    """Checks the page as it is, and photographs it."""
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 844})
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            faults.append(f"{name}: scrolls sideways at {width}")
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            for fault in Axe().run(page).response["violations"]:
                nodes = "; ".join(node["html"] for node in fault["nodes"])
                faults.append(f"{name}, {width}, {scheme}: {fault['id']}: {nodes}")
            if SCREENSHOTS:
                page.screenshot(path=f"{SCREENSHOTS}/{name}-{width}-{scheme}.png", full_page=True)
    page.emulate_media(color_scheme="light")


@contextlib.contextmanager
def visit(browser, email=None, **options):
    """Lends a page of its own, signed in as `email`. What its Content Security Policy refuses is a fault."""
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"], **options)
    page = context.new_page()
    page.on("console", lambda line: faults.append(f"{page.url}: {line.text}") if "Content Security" in line.text else None)
    if email:
        sign_in(page, email)
    yield page
    context.close()


def expect_heading(page, text):
    expect(page.get_by_role("heading", level=1)).to_have_text(text)


def expect_fault(page, label, words):
    """The field is described by what is wrong with it."""
    expect(page.get_by_label(label, exact=True)).to_have_accessible_description(re.compile(words))


def press(page, *names):
    """Presses a button, or the buttons one after the other."""
    for name in names:
        page.get_by_role("button", name=name).click()


def follow(page, name):
    page.get_by_role("link", name=name).first.click()


def copy(page, selector):
    """Presses the first button that copies, and returns what is in the clipboard: the element's text."""
    text = page.locator(selector).inner_text()
    page.get_by_role("button", name="Copy").first.click()
    expect(page.get_by_text("Copied.", exact=True)).to_be_visible()
    expect_equal("the clipboard", page.evaluate("navigator.clipboard.readText()"), text)
    return text


def expect_equal(what, have, want):
    if have != want:
        sys.exit(f"{what}: {have!r}, not {want!r}")


def sign_in(page, email, password=PASSWORD):
    page.goto(f"{URL}/sign-in")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(password)
    press(page, "Sign in")


def run(*walks):
    """Takes the walks one after the other, and exits with what was wrong."""
    with sync_playwright() as playwright:
        # Root may not use Chromium's own sandbox; what it opens is ours.
        chromium = playwright.chromium.launch(executable_path=os.environ["CHROMIUM"], args=["--no-sandbox"])
        try:
            for walk in walks:
                walk(chromium)
        finally:
            chromium.close()
    if faults:
        sys.exit("\n".join(faults))
