"""Build the docs site, or check its pages as far as that goes without Quarto; `make docs` calls it

    python tools/docs.py [--check] [--shots DIR] [PATTERN]   # PATTERN: part of a page's path, checks only those

nbdev turns the notebooks in nbs into those in _proc; here each page gets its link to Colab, alternative texts for its
figures and links to the glossary. Quarto makes the site of that in _docs. Where there is no Quarto (or with --check),
plain HTML is written to _preview instead, and those pages are checked: statically, and in a headless browser.
Exit code 1: something is wrong with the pages; 2: a tool is missing, so that not all could be checked.
"""
import argparse
import ast
import base64
import configparser
import html
import inspect
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap
import time
from functools import reduce
from importlib import import_module
from pathlib import Path
from urllib.parse import quote, unquote

import nbformat
import yaml
from bs4 import BeautifulSoup
from fastcore.docments import DocmentTbl
from nbconvert.filters import markdown2html, strip_ansi
from nbdev.doclinks import NbdevLookup

import web
from browser import Skipped, axe, get_vendor, launch, vendor
from firstcells import solutions, unmarked

root = Path(__file__).resolve().parent.parent
nbs, proc, preview = root/'nbs', root/'_proc', root/'_preview'
config = configparser.ConfigParser()
config.read(root/'settings.ini')
config = config['DEFAULT']
site = f"{config['doc_host']}{config['doc_baseurl']}/"
images = ('image/svg+xml', 'image/png', 'image/jpeg')
plain_links = r'(?<!!)\[[^\]]*\]\([^)]*\)'


# --- from nbs to _proc

def process():
    "Run nbdev's processors into _proc (only what changed). nbdev would install Quarto where there is none: a stand-in keeps it from that."
    with tempfile.TemporaryDirectory() as d:
        stand_in = Path(d)/'quarto'
        stand_in.write_text('#!/bin/sh\necho "this is no Quarto" >&2; exit 1\n')
        stand_in.chmod(0o755)
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ['PATH'], d])
        done = subprocess.run(['nbdev_proc_nbs', '--n_workers', '2'], cwd=root, env={**os.environ, 'PATH': path}, capture_output=True, text=True)
    if done.returncode: sys.exit('make docs: nbdev_proc_nbs failed:\n' + (done.stdout + done.stderr)[-3000:])
    for old in [p for p in proc.rglob('*.ipynb') if not (nbs/p.relative_to(proc)).exists()]: old.unlink()


def pages(): return sorted(p for p in proc.rglob('*.ipynb') if '_docs' not in p.parts and '.ipynb_checkpoints' not in p.parts)
def name_of(page): return page.relative_to(proc).as_posix()


def front_matter(nb):
    "Title, description and output file, which nbdev puts into the first cell."
    first = nb.cells[0]
    return yaml.safe_load(first.source.strip().strip('-')) or {} if first.cell_type == 'raw' else {}


def pandoc_id(text):
    "The id that Quarto gives a heading."
    s = re.sub(r'[^\w\s.-]', '', re.sub(r'\[([^\]]*)\]\([^)]*\)', r'\1', text)).strip().lower()
    return re.sub(r'^[^a-zA-Zα-ω]+', '', re.sub(r'\s+', '-', s)) or 'section'


def docstrings():
    "First line of the docstring of each function of the package, by name, and what fastai's methods draw."
    found = {'show_batch': 'Images of a batch with their labels', 'show_results': 'Images with their true and predicted labels', 'lr_find': 'Loss against the learning rate'}
    for p in (root/'resnet_nb').rglob('*.py'):
        for f in ast.walk(ast.parse(p.read_text(encoding='utf-8'))):
            if isinstance(f, ast.FunctionDef) and ast.get_docstring(f): found[f.name] = ast.get_docstring(f).split('\n')[0]
    return found


def words(node):
    "The text of a string or f-string in code, with dots for what is computed."
    if isinstance(node, ast.Constant) and isinstance(node.value, str): return node.value
    if isinstance(node, ast.JoinedStr): return ''.join(v.value if isinstance(v, ast.Constant) else '…' for v in node.values)


def figure_text(source, heading, docs):
    "What a figure shows: the titles and axis labels in the code that draws it, else what the function says that draws it, else the heading"
    try: calls = [c for c in ast.walk(ast.parse(re.sub(r'^[%!].*$', '', source, flags=re.M))) if isinstance(c, ast.Call)]
    except SyntaxError: return heading, False
    found = {}
    for c in sorted(calls, key=lambda c: (c.lineno, c.col_offset)):
        name = c.func.attr if isinstance(c.func, ast.Attribute) else getattr(c.func, 'id', '')
        given = [(k.arg, words(k.value)) for k in c.keywords] + [(name.removeprefix('set_'), words(a)) for a in c.args[:1]]
        for kind, text in given:
            kind = 'title' if kind == 'suptitle' else kind
            if kind in ('title', 'xlabel', 'ylabel') and text: found.setdefault(kind, []).append(text)
        if re.match(r'plot_|compare_|show_|lr_find', name) and name in docs: found.setdefault('doc', []).append(docs[name])
    parts = [*found.get('title', []), *found.get('doc', [])]
    axes = [f'{word}: ' + ', '.join(dict.fromkeys(found[k])) for k, word in (('xlabel', 'horizontal'), ('ylabel', 'vertical')) if k in found]
    if not parts and not axes: return heading, False
    return '. '.join(s.strip().rstrip('.') for s in dict.fromkeys([*(parts or [heading]), *axes])), True


