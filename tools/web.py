"""Build the page in which a residual network is taken apart into _web, and serve it on this machine; `make web` calls it

    python tools/web.py [--build] [--site] [--port N] [--out DIR]    # --build: do not serve; --site: as a folder of the docs site

The page is the files of the folder `web` with the networks of `resnet_nb/page`; nothing is fetched.
"""
import argparse
import configparser
import functools
import http.server
import os
import shutil
import sys
from pathlib import Path

root = Path(__file__).resolve().parent.parent
config = configparser.ConfigParser()
config.read(root/'settings.ini')
home = f"{config['DEFAULT']['doc_host']}{config['DEFAULT']['doc_baseurl']}/"


def build(out, site=False):
    "The whole page in one folder; its links to the course lead to the published site, or with `site` to the one that it is a folder of"
    out.mkdir(parents=True, exist_ok=True)
    sources = [*(root/'web').iterdir(), *(root/'resnet_nb'/'page').glob('*.safetensors'), *(root/'nbs'/'images'/n for n in ('logo.svg', 'demo.png'))]
    for old in out.iterdir():
        if old.is_file() and old.name not in {f.name for f in sources}: old.unlink()
    for f in sources: shutil.copyfile(f, out/f.name)
    page = out/'index.html'
    page.write_text(page.read_text(encoding='utf-8').replace('{{home}}', home).replace('{{site}}', '../' if site else home), encoding='utf-8')
    return out


class Quiet(http.server.SimpleHTTPRequestHandler):
    extensions_map = {**http.server.SimpleHTTPRequestHandler.extensions_map, '.mjs': 'text/javascript', '.js': 'text/javascript'}
    def log_message(self, *args): pass
    def end_headers(self):
        self.send_header('Cache-Control', 'no-cache')  # a new build is seen at once
        super().end_headers()


def server(folder, port=0):
    "A server on this machine alone; port 0 takes a free one."
    return http.server.ThreadingHTTPServer(('127.0.0.1', port), functools.partial(Quiet, directory=str(folder)))


def main():
    args = argparse.ArgumentParser(description='Build the page of the live demo and serve it on this machine')
    args.add_argument('--build', action='store_true', help='build only, do not serve')
    args.add_argument('--site', action='store_true', help='its links lead to the docs site around it')
    args.add_argument('--port', type=int, help='default: 8000, or a free one where that is taken')
    args.add_argument('--out', type=Path, default=root/'_web', help='folder of the page')
    args = args.parse_args()
    out = build(args.out.resolve(), args.site)
    size = {s: sum(f.stat().st_size for f in out.glob(f'*{s}'))/1e6 for s in ('', '.safetensors')}
    print(f"built {os.path.relpath(out)}: {size['']:.2f} MB, of which networks and digits {size['.safetensors']:.2f} MB", flush=True)
    if args.build: return
    try: s = server(out, args.port or 8000)
    except OSError as e:
        if args.port: sys.exit(f'make web: port {args.port} cannot be used ({e.strerror})')
        s = server(out)
    print(f'http://localhost:{s.server_address[1]}  (Ctrl-C ends)', flush=True)
    try: s.serve_forever()
    except KeyboardInterrupt: print()


if __name__ == '__main__': main()
