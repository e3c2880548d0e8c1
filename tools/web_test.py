"""Try the live demo in a browser: mouse, finger, keyboard, desktop and phone; and compare it with Python on 500 digits.

    python tools/web_test.py [--shots DIR]    # says so where npm or a Chromium is missing
"""
import argparse
import base64
import multiprocessing
import sys
import threading
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from browser import Skipped, launch
from web import build, root, server

# strokes on the unit square; drawn by mouse, finger or keyboard
circle = [(.5 + .2*np.sin(a), .5 - .3*np.cos(a)) for a in np.linspace(0, 2*np.pi, 30)]
digits = {1: [[(.5, .15), (.48, .85)]], 7: [[(.25, .2), (.72, .2), (.42, .85)]], 0: [circle],
          4: [[(.35, .15), (.28, .52), (.72, .52)], [(.66, .2), (.62, .88)]]}


class Page:
    "The demo in one window; collects what the browser complains of and every address that it asks for."
    def __init__(self, chromium, url, **options):
        self.context = chromium.new_context(**options)
        self.page, self.url, self.errors = self.context.new_page(), url, []
        self.page.on('console', lambda m: self.errors.append(m.text) if m.type in ('error', 'warning') else None)
        self.page.on('pageerror', lambda e: self.errors.append(str(e)))
        self.page.on('request', lambda r: None if r.url.startswith((url, 'data:', 'blob:')) else self.errors.append(f'asks for {r.url}'))
        self.open()

    def open(self):
        "The page anew, with its network loaded."
        self.page.goto(self.url)
        self.page.evaluate("async () => { await (await import('./demo.js')).ready }")

    def at(self, x, y):
        box = self.page.locator('#pad').bounding_box()
        return box['x'] + x*box['width'], box['y'] + y*box['height']

    def mouse(self, strokes):
        for stroke in strokes:
            self.page.mouse.move(*self.at(*stroke[0]))
            self.page.mouse.down()
            for p in stroke[1:]: self.page.mouse.move(*self.at(*p), steps=4)
            self.page.mouse.up()

    def finger(self, strokes):
        touch = self.context.new_cdp_session(self.page)
        for stroke in strokes:
            for kind, p in [('touchStart', stroke[0]), *(('touchMove', p) for p in stroke[1:])]:
                x, y = self.at(*p)
                touch.send('Input.dispatchTouchEvent', {'type': kind, 'touchPoints': [{'x': x, 'y': y}]})
            touch.send('Input.dispatchTouchEvent', {'type': 'touchEnd', 'touchPoints': []})

    def says(self, digit):
        "Wait for the answer; whatever it is then, is compared."
        try: self.page.wait_for_function('d => document.getElementById("answer").textContent === d', arg=str(digit), timeout=15_000)
        except Exception: pass
        return self.page.locator('#answer').text_content()

    def shot(self, folder, name):
        if folder: self.page.screenshot(path=folder/f'{name}.png', full_page=True)


def expect(got, want, what):
    if got != want: raise AssertionError(f'{what}: {got!r}, not {want!r}')


def draws(p, by, shots, name):
    "Draw each digit; the answer is right, Clear empties the page, and Undo takes one stroke back."
    for digit, strokes in digits.items():
        by(strokes)
        expect(p.says(digit), str(digit), f'{name}, a {digit}')
        p.shot(shots, f'{name}-{digit}')
        if digit == 4:
            p.page.locator('#undo').click()
            expect(p.page.evaluate("document.getElementById('hint').hidden"), True, f'{name}: undo leaves the first stroke')
        p.page.locator('#clear').click()
        expect(p.says('–'), '–', f'{name}: clear')


def keyboard(p, shots):
    "A 7 with the keyboard alone; the answer is announced; C clears."
    p.open()
    k = p.page.keyboard
    k.press('Tab')
    expect(p.page.evaluate('document.activeElement.id'), 'pad', 'the first stop of the Tab key')
    for key, n in (('ArrowLeft', 7), ('Space', 1), ('ArrowRight', 14)):
        for _ in range(n): k.press(key)
    k.down('ArrowLeft')
    for _ in range(7): k.down('ArrowDown')  # two arrows held: diagonally
    k.up('ArrowLeft')
    for _ in range(15): k.down('ArrowDown')
    k.up('ArrowDown')
    expect(p.says(7), '7', 'a 7 by keyboard')
    p.shot(shots, 'keyboard-7')
    p.page.wait_for_function("document.getElementById('say').textContent.startsWith('Looks like a 7')", timeout=15_000)
    k.press('Space')
    k.press('c')
    expect(p.says('–'), '–', 'C clears')
    for name in ('undo', 'clear'):
        k.press('Tab')
        expect(p.page.evaluate('document.activeElement.id'), name, 'the next stop of the Tab key')


def while_drawing(p):
    "Clear and Undo while the pen is down end the stroke: what the pen does until it is lifted is not drawn, what was there before stays."
    picture = "document.getElementById('pad').toDataURL()"
    press = {f'the key {k}': lambda k=k: p.page.keyboard.press(k) for k in 'cz'}
    press |= {f'the button {b}': lambda b=b: p.page.evaluate(f"document.getElementById('{b}').click()") for b in ('clear', 'undo')}
    for what, do in press.items():
        p.open()
        if what.endswith(('z', 'undo')): p.mouse(digits[7])
        before = p.page.evaluate(picture)
        p.page.mouse.move(*p.at(.3, .6))
        p.page.mouse.down()
        p.page.mouse.move(*p.at(.5, .6))
        do()
        p.page.mouse.move(*p.at(.8, .8), steps=3)
        expect(p.errors, [], f'{what} while the pen is down')
        if p.page.evaluate(picture) != before: raise AssertionError(f'{what} while the pen is down leaves something of the stroke')
        p.page.mouse.up()
        p.page.locator('#clear').click()
        p.mouse(digits[1])
        expect(p.says(1), '1', f'a 1 after {what} while the pen was down')