def glossary_terms():
    "Terms of the glossary with the ids of their headings, longest first"
    path = nbs/'reference'/'glossary.ipynb'
    if not path.exists(): return []
    text = '\n'.join(c.source for c in nbformat.read(path, 4).cells if c.cell_type == 'markdown')
    found = [(t.strip(), pandoc_id(h)) for h in re.findall(r'^### (.+)$', text, re.M) for t in re.sub(r'\(.*?\)', '', h).split(',')]
    return sorted(found, key=lambda x: -len(x[0]))


def link_terms(source, terms, seen, up):
    "Link the first mention of each term on a page to the glossary; headings, code, formulas, tables and links stay as they are"
    keep = re.compile(rf'(```.*?```|<details>|<[^>]+>|\$\$.*?\$\$|\$[^$\n]+\$|`[^`]*`|!?\[[^\]]*\]\([^)]*\)(?:\{{[^}}]*\}})?|^#.*$|^\|.*$|\*\*[^*]+\*\*)', re.S | re.M)
    parts = keep.split(source)
    for term, anchor in terms:
        for i in range(0, len(parts), 2):
            if anchor in seen: break
            m = re.search(rf'(?<![\w-]){re.escape(term)}s?(?![\w-])', parts[i], re.I)
            if not m: continue
            link = f'[{m[0]}]({up}reference/glossary.ipynb#{anchor})'
            parts[i:i + 1] = [parts[i][:m.start()], link, parts[i][m.end():]]
            seen.add(anchor)
    return ''.join(parts)


def code_of(thing):
    "Its source; '' where Python has none"
    try: return textwrap.dedent(inspect.getsource(inspect.unwrap(getattr(thing, 'fget', thing)))).rstrip()
    except (OSError, TypeError): return ''


def fields(thing):
    "The fields of a named tuple or dataclass with their comments, as a table; '' where there are none"
    if not (text := code_of(thing)): return ''
    lines, tree = text.split('\n'), ast.parse(text).body[0]
    found = [x for x in tree.body if isinstance(x, ast.AnnAssign)]
    def row(x):
        comment = lines[x.end_lineno - 1][x.end_col_offset:].partition('#')[2] or (lines[x.lineno - 2].strip().removeprefix('#') if lines[x.lineno - 2].strip().startswith('#') else '')
        default = f'`{ast.unparse(x.value)}`' if x.value else ''
        return x.target.id, f'`{ast.unparse(x.annotation)}`', default, comment.strip().replace('|', '\\|')
    return table(['Field', 'Type', 'Default', 'Details'], map(row, found)) if found else ''


def table(head, rows):
    "A Markdown table without the columns that are empty"
    rows = [list(r) for r in rows]
    keep = [i for i in range(len(head)) if any(r[i] for r in rows)]
    line = lambda r: '| ' + ' | '.join(r[i] for i in keep) + ' |'
    return '\n'.join([line(head), line(['---']*len(head)), *map(line, rows)])


def lines_of(thing):
    "On which line of its source each parameter of a function or class stands"
    if not (text := code_of(thing.__init__ if isinstance(thing, type) else thing)): return {}
    f = next((x for x in ast.walk(ast.parse(text)) if isinstance(x, ast.FunctionDef)), None)
    return {x.arg: x.lineno for x in ast.walk(f.args) if isinstance(x, ast.arg)} if f else {}


def parameters(thing):
    "The parameters of a function with their comments, as a table: no empty columns, values as code, annotations that are no types left out"
    rows = [[c.strip() for c in re.split(r'(?<!\\)\|', l)[1:-1]] for l in str(DocmentTbl(thing)).split('\n') if l.startswith('|')]
    if len(rows) < 3: return ''
    plain = lambda t: re.sub(r'`[^`]*`|<', lambda m: '&lt;' if m[0] == '<' else m[0], t)
    def row(r):
        cells = dict(zip((h.strip('*') for h in rows[0]), r))
        kind, default = cells.get('Type', ''), cells.get('Default', '')
        kind, told = re.sub(r'\s*<[^>]*>', '', kind), re.search(r'<([^>]*)>', kind) # fastcore's `Param` shows its help as a part of the type
        if '(' in kind or kind in ('NoneType', '`NoneType`'): kind = ''
        details = re.sub(r"(?<![\w`])'([^'`|]*)'(?!\w)", r"`'\1'`", plain(cells.get('Details', '') or (told[1] if told else '')))
        return [cells.get('', '').strip('*'), kind, f'`{default}`' if default and '`' not in default else default, details]
    at, found = lines_of(thing), []
    for r in map(row, rows[2:]):
        name = r[0]
        r[0] = f'`{name}`'
        if found and not found[-1][1][3] and name in at and at[name] == at.get(found[-1][0]): # both stand in front of one comment
            r[:3] = [', '.join(dict.fromkeys(filter(None, both))) for both in zip(found.pop()[1], r[:3])]
        found.append((name, r))
    return table(['Parameter', 'Type', 'Default', 'Details'], [r for _, r in found if any(r[1:])])


