"""What somebody who only installed the package may expect of it, run outside the repository by `make strangers`

    python smoke.py    # in an empty folder, with the Python of the environment that is to be tried
"""
import builtins
import csv
import json
import os
import subprocess
import sys
import time
import warnings
from importlib import metadata, resources
from pathlib import Path

modules = [*'layers blocks features weights networks models counting tables'.split(),
           *(f'data.{m}' for m in 'augment files photos datasets folders sets loaders'.split()),
           *(f'training.{m}' for m in 'recipes optimizers recorders learners checkpoints runs'.split()),
           *(f'results.{m}' for m in 'metrics texts store plots reports'.split()), 'data', 'training', 'results',
           *'cli inference insight designs drawings diagrams views web'.split()]
ours = [f'resnet_nb.{m}' for m in modules]
kinds = ['DeprecationWarning', 'PendingDeprecationWarning', 'FutureWarning']
# in commands: the third field of a filter is an exact module name, so each of ours has its own
env = {**os.environ, 'PYTHONWARNINGS': ','.join(f'error::{k}:{m}' for k in kinds for m in [*ours, '__main__']), 'PYTHONPATH': ''}
for k in kinds: warnings.filterwarnings('error', category=getattr(builtins, k), module=r'resnet_nb|__main__')
steps = []


def step(f):
    "Register a step: it asserts, and returns what there is to say."
    steps.append(f)
    return f


def command(*words, rc=0):
    "Run a command of this environment; returns stdout and stderr together."
    exe = Path(sys.executable).parent/words[0]
    done = subprocess.run([exe if exe.exists() else words[0], *words[1:]], env=env, capture_output=True, text=True, timeout=900)
    assert done.returncode == rc, f"{' '.join(map(str, words))}: exit code {done.returncode}, not {rc}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


@step
def versions():
    import resnet_nb
    assert resnet_nb.__version__ == metadata.version('resnet_nb')
    assert 'site-packages' in Path(resnet_nb.__file__).parts, f'imported from {resnet_nb.__file__}, not from the installed wheel'
    assert (resources.files('resnet_nb')/'py.typed').is_file()
    names = ['resnet_nb', 'torch', 'torchvision', 'fastai', 'fastcore', 'numpy', 'scikit-learn', 'pandas', 'matplotlib']
    return f'python {sys.version.split()[0]}, ' + ', '.join(f'{n} {metadata.version(n)}' for n in names)


@step
def imports():
    watch = '''
import json, sys, traceback
seen = {}
class Watch:
    def find_spec(self, name, path=None, target=None):
        if name in ('nbdev', 'execnb', 'IPython') and name not in seen:
            frames = [f.f_globals.get('__name__', '') for f, _ in traceback.walk_stack(None)]
            seen[name] = next(n for n in frames if n and not n.startswith(('importlib', '__main__', 'traceback')))
sys.meta_path.insert(0, Watch())
import importlib
for m in sys.argv[1:]: importlib.import_module(m)
heavy = [m for m in ('fastai', 'torchvision', 'matplotlib', 'pandas', 'IPython', 'nbdev') if m in sys.modules]
print(json.dumps([[f'{n} by {by}' for n, by in seen.items()], heavy]))
'''
    asked, loaded = json.loads(command('python', '-c', watch, *ours).strip().split('\n')[-1])
    assert 'nbdev' not in loaded and not any('by resnet_nb' in a for a in asked), f'asked for: {asked}; loaded: {loaded}'
    light = json.loads(command('python', '-c', watch, *ours[:8]).strip().split('\n')[-1])
    assert light == [[], []], f'the networks and their tables import more than torch: {light}'
    return f"none of ours imports nbdev or IPython; asked for by others: {', '.join(asked) or 'neither'}; loaded: {', '.join(loaded)}"


@step
def every_model():
    from resnet_nb.models import list_models, meta_model, model_info
    from resnet_nb.tables import model_totals
    for name in list_models():
        assert model_totals(meta_model(name), model_info(name).input_size).params > 0
    return f'{len(list_models())} networks built on the meta device and counted'


@step
def weights():
    import torch
    import torchvision
    from safetensors.torch import save_file
    from resnet_nb.weights import WeightsMismatch, load_weights
    from resnet_nb.models import create_model
    theirs = torchvision.models.resnet18().eval()
    save_file(theirs.state_dict(), 'resnet18.safetensors')
    torch.save(theirs.state_dict(), 'resnet18.pth')
    x = torch.randn(2, 3, 64, 64)
    for file in ('resnet18.safetensors', 'resnet18.pth'):
        mine = create_model('resnet18', weights=file).eval()
        with torch.inference_mode(): assert torch.equal(mine(x), theirs(x)), file
    try: load_weights(create_model('resnet34'), 'resnet18.pth')
    except WeightsMismatch: pass
    else: raise AssertionError('weights of another network were accepted')
    return "torchvision's weights give torchvision's logits; those of another network are refused"


