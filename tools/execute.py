"""Run notebooks from top to bottom and keep their outputs; cells that the tests leave out keep the outputs they have.

    python tools/execute.py [--slow] NOTEBOOK …    # --slow: also the cells marked `#| slow`
"""
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError


def execute(path, slow=False):
    "Run a notebook in its folder and write it back; nothing is written where a cell fails"
    nb, skip, kept = nbformat.read(path, 4), r'cuda|eval: *false' if slow else r'slow|cuda|eval: *false', {}
    for c in nb.cells:
        if c.cell_type == 'code' and re.search(rf'^#\| *({skip})', c.source, re.M):
            kept[c.id] = c.outputs
            c.metadata.tags = ['skip-execution']
    NotebookClient(nb, timeout=None, kernel_name='python3', coalesce_streams=True, resources={'metadata': {'path': str(path.parent)}}).execute()
    for c in nb.cells:
        if c.id in kept:
            c.outputs = kept[c.id]
            del c.metadata['tags']
    nb.metadata.pop('language_info', None)
    nbformat.write(nb, path)
    subprocess.run([Path(sys.executable).parent/'nbdev_clean', '--fname', path], check=True)


if __name__ == '__main__':
    os.environ.setdefault('PYTHONWARNINGS', 'ignore::FutureWarning') # what libraries say of their plans, with the paths of this machine
    for path in (Path(a) for a in sys.argv[1:] if a != '--slow'):
        start = time.time()
        try: execute(path, '--slow' in sys.argv)
        except CellExecutionError as e: sys.exit(f'{path}: {e}')
        print(f'{path}: {time.time()-start:.0f} s', flush=True)
