"""Keep in step in every notebook its first cells, and what is folded in Jupyter; `--check` only compares

    python tools/firstcells.py [--check] [NOTEBOOK …]

The first cell holds the title and the description and nothing else, because nbdev makes front matter of it and drops the
rest; what more stands there becomes a cell of its own, the introduction. Below it stands the cell that installs what is
missing, hidden on the docs site and left out by nbdev_test. It differs between notebooks only
in the packages beyond those that resnet_nb brings, which are read from the notebook's imports. It is folded in Jupyter,
and so are the solutions: all code below the heading of the exercises, with its outputs (docs.py folds them on the site).
"""
import ast
import configparser
import hashlib
import re
import subprocess
import sys
from copy import deepcopy
from pathlib import Path
from unittest.mock import patch

import nbformat

root = Path(__file__).resolve().parent.parent
config = configparser.ConfigParser()
config.read(root/'settings.ini')
url = config['DEFAULT']['git_url']
folded, solution_folded = {'jupyter': {'source_hidden': True}}, {'jupyter': {'source_hidden': True, 'outputs_hidden': True}}  # settings.ini tells nbdev_clean to keep them
mark = '# Install what is missing, as on Colab; elsewhere this does nothing'
# brought along: the package's requirements, what those require, and what runs the notebook
brought = {'resnet_nb', 'torch', 'torchvision', 'fastai', 'fastcore', 'fastprogress', 'numpy', 'sklearn', 'scipy', 'matplotlib', 'matplotlib_inline', 'pandas',
           'PIL', 'safetensors', 'filelock', 'packaging', 'yaml', 'IPython', 'ipykernel', 'traitlets'}
optional = {'wandb'}  # imported only where it is installed
pypi = {'nbdev': 'nbdev<3', 'onnx': 'onnx onnxscript', 'cv2': 'opencv-python', 'skimage': 'scikit-image'}  # where they differ from the module's name

solution_mark = '# Solution\n'  # what Jupyter shows of a folded cell

text = '''#| hide
#| eval: false
{mark}
import shutil, subprocess, sys
from importlib.util import find_spec
from pathlib import Path

def install(*what):
    print('Installing', *what, '(this takes a minute or two)')
    if subprocess.run([sys.executable, '-m', 'pip', 'install', '-q', *map(str, what)]).returncode: print('That failed. Is there a network?')

if not find_spec('resnet_nb'):
    course = next((p for p in Path.cwd().parents if (p/'resnet_nb'/'__init__.py').exists()), Path('resnet_nb_course').resolve())
    if not course.exists() and shutil.which('git'): subprocess.run(['git', 'clone', '-q', '--depth', '1', '{url}', course])
    install(course if course.exists() else 'resnet_nb')
    sys.path.insert(0, str(course)) # the checkout holds the results that the pages show, too
{more}'''


def others(cells):
    "Packages that a notebook imports beyond those that come with resnet_nb"
    found = set()
    for c in cells:
        if c.cell_type != 'code' or mark in c.source: continue
        try: tree = ast.parse(re.sub(r'^(\s*)[%!].*$', r'\1pass', c.source, flags=re.M))
        except SyntaxError: continue
        for x in ast.walk(tree):
            if isinstance(x, ast.Import): found |= {a.name.split('.')[0] for a in x.names}
            elif isinstance(x, ast.ImportFrom) and not x.level: found.add(x.module.split('.')[0])
    return sorted(found - brought - optional - set(sys.stdlib_module_names))


def cell_text(cells):
    "The first cell of a notebook"
    need = others(cells)
    more = f"for package, module in {[(pypi.get(m, m), m) for m in need]}:\n    if not find_spec(module): install(*package.split())\n" if need else ''
    return text.format(mark=mark, url=url, more=more).strip()


def notebooks(): return sorted(p for p in (root/'nbs').rglob('*.ipynb') if not any(q[0] in '._' for q in p.relative_to(root/'nbs').parts))