@step
def trained():
    import torch
    from resnet_nb.data import get_dataset, load_raw, normalized
    from resnet_nb.models import create_model
    from resnet_nb.results import get_published, list_published
    model, ds = create_model('resnet_small', weights='mnist').eval(), get_dataset('mnist')
    x, y = load_raw('mnist', 'test', sample=True)
    with torch.inference_mode(): right = (model(normalized(x, ds)).argmax(1) == y).float().mean().item()
    assert right > 0.97, right
    assert all(get_published(n) for n in list_published()) and get_published('cifar10-resnet_small')['history'] is not None
    return f"the MNIST network in the package: {right:.1%} of the sample's test digits; {len(list_published())} published figures"


@step
def tables():
    out = command('resnet_nb_summary', 'resnet50')
    assert '25,557,032' in out, out
    assert 'cifar_resnet110' in command('resnet_nb_models', 'cifar_*')
    return 'resnet_nb_summary and resnet_nb_models print their tables'


@step
def train_in_python():
    from resnet_nb.training import get_recipe, train
    result = train(get_recipe('digits', epochs=3), 'py', device='cpu', quiet=True, say=lambda s: None)
    assert result['metrics']['test']['accuracy'] > 0.5 and json.loads(Path('py/result.json').read_text())['commit'] is None
    return f"3 epochs of digits: test accuracy {result['metrics']['test']['accuracy']:.1%}"


@step
def train_resume_report():
    out = command('resnet_nb_train', 'digits', '--out', 'cli', '--device', 'cpu', '--budget', '0.1s', '--quiet')
    assert '--resume' in out and Path('cli/checkpoint.pt').exists(), out
    out = command('resnet_nb_train', 'digits', '--out', 'cli', '--device', 'cpu', '--resume', '--quiet')
    assert 'going on after epoch 1 of 30' in out, out
    made = sorted(p.name for p in Path('cli').iterdir())
    assert {'model.safetensors', 'report.md', 'result.json'} < set(made) and any(n.endswith('.png') for n in made), made
    accuracy = json.loads(Path('cli/result.json').read_text())['metrics']['test']['accuracy']
    assert accuracy > 0.95, accuracy
    return f'stopped by its time budget, resumed, reported: test accuracy {accuracy:.1%}'


@step
def samples():
    from resnet_nb.data import load_raw
    sizes = {name: len(load_raw(name, 'train', sample=True)[1]) for name in ('mnist', 'cifar10', 'cifar100')}
    assert all(sizes.values())
    return 'samples in the package: ' + ', '.join(f'{n} {k}' for n, k in sizes.items())


@step
def predict():
    from PIL import Image
    from sklearn.datasets import load_digits
    d = load_digits()
    folder = Path('pictures')
    folder.mkdir()
    for i in range(20): Image.fromarray((d.images[i]*255/16).astype('uint8')).save(folder/f'{i:02}_{d.target[i]}.png')
    command('resnet_nb_predict', 'cli', folder, '--out', 'good.csv')
    rows = list(csv.DictReader(open('good.csv')))
    right = sum(r['class'] == r['file'].split('_')[-1][0] for r in rows)
    assert len(rows) == 20 and right >= 18, (len(rows), right)
    (folder/'notes.txt').write_text('no image')
    out = command('resnet_nb_predict', 'cli', folder, '--out', 'all.csv', rc=1)
    assert 'notes.txt' in out and len(list(csv.DictReader(open('all.csv')))) == 20, out
    assert command('resnet_nb_predict', 'nowhere', folder, rc=2).count('\n') == 1
    return f'{right} of 20 pictures right; a text file reported, exit code 1; a missing run in one line, exit code 2'


if __name__ == '__main__':
    failed = 0
    for f in steps:
        start, name = time.time(), f.__name__.replace('_', ' ')
        try: said, mark = f(), 'ok'
        except Exception as e: said, mark, failed = f'{type(e).__name__}: {e}', 'FAILED', failed + 1
        print(f'{mark:6} {time.time()-start:6.1f} s  {name}: {said}', flush=True)
    print(f'{len(steps)-failed} passed, {failed} failed')
    sys.exit(failed > 0)
