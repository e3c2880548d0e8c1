"""Try the package as somebody who does not know the repository: build it, install it in an empty environment, use it

    python tools/strangers.py [PYTHON …] [--keep DIR]    # default: the Python that runs this; `make strangers` calls it

Wheel and sdist are built from a copy of the tree; the wheel is built from the sdist, so the sdist is whole. Each
environment gets the newest dependencies of the day (no constraints), and tools/smoke.py runs in it outside the tree.
"""
import argparse
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

from test import copy_of_tree

root = Path(__file__).resolve().parent.parent
limit_mb = 5
notebooks_or_data = ('.ipynb', '.pt', '.pth', '.safetensors', '.onnx')
demo = 'resnet_nb/results/mnist-resnet_small-base/seed0.safetensors'  # the only weights that the wheel carries


def run(*cmd, **kw):
    "Run a command, its output on the terminal; ends the program where it fails."
    done = subprocess.run([str(c) for c in cmd], **kw)
    if done.returncode: sys.exit(f"strangers: {' '.join(map(str, cmd))} failed")


def build(to):
    "Build sdist and wheel into a folder; returns the wheel."
    tree = copy_of_tree()
    try: run(sys.executable, '-m', 'build', '--outdir', to, tree, stdout=subprocess.DEVNULL)
    finally: shutil.rmtree(tree)
    return next(to.glob('*.whl'))


def wrong_with(wheel, sdist):
    "What the two archives should not be."
    names, size = zipfile.ZipFile(wheel).namelist(), wheel.stat().st_size/1e6
    with tarfile.open(sdist) as t: source = [n.split('/', 1)[-1] for n in t.getnames()]
    bad = [f'{n} in the wheel' for n in names if n != demo and n.endswith(notebooks_or_data) or n.split('/')[0] in ('nbs', 'tools', 'tests')]
    need = ['resnet_nb/py.typed', 'resnet_nb/__init__.py', 'resnet_nb/zoo.json', *(f'resnet_nb/samples/{d}.npz' for d in ('mnist', 'cifar10', 'cifar100'))]
    bad += [f'no {n} in the wheel' for n in [*need, demo, 'resnet_nb/results/published/published.json'] if n not in names] + [f'no {n} in the sdist' for n in [*need, 'settings.ini', 'setup.py', 'LICENSE'] if n not in source]
    if not any(n.endswith('LICENSE') for n in names): bad.append('no licence in the wheel')
    if size > limit_mb: bad.append(f'the wheel has {size:.1f} MB, over {limit_mb}')
    print(f'== {wheel.name}: {size:.2f} MB, {len(names)} files; {sdist.name}: {sdist.stat().st_size/1e6:.2f} MB, {len(source)} files')
    return bad


def environment(python, at, wheel):
    "An environment that holds the wheel and the newest versions of what it needs; returns its Python."
    exe = at/('Scripts' if sys.platform == 'win32' else 'bin')/'python'
    if uv := shutil.which('uv'):
        run(uv, 'venv', '-q', '--no-config', '--python', python, at)
        run(uv, 'pip', 'install', '-q', '--python', exe, wheel, cwd=at)
    else:
        run(python, '-m', 'venv', at)
        run(exe, '-m', 'pip', 'install', '-q', '--disable-pip-version-check', wheel, cwd=at)
    return exe


def main():
    args = argparse.ArgumentParser(description='Build the package, install it in empty environments, use it')
    args.add_argument('python', nargs='*', default=[sys.executable], help='Pythons to make environments of')
    args.add_argument('--keep', type=Path, help='work in this folder and leave it there')
    args = args.parse_args()
    work = args.keep.resolve() if args.keep else Path(tempfile.mkdtemp(prefix='strangers-'))
    failed = False
    try:
        print('== building', flush=True)
        wheel = build(work/'dist')
        bad = wrong_with(wheel, next((work/'dist').glob('*.tar.gz')))
        for line in bad: print('FAILED ' + line)
        failed = bool(bad)
        for i, python in enumerate(args.python):
            print(f'== installing for {Path(python).name if "/" in python else python}', flush=True)
            here = work/f'outside{i}'
            here.mkdir(parents=True)
            exe = environment(python, work/f'env{i}', wheel)
            shutil.copy(root/'tools'/'smoke.py', here)
            failed |= subprocess.run([str(exe), '-I', 'smoke.py'], cwd=here).returncode != 0
    finally:
        if not args.keep: shutil.rmtree(work, ignore_errors=True)
    sys.exit(failed)


if __name__ == '__main__': main()