def spread(line):
    "A signature with one parameter a line"
    head, _, rest = line.partition('(')
    parts, depth, quote = [''], 0, ''
    for i, ch in enumerate(rest):
        quote = '' if ch == quote else quote or (ch if ch in '\'"' else '')
        depth += 0 if quote else (ch in '([{') - (ch in ')]}')
        if depth < 0: return '\n'.join([f'{head}(', *(f'    {p.strip()},' for p in parts if p.strip()), f'){rest[i + 1:]}'])
        if ch == ',' and not depth and not quote: parts.append('')
        else: parts[-1] += ch
    return line


def entry(text, name, thing, source=False):
    "What nbdev shows of a public name: the parameters that it puts as comments into the signature become a table below the docstring; with `source`, the code folds out"
    signature = re.search(r'```python\n(.*?)\n```', text, re.S)[1]
    bare = re.sub(r' <[^>]*>(?=[,)=\n])', '', re.sub(r' # .*', '', signature)).replace(':NoneType=', '=')
    if isinstance(thing, type): bare = f'class {name}' if '*args' in bare else re.sub(r'^def ', 'class ', bare)
    line = re.sub(r'\s*\n\s*', ' ', bare).replace('( ', '(', 1).replace(', )', ')').replace(' )', ')')
    below = isinstance(thing, type) and fields(thing) or parameters(thing)
    text = text.replace(f'```python\n{signature}\n```', f'```python\n{line if len(line) <= 90 else spread(line)}\n```')
    folded = f'<details><summary>Source</summary>\n\n```python\n{code}\n```\n\n</details>' if source and (code := code_of(thing)) else ''
    return '\n\n'.join(filter(None, [text, NbdevLookup().linkify(below), folded]))


def faults(text):
    "What a reader of an API entry would stumble over"
    text = text.partition('<details>')[0]
    code, rows = re.search(r'```python\n(.*?)\n```', text, re.S)[1], [[c.strip() for c in re.split(r'(?<!\\)\|', l)[1:-1]] for l in text.split('\n') if l.startswith('|')]
    found = {'has a call for a type': re.search(r':\s*\w+[( ]?[(<]', code), 'has NoneType for a type': 'NoneType' in text, 'has markup in its table': any(re.search('<[A-Za-z]', re.sub('`[^`]*`', '', cell)) for r in rows for cell in r),
             'has curly quotes': re.search('[‘’“”]', code + ''.join(map(''.join, rows))), 'has a long line': max(map(len, code.split('\n'))) > 110,
             'has not one heading': len(re.findall(r'^#+ \S', text, re.M)) != 1}
    return [what for what, is_so in found.items() if is_so]


def api_entry(cell, source=False):
    "Each entry of a cell that nbdev has run to show a public name"
    name = re.search(r'^show_doc\(([\w.]+)', cell.source, re.M)
    for o in cell.outputs if name else []:
        text = o.get('data', {}).get('text/markdown', '')
        if '```python' not in text: continue
        thing = reduce(getattr, name[1].split('.'), import_module('resnet_nb.' + re.search(r'/blob/[^/]+/resnet_nb/([\w/]+)\.py#', text)[1].replace('/', '.').removesuffix('.__init__')))
        o.data['text/markdown'] = entry(text, name[1], thing, source)


def fold_solutions(nb):
    "Behind the heading of the exercises code folds together with its output, not alone"
    cells, own, folded = [], [c.id for c in solutions(nb)], False
    for c in nb.cells:
        solution = c.id in own
        if solution: c.source = unmarked(c.source)
        if solution != folded: cells.append(nbformat.v4.new_markdown_cell('<details><summary>Solution</summary>' if solution else '</details>'))
        cells.append(c)
        folded = solution
    nb.cells = cells + [nbformat.v4.new_markdown_cell('</details>')]*folded


cards = {'explore/explorer.ipynb': 'explorer', 'library/widgets.ipynb': 'widgets', 'howto/web_demo.ipynb': 'demo'} # pages with a picture of their own


def card(name):
    "Address of the picture that stands for a page where a link to it is shown"
    return f"{site}images/{cards.get(name, 'cover')}.png"


def shown_names(nb):
    "The public names for which a processed page has an entry with a heading"
    return [m[1] for c in nb.cells if c.cell_type == 'code' and (m := re.search(r'^show_doc\(([\w.]+)', c.source or '', re.M))]


def add_front_matter(nb, name):
    "The card's picture, and the names that the page defines for those who search"
    head = {**front_matter(nb), 'image': card(name), **({'keywords': names} if (names := shown_names(nb)) else {})}
    nb.cells[0] = nbformat.v4.new_raw_cell(f'---\n{yaml.safe_dump(head, allow_unicode=True)}---', id=nb.cells[0].id)


