"""Photograph the pictures that stand for explorer, widgets and live demo where a link to them is shown: nbs/images/{explorer,widgets,demo}.png

    python tools/cards.py [NAME]   # after a change of what they show
"""
import sys
import tempfile
from pathlib import Path

import nbformat
from PIL import Image

from browser import launch
from web import build, root
from web_test import served

nbs, size = root/'nbs', dict(width=1200, height=630)


def widget(title, name, cell):
    "What a cell's widget shows without a kernel, as a page of its own with a title"
    shown = [o.data['text/html'] for c in nbformat.read(nbs/name, 4).cells if c.cell_type == 'code' and c.source.endswith(cell) for o in c.outputs if 'text/html' in o.get('data', {})]
    return f'<!doctype html><meta charset="utf-8"><body style="margin:0 24px;height:{size["height"]}px;display:grid;align-content:center;font:16px sans-serif;background:#fff"><h1 style="margin:0 0 16px">{title}</h1><div>{shown[0]}</div>'


def photograph(tab, name):
    if name == 'demo':
        with tempfile.TemporaryDirectory() as folder, served(build(Path(folder))) as url:
            tab.goto(url + '#off=b8')
            tab.wait_for_function("document.querySelectorAll('#figures td').length > 3 && !document.querySelector('#now').textContent.includes('…')", timeout=300_000)
            tab.evaluate("document.getElementById('blocks').scrollIntoView()")
            return tab.screenshot()
    tab.set_content(widget(*{'explorer': ('Explore residual networks', 'explore/explorer.ipynb', '\nnetwork'), 'widgets': ('Follow an image through a residual network', 'library/widgets.ipynb', '; pred')}[name]))
    return tab.screenshot()


def main(names):
    with launch() as browser:
        tab = browser.new_page(viewport=size, color_scheme='light')
        for name in names:
            path = nbs/'images'/f'{name}.png'
            path.write_bytes(photograph(tab, name))
            Image.open(path).convert('RGB').quantize(128).save(path, optimize=True)
            print(f'{path.relative_to(root)}: {path.stat().st_size/1000:.0f} KB')


if __name__ == '__main__': main(sys.argv[1:] or ['explorer', 'widgets', 'demo'])
