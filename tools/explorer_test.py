"""Use the explorer in a real browser: Voilà serves it, headless Chromium changes each control, the library says what must be shown.

    python tools/explorer_test.py [FOLDER]   # screenshots at desktop and phone width go to FOLDER
"""
import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from browser import Skipped, launch

root = Path(__file__).resolve().parent.parent


@contextmanager
def voila():
    "Serve the explorer on a free port; gives its address"
    with socket.socket() as s: s.bind(('127.0.0.1', 0)); port = s.getsockname()[1]
    env = {**os.environ, 'PYTHONPATH': str(root), 'OMP_NUM_THREADS': '1'}
    cmd = [sys.executable, '-m', 'voila', '--no-browser', f'--port={port}', '--Voila.ip=127.0.0.1', '--Voila.root_dir=' + str(root/'nbs'), str(root/'nbs'/'explore'/'explorer.ipynb')]
    server = subprocess.Popen(cmd, cwd=root, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try: yield f'http://127.0.0.1:{port}/'
    finally: os.killpg(server.pid, signal.SIGTERM); server.wait(10)


def wait_for(address, seconds=60):
    end = time.time() + seconds
    while True:
        with socket.socket() as s:
            if not s.connect_ex(('127.0.0.1', int(address.rsplit(':', 1)[1].strip('/')))): return
        if time.time() > end: raise RuntimeError('voila did not start')
        time.sleep(0.3)


def expected(state):
    "What must be shown, from the library and not from the widgets: {fact: text}"
    import torch
    from resnet_nb import blocks, models, tables
    s = dict(state)
    batch, size = s.pop('batch'), (s['in_channels'], s['side'], s.pop('side'))
    bottleneck = 'Bottleneck' in s['block']
    if not bottleneck: s.pop('stride_on')
    with torch.device('meta'), models.NoInit(): net = models.ResNet(getattr(blocks, s.pop('block')), s.pop('depths'), s.pop('widths'), **s)
    table = tables.layer_table(net, size)
    return dict(depth=str(table.depth), params=f'{blocks.n_params(net):,}', macs=f'{table.macs:,}', receptive_field=f'{table.receptive_field} × {table.receptive_field}',
                memory=f'{tables.table_totals(table, size, batch).total_mb:,.1f} MB'), len(table)


class Page:
    "The explorer in a browser, and what is found wrong"
    def __init__(self, page): self.page, self.bad, self.seconds = page, [], []
    def check(self, ok, what):
        if not ok: self.bad.append(what)
    def field(self, label): return self.page.get_by_label(label, exact=True).first
    def stage(self, kind, i): return self.field(f'{kind} {i}')
    def facts(self): return self.page.evaluate("Object.fromEntries([...document.querySelectorAll('[data-fact]')].map(e => [e.dataset.fact, e.textContent]))")
    def boxes(self): # places of everything in the first widget
        return self.page.evaluate("[...document.querySelectorAll('.jupyter-widgets.rn')][0] ? [...document.querySelectorAll('.jupyter-widgets.rn')[0].querySelectorAll('.widget-html, .widget-dropdown, .widget-text, .widget-slider')].map(e => { const r = e.getBoundingClientRect(); return [r.x, r.y + document.documentElement.scrollTop, r.width, r.height].map(Math.round).join() }) : []")

    def set(self, field, value):
        "Change a control as a person does"
        if field.evaluate('e => e.tagName') == 'SELECT': field.select_option(label=value)
        else: field.fill(str(value)); field.press('Enter')

    def shows(self, want, what, seconds=15):
        "Wait for the facts; they must be exactly these"
        start = time.perf_counter()
        try: self.page.wait_for_function("w => Object.entries(w).every(([k, v]) => document.querySelector(`[data-fact=${k}]`)?.textContent === v)", arg=want, timeout=1000*seconds, polling=10)
        except Exception: self.bad.append(f'{what}: {[(k, v, self.facts().get(k)) for k, v in want.items() if self.facts().get(k) != v]} (name, wanted, shown)'); return
        self.seconds.append(time.perf_counter() - start)


START = dict(block='BasicBlock', depths=(2, 2, 2, 2), widths=(64, 128, 256, 512), stem='imagenet', stem_width=64, shortcut='B', stride_on='3x3', groups=1, base_width=64,
             side=224, in_channels=3, num_classes=1000, batch=1)
CHANGES = [('block', 'bottleneck', dict(block='Bottleneck')), (('blocks', 3), 30, dict(depths=(2, 2, 30, 2))), (('channels', 4), 384, dict(widths=(64, 128, 256, 384))),
           ('stem', '3×3', dict(stem='cifar')), ('stem channels', 32, dict(stem_width=32)), ('shortcut', 'C: projections everywhere', dict(shortcut='C')),
           ('stride on', '1x1', dict(stride_on='1x1')), ('groups', 2, dict(groups=2)), ('base width', 32, dict(base_width=32)), ('image side', 96, dict(side=96)),
           ('image channels', 1, dict(in_channels=1)), ('classes', 10, dict(num_classes=10)), ('batch', 4, dict(batch=4))]


def network(p):
    "Every control of the first widget, the table, an impossible choice, the places of everything"
    from resnet_nb.tables import layer_table
    state, places = dict(START), None
    for name in 'resnet152', 'resnet18':
        p.set(p.field('start from'), name)
        table = layer_table(name)
        p.shows(dict(params=f'{table.params:,}', macs=f'{table.macs:,}'), name)
    places = p.boxes()
    p.check(len(places) > 20, f'only {len(places)} controls and areas found')
    for label, value, change in CHANGES:
        state.update(change)
        want, rows = expected(state)
        p.set(p.field(label) if isinstance(label, str) else p.stage(*label), value)
        p.shows(want, label)
        p.check(p.boxes() == places, f'{label}: the layout jumps')
    drawn = p.page.locator('.rn [data-block^=layer]').count()
    p.check(drawn == sum(state['depths']), f'{drawn} blocks drawn')
    p.set(p.field('table'), 'every layer')
    p.page.wait_for_function(f"document.querySelectorAll('.rn-table tbody tr').length === {rows + 1}", timeout=10_000)
    p.set(p.field('table'), 'by stage')
    p.set(p.stage('blocks', 2), 0)
    try: p.page.wait_for_selector('.rn [role=alert]:has-text("stage 2 has no blocks")', timeout=10_000)
    except Exception: p.bad.append('an impossible choice shows no message')
    p.check(p.boxes() == places and p.facts()['params'] == want['params'], 'an impossible choice changes what is shown')
    p.set(p.stage('blocks', 2), 2)
    p.page.wait_for_selector('.rn [role=alert]', state='detached', timeout=10_000)
    p.shows(want, 'after the impossible choice')


def keyboard(p):
    "Tab to the controls, arrows to change them"
    press, focused = p.page.keyboard.press, "document.activeElement.labels?.[0]?.textContent || document.activeElement.title || document.activeElement.className"
    seen = []
    p.field('start from').focus(); press('Shift+Tab'); press('Tab')
    for _ in range(26): seen.append(p.page.evaluate(focused)); press('Tab')
    for name in 'start from', 'block', 'stem', 'shortcut', 'classes', 'table': p.check(name in seen, f'Tab does not reach {name!r}: {seen}')
    p.check(sum(bool(re.fullmatch(r'(blocks|channels) \d', s)) for s in seen) == 8, 'Tab does not reach the eight numbers of the stages')
    p.set(p.field('start from'), 'resnet18')
    p.shows(dict(params='11,689,512'), 'resnet18 by name')
    p.field('start from').focus(); press('ArrowDown')
    p.shows(dict(params='21,797,672'), 'ArrowDown to resnet34')
    step = p.page.locator('.rn .noUi-handle').first
    step.focus(); press('ArrowRight')
    try: p.page.wait_for_selector('.rn-how:has-text("Step 2 of")', timeout=10_000)
    except Exception: p.bad.append('the arrow key does not move to step 2')


def prediction(p):
    "Probabilities, heat maps by pointing and by key, another image"
    page = p.page
    total = page.evaluate("[...document.querySelectorAll('[data-p]')].reduce((s, e) => s + parseFloat(e.textContent), 0)")
    p.check(99.4 < total < 100.6, f'the probabilities add up to {total} %')
    def opacity(k): return page.evaluate(f"getComputedStyle(document.querySelector('.rn-look .rn-cam{k}')).opacity")
    page.locator('label.rn-c3').hover()
    p.check((opacity(3), opacity(4)) == ('1', '0'), 'pointing at class 3 does not show its map alone')
    page.locator('label.rn-c3 input').check(); page.keyboard.press('ArrowDown'); page.mouse.move(0, 0)
    p.check((opacity(3), opacity(4)) == ('0', '1'), 'the arrow key does not show the map of class 4')
    page.locator('.rn .noUi-handle').nth(1).focus(); page.keyboard.press('ArrowRight')
    try: page.wait_for_selector('[data-verdict]:has-text("Image 1:")', timeout=10_000)
    except Exception: p.bad.append('the arrow key does not move to image 1')


def runs(p):
    "One run, then none"
    chosen = p.field('runs')
    name = chosen.locator('option').first.inner_text()
    chosen.select_option(label=name)
    p.page.wait_for_selector('.rn-ok:has-text("of 1 recipe")', timeout=15_000)
    p.check(name in p.page.locator('table.dataframe').inner_text(), f'{name} is not in the table of runs')
    chosen.select_option([])
    try: p.page.wait_for_selector('[role=alert]:has-text("choose at least one run")', timeout=10_000)
    except Exception: p.bad.append('no message where no run is chosen')


def main(shots=None):
    "All of it; returns what is wrong, or raises `Skipped`"
    with launch() as chromium, voila() as address:
        wait_for(address)
        page = chromium.new_page(viewport=dict(width=1280, height=2600))
        p = Page(page)
        page.goto(address, timeout=300_000, wait_until='commit')
        page.wait_for_selector('.rn img[alt^=Loss]', timeout=300_000)
        for part in network, keyboard, prediction, runs:
            try: part(p)
            except Exception as e: p.bad.append(f'{part.__name__}: {type(e).__name__}: {str(e).splitlines()[0]}')
        for name, width in ('desktop', 1280), ('phone', 390):
            page.set_viewport_size(dict(width=width, height=2600 if width > 500 else 4600))
            page.wait_for_timeout(500)
            wide = page.evaluate("Math.max(...[...document.querySelectorAll('body, .jp-Notebook, .jupyter-widgets.rn')].map(e => e.scrollWidth))")
            p.check(wide <= width, f'{name}: {wide} pixels wide on a screen of {width}')
            if shots: page.screenshot(path=f'{shots}/{name}.png')
    if p.seconds: print(f'   explorer: {len(p.seconds)} changes, from the key to the number on the screen: median {1000*median(p.seconds):.0f} ms, longest {1000*max(p.seconds):.0f} ms')
    return p.bad


if __name__ == '__main__':
    sys.path.insert(0, str(root))
    start = time.time()
    try: bad = main(*sys.argv[1:])
    except Skipped as e: print(f'skipped: {e}'); sys.exit(0)
    print('\n'.join(bad) or f'the explorer works in a browser ({time.time() - start:.0f} s)')
    sys.exit(1 if bad else 0)