def improve(page, docs, terms):
    "Add to a processed page what needs the whole repository; returns the figures that have no text of their own"
    nb, name = nbformat.read(page, 4), name_of(page)
    up, heading, seen, weak, section = '../'*name.count('/'), front_matter(nb).get('title', name), set(), [], False
    done = any('colab.research.google.com' in c.source for c in nb.cells if c.cell_type == 'markdown')
    colab = f"https://colab.research.google.com/github/{config['user']}/{config['repo']}/blob/{config['branch']}/nbs/{name}"
    if not done: fold_solutions(nb)
    for c in nb.cells:
        c.metadata.pop('jupyter', None) # what is folded in Jupyter; Quarto would write it onto the page
        if c.cell_type == 'markdown': section |= bool(re.search('^## ', c.source, re.M))
        if c.cell_type == 'code' and not done:
            api_entry(c, source=name.startswith('library/'))
            for o in [] if section else c.outputs: # no heading of the third level before one of the second
                if '```python' in (t := o.get('data', {}).get('text/markdown', '')): o.data['text/markdown'] = re.sub('^### ', '## ', t, flags=re.M)
        if c.cell_type == 'markdown' and not done:
            c.source = re.sub(r'\]\(([^)\s:]*)#([^)\s]+)\)', lambda m: f']({m[1]}#{pandoc_id(unquote(m[2]))})', c.source)
            if name != 'reference/glossary.ipynb': c.source = link_terms(c.source, terms, seen, up)
        if c.cell_type == 'markdown': heading = next(reversed(re.findall(r'^#+ (.+)$', c.source, re.M)), heading)
        for o in c.get('outputs', []): # fastprogress gives its table a second time, as the text of its HTML
            if o.get('data', {}).get('text/markdown', '').startswith('```html'): del o.data['text/markdown']
        figures = [o for o in c.get('outputs', []) if any(k in images for k in o.get('data', {}))]
        if not figures or re.search(r'^#\| *fig-alt', c.source, re.M): continue
        given = [next((o.metadata.get(k, {}).get('alt') for k in images if k in o.data), None) for o in figures]
        text, own = figure_text(c.source, heading, docs)
        if not own and not all(given): weak.append(f'{name}: figure under “{heading}”')
        alts = [(g or text).replace('\n', ' ').replace("'", '’').replace('(%)', 'in percent') for g in given]
        c.source = f'#| fig-alt: {json.dumps(alts if len(alts) > 1 else alts[0], ensure_ascii=False)}\n' + c.source
    add_front_matter(nb, name)
    if not done: nb.cells.insert(1, nbformat.v4.new_markdown_cell(f'[Open in Colab]({colab}){{.colab}}'))
    nbformat.write(nb, page)
    return weak


def lost(before, after):
    "What a page has in its notebook and has no more when nbdev has processed it: lines of text, definitions that it teaches"
    def plain(text): return re.sub(r'\s+', ' ', re.sub(r'\[([^\]]*)\]\([^)]*\)(?:\{[^}]*\})?', r'\1', text)).strip()
    def texts(nb, kind): return [c.source or '' for c in nb.cells if c.cell_type == kind]
    there, code = plain('\n'.join(texts(after, 'markdown'))), '\n'.join(texts(after, 'code'))
    first, *others = texts(before, 'markdown')
    lines = [l for t in [re.sub(r'^(?:# |> ).*$', '', first, flags=re.M), *others] for l in t.split('\n') if plain(l)]
    missing = [f'the text “{plain(l)[:70]}”' for l in lines if plain(l) not in there]
    taught = [m for t in texts(before, 'code') if re.search(r'^#\| *exports\b', t, re.M) and not re.search(r'^#\| *hide', t, re.M) for m in re.findall(r'^(?:def|class) \w+', t, re.M)]
    return missing + [f'the definition {d}' for d in taught if d not in code]


def more_pages():
    "Pages that are no notebooks of the course: how to contribute, what changed, and what a wrong address shows"
    def relink(text): # links to files of the repository lead there, those to pages stay
        to = lambda m: f'({m[1][4:]})' if m[1].startswith('nbs/') and m[1].endswith('.ipynb') else f"({config['git_url']}/blob/{config['branch']}/{m[1]})"
        return re.sub(r'(?<=\])\((?!https?:|#|mailto:)([^)\s]+)\)', to, text)
    found = {'contributing': ('How to add to this repository', relink((root/'CONTRIBUTING.md').read_text(encoding='utf-8'))),
             'changelog': ('What changed from version to version', relink((root/'CHANGELOG.md').read_text(encoding='utf-8'))),
             '404': ('This address leads nowhere', '# Not here\n\nNo page has this address; perhaps it has moved. [The first page](index.ipynb) lists all pages, and the search above finds words in them.')}
    for name, (description, text) in found.items():
        title, _, body = text.strip().removeprefix('# ').partition('\n')
        head = yaml.safe_dump({'title': title, 'description': description, 'output-file': f'{name}.html'}, allow_unicode=True)
        nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_raw_cell(f'---\n{head}---'), nbformat.v4.new_markdown_cell(body.strip())])
        for c in nb.cells: c.id = f'{name}-{c.cell_type}'
        nbformat.write(nb, proc/f'{name}.ipynb')


