"""What a GPU shows in at most 15 minutes, written as it goes, the most valuable first

    python tools/gpu.py [--tiny] [--minutes 14] [--out gpu.json] [PART …]   # parts: checks speed race long
    python tools/gpu.py --pack FOLDER                                        # what a machine without network needs, see below

checks  loader, graphs, bfloat16, averaged weights, resume and compile give the processor's results within a tolerance
speed   Learner against the bare loop, the loader alone, with and without CUDA graphs and torch.compile
race    seconds to 94 % and 96 % on CIFAR-10 with residual networks from our blocks, beside airbench94 and airbench96, in turns
long    recipes of the regime `long`, as many as the time allows; results in a folder beside the output

Nothing has to be installed: with `resnet_nb` and its requirements on PYTHONPATH the script runs on torch >= 2.11 without network.
`--pack` copies package, script, CIFAR-10 and CIFAR-100 and the requirements beyond PyTorch into a folder; there it is run as
`PYTHONPATH=.:libs RESNET_NB_DATA=data python tools/gpu.py`. `--tiny` runs all of it in small on any device.
"""
import argparse
import dataclasses
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from pathlib import Path

warnings.filterwarnings('ignore')
root = Path(__file__).resolve().parent.parent
begun = time.monotonic()


def pack(folder):
    "Write a folder that runs on a machine with Python 3.12 and PyTorch alone"
    from resnet_nb.data.files import data_path
    folder = Path(folder)
    for name in 'resnet_nb', 'tools': shutil.copytree(root/name, folder/name, dirs_exist_ok=True, ignore=shutil.ignore_patterns('__pycache__'))
    (folder/'data').mkdir(exist_ok=True)
    for name in 'cifar-10-batches-py', 'cifar-100-python': shutil.copytree(data_path()/name, folder/'data'/name, dirs_exist_ok=True)
    there = r'^(torch|torchvision|triton|nvidia-.*|cuda-.*|sympy|mpmath|networkx|jinja2|markupsafe|fsspec)$' # comes with PyTorch
    listed = subprocess.run([sys.executable, '-m', 'uv', 'pip', 'compile', '-q', '--python-version', '3.12', '--no-header', '--no-annotate', '-c',
                             root/'constraints.txt', root/'setup.py'], capture_output=True, text=True, check=True).stdout.split('\n')
    wanted = [p for p in listed if p and not re.match(there, p.partition('==')[0])]
    subprocess.run([sys.executable, '-m', 'pip', 'install', '-q', '--no-deps', '--target', folder/'libs', '--python-version', '3.12',
                    '--platform', 'manylinux_2_28_x86_64', '--platform', 'manylinux2014_x86_64', '--only-binary', ':all:', *wanted], check=True)
    done = subprocess.run([sys.executable, '-m', 'pip', 'download', '-q', '--no-deps', '--no-build-isolation', '-d', folder, 'airbench'])
    for source in folder.glob('airbench*.tar.gz'):
        shutil.unpack_archive(source, folder/'source')
        shutil.copytree(next((folder/'source').glob('*/airbench')), folder/'libs'/'airbench', dirs_exist_ok=True)
        shutil.rmtree(folder/'source'); source.unlink()
    size = sum(p.stat().st_size for p in folder.rglob('*') if p.is_file())
    print(f'{folder}: {size/1e6:.0f} MB' + ('' if done.returncode == 0 else '; without airbench'))


class Report:
    "A JSON file that is whole after each entry"
    def __init__(self, path, about):
        self.path, self.rows = Path(path), dict(about=about, entries=[])
        self.path.parent.mkdir(parents=True, exist_ok=True)

    def add(self, part, name, **values):
        row = dict(part=part, name=name, at=round(time.monotonic() - begun, 1), **values)
        self.rows['entries'].append(row)
        new = self.path.with_suffix('.part')
        new.write_text(json.dumps(self.rows, indent=1) + '\n')
        os.replace(new, self.path)
        print(f"{row['at']:6.0f} s  {part:6}  {name:44}", *(f'{k}={v:.4g}' if isinstance(v, float) else f'{k}={v}' for k, v in values.items()), flush=True)


def guarded(report, part, name, f, *args):
    "Add what `f` returns; what goes wrong is an entry too, and the rest goes on"
    try: report.add(part, name, **f(*args))
    except Exception as e: report.add(part, name, failed=f'{type(e).__name__}: {e}'[:300], where=traceback.format_exc().strip().split('\n')[-3:-1])


