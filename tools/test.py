"""Run every notebook with nbdev_test and all repository checks; end with `N passed, M failed`.

    python tools/test.py [notebooks] [checks] [--times] [--quick] [PATTERN]   # PATTERN: part of a notebook's path or of a check's name

A check that lacks something on this machine says what and is skipped: neither passed nor failed.
`--quick` leaves out the checks that take long: for between commits.
`--times` keeps the seconds of each notebook in nbs/reference/times.json, which the reading plan shows.
"""
import ast
import filecmp
import fnmatch
import gc
import json
import multiprocessing
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from pathlib import Path
from statistics import mean, stdev
from threading import Lock

workers = 2
threads = os.environ['OMP_NUM_THREADS'] = str(max(1, (os.cpu_count() or 2)//workers))  # before NumPy and PyTorch are imported, here and in all that is started here

import nbformat
import yaml

import explorer_test
import static_widgets
import web_test
from browser import Skipped

root = Path(__file__).resolve().parent.parent
nbs = root/'nbs'
bin = Path(sys.executable).parent
checks = []
one_at_a_time = Lock()


def check(f):
    "Register a repository check: it returns the list of what is wrong."
    checks.append(f)
    return f


def notebooks(): return sorted(p for p in nbs.rglob('*.ipynb') if not any(q[0] in '._' for q in p.relative_to(nbs).parts))
@cache
def cells(path): return json.loads(path.read_text(encoding='utf-8'))['cells']  # many checks read them, none changes them
def source(cell): return ''.join(cell['source'])
def rel(path): return path.relative_to(root).as_posix()
def modules(): return sorted(p for p in (root/'resnet_nb').rglob('*.py') if p.name[0] != '_')


def public_names(path):
    "`__all__` of a module, read and not run"
    tree = ast.parse(path.read_text(encoding='utf-8')).body
    return next((ast.literal_eval(x.value) for x in tree if isinstance(x, ast.Assign) and getattr(x.targets[0], 'id', '') == '__all__'), [])


def for_the_site(path):
    "A notebook as nbdev processes it for the site, without what runs code or looks up links; once for all checks, which may run side by side"
    with one_at_a_time: return processed(path)


@cache
def processed(path):
    from nbdev.process import NBProcessor
    from nbdev.processors import FilterDefaults, add_links, exec_show_docs
    done = NBProcessor(path, procs=[f for f in FilterDefaults().base_procs() if f not in (exec_show_docs, add_links)])
    done.process()
    return done.nb


def shown(cells):
    "The text in the outputs of cells"
    texts = (v for c in cells for o in c.get('outputs', []) for k, v in [('text/', o.get('text', '')), *o.get('data', {}).items()] if k.startswith('text/'))
    return '\n'.join(map(''.join, texts))


def run(*cmd, cwd=root, **env):
    "Run a command of the environment; returns the finished process with its output as text."
    env = {**os.environ, 'PATH': f"{bin}{os.pathsep}{os.environ['PATH']}", **env}
    return subprocess.run([str(c) for c in cmd], cwd=cwd, env=env, capture_output=True, text=True)


def copy_of_tree():
    "A temporary copy of the files that git knows or would add."
    names = subprocess.run(['git', 'ls-files', '-co', '--exclude-standard'], cwd=root, capture_output=True, text=True, check=True)
    to = Path(tempfile.mkdtemp(prefix='resnet_nb-'))
    for name in filter(None, names.stdout.split('\n')):
        if not (root/name).exists(): continue
        (to/name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(root/name, to/name, follow_symlinks=False)
    return to


def differences(a, b, pattern):
    "Names of the files matching `pattern` that differ between two folders."
    names = {p.relative_to(d).as_posix() for d in (a, b) for p in d.rglob(pattern) if '__pycache__' not in p.parts and '.ipynb_checkpoints' not in p.parts}
    return sorted(n for n in names if not ((a/n).exists() and (b/n).exists() and filecmp.cmp(a/n, b/n, shallow=False)))


@check
def package_equals_notebooks():
    copy = copy_of_tree()
    for old in (copy/'resnet_nb').rglob('*.py'):
        if old.name != '__init__.py': old.unlink()
    done = run('nbdev_export', cwd=copy, PYTHONPATH=str(copy))
    bad = differences(root/'resnet_nb', copy/'resnet_nb', '*.py')
    shutil.rmtree(copy)
    if done.returncode: return [done.stderr.strip().split('\n')[-1]]
    return [f'resnet_nb/{n} is not what the notebooks export: run nbdev_export' for n in bad]


@check
def notebooks_are_clean():
    copy = copy_of_tree()
    done = run('nbdev_clean', cwd=copy)
    bad = differences(nbs, copy/'nbs', '*.ipynb')
    shutil.rmtree(copy)
    if done.returncode: return [done.stderr.strip().split('\n')[-1]]
    return [f'nbs/{n}: run nbdev_clean' for n in bad]


@check
def readme_in_step():
    done = run(sys.executable, root/'tools'/'readme.py', '--check')
    return [done.stderr.strip().split('\n')[-1]] if done.returncode else []


@check
def notebooks_are_small():
    big = [f'{rel(p)}: {p.stat().st_size//1000} KB, over 500 KB' for p in notebooks() if p.stat().st_size > 500_000]
    for p in notebooks():
        size = sum(len(v) for c in cells(p) for o in c.get('outputs', []) for k, v in o.get('data', {}).items() if k.startswith('image/'))
        if size*3/4 > 300_000: big.append(f'{rel(p)}: {size*3//4//1000} KB of pictures, over 300 KB')
    return big


@check
def no_error_outputs():
    return [f'{rel(p)}: cell {i} holds an error output' for p in notebooks() for i, c in enumerate(cells(p))
            if any(o['output_type'] == 'error' for o in c.get('outputs', []))]


@check
def widgets_are_static(): return [f'{w}: run python tools/static_widgets.py' for w in static_widgets.main(check=True)]


@check
def explorer_in_a_browser(): return explorer_test.main()


@check
def outputs_name_no_machine():
    "outputs hold no paths of the machine that made them"
    found = {p: re.search(r'/(site-packages|dist-packages|home/\w+|root|Users/\w+)/\S*', shown(cells(p))) for p in notebooks()}
    return [f'{rel(p)}: an output names …{m[0][:80]}' for p, m in found.items() if m]


@check
def notebooks_are_executed():
    "a cell that prints at its first level, or shows its last line, holds what came out"
    def shows(text):
        try: tree = ast.parse(re.sub(r'^[%!].*$', '', text, flags=re.M)).body
        except SyntaxError: return False
        calls = [x.value.func for x in tree if isinstance(x, ast.Expr) and isinstance(x.value, ast.Call)]
        names = [getattr(f, 'id', getattr(f, 'attr', '')) for f in calls]
        return 'print' in names or 'display' in names or bool(tree) and isinstance(tree[-1], ast.Expr) and isinstance(tree[-1].value, (ast.Name, ast.Subscript)) and not text.rstrip().endswith(';')
    return [f'{rel(p)}: cell {i} shows something, and holds no output: run the notebook before the commit' for p in notebooks() for i, c in enumerate(cells(p))
            if c['cell_type'] == 'code' and not re.search(r'^#\| *(eval: *false|slow|cuda)', source(c), re.M) and shows(source(c)) and not c['outputs']]


@check
def first_cells():
    "every notebook has the cell that installs what is missing; it installs where something is missing, and only there"
    done = run(sys.executable, root/'tools'/'firstcells.py', '--check')
    return done.stderr.strip().split('\n') if done.returncode else []


@check
def title_and_description():
    def wrong(p):
        first = source(cells(p)[0])
        if not re.match(r'# [^#\s]', first): return 'its first cell does not start with a title `# …`'
        if not re.search(r'^> \S', first, re.M): return 'its first cell has no description `> …`'
        if len(re.findall(r'\S', re.sub(r'^(# |> ).*$', '', first, flags=re.M))): return 'its first cell holds more than title and description, which the site drops: run tools/firstcells.py'
    return [f'{rel(p)}: {w}' for p in notebooks() if (w := wrong(p))]


@check
def site_drops_nothing():
    "no text of a page and no definition that it teaches is missing where nbdev has processed it for the site"
    import docs
    return [f'{rel(p)}: the site drops {w}' for p in notebooks() for w in docs.lost(nbformat.read(p, 4), for_the_site(p))]


@check
def api_entries():
    "an entry has types for types, no markup in its table and one heading; and each public name has one on one page"
    import docs
    from importlib import import_module
    from nbdev.showdoc import show_doc
    bad, where = [], {}
    for p in modules():
        module = import_module('.'.join(p.relative_to(root).with_suffix('').parts))
        for name in public_names(p):
            thing = getattr(module, name)
            if not callable(thing): continue
            text = str(show_doc(thing)._repr_markdown_())
            if '```python' in text: bad += [f'{rel(p)}: the entry of {name} {w}' for w in docs.faults(docs.entry(text, name, thing))]
    for p in notebooks():
        for name in docs.shown_names(for_the_site(p)): where.setdefault(name, []).append(rel(p))
    return bad + [f"{n} has more than one entry: {', '.join(ps)}" for n, ps in where.items() if len(ps) > 1]


@check
def pages_have_cards():
    "every page has an absolute picture that is there, of a card's size; explorer, widgets and live demo have their own"
    import docs
    from PIL import Image
    names = [p.relative_to(nbs).as_posix() for p in notebooks()]
    bad = [f'tools/docs.py has a card for {n}, which is no page' for n in docs.cards if n not in names]
    files = {docs.card(n) for n in names} | set(re.findall(r'og:image" content="([^"]+)"', (root/'web'/'index.html').read_text().replace('{{home}}demo/', docs.site + 'images/')))
    for address in sorted(files):
        path = nbs/address.removeprefix(docs.site)
        if not address.startswith(docs.site) or not path.is_file(): bad.append(f'no picture for the card {address}')
        elif not (1.8 < (s := Image.open(path).size)[0]/s[1] < 2.6 and s[0] >= 1000): bad.append(f'{rel(path)} is {s[0]}x{s[1]}, no card')
    return bad


quarto_page = '''<html><head><meta property="og:image" content="{site}howto/images/cover.png"><meta name="twitter:image" content="data:image/png;base64,AA">
<script src="https://cdnjs.cloudflare.com/polyfill/v3/polyfill.min.js?features=es6"></script><script src="https://cdn.jsdelivr.net/npm/requirejs@2.3.6/require.min.js"></script>
<script src="https://cdn.jsdelivr.net/npm/katex@latest/dist/katex.min.js"></script><link rel="stylesheet" href="https://cdn.jsdelivr.net/npm/katex@latest/dist/katex.min.css"></head>
<body><main><a href="{site}library/tables.html#row">Row</a><table><tr><th></th><th>a</th></tr></table><pre>1 2 3</pre></main></body></html>'''


@check
def site_is_whole_by_itself():
    "a page as Quarto makes it, finished: nothing from other hosts, links that stay on the site, a canonical address, a card with a picture, what scrolls has a focus"
    import docs
    page = quarto_page.replace('{site}', docs.site)
    done = docs.finish_page(page, 'howto/export.html')
    want = {'href="../library/tables.html#row"': 'a link that stays', f'href="{docs.site}howto/export.html" rel="canonical"': 'its address', '<td></td>': 'no empty head',
            '<pre tabindex="0">': 'a focus', 'src="../katex/katex.min.js"': 'KaTeX beside the pages', 'class="table" role="group" tabindex="0"': 'a box for the table'}
    bad = [f'docs.finish_page gives no {what}' for text, what in want.items() if text not in done]
    if done.count(f'content="{docs.site}images/cover.png"') != 2: bad.append('docs.finish_page leaves a card without a picture')
    if len(docs.hosts(page)) != 4 or docs.hosts(done): bad.append(f'a page asks other hosts: {docs.hosts(done)}')
    return bad


@check
def cells_are_short():
    "at most 40 lines, or 60 where a cell is one class"
    def most(text):
        text = re.sub(r'^[%!].*$', '', text, flags=re.M)
        return 60 if [type(x) for x in ast.parse(text).body] == [ast.ClassDef] else 40
    return [f'{rel(p)}: cell {i} has {n} lines, over {most(source(c))}' for p in notebooks() for i, c in enumerate(cells(p))
            if c['cell_type'] == 'code' and (n := source(c).count('\n') + 1) > 40 and n > most(source(c))]


def newer_syntax(text):
    "What the oldest supported Python cannot read: `except*`, and a bare star in an index, as in `runs[*k, s]`"
    try: tree = ast.parse(text, feature_version=(3, 10))
    except SyntaxError as e: return str(e)
    for x in ast.walk(tree):
        if isinstance(x, ast.Subscript) and isinstance(x.slice, ast.Tuple) and any(isinstance(e, ast.Starred) for e in x.slice.elts):
            index = ast.get_source_segment(text, x.slice)
            if not (index.startswith('(') and index.endswith(')')): return f'line {x.lineno}: a star in an index needs parentheses'


@check
def code_is_python_3_10():
    code = [(f'{rel(p)}: cell {i}', re.sub(r'^(\s*)[%!].*$', r'\1pass', source(c), flags=re.M)) for p in notebooks()
            for i, c in enumerate(cells(p)) if c['cell_type'] == 'code' and not source(c).startswith('%%')]
    code += [(rel(p), p.read_text(encoding='utf-8')) for folder in ('resnet_nb', 'tools') for p in sorted((root/folder).rglob('*.py'))]
    return [f'{name}: {w}' for name, text in code if (w := newer_syntax(text))]


@check
def imports_stand_alone():
    "nbdev's docs run every import cell of a notebook that makes a module, so other code there would run too"
    bad = []
    for p in notebooks():
        if not any('#| default_exp' in source(c) for c in cells(p)): continue
        for i, c in enumerate(cells(p)):
            text = re.sub(r'^[%!].*$', '', source(c), flags=re.M)
            if c['cell_type'] != 'code' or re.search(r'^#\| *(export|eval: *false)', text, re.M): continue
            tree, kinds = ast.parse(text), (ast.Import, ast.ImportFrom)
            if any(isinstance(x, kinds) for x in ast.walk(tree)) and not all(isinstance(x, kinds) for x in tree.body):
                bad.append(f'{rel(p)}: cell {i} mixes imports with other code')
    return bad


@check
def notebooks_assert_something():
    tests = re.compile(r'\btest_\w+\(|\bassert\b')
    return [f'{rel(p)}: no assertion in {len(code)} code cells' for p in notebooks()
            if len(code := [c for c in cells(p) if c['cell_type'] == 'code']) > 8 and not any(tests.search(source(c)) for c in code)]


def undocumented(path):
    "Public functions and classes of a module without docstring, and their parameters without a comment"
    text = path.read_text(encoding='utf-8')
    tree, lines = ast.parse(text), text.split('\n')
    public = public_names(path)
    def parameters(f):
        a, said = f.args, ast.get_docstring(f) or ''
        every = [x for x in [*a.posonlyargs, *a.args, *([a.vararg] if a.vararg else []), *a.kwonlyargs, *([a.kwarg] if a.kwarg else [])] if x.arg not in ('self', 'cls', 'title')]
        for x in every: # a comment on its line, which in a function no other parameter shares, or on the line above; or `see` what explains all; or `Param(help)`; or its name in the docstring
            own = '#' in lines[x.lineno - 1] and (f.name == '__init__' or not any(y is not x and y.lineno == x.lineno for y in every))
            above = lines[x.lineno - 2].strip()
            if not (own or above.startswith('#') and not above.startswith('# %%') or '# see `' in lines[x.lineno - 1] or isinstance(x.annotation, ast.Call) or f'`{x.arg}`' in said): yield x.arg
    for x in tree.body:
        if not isinstance(x, (ast.FunctionDef, ast.ClassDef)) or x.name not in public: continue
        if not ast.get_docstring(x): yield f'{x.name}: no docstring'
        if any(ast.unparse(d).startswith('_') for d in x.decorator_list): continue # entries of a registry, which all take the same
        f = next((y for y in x.body if getattr(y, 'name', '') == '__init__'), None) if isinstance(x, ast.ClassDef) else x
        if f and (names := list(parameters(f))): yield f"{x.name}: no comment on {', '.join(names)}"


@check
def public_names_are_documented():
    return [f'{rel(p)}: {w}' for p in modules() for w in undocumented(p)]


@check
def packages_export_all_names():
    "a package's `__init__.py` names every public name of its modules, and no other"
    bad = []
    for p in sorted((root/'resnet_nb').glob('*/__init__.py')):
        call = next(x.value for x in ast.parse(p.read_text(encoding='utf-8')).body if isinstance(x, ast.Assign) and isinstance(x.value, ast.Call))
        listed = ast.literal_eval(next(k.value for k in call.keywords if k.arg == 'submod_attrs'))
        there = {m.stem: public_names(m) for m in modules() if m.parent == p.parent}
        for m in sorted(listed.keys() | there.keys()):
            bad += [f'{rel(p)} does not export {n} of {m}' for n in there.get(m, []) if n not in listed.get(m, [])]
            bad += [f'{rel(p)} exports {n} of {m}, which has no such public name' for n in listed.get(m, []) if n not in there.get(m, [])]
    return bad


longest = {'data.loaders': 360, 'cli': 370, 'training.recipes': 370} # rooms that may have more lines than the 350 of all others


@check
def rooms_are_small():
    "lines that are exported, or written into a package by hand, have at most 140 characters; a room has at most 350 lines and 25 public names, the networks' names counted as one"
    bad = [f'{rel(p)}: cell {i} exports a line of {len(line)} characters, over 140' for p in notebooks() for i, c in enumerate(cells(p))
           if c['cell_type'] == 'code' and re.search(r'^#\| *exports?\b', source(c), re.M) for line in source(c).split('\n') if len(line) > 140]
    bad += [f'{rel(p)}: line {i} has {len(line)} characters, over 140' for p in (root/'resnet_nb').rglob('__init__.py')
            for i, line in enumerate(p.read_text(encoding='utf-8').split('\n'), 1) if len(line) > 140]
    for p in modules():
        text, name = p.read_text(encoding='utf-8'), '.'.join(p.relative_to(root/'resnet_nb').with_suffix('').parts)
        lines, most = len(text.splitlines()), longest.get(name, 350)
        if lines > most: bad.append(f'{rel(p)} has {lines} lines, over {most}: split it along a seam')
        entries = {x.name for x in ast.parse(text).body if isinstance(x, ast.FunctionDef) and any(ast.unparse(d).startswith('_') for d in x.decorator_list)}
        names = set(public_names(p)) - entries
        if len(names) + bool(entries) > 25: bad.append(f'{rel(p)} has {len(names)} public names, over 25')
    return bad


rooms = ['layers blocks features weights networks models counting tables inference', 'data.augment data.files data.photos data.datasets data.folders data.sets data.loaders',
         'training.recipes training.optimizers training.recorders training.learners training.checkpoints training.runs',
         'results.metrics results.texts results.store results.plots results.reports', 'insight designs drawings diagrams views widgets web', 'cli']
may_import = {'layers': '', 'data': '', 'results': '', 'training': 'layers data results.metrics', 'insight': 'layers data results', 'cli': 'layers data training results insight'}


@check
def imports_run_one_way():
    "a module imports what stands before it in its row of `rooms`, and the rows that `may_import` names by their first word"
    rows = {name: row.split() for row in rooms for name in row.split()}
    def key(row): return row[0] if row[0] in may_import else row[0].split('.')[0]
    def imported(p, name):
        for x in ast.walk(ast.parse(p.read_text(encoding='utf-8'))):
            if isinstance(x, ast.ImportFrom) and (x.level or (x.module or '').split('.')[0] == 'resnet_nb'):
                above = name.split('.')[:-x.level] if x.level else []
                yield '.'.join([*above, *(x.module or '').removeprefix('resnet_nb').strip('.').split('.')]).strip('.')
    bad = []
    for p in modules():
        name = '.'.join(p.relative_to(root/'resnet_nb').with_suffix('').parts)
        if name not in rows: bad.append(f'{rel(p)} is in no row of rooms in tools/test.py'); continue
        row = rows[name]
        for other in filter(None, imported(p, name)):
            allowed = may_import[key(row)].split()
            fine = other in row[:row.index(name)] or any(other == a or other.startswith(a + '.') for a in allowed) or other in rows and key(rows[other]) in allowed
            if not fine: bad.append(f'{rel(p)} imports {other}, which does not stand before it')
    return bad


@check
def site_configuration():
    link = nbs/'_quarto.yml'
    bad = [] if link.is_symlink() and link.resolve() == root/'_quarto.yml' else ['nbs/_quarto.yml is no symlink to _quarto.yml']
    conf = yaml.safe_load((root/'_quarto.yml').read_text())
    bad += [f'_quarto.yml names nbs/{n}, which is missing' for n in [*conf['metadata-files'], conf['format']['html']['css'], conf['website']['image'], conf['website']['favicon']] if not (nbs/n).exists()]
    yaml.safe_load((nbs/'nbdev.yml').read_text())
    listed = re.findall(r'[\w/.-]+\.(?:ipynb|qmd)', json.dumps(yaml.safe_load((nbs/'sidebar.yml').read_text())))
    bar = [i['href'] for i in conf['website']['navbar']['left']]
    bad += [f'_quarto.yml leads to {h}, which is missing' for h in bar if h.endswith('.ipynb') and not (nbs/h).exists()]
    if 'demo/index.html' not in bar: bad.append('_quarto.yml leads nowhere to the live demo')
    start = '\n'.join(source(c) for c in cells(nbs/'index.ipynb'))
    order = [start.find(f'## {h}\n') for h in ('Install', 'The pages', 'Results')] # what a visitor came for before the long tables
    if order != sorted(order) or order[0] < 0 or start[order[0]:order[1]].count('pip install') != 1: bad.append('nbs/index.ipynb: not Install with one pip line, The pages, Results in this order')
    bad += [f'nbs/index.ipynb has no link to {n}' for n in dict.fromkeys(listed) if f']({n})' not in start and n != 'index.ipynb']
    bad += [f'nbs/sidebar.yml names {n} twice' for n in sorted(set(listed)) if listed.count(n) > 1]
    bad += [f'nbs/sidebar.yml names {n}, which is missing' for n in listed if not (nbs/n).exists()]
    return bad + [f'{rel(p)} is not in nbs/sidebar.yml' for p in notebooks() if p.relative_to(nbs).as_posix() not in listed]


@check
def internal_links():
    bad = []
    for p in [*notebooks(), root/'README.md', root/'CONTRIBUTING.md']:
        text = '\n'.join(source(c) for c in cells(p) if c['cell_type'] == 'markdown') if p.suffix == '.ipynb' else p.read_text(encoding='utf-8')
        for target in re.findall(r'\]\((?!https?:|#|mailto:|data:|attachment:)([^)\s#]+)', text):
            if not (p.parent/target).exists(): bad.append(f'{rel(p)}: dead link {target}')
    return bad


@check
def glossary_holds():
    "every term names a notebook that uses it, and a source with a web address; no term stands twice"
    path, bad, seen = nbs/'reference'/'glossary.ipynb', [], set()
    def plain(t): return re.sub('[-_]', ' ', t.lower())
    text = '\n'.join(source(c) for c in cells(path) if c['cell_type'] == 'markdown')
    for heading, body in re.findall(r'^### (.+?)\n(.*?)(?=^##|\Z)', text, re.M | re.S):
        terms = [t.strip().lower() for t in heading.split(',')]
        books = re.findall(r'\]\(([^)\s]+\.ipynb)\)', body)
        if not books or not re.search(r'\]\(https://[^)\s]+\)', body): bad.append(f'glossary: {heading}: no notebook or no source')
        for b in books:
            if not (path.parent/b).exists(): bad.append(f'glossary: {heading}: no {b}')
            elif not any(plain(t) in plain(' '.join(map(source, cells(path.parent/b)))) for t in terms): bad.append(f'glossary: {heading}: {b} does not use the term')
        bad += [f'glossary: {t} stands twice' for t in terms if t in seen]
        seen |= set(terms)
    return bad


def fractions(x):
    "All figures of a result's or a publication's metrics"
    if isinstance(x, dict): return [v for k, y in x.items() if k != 'loss' for v in fractions(y)]
    return [x] if isinstance(x, float) else []


def figures_of_results(page):
    "Accuracy, precision, recall and F1 of the runs and publications that a page names, means and deviations of runs, and the errors: percentages"
    found = []
    for name, d in json.loads((nbs/'results'/'published'/'published.json').read_text()).items():
        if name in page: found += fractions({k: v for k, v in d.items() if k != 'epochs'})
    for folder in sorted(p for p in (nbs/'results').iterdir() if p.name in page):
        runs = [json.loads(p.read_text())['metrics'] for p in folder.glob('seed*.json')]
        found += [f for r in runs for f in fractions(r)]
        for k, v in runs[0]['test'].items() if len(runs) > 1 else []:
            if k != 'loss' and v is not None: found += [f([r['test'][k] for r in runs]) for f in (mean, stdev)]
    return [100*f for f in found] + [100 - 100*f for f in found]


@check
def percentages_have_a_source():
    "a percentage in the prose is one of a result or a publication that the page names, or an output of the page, or stands in a line that cites a paper"
    bad = []
    for p in notebooks():
        prose = [re.sub(r'```.*?```', '', source(c), flags=re.S) for c in cells(p) if c['cell_type'] == 'markdown']
        known = figures_of_results(shown(cells(p)) + '\n'.join(map(source, cells(p)))) + [float(x.replace(',', '')) for x in re.findall(r'(?<![\w.])\d[\d,]*(?:\.\d+)?', shown(cells(p)))]
        for text in '\n'.join(prose).split('\n'):
            if re.search(r'^#|et al\.|Table \d|\b20\d\d\b', text): continue  # a heading, or cites a paper
            for n in re.findall(r'(\d+(?:\.\d+)?)\s?%', re.sub(r'`[^`]*`|\]\([^)]*\)', '', text)):
                near = 0.5*10**-len(n.partition('.')[2]) + 1e-9
                if not any(abs(x - float(n)) <= near or (x % 1 and abs(100*x - float(n)) <= near) for x in known): bad.append(f'{rel(p)}: {n} % is in no result, publication or output: “{text[:50]}…”')
    return bad


@check
def pages_show_all_results():
    "the pages that are made from nbs/results hold the figures that lie there now"
    from resnet_nb.results import load_results, markdown_table, published_table, results_table
    from resnet_nb.results.store import accuracy_text, by_recipe
    groups = by_recipe(r for r in load_results(path=nbs/'results') if not r['recipe']['sample'])
    every = results_table(results=[r for rs in groups.values() for r in rs])
    text, cards, start = (shown(cells(nbs/p)) for p in ('reference/results.ipynb', 'reference/recipes.ipynb', 'index.ipynb'))
    bad = [f'nbs/reference/results.ipynb does not show {row["test accuracy"]} for {row["recipe"]}: run it again' for row in every.to_dict('records')
           if row['test accuracy'].removesuffix(' (top-5)') not in text or f"`{row['recipe']}`" not in text]
    bad += [f'nbs/reference/recipes.ipynb has no card of {n}: run it again' for n in groups if f'### {n}\n' not in cards]
    pages = {'mnist': 'mnist-*', 'cifar10-small-nets': 'cifar10-resnet_*', 'cifar10-paper-nets': 'cifar10-cifar_*', 'cifar-preact12': '*-preact12-*', 'cifar100': 'cifar100-*', 'cats-vs-dogs': 'dogs_vs_cats-*'}
    for page, pattern in pages.items():
        there = shown(cells(nbs/'train'/f'{page}.ipynb'))
        bad += [f'nbs/train/{page}.ipynb does not show {row["test accuracy"]} for {row["recipe"]}: run it again' for row in every.to_dict('records')
                if fnmatch.fnmatchcase(row['recipe'], pattern) and f"| {row['recipe']} | {row['test accuracy']}" not in there]
    texts = {n: (accuracy, accuracy_text(groups[n])) for n, accuracy in every[['recipe', 'test accuracy']].values} # top-5 where that was published
    for p in notebooks():
        rows = re.findall(r'^\| `?([\w.+-]+)`? \| (\d[^|]*%[^|]*?) \|', shown(cells(p)), re.M)
        bad += [f'{rel(p)} shows {said} for {name}, which is {texts[name][0]} now: run it again' for name, said in rows if name in texts and said not in texts[name]]
    ladder = shown(cells(nbs/'explore'/'ladder.ipynb'))
    bad += [f'nbs/explore/ladder.ipynb does not show {row["test accuracy"]} for {row["recipe"]}: run it again' for row in every.to_dict('records')
            if row['recipe'].startswith('cifar10-resnet_small-') and not row['recipe'].endswith('-fast') and row['test accuracy'] not in ladder]
    rows = markdown_table(published_table(results=[r for rs in groups.values() for r in rs])).split('\n')[2:]
    bad += [f'nbs/index.ipynb does not show the row {row}: run it again' for row in rows if row not in start]
    zoo = json.loads((root/'resnet_nb'/'zoo.json').read_text())
    return bad + [f"{rel(p)} does not show {e['accuracy']:.2%} for {name} in the zoo: run it again" for p in (nbs/'library'/'weights.ipynb', nbs/'howto'/'weights.ipynb')
                  for name, e in zoo.items() if f"{e['accuracy']:.2%}" not in shown(cells(p))]


@check
def pages_show_all_models_and_recipes():
    from resnet_nb.models import list_models
    from resnet_nb.training import list_recipes
    want = {'index.ipynb': [f'{len(list_models())} networks'], 'reference/models.ipynb': [f'`{n}`' for n in list_models()]}
    bad = [f'nbs/{page} does not show {w}: run it again, after nbdev_export' for page, words in want.items() for w in words if w not in shown(cells(nbs/page))]
    waiting = {n for n in list_recipes() if not any((nbs/'results'/n).glob('seed*.json'))}
    listed = set(re.findall(r'^\| `([\w.+-]+)` \|', shown(cells(nbs/'reference'/'to_run.ipynb')), re.M))
    return bad + [f'nbs/reference/to_run.ipynb {"lists" if n in listed else "does not list"} {n}: run it again' for n in sorted(waiting ^ listed)]


@check
def reading_plan_is_current():
    "the reading plan has every page of the sidebar, by its title and description"
    plan, bad = shown(cells(nbs/'reference'/'reading_plan.ipynb')), []
    for name in re.findall(r'[\w.-]+/[\w/.-]+\.ipynb', (nbs/'sidebar.yml').read_text(encoding='utf-8')): # all but the start page
        first = source(cells(nbs/name)[0])
        title, about = re.search('^# (.+)', first)[1], re.search('^> (.+)', first, re.M)[1]
        if f'| [{title}](../{name}) | {about} |' not in plan: bad.append(f'nbs/reference/reading_plan.ipynb does not show nbs/{name} as it is: run it again')
    return bad


@check
def merges_are_finished():
    return [f'{rel(p)}: cell {i} is left over from a merge' for p in notebooks() for i, c in enumerate(cells(p)) if re.search(r'^`?(<{7}|={7}|>{7})', source(c), re.M)]


@check
def names_are_defined_once():
    bad = []
    for p in modules():
        names = [x.name for x in ast.parse(p.read_text(encoding='utf-8')).body if isinstance(x, (ast.FunctionDef, ast.ClassDef)) and not any('patch' in ast.unparse(d) for d in x.decorator_list)]
        bad += [f'{rel(p)} defines {n} twice' for n in sorted({n for n in names if names.count(n) > 1})]
    return bad


@check
def results_follow_the_contract():
    bad = []
    for p in sorted(set(nbs.glob('results/*/*.json')) - {nbs/'results'/'published'/'published.json'}):
        r = json.loads(p.read_text())
        missing = {'recipe', 'seed', 'metrics', 'per_class', 'confusion_matrix', 'history', 'seconds', 'images_per_second', 'peak_memory_mb',
                   'device', 'threads', 'versions', 'commit', 'date'} - r.keys()
        if missing: bad.append(f'{rel(p)} lacks {", ".join(sorted(missing))}')
        elif next(iter(r['recipe'])) != 'name' or r['recipe']['name'] != p.parent.name: bad.append(f'{rel(p)}: recipe.name is not first or not the folder')
        elif not 0 <= r['metrics']['test']['accuracy'] <= 1: bad.append(f'{rel(p)}: accuracy is no fraction of 1')
    return bad


@check
def results_are_of_the_book():
    "a kept result has a recipe of the book with all its fields, a regime of the vocabulary and a clean commit; its predictions give its accuracy"
    from resnet_nb.results import load_results, right_images, variant_of
    from resnet_nb.training import RECIPES, get_recipe, recipe_changes
    bad = []
    for r in load_results(path=nbs/'results'):
        name, at = r['recipe']['name'], rel(Path(r['file']))
        if name not in RECIPES: bad.append(f'{at}: {name} is not in the recipe book'); continue
        if changed := recipe_changes(get_recipe(name), r['recipe']).keys() - {'seed'}: bad.append(f"{at}: differs from the book in {', '.join(sorted(changed))}")
        if variant_of(r['recipe']).partition('+')[0] not in ('published', 'base', 'fast', 'long', 'transfer'): bad.append(f'{at}: no regime of the vocabulary')
        if not re.fullmatch('[0-9a-f]{7,40}', r['commit'] or ''): bad.append(f"{at}: commit {r['commit']} is not a clean one")
        if r['recipe']['seed'] != r['seed'] or r['run'] != f"seed{r['seed']}": bad.append(f'{at}: seed {r["seed"]}')
        if (missing := {'train_seconds', 'pflop'} - r.keys()): bad.append(f"{at} lacks {', '.join(sorted(missing))}")
        labels = nbs/'results'/'labels'/f"{r['recipe']['dataset']}.npz"
        if Path(r['file']).with_suffix('.npz').exists() and labels.exists() and right_images(r) is None: bad.append(f'{at}: its predictions do not give its accuracy')
    return bad


@check
def course_pages_have_their_parts():
    "A prediction, three exercises, then five lines of what is known now, in at most 42 cells"
    for p in sorted((nbs/'course').glob('*.ipynb')):
        text, n = '\n'.join(source(c) for c in cells(p) if c['cell_type'] == 'markdown'), len(cells(p))
        heads = re.findall(r'^## (.+)', text, re.M)
        known = re.search(r'^## What you know now\n(.*?)(?=^## |\Z)', text, re.M | re.S)
        wrong = [word for word, holds in {'does not ask to predict': '**Predict' in text, 'has fewer than three exercises': '**3.**' in text, f'has {n} cells': n <= 42,
                 'does not say what is known now, last and in five lines': known and known[1].count('\n- ') == 5
                 and [h for h in heads if h != 'Self-test'][-2:] == ['Exercises', 'What you know now']}.items() if not holds]
        yield from (f'{rel(p)} {word}' for word in wrong)


@check
def class_copy():
    "the students' copy of the course gives nothing away, and the key has every solution"
    import classroom
    with tempfile.TemporaryDirectory() as folder:
        classroom.write(Path(folder))
        return classroom.wrong(Path(folder))


@check
def model_zoo():
    import zoo
    return zoo.wrong()


@check
def web_demo(): return web_test.main()


def run_check(f): return '\n'.join(f'   {line}' for line in f())


def in_this_process(path, output):
    "What `nbdev_test` does with a notebook, everything that it prints going to a file"
    gc.freeze()  # what is imported stays: no collection looks through it again
    to = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for stream in 1, 2: os.dup2(to, stream)
    import nbdev.test
    nbdev.test.CaptureShell = partial(nbdev.test.CaptureShell, mpl_format='png')  # figures of half the resolution: nobody sees them
    os.chdir(root)
    nbdev.test.nbdev_test(path=str(path), n_workers=0)


def run_forked(path):
    "Run a notebook in a process that begins with PyTorch and fastai imported, which takes longer than many a notebook; returns success and what it printed"
    handle, output = tempfile.mkstemp()
    os.close(handle)
    child = forks.Process(target=in_this_process, args=(path, output))
    child.start(); child.join()
    printed = Path(output).read_text(errors='replace')
    os.unlink(output)
    return child.exitcode == 0, printed


def run_notebook(path):
    "nbdev_test on one notebook, in a process of its own; returns the tail of what went wrong."
    if forks: good, printed = run_forked(path)
    else:
        done = run('nbdev_test', '--path', path, '--n_workers', '0')
        good, printed = done.returncode == 0, done.stdout + done.stderr
    return '' if good and 'Success.' in printed else '\n'.join(printed.strip().split('\n')[-40:])


def keep_times(seconds):
    "Write how long the notebooks took, by path, with the machine"
    path = nbs/'reference'/'times.json'
    there = {rel(p).removeprefix('nbs/') for p in notebooks()}
    old = json.loads(path.read_text())['notebooks'] if path.exists() else {}
    path.parent.mkdir(exist_ok=True)
    done = run(sys.executable, '-c', 'from resnet_nb.training import device_name; import torch; print(device_name(torch.device("cpu")))', PYTHONPATH=str(root))
    both = {k.removeprefix('nbs/'): round(v, 1) for k, v in {**old, **seconds}.items()}
    path.write_text(json.dumps(dict(device=done.stdout.strip(), threads=int(threads), date=time.strftime('%Y-%m-%d'),
                                    notebooks={k: both[k] for k in sorted(both) if k in there}), indent=1) + '\n')


def longest_first(jobs):
    "Jobs in the order of the seconds that they took when times.json was written; the checks that open a browser among the long ones"
    times = json.loads((nbs/'reference'/'times.json').read_text())['notebooks']
    long_checks = dict(web_demo=150, explorer_in_a_browser=40)
    def seconds(job): return times.get(job[2].removeprefix('nbs/'), 15) if job[0] is run_notebook else long_checks.get(job[1].__name__, 5)
    return sorted(jobs, key=seconds, reverse=True)


forks = multiprocessing.get_context('forkserver') if sys.platform == 'linux' else None  # None: a new process for each notebook
quick = [package_equals_notebooks, notebooks_are_clean, readme_in_step, no_error_outputs, title_and_description, cells_are_short,
         imports_stand_alone, public_names_are_documented, packages_export_all_names, rooms_are_small, imports_run_one_way, site_configuration,
         internal_links, merges_are_finished, names_are_defined_once]


if __name__ == '__main__':
    words = sys.argv[1:]
    kinds = [w for w in words if w in ('notebooks', 'checks')] or ['notebooks', 'checks']
    wanted, seconds = [w for w in words if w not in ('notebooks', 'checks', '--times', '--quick')], {}
    def chosen(jobs): return [j for j in jobs if not wanted or any(w in j[2] for w in wanted)]
    jobs = chosen((run_notebook, p, rel(p)) for p in notebooks()) if 'notebooks' in kinds else []
    if forks and jobs:
        from multiprocessing import forkserver
        os.environ['PATH'] = f"{bin}{os.pathsep}{os.environ['PATH']}"  # before the server of processes starts, which keeps it
        # each process imports this file anew: what it imports in turn is there already, of which nbformat alone takes 1.4 s
        forks.set_forkserver_preload(['nbformat', 'explorer_test', 'static_widgets', 'web_test', 'nbdev.test', 'fastai.vision.all', 'matplotlib.pyplot', 'torchvision'])
        forkserver.ensure_running()  # it imports while this process does
    if 'checks' in kinds and '--quick' not in words:
        import resnet_nb.training  # once, before the threads: scikit-learn fails where it meets a torch that another thread has half imported
    if 'checks' in kinds:
        jobs += chosen((run_check, f, f.__name__.replace('_', ' ')) for f in checks)
    if '--quick' in words: jobs = [j for j in jobs if j[0] is not run_check or j[1] in quick]
    jobs = longest_first(jobs)
    print(f'== {len(jobs)} tests, {workers} at a time', flush=True)

    def one(job):
        f, what, name = job
        start = time.time()
        try: wrong = f(what)
        except Skipped as e: print(f'skipped {time.time()-start:5.1f} s  {name}: {e}', flush=True); return None
        except Exception as e: wrong = f'   {type(e).__name__}: {e}'
        if f is run_notebook and not wrong: seconds[name] = time.time() - start
        print(f"{'FAILED' if wrong else 'ok':6} {time.time()-start:6.1f} s  {name}" + (f'\n{wrong}' if wrong else ''), flush=True)
        return not wrong
    with ThreadPoolExecutor(workers) as pool: passed = list(pool.map(one, jobs))
    if '--times' in words: keep_times(seconds)
    skipped, failed = passed.count(None), passed.count(False)
    if skipped: print(f'{skipped} skipped')
    print(f'{passed.count(True)} passed, {failed} failed')
    sys.exit(0 if passed.count(True) and not failed else 1)
