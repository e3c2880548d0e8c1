"""Write a copy of the course for a class: pages without outputs and solutions for the students, a key for the teacher beside them.

    python tools/classroom.py [FOLDER]   # default: class; it may exist, and is written over

FOLDER/students holds the notebooks of nbs/course, FOLDER/teacher/key.md every exercise with its solution and what it prints,
and the answers of the self-test. Links that leave the course lead to the docs site.
"""
import configparser
import posixpath
import re
import sys
from pathlib import Path

import nbformat

from firstcells import mark, solutions, unmarked

root = Path(__file__).resolve().parent.parent
config = configparser.ConfigParser()
config.read(root/'settings.ini')
site = config['DEFAULT']['doc_host'] + config['DEFAULT']['doc_baseurl']
answer = re.compile(r'\n*<details>.*?</details>', re.S)
todo = '# Your solution'


def with_site_links(text):
    "Links to pages outside the course lead to the docs site"
    def link(m):
        page = posixpath.normpath(posixpath.join('course', m[1]))
        return m[0] if page.startswith('course/') else f"]({site}/{page.replace('.ipynb', '.html')}{m[2]})"
    return re.sub(r'\]\((?!https?:|#|mailto:)([^)#\s]+\.ipynb)((?:#[^)\s]*)?)\)', link, text)


def student(nb):
    "The notebook without outputs, solutions and folded answers"
    own = {c.id for c in solutions(nb)}
    cells, open_task = [], False
    for c in nb.cells:
        if c.cell_type == 'markdown':
            c.source, open_task = with_site_links(answer.sub('', c.source)), True
        else:
            c.outputs, c.execution_count = [], None
            if c.id in own:
                if not open_task: continue  # one empty cell an exercise
                c.source, c.metadata, open_task = todo, {}, False
        cells.append(c)
    nb.cells = cells
    return nb


def printed(cell):
    "What a cell printed"
    return ''.join(o.get('text', '') for o in cell.outputs if o.output_type == 'stream')


def key(nb):
    "Exercises, solutions and answers of a notebook as markdown"
    title = re.search('^# (.+)', nb.cells[0].source)[1]
    start = next((i for i, c in enumerate(nb.cells) if c.cell_type == 'markdown' and re.search('^## Exercises', c.source, re.M)), len(nb.cells))
    parts = [f'# {title}']
    for i, c in enumerate(nb.cells[start:]):
        if c.cell_type == 'markdown':
            text = c.source if i else c.source[c.source.index('## Exercises'):]
            text = re.sub(r'^## What you know now.*?(?=^## |\Z)', '', text, flags=re.S | re.M)
            text = re.sub(r'<details><summary>(.*?)</summary>\s*', r'*\1*: ', text).replace('</details>', '').strip()
            if not text: continue
            parts.append(with_site_links(text))
        else:
            parts.append(f'```python\n{unmarked(c.source)}\n```')
            if printed(c): parts.append(f'```\n{printed(c).rstrip()}\n```')
    return '\n\n'.join(parts)


def write(folder):
    "Write students' pages and key; returns how many pages"
    pages = sorted((root/'nbs'/'course').glob('[0-9]*.ipynb'))
    for sub in 'students', 'teacher': (folder/sub).mkdir(parents=True, exist_ok=True)
    keys = []
    for p in pages:
        keys.append(key(nbformat.read(p, 4)))
        nbformat.write(student(nbformat.read(p, 4)), folder/'students'/p.name)
    (folder/'teacher'/'key.md').write_text('\n\n'.join(keys) + '\n', encoding='utf-8')
    return len(pages)


def wrong(folder):
    "What a copy gives away, lacks or breaks"
    bad, text = [], (folder/'teacher'/'key.md').read_text(encoding='utf-8')
    for p in sorted((root/'nbs'/'course').glob('[0-9]*.ipynb')):
        full, copy = nbformat.read(p, 4), nbformat.read(folder/'students'/p.name, 4)
        nbformat.validate(copy)
        said = '\n'.join(c.source for c in copy.cells)
        if any(c.get('outputs') for c in copy.cells): bad.append(f'{p.name}: the copy holds outputs')
        if '<details>' in said: bad.append(f'{p.name}: the copy holds an answer')
        for c in solutions(full):
            if c.source in said: bad.append(f'{p.name}: the copy holds a solution')
            if unmarked(c.source) not in text: bad.append(f'{p.name}: the key lacks a solution')
        exercises = len(re.findall(r'^\*\*\d+\.\*\*', said, re.M))
        if exercises and said.count(todo) < exercises: bad.append(f'{p.name}: {exercises} exercises, {said.count(todo)} cells for them')
        if not any(mark in c.source for c in copy.cells): bad.append(f'{p.name}: the copy does not install what is missing')
    return bad


if __name__ == '__main__':
    folder = Path(next(iter(sys.argv[1:]), root/'class'))
    n = write(folder)
    print(f"{n} pages for students in {folder/'students'}, the key in {folder/'teacher'/'key.md'}")
