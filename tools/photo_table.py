"""Time a folder of photos against fastai's own loaders, measure the memory of a large one, and keep both for the page on your own pictures

    python tools/photo_table.py speed FOLDER [N]   # N (600) JPEG photos of a folder, a minute or two
    python tools/photo_table.py memory [N …]       # N (100,000) generated photos each: 16 GB of disk and half an hour
    python tools/photo_table.py ways FOLDER        # a ResNet-18 with ImageNet weights, trained four ways on a folder with a sub-folder for each class

The tables go to nbs/howto/your_pictures.json. `OMP_NUM_THREADS` sets the threads.
"""
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path
from statistics import median

warnings.filterwarnings('ignore')
root = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(root))

import numpy as np
import torch
from PIL import Image

from resnet_nb.data import Augment, dataloaders, dataset_from_folder, exhaust
from resnet_nb.training import device_name

kept, SIZE, BS = root/'nbs'/'howto'/'your_pictures.json', 224, 50


def timed(f):
    start = time.perf_counter()
    f()
    return time.perf_counter() - start


def speed(folder, n=600, rounds=3):
    "Seconds of an epoch, the ways in turns: decoded by fastai, here for the first time, and here later on; of the same photos"
    from fastai.vision.all import FlipItem, ImageDataLoaders, Normalize, Resize, imagenet_stats
    with tempfile.TemporaryDirectory() as tmp:
        files = sorted(Path(folder).rglob('*.jpg'))
        for i, f in enumerate(random.Random(0).sample(files, n)):
            for part in ('train', *(['valid', 'test'] if i < 20 else [])): # all are trained on, and a few are there once more
                (to := Path(tmp)/'photos'/part/'ab'[i % 2]).mkdir(parents=True, exist_ok=True)
                (to/f'{i}.jpg').write_bytes(f.read_bytes() + bytes([len(part)]))
        photos, ways = Path(tmp)/'photos', {}

        def first():
            os.environ['RESNET_NB_DATA'] = tempfile.mkdtemp(dir=tmp) # nothing is decoded yet
            ds = dataset_from_folder(photos, size=SIZE, say=lambda s: None)
            ways['later epochs, from the cache'] = lambda: exhaust(dls.train)
            dls = dataloaders(ds, bs=BS, augment=Augment(hflip=True), device='cpu')
            exhaust(dls.train)

        for workers in (0, 2):
            theirs = ImageDataLoaders.from_folder(photos, train='train', valid='test', bs=BS, item_tfms=[Resize(SIZE), FlipItem()],
                batch_tfms=[Normalize.from_stats(*imagenet_stats, cuda=False)], num_workers=workers, device='cpu')
            ways[f'every epoch, fastai, {workers} workers'] = lambda dl=theirs.train: exhaust(dl)
        ways['first epoch, decoding included'] = first
        first() # so that there is something to read from the cache
        seconds = {k: [] for k in ways}
        for _ in range(rounds + 1):
            for k, f in list(ways.items()): seconds[k].append(timed(f))
        return dict(photos=n, size=SIZE, rounds=rounds, threads=torch.get_num_threads(), seconds={k: median(v[1:]) for k, v in seconds.items()})


def peak():
    "The most memory that this process had at any time, bytes"
    status = Path('/proc/self/status') # on Linux; what getrusage tells there includes the process that started this one
    if status.exists(): return int(status.read_text().split('VmHWM:')[1].split()[0])*1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def generate(folder, n):
    "n photos of 256 x 256 pixels, no two files alike: 200 pictures of clouds, with a number after the end of the JPEG"
    rng, clouds = np.random.default_rng(0), []
    for i in range(200):
        small = Image.fromarray(rng.integers(0, 256, (8, 8, 3), dtype=np.uint8))
        small.resize((256, 256), Image.Resampling.BICUBIC).save(folder/'cloud.jpg', quality=85)
        clouds.append((folder/'cloud.jpg').read_bytes())
    (folder/'cloud.jpg').unlink()
    for c in range(100): (folder/f'class {c}').mkdir()
    for i in range(n): (folder/f'class {i % 100}'/f'{i:06}.jpg').write_bytes(clouds[i % 200] + i.to_bytes(4, 'big'))


def read(folder):
    "What a user does with a folder: index, decode and keep, an epoch in random order; memory after each step"
    steps = {'start': peak()}
    ds = dataset_from_folder(folder, size=SIZE)
    steps['indexed and decoded'] = peak()
    dls, seen = dataloaders(ds, bs=BS, augment=Augment(hflip=True), device='cpu'), 0
    start = time.perf_counter()
    for x, y in dls.train: seen += len(x)
    steps['an epoch read'] = peak()
    held = dls.train.dataset.images
    print(json.dumps(dict(peak=steps, trained_on=seen, seconds_epoch=time.perf_counter() - start, kind=type(held).__name__)))


