"""Keep of each widget in the notebooks the static state that it shows without a kernel; a live view without its kernel is an error message.

    python tools/static_widgets.py [--check]   # --check only lists what is to do
"""
import json
import sys
from pathlib import Path

live = 'application/vnd.jupyter.widget-view+json'


def views(nb): return [(i, o['data']) for i, c in enumerate(nb['cells']) for o in c.get('outputs', []) if live in o.get('data', {})]


def main(check):
    "Names of the cells that hold a live view; without `check` they lose it"
    bad = []
    for path in sorted(Path(__file__).resolve().parent.parent.glob('nbs/*/*.ipynb')):
        nb = json.loads(path.read_text(encoding='utf-8'))
        found = views(nb)
        for i, data in found:
            bad.append(f'{path.parent.name}/{path.name}: cell {i}')
            del data[live]
        if nb['metadata'].pop('widgets', None): found = found or [None]; bad.append(f'{path.parent.name}/{path.name}: the state of its widgets')
        if found and not check: path.write_text(json.dumps(nb, ensure_ascii=False, indent=1, sort_keys=True) + '\n', encoding='utf-8')
    return bad


if __name__ == '__main__':
    check = '--check' in sys.argv
    bad = main(check)
    print('\n'.join(bad) if bad else 'no live widget views')
    sys.exit(1 if check and bad else 0)
