"""Build the page of the live demo into _web, and serve it on this machine; `make web` calls it.

    python tools/web.py [--build] [--port N] [--out DIR]    # --build: do not serve

The page is the folder `web`, the network exported to ONNX, and onnxruntime-web, which npm fetches once.
"""
import argparse
import base64
import functools
import hashlib
import http.server
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

from browser import Skipped

root = Path(__file__).resolve().parent.parent
runtime = 'onnxruntime-web', '1.30.0'
sha512 = 'q0y+JrrtukXSzsBWEMccVfqX25LRmosXHF+CaRJmg8pZClzcV7svNc4rKY3jL02Vb7QmRMDs1SigqR4CXAfKYQ=='  # of the package, as npm states it
needed = ['ort.wasm.min.mjs', 'ort-wasm-simd-threaded.mjs', 'ort-wasm-simd-threaded.wasm']


def fetch_runtime(out):
    "onnxruntime-web's files in the page's folder; fetched with npm unless they are there, and only if its checksum is right."
    stamp = out/'runtime.txt'
    if stamp.exists() and stamp.read_text() == ' '.join(runtime) and all((out/n).exists() for n in needed): return
    if not (npm := shutil.which('npm')): raise Skipped('npm is missing, which fetches onnxruntime-web: install Node.js (https://nodejs.org), it brings npm, then run this again')
    print(f'fetching {"@".join(runtime)} with npm', flush=True)
    done = subprocess.run([npm, 'pack', '--silent', '--pack-destination', str(out), '@'.join(runtime)], cwd=out, capture_output=True, text=True)
    package = out/f'{"-".join(runtime)}.tgz'
    if done.returncode or not package.exists(): raise Skipped(f'npm could not fetch {"@".join(runtime)}: {(done.stderr or done.stdout).strip().splitlines()[-1:] or "no message"}')
    try:
        if base64.b64encode(hashlib.sha512(package.read_bytes()).digest()).decode() != sha512: raise RuntimeError(f'{package.name} is not the file that was published: its SHA-512 differs')
        with tarfile.open(package) as t:
            for n in needed: (out/n).write_bytes(t.extractfile(f'package/dist/{n}').read())
    finally: package.unlink()
    stamp.write_text(' '.join(runtime))


def build(out):
    "The whole page in one folder."
    out.mkdir(parents=True, exist_ok=True)
    fetch_runtime(out)
    for f in sorted((root/'web').iterdir()): shutil.copyfile(f, out/f.name)
    model, sources = out/'model.onnx', [root/'resnet_nb'/f for f in ('zoo.json', 'web.py', 'models.py', 'blocks.py')]
    if not model.exists() or model.stat().st_mtime < max(f.stat().st_mtime for f in sources):
        from resnet_nb.web import export_demo
        export_demo(model)
    return out


class Quiet(http.server.SimpleHTTPRequestHandler):
    extensions_map = {**http.server.SimpleHTTPRequestHandler.extensions_map, '.mjs': 'text/javascript', '.js': 'text/javascript', '.wasm': 'application/wasm'}
    def log_message(self, *args): pass
    def end_headers(self):
        self.send_header('Cache-Control', 'no-cache')  # a new build is seen at once
        super().end_headers()


def server(folder, port=0):
    "A server on this machine alone; port 0 takes a free one."
    return http.server.ThreadingHTTPServer(('127.0.0.1', port), functools.partial(Quiet, directory=str(folder)))


def main():
    args = argparse.ArgumentParser(description='Build the live demo and serve it on this machine')
    args.add_argument('--build', action='store_true', help='build only, do not serve')
    args.add_argument('--port', type=int, help='default: 8000, or a free one where that is taken')
    args.add_argument('--out', type=Path, default=root/'_web', help='folder of the page')
    args = args.parse_args()
    try: out = build(args.out.resolve())
    except (Skipped, ImportError) as e: sys.exit(f'make web: {e}')
    size = sum(f.stat().st_size for f in out.iterdir())/1e6
    print(f"built {os.path.relpath(out)}: {size:.1f} MB, of which the network {(out/'model.onnx').stat().st_size/1e6:.2f} MB", flush=True)
    if args.build: return
    try: s = server(out, args.port or 8000)
    except OSError as e:
        if args.port: sys.exit(f'make web: port {args.port} cannot be used ({e.strerror})')
        s = server(out)
    print(f'http://localhost:{s.server_address[1]}  (Ctrl-C ends)', flush=True)
    try: s.serve_forever()
    except KeyboardInterrupt: print()


if __name__ == '__main__': main()
