"""Reads the API page in Chromium: on a phone and a desk, searched, copied from, printed, without scripts.

Environment: as in walking.py; CONSOLE_EMAIL, an admin.
"""

import os

from playwright.sync_api import expect

from walking import URL, expect_equal, expect_heading, follow, look, run, visit


def visitor(browser):
    with visit(browser) as page:
        read(page)


def read(page):
    foreign = []
    page.on("request", lambda request: foreign.append(request.url) if not request.url.startswith(URL) else None)
    page.goto(f"{URL}/sign-in")
    follow(page, "API docs")
    expect_heading(page, "API docs")
    look(page, "docs")

    page.set_viewport_size({"width": 1280, "height": 844})
    contents = page.get_by_role("navigation", name="Contents")
    contents.get_by_role("link", name="POST Create a ticket").click()
    expect(page.locator("#createTicket")).to_be_in_viewport()
    expect_equal("the address", page.url, f"{URL}/docs#createTicket")
    command = page.locator("#curl-createTicket")
    page.get_by_role("button", name="Copy the command for: Create a ticket").click()
    expect(page.get_by_text("Copied.", exact=True)).to_be_visible()
    expect_equal("the clipboard", page.evaluate("navigator.clipboard.readText()"), command.inner_text())
    follow(page, "Link to Retries")
    expect_equal("the address", page.url, f"{URL}/docs#webhooks-retries")

    # By keyboard alone.
    page.goto(f"{URL}/docs")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.get_by_label("Search the API docs").focus()
    page.keyboard.type("retry-after")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("sections have retry-after")
    expect(page.get_by_role("heading", name="List tickets")).to_have_count(0)
    look(page, "docs-search")
    follow(page, "Show everything")
    expect(page.get_by_role("heading", name="List tickets")).to_have_count(1)
    page.goto(f"{URL}/docs?q=a+word+that+is+nowhere")
    look(page, "docs-search-nothing")

    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{URL}/docs")
    expect(page.get_by_role("link", name="POST Merge a ticket into another")).to_have_count(0)
    page.get_by_text("Contents", exact=True).first.click()
    page.get_by_role("link", name="POST Merge a ticket into another").click()
    expect(page.locator("#mergeTicket")).to_be_in_viewport()
    page.get_by_text("Python", exact=True).click()
    expect(page.locator("[id='sample-verify.py']")).to_be_visible()
    look(page, "docs-open")
    expect_equal("requests to others", foreign, [])


def printed(browser):
    page = browser.new_page(color_scheme="dark")
    page.goto(f"{URL}/docs")
    expect(page.locator("[id='sample-verify.go']")).not_to_be_visible()
    page.emulate_media(media="print")
    expect(page.locator("[id='sample-verify.go']")).to_be_visible()
    for hidden in (".docs-side", ".anchor >> nth=0", "button[data-copy] >> nth=0", ".skip"):
        expect(page.locator(hidden)).not_to_be_visible()
    expect_equal("paper", page.evaluate("getComputedStyle(document.documentElement).backgroundColor"), "rgb(255, 255, 255)")
    expect_equal("ink", page.evaluate("getComputedStyle(document.documentElement).color"), "rgb(0, 0, 0)")
    cut = page.evaluate("[...document.querySelectorAll('pre')].filter((e) => e.scrollWidth > e.clientWidth).length")
    expect_equal("code that is cut off on paper", cut, 0)
    if os.environ.get("SCREENSHOTS"):
        page.screenshot(path=f"{os.environ['SCREENSHOTS']}/docs-printed.png", full_page=True)
    page.close()


def signed_in(browser):
    with visit(browser, os.environ["CONSOLE_EMAIL"], java_script_enabled=False) as page:
        page.goto(f"{URL}/docs")
        expect(page.get_by_role("navigation", name="Settings")).to_be_visible()
        expect_equal("buttons that do nothing", page.get_by_role("button", name="Copy").count(), 0)
        page.get_by_label("Search the API docs").fill("<b>")
        page.get_by_role("button", name="Search").click()
        expect(page.get_by_text("No section has <b>")).to_be_visible()
    with visit(browser, os.environ["CONSOLE_EMAIL"]) as page:
        page.goto(f"{URL}/docs?q=rate")
        look(page, "docs-signed-in")


run(visitor, printed, signed_in)