extra = ('404.ipynb', 'changelog.ipynb', 'contributing.ipynb')


# --- what both kinds of pages need

def polish(soup):
    "What can be scrolled can be reached with the keyboard, and tables have a box that scrolls and no empty heads"
    for t in soup.select('main table'):
        for th in t.find_all('th'):
            if not th.get_text(strip=True) and not th.find('img'): th.name = 'td'; th.attrs.pop('scope', None)
        if 'table' not in (t.parent.get('class') or []):
            t.wrap(soup.new_tag('div', attrs={'class': 'table', 'tabindex': '0', 'role': 'group', 'aria-label': 'table'}))
    for p in soup.select('main pre'): p['tabindex'] = '0'


katex_hosts = r'https://cdn\.jsdelivr\.net/npm/katex[^/"\']*/dist/'
outside = re.compile(r'requirejs|require\.min\.js|jquery|polyfill|cdnjs\.cloudflare')


def finish_page(text, name):
    "A page that Quarto made, `name` its path: without outside hosts, with a canonical address, a card with a picture, links to other pages that stay on this site"
    up = '../'*name.count('/')
    soup = BeautifulSoup(re.sub(katex_hosts, f'{up}katex/', text), 'html.parser')
    for t in soup.find_all('script'):
        if outside.search(t.get('src') or '') or 'requirejs' in (t.string or '') or "define('jquery'" in (t.string or ''): t.decompose()
    for t in soup.find_all('link', href=re.compile('fonts.g(oogleapis|static)')): t.decompose()
    for t in soup.find_all('meta', attrs={'property': 'og:image'}) + soup.find_all('meta', attrs={'name': 'twitter:image'}):
        if not (root/'nbs'/t['content'].removeprefix(site)).is_file(): t['content'] = f'{site}images/cover.png'
    if not soup.find('link', rel='canonical') and soup.head: soup.head.append(soup.new_tag('link', rel='canonical', href=site + name.removesuffix('index.html')))
    for a in soup.find_all('a', href=re.compile('^' + re.escape(site))):
        if name != '404.html': a['href'] = up + a['href'].removeprefix(site) or './'
    polish(soup)
    return str(soup)


def hosts(text):
    "Addresses outside from which a page or a style sheet would fetch something"
    return re.findall(r'<script[^>]+src="(https?://[^"]+)"|<link[^>]+rel="stylesheet"[^>]+href="(https?://[^"]+)"|@import\s+(?:url\()?["\']?(https?://[^"\')]+)', text)


def finish(folder):
    "The same for a whole site: KaTeX beside the pages, no fonts from outside, the live demo and its place in the site map; returns what still comes from outside"
    if missing := get_vendor(): print(f'make docs: {missing}; the formulas come from outside')
    else: shutil.copytree(vendor/'node_modules'/'katex'/'dist', folder/'katex', ignore=shutil.ignore_patterns('*.ttf', '*.woff', '*.mjs', 'contrib', 'katex.js', 'katex.css', 'katex-swap*'), dirs_exist_ok=True)
    for p in folder.rglob('*.css'):
        old = p.read_text(encoding='utf-8')
        new = re.sub(r'@import\s+(?:url\()?["\']?https?://fonts[^;]*;', '', old)
        if new != old: p.write_text(new, encoding='utf-8')
    for p in folder.rglob('*.html'): p.write_text(finish_page(p.read_text(encoding='utf-8'), p.relative_to(folder).as_posix()), encoding='utf-8')
    web.build(folder/'demo', site=True)
    if (sitemap := folder/'sitemap.xml').exists():
        sitemap.write_text(sitemap.read_text().replace('</urlset>', f'  <url>\n    <loc>{site}demo/</loc>\n  </url>\n</urlset>'))
    return [f'{p.relative_to(folder)}: fetches {h}' for p in folder.rglob('*.html') for h in hosts(p.read_text(encoding='utf-8'))]


# --- with Quarto

def render():
    "Let Quarto make the site, and put it into _docs."
    subprocess.run(['quarto', 'render', '--no-cache'], cwd=proc, check=True)
    shutil.rmtree(root/'_docs', ignore_errors=True)
    shutil.move(proc/'_docs', root/'_docs')
    return finish(root/'_docs')


# --- without Quarto: plain pages

