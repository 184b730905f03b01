"""What walks through the console in Chromium share: looking at pages, signing in, ending.

Every page that is looked at is checked by axe in both colour schemes, on a phone's width and a desk's.

Environment: CONSOLE_URL; CONSOLE_PASSWORD, of everybody who signs in; CHROMIUM, a path; SCREENSHOTS, a
folder to fill (none: no pictures).
"""

import os
import sys

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

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


def watch(page):
    """What the page's Content Security Policy refuses is a fault."""
    page.on("console", lambda line: faults.append(f"{page.url}: {line.text}") if "Content Security" in line.text else None)


def expect_equal(what, have, want):
    if have != want:
        sys.exit(f"{what}: {have!r}, not {want!r}")


def sign_in(page, email, password=PASSWORD):
    page.goto(f"{URL}/sign-in")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


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