def seconds_of(f, device):
    "What a function returns, and its seconds on the device"
    sync(device); start = time.perf_counter()
    result = f()
    sync(device)
    return result, time.perf_counter() - start


def sync(device):
    if device.type == 'cuda': torch.cuda.synchronize()


def losses(history): return [h['valid_loss'] for h in history]


# ---- checks

def small_recipe(o, **changes):
    "A run of seconds that uses what the long ones use"
    fields = dict(precision='float32', epochs=2, bs=64, sample=True, grow_from=0, **({} if o.tiny else dict(epochs=4)))
    return get_recipe('cifar10-resnet_small-fast', **{**fields, **changes})


def same_batches(o):
    "Largest difference of a batch between the devices, in standard deviations of a channel"
    ours, cpu = ([b for b, _ in zip(get_dls(small_recipe(o), d).train, range(3))] for d in (o.device, 'cpu'))
    assert all(torch.equal(a[1].cpu(), b[1]) for a, b in zip(ours, cpu))
    worst = max((a[0].cpu() - b[0]).abs().max().item() for a, b in zip(ours, cpu))
    return dict(difference=worst, tolerance=1e-4, ok=worst < 1e-4)


def one_step(o, name):
    "Relative difference of the gradient of one step, float32 without TF32, between the devices"
    x, y = get_dls(small_recipe(o), 'cpu').train.one_batch()
    grads = []
    for device in (o.device, torch.device('cpu')):
        torch.manual_seed(0)
        model = create_model(name, num_classes=10).to(device).train()
        torch.nn.functional.cross_entropy(model(x.to(device)), y.to(device)).backward()
        grads.append(torch.cat([p.grad.flatten().cpu() for p in model.parameters()]))
    worst = ((grads[0] - grads[1]).norm()/grads[1].norm()).item()
    return dict(difference=worst, tolerance=0.01, ok=worst < 0.01)


def run_losses(o, device=None, **changes):
    learn = learner(small_recipe(o, **changes), device=device or o.device, quiet=True)
    fit(learn)
    return losses(learn.recorder.history)


def same_losses(o, plain, tolerance, **changes):
    "Largest relative difference of an epoch's validation loss between a run with a change and one without"
    if not plain: plain += run_losses(o) # once for all comparisons
    worst = max(abs(a/b - 1) for a, b in zip(run_losses(o, **changes), plain))
    return dict(difference=worst, tolerance=tolerance, ok=worst < tolerance)


def resumed(o, **changes):
    "Are the weights of a run that was stopped after an epoch those of an unbroken one, to the last bit?"
    from fastai.callback.core import Callback
    class Stop(Callback):
        "Ctrl-C in the second epoch"
        def after_batch(self):
            if self.training and len(self.recorder.history) == 1: raise KeyboardInterrupt
    r, work = small_recipe(o, ema=0.9, **changes), Path(tempfile.mkdtemp())
    train(r, work/'whole', device=o.device, quiet=True)
    (work/'stopped').mkdir()
    try: fit(learner(r, device=o.device, quiet=True, cbs=[Checkpoint(work/'stopped'), Stop()]))
    except KeyboardInterrupt: pass
    assert load_checkpoint(work/'stopped')['epoch'] == 1
    train(r, work/'stopped', device=o.device, quiet=True, resume=True)
    a, b = (load_file(work/k/'model.safetensors') for k in ('whole', 'stopped'))
    return dict(ok=all(torch.equal(a[k], b[k]) for k in a))


def checks(report, o):
    torch.backends.cudnn.deterministic, torch.backends.cudnn.allow_tf32 = True, False
    guarded(report, 'checks', 'batches as on the processor', same_batches, o)
    for name in ('resnet_small',) if o.tiny else ('resnet_small', 'cifar_resnet56', 'preact12'): guarded(report, 'checks', f'gradient of {name}', one_step, o, name)
    plain = []
    for what, changes, tolerance in [('on the processor', dict(device='cpu'), 0.1), ('with bfloat16', dict(precision='bf16'), 0.1),
                                     ('with CUDA graphs', dict(cuda_graph=True), 0.02), ('with compile', dict(compile=True), 0.05)]:
        guarded(report, 'checks', f'losses {what} as without', lambda: same_losses(o, plain, tolerance, **changes))
    guarded(report, 'checks', 'resume, averaged weights', resumed, o)
    guarded(report, 'checks', 'resume with bfloat16 and graphs', lambda o: resumed(o, precision='bf16', cuda_graph=True), o)
    torch.backends.cudnn.deterministic, torch.backends.cudnn.allow_tf32 = False, True