style = '''
:root { --bg: #fff; --fg: #212529; --soft: #f4f5f6; --line: #ced4da; --link: #2761e3; --dim: #495057; color-scheme: light dark; }
@media (prefers-color-scheme: dark) { :root { --bg: #222; --fg: #f1f1f1; --soft: #2d2d2d; --line: #555; --link: #00bc8c; --dim: #ccc; } .cell-output img { background: #fff; } }
body { margin: 0; font: 17px/1.6 "Source Sans Pro", "Segoe UI", sans-serif; background: var(--bg); color: var(--fg); }
a { color: var(--link); } .skip { position: absolute; left: -99rem; } .skip:focus { left: 0; }
header { padding: .6rem 1rem; border-bottom: 1px solid var(--line); font-weight: 600; }
header nav { display: flex; flex-wrap: wrap; gap: .2rem 1rem; } header a { text-decoration: none; }
.page { display: grid; grid-template-columns: 15rem minmax(0, 50rem); gap: 2rem; padding: 1rem; max-width: 70rem; margin: auto; }
nav ul { list-style: none; padding-left: .6rem; margin: .2rem 0; font-size: 15px; } nav p { margin: .6rem 0 0; font-weight: 600; } nav [aria-current] { font-weight: 700; }
@media (max-width: 760px) { .page { display: block; } }
@media (min-width: 761px) { nav summary { display: none; } }
pre { overflow-x: auto; background: var(--soft); padding: .6rem .8rem; font-size: 14px; white-space: pre-wrap; overflow-wrap: anywhere; }
code { font-size: .9em; overflow-wrap: anywhere; } img { max-width: 100%; height: auto; } .table { overflow-x: auto; }
div.description p { margin: 0 0 .6rem; }
table { border-collapse: collapse; font-size: 14px; } td, th { border-bottom: 1px solid var(--line); padding: .2rem .5rem; text-align: left; }
blockquote { border-left: 3px solid var(--line); margin-left: 0; padding-left: 1rem; color: var(--dim); } .katex-display { overflow-x: auto; overflow-y: hidden; }
'''


def markdown(text):
    "Quarto's markdown as HTML: attributes and div fences are dropped, formulas left to KaTeX"
    text = re.sub(r'^:::.*$', '', text, flags=re.M)
    text = re.sub(r'(\]\([^)]*\))\{[^}\n]*\}', r'\1', text)
    return markdown2html(text)


def options(source):
    "The `#| key: value` lines at the top of a cell, as Quarto reads them, and the code below them"
    lines = re.findall(r'^#\| *([\w-]+: .*)$', source, re.M)
    return yaml.safe_load('\n'.join(lines)) or {}, re.sub(r'^#\|.*\n?', '', source, flags=re.M).strip()


def output_html(o, alts):
    "One output of a cell, in the kind that Quarto prefers"
    if o.output_type == 'stream': return f'<div class="cell-output cell-output-{o.name}"><pre><code>{html.escape(strip_ansi(o.text))}</code></pre></div>'
    if o.output_type == 'error': return f'<div class="cell-output cell-output-error"><pre>{html.escape(strip_ansi(o.evalue))}</pre></div>'
    data = {k: ''.join(v) if isinstance(v, list) else v for k, v in o.data.items()}
    if 'text/markdown' in data: inside = markdown(data['text/markdown'])
    elif kind := next((k for k in images if k in data), None):
        raw = data[kind] if 'svg' not in kind else base64.b64encode(data[kind].encode()).decode()
        inside = f'<p><img src="data:{kind};base64,{raw}" alt="{html.escape(next(alts, ""))}"></p>'
    elif 'text/html' in data: inside = data['text/html']
    else: inside = f"<pre><code>{html.escape(data.get('text/plain', ''))}</code></pre>"
    return f'<div class="cell-output cell-output-display">{inside}</div>'


def code_html(cell):
    "A code cell as Quarto shows it"
    o, code = options(cell.source)
    if o.get('include') is False: return ''
    alts = o.get('fig-alt', [])
    alts = iter(alts if isinstance(alts, list) else [alts]*len(cell.outputs))
    block = f'<div class="sourceCode"><pre class="sourceCode python"><code>{html.escape(code)}</code></pre></div>' if code and o.get('echo') is not False else ''
    if block and o.get('code-fold'): block = f"<details><summary>{html.escape(str(o.get('code-summary', 'Code')))}</summary>{block}</details>"
    return f'<div class="cell">{block}' + ''.join(output_html(x, alts) for x in cell.outputs) + '</div>'


def titles(): return {name_of(p): front_matter(nbformat.read(p, 4)) for p in pages()}
def html_name(name, fm): return (Path(name).parent/fm.get('output-file', Path(name).with_suffix('.html').name)).as_posix()


def navigation(contents, name, fms, up):
    "The sidebar as nested lists"
    items = []
    for c in contents:
        if isinstance(c, dict) and 'section' in c: items.append(f"<li><p>{html.escape(c['section'])}</p>{navigation(c['contents'], name, fms, up)}</li>")
        else:
            href = c if isinstance(c, str) else c['href']
            fm = fms.get(href, {})
            current = ' aria-current="page"' if href == name else ''
            items.append(f"<li><a href=\"{up}{html_name(href, fm)}\"{current}>{html.escape(fm.get('title', href))}</a></li>")
    return '<ul>' + ''.join(items) + '</ul>'


def sections(fms, up):
    "The navigation bar of _quarto.yml"
    bar = yaml.safe_load((root/'_quarto.yml').read_text())['website']['navbar']
    def to(href): return href if re.match('https?:', href) else up + (html_name(href, fms[href]) if href in fms else href)
    return ''.join(f""" <a href="{to(i['href'])}">{html.escape(i.get('text') or i.get('aria-label', ''))}</a>""" for i in [*bar['left'], *bar['right']])


