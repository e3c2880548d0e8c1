"""Keep the small trained networks beside their results: weights, cards, and the registry in the package.

    python tools/zoo.py [FOLDER …]    # FOLDER: runs that `resnet_nb_train` left, or folders of such runs

Of each run, nbs/results/RECIPE/ gets seedN.json and, under 6 MB and if its recipe is the recommended one or `base`,
seedN.safetensors. The zoo is asked by data set and model, so it has one network of each pair: that of the recommended
recipe where its weights are kept, else that of `base`. Then the cards
nbs/results/RECIPE/README.md and resnet_nb/zoo.json are written anew from what is in nbs/results.
"""
import hashlib
import json
import shutil
import sys
from configparser import ConfigParser
from pathlib import Path

from safetensors import SafetensorError, safe_open

from resnet_nb.data import get_dataset
from resnet_nb.results import accuracy_text, load_results, pflop_text, recommended, time_text
from resnet_nb.training import RECIPES

root = Path(__file__).resolve().parent.parent
limit_mb, total_mb = 6, 25     # a file of weights; all together
shipped = 'mnist-resnet_small-base' # in the wheel too: the demo's


def address():
    "Where the repository's files can be downloaded."
    config = ConfigParser(delimiters=['='])
    config.read(root/'settings.ini', encoding='utf-8')
    c = config['DEFAULT']
    return f"{c['git_url']}/raw/{c['branch']}/nbs/results/"


def header(path):
    "The recipe, classes and shapes that a file of weights tells of itself."
    with safe_open(path, 'np') as f: about, shapes = f.metadata() or {}, {k: f.get_slice(k).get_shape() for k in f.keys()}
    return json.loads(about.get('recipe', '{}')), json.loads(about.get('classes', '[]')), shapes


def keeps(name, data, model, results):
    "Whether the weights of a recipe are kept at all."
    return name.endswith('-base') or name == recommended(data, model, load_results(f'{data}-{model}-*', results))


def kept(results):
    "(weights, result) of each data set and model that has weights: of the recommended recipe first, of its lowest seed."
    first, pairs = {}, {}
    for w in sorted(results.glob('*/seed*.safetensors'), key=lambda p: (p.parent.name, int(p.stem[4:]))): first.setdefault(w.parent.name, w)
    for name, w in first.items():
        result = json.loads(w.with_suffix('.json').read_text(encoding='utf-8'))
        pair = result['recipe']['dataset'], result['recipe']['model']
        if pair not in pairs or name == recommended(*pair, load_results('-'.join(pair) + '-*', results)): pairs[pair] = w, result
    return list(pairs.values())


def entry(weights, result):
    "What the registry says of one network."
    r, (_, classes, shapes) = result['recipe'], header(weights)
    file, ds = f'{weights.parent.name}/{weights.name}', get_dataset(r['dataset'])
    size = r['size'] or ds.size
    return dict(model=r['model'], dataset=r['dataset'], options=r['model_options'], num_classes=len(classes), in_channels=shapes['conv1.weight'][1],
                transforms=dict(resize=size, size=size, mean=list(ds.mean), std=list(ds.std)),
                accuracy=result['metrics']['test']['accuracy'], file=file, bytes=weights.stat().st_size,
                sha256=hashlib.sha256(weights.read_bytes()).hexdigest(), url=address() + file)


def registry(results): return json.dumps({w.parent.name: entry(w, r) for w, r in kept(results)}, indent=1) + '\n'


def card(weights, result):
    "The page of one network, in Markdown."
    r, e, m, n = result['recipe'], entry(weights, result), result['metrics']['test'], result['n']
    whole = RECIPES[r['name']]['epochs'] if r['name'] in RECIPES else r['epochs']
    epochs = f"{r['epochs']}{f' of its {whole}' if r['epochs'] < whole else ''} epochs"
    rows = {'data': f"{r['dataset']}: {n['train']:,} training, {n['valid']:,} validation and {n['test']:,} test images; input {e['in_channels']} channel{'s' if e['in_channels'] > 1 else ''}, normalized as in `resnet_nb.data.get_dataset({r['dataset']!r})`",
            'network': f"`{r['model']}`{' with ' + json.dumps(r['model_options']) if r['model_options'] else ''}, {e['num_classes']} classes, {result['params']:,} parameters",
            'recipe': f"`{r['name']}`, seed {result['seed']}: {epochs} in batches of {r['bs']}, {r['optimizer']} with {r['schedule']}, rate {r['lr']:g}, decay {r['wd']:g}{', started from weights: ' + str(r['weights']) if r['weights'] else ''}; `{weights.stem}.json` has every field",
            'test accuracy': f"{accuracy_text([result])}, loss {m['loss']:.4f}, macro F1 {m['f1']:.4f}; the test set was used once, after training",
            'cost': f"{pflop_text(result.get('pflop'))} PFLOP; training time {time_text([result])} on {result['device']}, {result['precision']}",
            'date': f"{result['date']}, commit {result['commit']}",
            'versions': ', '.join(f'{k} {v}' for k, v in result['versions'].items() if v),
            'file': f"`{weights.name}`, {e['bytes']:,} bytes",
            'SHA-256': f"`{e['sha256']}`"}
    table = '\n'.join(f'| {k} | {v} |' for k, v in rows.items())
    return f"""# {r['name']}

`{r['model']}` trained on {r['dataset']} with this repository's recipe for {epochs}, {m['accuracy']:.2%} on the test set.

| | |
|---|---|
{table}

```python
from resnet_nb.models import create_model
model = create_model({r['model']!r}, weights={r['dataset']!r}).eval()
```

`tools/zoo.py` wrote this page from `{weights.stem}.json`.
"""