def memory(n):
    "The memory of a process of its own, and the size of what it reads"
    with tempfile.TemporaryDirectory() as tmp:
        (folder := Path(tmp)/'generated').mkdir()
        generate(folder, n)
        env = {**os.environ, 'RESNET_NB_DATA': f'{tmp}/data'}
        start = time.perf_counter()
        done = subprocess.run([sys.executable, '-W', 'ignore', __file__, 'read', str(folder)], env=env, text=True, stdout=subprocess.PIPE, check=True)
        print(done.stdout)
        found = json.loads(done.stdout.splitlines()[-1])
        cache = sum(f.stat().st_size for f in (Path(tmp)/'data').rglob('*') if f.is_file())
        return dict(photos=n, size=SIZE, cache_bytes=cache, seconds=time.perf_counter() - start, **found)


def ways(folder):
    "Accuracy on the same test photos and processor seconds, from photos to weights, of the ways that the page names"
    from fastai.vision.all import ImageDataLoaders, Learner, Normalize, Resize, aug_transforms, imagenet_stats, set_seed
    from sklearn.linear_model import LogisticRegression
    from resnet_nb.models import create_model
    from resnet_nb.training import fit, for_few, learner, recipe_for
    ds = dataset_from_folder(folder, size=SIZE)
    def network(classes): return create_model('resnet18', num_classes=classes, weights='imagenet')
    def right(learn, dl):
        with learn.no_bar(): probs, labels = learn.get_preds(dl=dl)
        return (probs.argmax(1) == labels).float().mean().item()

    def five_lines():
        dls = dataloaders(ds, bs=32, augment=Augment(crop_pad=2, hflip=True), device='cpu')
        learn = Learner(dls, network(len(ds.classes)))
        with learn.no_bar(): learn.fit_one_cycle(5, 1e-3)
        return right(learn, dls.test)

    def by_recipe():
        learn = learner(for_few(recipe_for(ds.name), int(0.9*sum(ds.about['counts']['train']))), data=ds, device='cpu', quiet=True)
        fit(learn)
        return right(learn, learn.dls.test)

    def fastai():
        with tempfile.TemporaryDirectory() as tmp: # the parts that were cut above
            for part in 'train', 'test':
                for f in map(Path, ds.about['files'][part]):
                    (to := Path(tmp)/part/f.parent.name).mkdir(parents=True, exist_ok=True)
                    shutil.copy(f, to)
            dls = ImageDataLoaders.from_folder(tmp, train='train', valid='test', bs=32, item_tfms=Resize(SIZE), device='cpu', num_workers=0,
                                               batch_tfms=[*aug_transforms(size=SIZE), Normalize.from_stats(*imagenet_stats, cuda=False)])
            learn = Learner(dls, network(dls.c))
            with learn.no_bar(): learn.fit_one_cycle(5, 1e-3)
            return right(learn, dls.valid)

    def features():
        net, dls = network(0).eval(), dataloaders(ds, bs=32, device='cpu')
        with torch.inference_mode(): found = {k: [(net(x), y) for x, y in dl] for k, dl in dict(train=dls.train_eval, valid=dls.valid, test=dls.test).items()}
        x, y = (torch.cat([b[i] for k in ('train', 'valid') for b in found[k]]).numpy() for i in (0, 1))
        clf = LogisticRegression(C=0.1, max_iter=500).fit(x, y)
        return clf.score(*(torch.cat([b[i] for b in found['test']]).numpy() for i in (0, 1)))

    rows = {}
    for name, way in {'five lines': five_lines, 'inside fastai': fastai, 'suggested recipe': by_recipe, 'frozen features': features}.items():
        set_seed(0)
        start = time.process_time()
        accuracy = way()
        rows[name] = dict(accuracy=accuracy, seconds=time.process_time() - start)
        print(name, rows[name], flush=True)
    counts = ds.about['counts']
    return dict(classes=len(ds.classes), train=sum(counts['train']), test=sum(counts['test']), threads=torch.get_num_threads(), ways=rows)


if __name__ == '__main__':
    what, *rest = sys.argv[1:]
    if what == 'read': sys.exit(read(Path(rest[0])))
    if what == 'memory': found = {f'memory {n}': memory(int(n)) for n in rest or [100_000]}
    else: found = {what: dict(speed=speed, ways=ways)[what](rest[0], *map(int, rest[1:]))}
    table = json.loads(kept.read_text()) if kept.exists() else {}
    about = dict(device=device_name(torch.device('cpu')), torch=torch.__version__, date=time.strftime('%Y-%m-%d'))
    for k, v in found.items():
        table[k] = dict(about=about, **v)
        print(k, json.dumps(v, indent=1))
    kept.write_text(json.dumps(table, indent=1) + '\n')