def solutions(nb):
    "The code cells below the heading of the exercises, up to the next heading of its rank"
    headings = [(i, c.source) for i, c in enumerate(nb.cells) if c.cell_type == 'markdown' and re.search('^## ', c.source, re.M)]
    start = next((k for k, (_, text) in enumerate(headings) if re.search('^## Exercises', text, re.M)), None)
    if start is None: return []
    end = headings[start + 1][0] if start + 1 < len(headings) else len(nb.cells)
    return [c for c in nb.cells[headings[start][0]:end] if c.cell_type == 'code']


def unmarked(source): return re.sub(f'^{solution_mark}', '', source, flags=re.M)


def marked(source):
    "A solution with its mark, behind the directives"
    directives, code = re.match(r'((?:#\|.*\n)*)(.*)', unmarked(source), re.S).groups()
    return directives + solution_mark + code


def new_id(kind, path): return hashlib.sha1((kind + path.name).encode()).hexdigest()[:8]


def split_title(nb, path):
    "Leave only title and description in the first cell; what stands below them becomes the cell after it"
    head = re.match(r'\s*# .+(?:\n+> .+)?', nb.cells[0].source)
    rest = nb.cells[0].source[head.end():].strip() if head else ''
    if rest: nb.cells.insert(1, nbformat.v4.new_markdown_cell(rest, id=new_id('introduction', path)))
    if head: nb.cells[0].source = head[0].strip()


def put(path, check=False):
    "Split the title from the introduction, put the cell into a notebook, fold the solutions; returns what is or was wrong with it"
    nb = nbformat.read(path, 4)
    before = deepcopy(nb)
    nb.cells = [c for c in nb.cells if c.cell_type != 'code' or mark not in c.source]
    split_title(nb, path)
    if any(c.cell_type == 'code' for c in nb.cells):  # a page without code needs nothing
        introduction = len(nb.cells) > 1 and nb.cells[1].cell_type == 'markdown' and not nb.cells[1].source.startswith('#')
        nb.cells.insert(1 + introduction, nbformat.v4.new_code_cell(cell_text(nb.cells), metadata=folded, id=new_id('first', path)))
    own = solutions(nb)
    for c in own: c.source, c.metadata = marked(c.source), solution_folded
    for c in nb.cells:
        if c.cell_type == 'code' and c not in own and solution_mark in c.source: c.source, c.metadata = unmarked(c.source), nbformat.from_dict({})
    if nb == before: return ''
    if not check: nbformat.write(nb, path)
    return f"{path.relative_to(root).as_posix()}: its first cells, or what is folded, are not in step: run tools/firstcells.py"


def behaves(code):
    "Run the cell with nothing and with everything missing, the commands only noted down; returns what is wrong"
    def commands(missing):
        ran, path = [], list(sys.path)
        note = lambda cmd, **kw: ran.append(' '.join(map(str, cmd))) or subprocess.CompletedProcess(cmd, 0)
        with patch('subprocess.run', note), patch('importlib.util.find_spec', lambda name: None if missing else object()), patch('builtins.print'): exec(code, {})
        sys.path[:] = path
        return ran
    if commands(missing=False): return 'its first cell installs something where nothing is missing'
    if not any('pip install' in c for c in commands(missing=True)): return 'its first cell installs nothing where everything is missing'


if __name__ == '__main__':
    check = '--check' in sys.argv
    paths = [Path(a).resolve() for a in sys.argv[1:] if not a.startswith('-')] or notebooks()
    wrong = [w for p in paths if (w := put(p, check))]
    wrong += [f'{p.relative_to(root).as_posix()}: {w}' for p in paths if (w := behaves(cell_text(nbformat.read(p, 4).cells)))]
    if check: sys.exit('\n'.join(wrong) or 0)
    print(f'{len(wrong)} of {len(paths)} notebooks changed')