# ---- speed

def speed_recipe(o, name, bs, **changes):
    fields = dict(bs=bs, epochs=1, sample=o.tiny, precision='bf16')
    if o.tiny: fields['bs'] = 64
    return get_recipe(f'cifar10-{name}-base', **{**fields, **changes})


def loader_speed(o):
    dl = get_dls(speed_recipe(o, 'resnet_small', 512), o.device).train
    for _ in dl: pass
    _, s = seconds_of(lambda: [None for _ in dl], o.device)
    return dict(images_per_second=len(dl)*dl.bs/s)


def against_bare(o, name, bs, turns):
    "Seconds of the second epoch: bare loop and Learner, in turns"
    r = speed_recipe(o, name, bs)
    dls = get_dls(r, o.device)

    def bare():
        model = get_model(r).to(o.device, memory_format=torch.channels_last).train()
        opt = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, nesterov=True, fused=True)
        def epoch():
            for x, y in dls.train:
                with torch.autocast(o.device.type, torch.bfloat16): out = model(x)
                torch.nn.functional.cross_entropy(out.float(), y).backward()
                opt.step(); opt.zero_grad()
        epoch()
        return seconds_of(epoch, o.device)[1]

    def ours():
        learn = learner(dataclasses.replace(r, epochs=2), dls=dls, device=o.device, quiet=True)
        fit(learn)
        return learn.recorder.history[-1]['seconds']
    pairs = [(bare(), ours()) for _ in range(turns)]
    a, b = map(statistics.median, zip(*pairs))
    n = len(dls.train)*r.bs
    return dict(bs=r.bs, bare=n/a, learner=n/b, ratio=a/b, turns=turns)


def ways(o, name, bs, turns):
    "Seconds of the second epoch: as it is, with CUDA graphs, compiled, in turns"
    seconds = {}
    for _ in range(turns):
        for way, changes in dict(launched={}, graph=dict(cuda_graph=True), compiled=dict(compile=True)).items():
            learn = learner(speed_recipe(o, name, bs, epochs=2, **changes), device=o.device, quiet=True)
            fit(learn)
            seconds.setdefault(way, []).append(learn.recorder.history[-1]['seconds'])
    m = {k: statistics.median(v) for k, v in seconds.items()}
    return dict(bs=bs, **m, graph_ratio=m['launched']/m['graph'], compiled_ratio=m['launched']/m['compiled'], turns=turns)


def speed(report, o):
    turns = 1 if o.tiny else 3
    guarded(report, 'speed', 'loader alone', loader_speed, o)
    for name, bs in (('resnet_small', 128),) if o.tiny else (('cifar_resnet56', 256), ('resnet_large', 512), ('preact12', 256)):
        guarded(report, 'speed', f'Learner against the bare loop, {name}', against_bare, o, name, bs, turns)
        guarded(report, 'speed', f'graphs and compile, {name}', ways, o, name, bs, turns)


# ---- race

def race_recipe(o, target, seed):
    "Our runner for a target: a residual network with batch norm and shortcuts, Muon, growing images, mirrored in turns"
    fields = dict(seed=seed, bs=512, lr=0.1, wd=0.0125, optimizer='muon', precision='bf16', cuda_graph=True, label_smoothing=0.1, tta=True, valid_pct=0.001)
    if target == 0.94: fields.update(epochs=14, grow_from=20, augment=dict(crop_pad=4, alt_flip=True))
    else: fields.update(model='resnet18', model_options=dict(stem='cifar', zero_init_last=True), epochs=24, grow_from=20, bs=256,
                        augment=dict(crop_pad=4, alt_flip=True, cutout=12))
    if o.tiny: fields.update(epochs=2, bs=64, sample=True, valid_pct=0.1, **({'model': 'resnet_medium'} if target == 0.96 else {'model': 'resnet_small'}), model_options={})
    return get_recipe('cifar10-resnet_large-fast', **fields)


def our_run(o, target, seed):
    "Seconds of training (every epoch, recordings of graphs included) and accuracy at the end, plain and mirrored"
    learn = learner(race_recipe(o, target, seed), device=o.device, quiet=True)
    fit(learn)
    s = sum(h['seconds'] for h in learn.recorder.history)
    def accuracy(flip):
        p, y = predict(learn.model, learn.dls.test, flip=flip)
        return (p.argmax(1) == y).float().mean().item()
    mirrored = accuracy(True)
    return dict(seconds=s, accuracy=accuracy(False), mirrored=mirrored, epochs=learn.recipe.epochs,
                network=learn.recipe.model, reached=mirrored >= target)


