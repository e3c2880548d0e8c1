"A headless Chromium for the tools that look at pages"
import shutil
from contextlib import contextmanager

flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking']


class Skipped(Exception): "What a check needs is not on this machine."


def find():
    "Path of a Chromium or Chrome of this machine; None where there is none."
    return next(filter(None, map(shutil.which, ('chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'))), None)


@contextmanager
def launch():
    "A Chromium of this machine, else Playwright's own, as Playwright's `Browser`; raises `Skipped` where there is none."
    try: from playwright.sync_api import sync_playwright
    except ImportError: raise Skipped('playwright is not installed') from None
    path = find()
    with sync_playwright() as playwright:
        try: browser = playwright.chromium.launch(executable_path=path, args=flags)
        except Exception:
            if path: raise
            raise Skipped('no Chromium or Chrome on PATH, and none of Playwright') from None
        try: yield browser
        finally: browser.close()