def write_page(page, fms, sidebar):
    "One processed notebook as a plain HTML page in _preview"
    nb, name = nbformat.read(page, 4), name_of(page)
    fm, up = fms[name], '../'*name.count('/')
    body = ''.join(markdown(c.source) if c.cell_type == 'markdown' else code_html(c) if c.cell_type == 'code' else '' for c in nb.cells)
    soup, used = BeautifulSoup(body, 'html.parser'), {}
    for a in soup.select('a.anchor-link'): a.decompose()
    for h in soup.find_all(re.compile('^h[1-6]$')):
        key = pandoc_id(h.get_text())
        used[key] = used.get(key, -1) + 1
        h['id'] = key + (f'-{used[key]}' if used[key] else '')
    for a in soup.find_all('a', href=True):
        href, hash, anchor = a['href'].removeprefix('./').partition('#')
        if a['href'].startswith(site): href = up + href.removeprefix(site) # links that nbdev makes of names in backticks
        elif href.endswith('.ipynb') and ':' not in href:
            to = os.path.normpath((Path(name).parent/unquote(href)).as_posix())
            href = up + html_name(to, fms.get(to, {}))
        else: continue
        a['href'] = href + hash + anchor
    title, description = html.escape(fm.get('title', '')), html.escape(fm.get('description', ''))
    katex = os.path.relpath(vendor/'node_modules'/'katex'/'dist', (preview/name).parent)
    text = f'''<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title><meta name="description" content="{description}">
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,"><link rel="stylesheet" href="{katex}/katex.min.css">
<style>{style}{(nbs/'styles.css').read_text()}</style></head><body><a class="skip" href="#content">Skip to the text</a>
<header><nav aria-label="Sections"><a href="{up}index.html">{config['title']}</a>{sections(fms, up)}</nav></header><div class="page">
<nav aria-label="Pages"><details open><summary>Pages</summary>{navigation(sidebar, name, fms, up)}</details></nav>
<main id="content"><h1 class="title">{title}</h1><div class="description">{markdown2html(fm.get('description', ''))}</div>{soup}</main></div>
<script src="{katex}/katex.min.js"></script><script src="{katex}/contrib/auto-render.min.js"></script>
<script>window.bad = []; if (window.renderMathInElement) renderMathInElement(document.querySelector('main'), {{throwOnError: false, errorCallback: (m, e) => window.bad.push(m + ': ' + e),
 delimiters: [{{left: '$$', right: '$$', display: true}}, {{left: '$', right: '$', display: false}}, {{left: '\\\\(', right: '\\\\)', display: false}}, {{left: '\\\\[', right: '\\\\]', display: true}}]}});
document.querySelectorAll('.katex-display').forEach(e => e.tabIndex = 0); // they can be scrolled
if (innerWidth < 761) document.querySelector('nav details').open = false;</script></body></html>'''
    soup = BeautifulSoup(text, 'html.parser')
    polish(soup)
    text = str(soup)
    to = preview/html_name(name, fm)
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_text(text, encoding='utf-8')


def write_preview():
    "All pages and the files they show"
    shutil.rmtree(preview, ignore_errors=True)
    fms, sidebar = titles(), yaml.safe_load((nbs/'sidebar.yml').read_text())['website']['sidebar']['contents']
    for p in pages(): write_page(p, fms, sidebar)
    web.build(preview/'demo', site=True)
    for p in nbs.rglob('*'):
        if p.suffix in ('.png', '.jpg', '.svg', '.gif', '.csv', '.json', '.txt', '.md') and p.is_file():
            to = preview/p.relative_to(nbs)
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(p, to)


# --- the checks

def chosen(pattern):
    "The pages whose notebook or HTML file has the pattern in its path"
    return {html_name(n, fm) for n, fm in titles().items() if pattern in n or pattern in html_name(n, fm)}


def static_checks(wanted):
    "What is wrong with the pages without looking at them: errors, titles, pictures, links, anchors (`make checks` compares the sidebar)"
    soups = {p: BeautifulSoup(p.read_text(encoding='utf-8'), 'html.parser') for p in sorted(preview.rglob('*.html'))}
    ids = {p: {t['id'] for t in s.find_all(id=True)} | {t['name'] for t in s.find_all('a', attrs={'name': True})} for p, s in soups.items()}
    bad = []
    for p, s in soups.items():
        name = p.relative_to(preview).as_posix()
        if name not in wanted: continue
        if not s.title.get_text().strip(): bad.append(f'{name}: no title')
        if not s.find('meta', attrs={'name': 'description'})['content'].strip(): bad.append(f'{name}: no description')
        if len(s.find_all('h1')) != 1: bad.append(f"{name}: {len(s.find_all('h1'))} headings of the first level: {[h.get_text() for h in s.find_all('h1')][1:3]}")
        if s.select('.cell-output-error'): bad.append(f'{name}: a cell with an error')
        if f'{name[:-5]}.ipynb' not in extra and not s.find('a', href=re.compile('colab.research')): bad.append(f'{name}: no link to Colab')
        for t in s.find_all('img'):
            if not t.get('alt', '').strip() and t.get('aria-hidden') != 'true': bad.append(f"{name}: picture without alternative text: {t['src'][:60]}")
        for tag, key in (('a', 'href'), ('img', 'src')):
            for t in s.find_all(tag, attrs={key: True}):
                to, _, anchor = t[key].partition('#')
                if re.match(r'[a-z]+:', to): continue
                file = (p.parent/unquote(to)).resolve() if to else p
                if file.is_dir(): file = file/'index.html'
                if not file.exists(): bad.append(f'{name}: dead link {t[key]}')
                elif anchor and file in ids and unquote(anchor) not in ids[file]: bad.append(f'{name}: no such place {t[key]}')
    return bad