def take(run, results):
    "Copy one run's result and weights; returns what was done in one line."
    for f in ('result.json', 'model.safetensors'):
        if not (run/f).exists(): raise ValueError(f'no {f}: this is no finished run')
    result, (recipe, *_) = json.loads((run/'result.json').read_text(encoding='utf-8')), header(run/'model.safetensors')
    r = result['recipe']
    if r != recipe: raise ValueError('the weights are of another recipe than the result')
    if r['sample']: raise ValueError(f"trained on the sample of {r['dataset']}, which says nothing about accuracy")
    to, size = results/r['name']/f"seed{result['seed']}", (run/'model.safetensors').stat().st_size/1e6
    to.parent.mkdir(parents=True, exist_ok=True)
    to.with_suffix('.json').write_text(json.dumps(result, indent=1, allow_nan=False) + '\n', encoding='utf-8')
    if not keeps(r['name'], r['dataset'], r['model'], results): return f"{r['name']} seed {result['seed']}: result kept, not the weights: the recipe is neither recommended nor `base`"
    if size > limit_mb: return f"{r['name']} seed {result['seed']}: result kept; the weights have {size:.1f} MB, over {limit_mb}"
    shutil.copyfile(run/'model.safetensors', to.with_suffix('.safetensors'))
    return f"{r['name']} seed {result['seed']}: result and weights kept, {size:.2f} MB"


def wrong(results=root/'nbs'/'results', package=root/'resnet_nb'):
    "What is not as it should be: sizes, checksums, cards, and weights that do not belong to their result."
    bad, listed = [], json.loads((package/'zoo.json').read_text(encoding='utf-8'))
    for w in results.glob('*/*.safetensors'):
        if not w.with_suffix('.json').exists(): bad.append(f'{w.name} of {w.parent.name} has no result')
        elif header(w)[0] != json.loads(w.with_suffix('.json').read_text(encoding='utf-8'))['recipe']: bad.append(f'{w.parent.name}: the weights are of another recipe than the result')
        elif not keeps(w.parent.name, *(header(w)[0][k] for k in ('dataset', 'model')), results): bad.append(f'{w.parent.name}: the recipe is neither recommended nor `base`, whose weights alone are kept')
        if w.stat().st_size > limit_mb*1e6: bad.append(f'{w.parent.name}: {w.stat().st_size/1e6:.1f} MB of weights, over {limit_mb}')
    if bad: return bad
    if (total := sum(w.stat().st_size for w in results.glob('*/*.safetensors'))/1e6) > total_mb: bad.append(f'{total:.1f} MB of weights together, over {total_mb}')
    found = dict((w.parent.name, (w, r)) for w, r in kept(results))
    if shipped not in found: bad.append(f'no weights of {shipped}, which the package ships')
    for name in found.keys() | listed.keys():
        if name not in found: bad.append(f'zoo.json lists {name}, whose weights are not in nbs/results')
        elif listed.get(name) != (now := entry(*found[name])):
            bad.append(f"{name}: zoo.json differs in {', '.join(k for k in now if listed.get(name, {}).get(k) != now[k])}: run tools/zoo.py, if the new file is meant")
        elif not (page := found[name][0].parent/'README.md').exists() or page.read_text(encoding='utf-8') != card(*found[name]): bad.append(f'{name}: its README.md is not what tools/zoo.py writes')
    return bad


def main(folders, results=root/'nbs'/'results', package=root/'resnet_nb'):
    for folder in map(Path, folders):
        runs = sorted(f.parent for f in folder.rglob('model.safetensors')) or [folder]
        for run in runs:
            try: print(take(run, results))
            except (ValueError, SafetensorError) as e: sys.exit(f'zoo: {run}: {e}')
    for w, r in kept(results): (w.parent/'README.md').write_text(card(w, r), encoding='utf-8')
    (package/'zoo.json').write_text(registry(results), encoding='utf-8')
    sizes = [w.stat().st_size/1e6 for w, _ in kept(results)]
    print(f'{len(sizes)} networks in the zoo, {sum(sizes):.2f} MB')
    for line in wrong(results, package): print(f'wrong: {line}')


if __name__ == '__main__': main(sys.argv[1:])
