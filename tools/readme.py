"Write README.md from nbs/index.ipynb with nbconvert; `--check` only compares. Needs no Quarto."
import re
import sys
from pathlib import Path

import nbformat
from nbconvert import MarkdownExporter

root = Path(__file__).resolve().parent.parent
nbs = root/'nbs'
note = '<!-- Written by `make readme` from nbs/index.ipynb: edit that notebook. -->\n\n'


def directives(cell):
    "The `#| name` directives at the top of a code cell."
    return {m[1] for m in re.finditer(r'^#\|\s*([\w-]+)', cell.source, re.M)} if cell.cell_type == 'code' else set()


def prepare(nb):
    "Drop hidden cells, directive lines and HTML outputs, as the docs site does."
    nb.metadata['language_info'] = {'name': 'python'}  # marks the code blocks
    nb.cells = [c for c in nb.cells if 'hide' not in directives(c)]
    for c in nb.cells:
        if c.cell_type != 'code': continue
        if 'echo' in directives(c): c.metadata['transient'] = {'remove_source': True}
        c.source = re.sub(r'^#\|.*\n?', '', c.source, flags=re.M).strip()
        for o in c.outputs:
            if 'text/markdown' in o.get('data', {}): o['data'] = {'text/markdown': o['data']['text/markdown']}
            else: o.get('data', {}).pop('text/html', None)
    return nb


def readme_text():
    "The README that nbs/index.ipynb gives."
    exporter = MarkdownExporter(exclude_input_prompt=True, exclude_output_prompt=True)
    text, resources = exporter.from_notebook_node(prepare(nbformat.read(nbs/'index.ipynb', 4)))
    if resources.get('outputs'): sys.exit('nbs/index.ipynb: show pictures as files in nbs/images, not as cell outputs')
    # links are relative to nbs/ in the notebook and to the root in the README
    def relink(m): return m[1] + ('nbs/' + m[2] if (nbs/m[2].split('#')[0]).exists() else m[2])
    text = re.sub(r'(\]\()(?!https?:|#|/)([^)\s]+)', relink, text)
    text = re.sub(r'(src=")(?!https?:|#|/)([^"]+)', relink, text)
    return note + re.sub(r'\n{3,}', '\n\n', text).strip() + '\n'


if __name__ == '__main__':
    path, text = root/'README.md', readme_text()
    if '--check' not in sys.argv: path.write_text(text, encoding='utf-8')
    elif path.read_text(encoding='utf-8') != text: sys.exit('README.md is not what nbs/index.ipynb gives: run `make readme`')
