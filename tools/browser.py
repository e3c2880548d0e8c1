"A headless Chromium for the tools that look at pages, and what npm brings for them"
import json
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path

flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking']


vendor = Path(__file__).resolve().parent.parent/'.npm'
packages = {'axe-core': '4.10.3', 'katex': '0.16.22'}


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


def get_vendor():
    "Put axe and KaTeX into an ignored folder with npm; returns what hinders that"
    have = [n for n, v in packages.items() if (f := vendor/'node_modules'/n/'package.json').exists() and json.loads(f.read_text())['version'] == v]
    if len(have) == len(packages): return ''
    npm = shutil.which('npm')
    if not npm: return 'no npm on PATH (it fetches axe-core and KaTeX)'
    vendor.mkdir(exist_ok=True)
    done = subprocess.run([npm, 'install', '--no-save', '--no-audit', '--no-fund', '--prefix', vendor, *(f'{n}@{v}' for n, v in packages.items())], capture_output=True, text=True)
    return '' if done.returncode == 0 else 'npm could not fetch axe-core and KaTeX: ' + (done.stderr.strip().split('\n') or [''])[-1]


def axe():
    "The script that looks for barriers; raises `Skipped` where it cannot be had."
    if missing := get_vendor(): raise Skipped(missing)
    return (vendor/'node_modules'/'axe-core'/'axe.min.js').read_text()