def their_run(airbench, target):
    "airbench's own function: accuracy (mirrored and shifted images averaged) and seconds with its evaluation"
    name = f'train{target*100:.0f}'
    accuracy, s = seconds_of(lambda: getattr(airbench, name)(verbose=False), torch.device('cuda'))
    return dict(seconds=s, accuracy=float(accuracy), reached=accuracy >= target)


def race(report, o):
    try: import airbench
    except ImportError: airbench = None
    if airbench and o.device.type != 'cuda': airbench = None
    if not airbench: report.add('race', 'airbench', skipped='not there, or no CUDA: only our runs')
    for target in (0.94, 0.96):
        if airbench:
            os.chdir(tempfile.mkdtemp()) # it looks for CIFAR-10 in the working folder, and writes there
            Path('cifar10').mkdir()
            Path('cifar10/cifar-10-batches-py').symlink_to(data_path()/'cifar-10-batches-py')
            guarded(report, 'race', f'airbench{target*100:.0f} warms up', lambda: dict(seconds=seconds_of(lambda: getattr(airbench, f'warmup{target*100:.0f}')(verbose=False), o.device)[1]))
        for seed in range(1 if o.tiny else 3):
            if left(o) < (60 if o.tiny else 120): report.add('race', f'{target:.0%}, seed {seed}', skipped='out of time'); break
            guarded(report, 'race', f'{target:.0%}: ours, seed {seed}', our_run, o, target, seed)
            if airbench: guarded(report, 'race', f'{target:.0%}: airbench, turn {seed}', their_run, airbench, target)


# ---- long

def long(report, o):
    "Recipes of the regime `long` in the order of value, each with the time that is left as its budget"
    names = 'cifar10-cifar_resnet20-long cifar10-preact12-long cifar100-preact12-long cifar10-cifar_resnet56-long cifar100-resnet50-long'.split()
    for name in names[:1] if o.tiny else names:
        if left(o) < 30: report.add('long', name, skipped='out of time'); continue
        r = get_recipe(name, **(dict(epochs=2, sample=True, bs=64, grow_from=0) if o.tiny else {}))
        out = report.path.parent/'runs'/name

        def run():
            try: result = train(r, out/'seed0', device=o.device, quiet=True, resume=True, budget=max(10, left(o) - 15))
            except BudgetReached as e: return dict(epochs=e.epochs, of=r.epochs, folder=str(out))
            return dict(seconds=result['seconds']['train'], accuracy=result['metrics']['test']['accuracy'], folder=str(out))
        guarded(report, 'long', name, run)


def left(o): return 60*o.minutes - (time.monotonic() - begun)


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('parts', nargs='*', default=['checks', 'speed', 'race', 'long'], help='checks, speed, race, long (default: all)')
    parser.add_argument('--tiny', action='store_true', help='all of it in small, on any device')
    parser.add_argument('--minutes', type=float, default=14, help='of all parts together (default: 14)')
    parser.add_argument('--out', default='gpu.json', help='where the report goes (default: gpu.json)')
    parser.add_argument('--pack', metavar='FOLDER', help='write what a machine without network needs')
    o = parser.parse_args()
    sys.path.insert(0, str(root))
    if o.pack: sys.exit(pack(o.pack))
    import torch
    from safetensors.torch import load_file
    from resnet_nb.models import create_model
    from resnet_nb.data.files import data_path
    from resnet_nb.training.checkpoints import BudgetReached, Checkpoint, load_checkpoint
    from resnet_nb.training import device_name, fit, get_dls, get_model, get_recipe, learner, library_versions, pick_device, predict, train
    if 'RESNET_NB_DATA' in os.environ: os.environ['RESNET_NB_DATA'] = str(data_path().resolve()) # the working folder will change
    o.device, o.out = pick_device(None), Path(o.out).resolve()
    report = Report(o.out, dict(device=device_name(o.device), versions=library_versions(), tiny=o.tiny, minutes=o.minutes, date=time.strftime('%Y-%m-%d')))
    print(f"{report.rows['about']['device']}, torch {torch.__version__}, into {o.out}", flush=True)
    for part in o.parts:
        if left(o) < 20: report.add(part, 'all', skipped='out of time')
        else: guarded(report, part, 'done', lambda: globals()[part](report, o) or {})
    bad = [e['name'] for e in report.rows['entries'] if 'failed' in e or e.get('ok') is False]
    print('all went well' if not bad else f"went wrong: {', '.join(bad)}")
    sys.exit(bool(bad))