def after_an_error(p):
    "One pass that fails does not stop the demo."
    p.open()
    p.page.evaluate("() => { const now = performance.now; performance.now = () => { performance.now = now; throw new Error('on purpose') } }")
    p.mouse(digits[1])
    expect(p.says(1), '1', 'a 1 after an error')
    expect(p.errors, ['on purpose'], 'complaints of the browser about the error')
    p.errors.clear()


def fits(p, name):
    "Nothing is wider than the window."
    wide, window = p.page.evaluate('[document.documentElement.scrollWidth, innerWidth]')
    if wide > window: raise AssertionError(f'{name}: the page is {wide} wide in a window of {window}')


def send(a): return base64.b64encode(np.ascontiguousarray(a).tobytes()).decode()


def same_as_python(p):
    "The browser's predictions on 500 test digits, and its preprocessing, are Python's."
    import torch
    from resnet_nb.data import get_dataset, load_raw
    from resnet_nb.models import create_model
    from resnet_nb.web import Staged, like_mnist, triangle
    x, y = load_raw('mnist', 'test', sample='auto')
    x, y, ds = x[:500], y[:500].numpy(), get_dataset('mnist')
    staged = Staged(create_model('resnet_small', weights='mnist'), ds.mean, ds.std).eval()
    with torch.inference_mode(): want = staged(x/255)[0].numpy()
    p.page.evaluate('''text => { window.bytes = Uint8Array.from(atob(text), c => c.charCodeAt(0)) }''', send(x.numpy()))
    got = np.array(p.page.evaluate('''async () => {
        const {classify} = await import('./demo.js'), n = bytes.length / 784, out = [];
        for (let i = 0; i < n; i += 100) {
            const part = Float32Array.from(bytes.slice(784 * i, 784 * (i + 100)), v => v / 255);
            out.push(...(await classify(part, part.length / 784)).probability.data);
        }
        return out }''')).reshape(-1, 10)
    if not np.array_equal(got.argmax(1), want.argmax(1)): raise AssertionError(f'{(got.argmax(1) != want.argmax(1)).sum()} of {len(y)} predictions are not those of Python')
    print(f'   demo: {len(y)} test digits: browser {(got.argmax(1) == y).mean():.1%}, Python {(want.argmax(1) == y).mean():.1%} right, all predictions equal, largest difference of a probability {abs(got - want).max():.1e}')

    rng, worst = np.random.default_rng(0), 0
    for k in range(12): # digits on canvases of odd shapes; the last one empty
        height, width = rng.integers(60, 300, 2)
        scale, at = rng.uniform(.7, 2)*min(height, width)/40, (rng.uniform(.4, .6, 2)*(height, width))
        ink = (triangle(28, height, scale, 14, at[0]) @ (x[k, 0].numpy()/255) @ triangle(28, width, scale, 14, at[1]).T).clip(0, 1).astype(np.float32)*(k < 11)
        out = p.page.evaluate('''async ([text, height, width]) => {
            const ink = new Float32Array(Uint8Array.from(atob(text), c => c.charCodeAt(0)).buffer);
            const out = (await import('./preprocess.js')).likeMnist(ink, height, width);
            return out && Array.from(out) }''', [send(ink), int(height), int(width)])
        ours = like_mnist(ink)
        if (out is None) != (ours is None): raise AssertionError('browser and Python do not agree on what is empty')
        if out: worst = max(worst, abs(np.array(out).reshape(28, 28) - ours).max())
    if worst > 1e-5: raise AssertionError(f'likeMnist and like_mnist differ by {worst}')
    print(f'   demo: preprocessing in JavaScript and Python: largest difference of a pixel {worst:.1e}')


@contextmanager
def served(folder):
    "Serve a folder on a free port; gives its address"
    with server(folder) as s:
        threading.Thread(target=s.serve_forever, daemon=True).start()
        try: yield f'http://localhost:{s.server_address[1]}/'
        finally: s.shutdown()


def main(shots=None):
    "All of it; returns what is wrong, or raises `Skipped`"
    if shots: shots.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(1, multiprocessing.get_context('spawn')) as alone: page = alone.submit(build, root/'_web').result() # an export disturbs other threads
    size = (page/'model.onnx').stat().st_size
    if size > 1e6: return [f'model.onnx has {size} bytes, over 1 MB']
    with launch() as chromium, served(page) as url:
        try:
            desk = Page(chromium, url, viewport={'width': 1280, 'height': 900})
            desk.shot(shots, 'empty')
            draws(desk, desk.mouse, shots, 'mouse')
            keyboard(desk, shots)
            while_drawing(desk)
            after_an_error(desk)
            same_as_python(desk)
            phone = Page(chromium, url, viewport={'width': 375, 'height': 740}, has_touch=True, is_mobile=True, device_scale_factor=2, color_scheme='dark')
            draws(phone, phone.finger, shots, 'finger')
            for p, name in ((desk, 'desktop'), (phone, 'phone')):
                fits(p, name)
                expect(p.errors, [], f'{name}: complaints of the browser')
        except AssertionError as e: return [str(e)]
    return []


if __name__ == '__main__':
    args = argparse.ArgumentParser(description='Try the live demo in a browser')
    args.add_argument('--shots', type=Path, help='keep screenshots here')
    try: bad = main(args.parse_args().shots)
    except Skipped as e: print(f'skipped: {e}'); sys.exit(0)
    print('\n'.join(bad) or f'mouse, keyboard and finger draw {", ".join(map(str, digits))} and are understood; nothing came from elsewhere')
    sys.exit(1 if bad else 0)