views = dict(desktop=dict(viewport=dict(width=1280, height=900)), phone=dict(viewport=dict(width=390, height=844), device_scale_factor=2, is_mobile=True))
look = '''() => ({
  wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  broken: [...document.images].filter(i => !i.complete || !i.naturalWidth).map(i => i.src.slice(0, 80)), bad: window.bad})'''


def browser_checks(wanted, shots=None):
    "Open each page at two widths, in light and in dark; axe looks at each (it may find the corner of pandas' tables empty)"
    script, bad = axe(), []
    with launch() as browser:
        for view, size in views.items():
            context = browser.new_context(**size, bypass_csp=True, color_scheme='light' if view == 'desktop' else 'dark')
            context.route(re.compile('^https?:'), lambda r: r.abort())
            tab, errors = context.new_page(), []
            tab.set_default_timeout(120_000) # a busy machine takes its time over a long page
            tab.on('pageerror', lambda e: errors.append(str(e)))
            for name in sorted(wanted):
                errors.clear()
                tab.goto((preview/name).as_uri(), wait_until='load')
                seen, where = tab.evaluate(look), f'{name} ({view})'
                if seen['wide'] > 1: bad.append(f"{where}: {seen['wide']} pixels wider than the screen")
                bad += [f'{where}: picture does not load: {b}' for b in seen['broken']] + [f'{where}: formula: {b}' for b in seen['bad']] + [f'{where}: script: {e}' for e in errors]
                tab.evaluate(script)
                found = tab.evaluate('() => axe.run(document, {resultTypes: ["violations"], runOnly: ["wcag2a", "wcag2aa", "best-practice"], rules: {"empty-table-header": {enabled: false}}})')
                for v in found['violations']:
                    first = v['nodes'][0]
                    bad.append(f"{where}: axe {v['id']} ({v['impact']}, {len(v['nodes'])}): {v['help']}: {first['html'][:100]}")
                if shots:
                    Path(shots).mkdir(parents=True, exist_ok=True)
                    try: tab.screenshot(path=Path(shots)/f"{name.replace('/', '-')[:-5]}-{view}.png", full_page=True)
                    except Exception as e: print(f'note   {where}: no screenshot: {str(e).splitlines()[0]}') # the page itself is checked
            context.close()
    return bad


def main():
    args = argparse.ArgumentParser(description='Build the docs site, or check its pages as far as that goes without Quarto')
    args.add_argument('pattern', nargs='?', default='', help="part of a page's path: check only those")
    args.add_argument('--check', action='store_true', help='make no site; check the pages even where there is Quarto')
    args.add_argument('--shots', help='folder for screenshots of all pages')
    args = args.parse_args()
    start = time.time()
    process()
    docs, terms = docstrings(), glossary_terms()
    if not (wanted := chosen(args.pattern)): sys.exit(f'no page has {args.pattern} in its path')
    more_pages()
    weak = [w for p in pages() if name_of(p) not in extra for w in improve(p, docs, terms)]
    if shutil.which('quarto') and not args.check: sys.exit('\n'.join(render()) or 0)
    if not args.check: print('make docs: no quarto on PATH, so no site in _docs (https://quarto.org/docs/get-started); plain pages in _preview are checked instead')
    print(f'{time.time()-start:6.1f} s  nbdev: {len(pages())} pages', flush=True)
    missing = get_vendor()
    write_preview()
    bad = static_checks(wanted)
    print(f'{time.time()-start:6.1f} s  titles, pictures, links, anchors', flush=True)
    if not missing:
        try: bad += browser_checks(wanted, args.shots)
        except Skipped as e: missing = str(e)
        else: print(f'{time.time()-start:6.1f} s  opened in a browser, {" and ".join(views)}, with axe', flush=True)
    for w in weak: print('note   ' + w + ' has only its heading as alternative text: give the figure a title, or the cell a `#| fig-alt:` line')
    for b in bad: print('FAILED ' + b)
    if missing: print(f'NOT CHECKED in a browser: {missing}')
    print(f'{len(wanted)} pages, {len(bad)} failed')
    sys.exit(1 if bad else 2 if missing else 0)


if __name__ == '__main__': main()
