"""Make resnet_nb/samples: a few hundred real images of each set, so that the notebooks run where the full sets are absent.

    RESNET_NB_DATA=FOLDER python tools/make_samples.py    # reads the full sets from FOLDER; the same files come out each time
"""
import os
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

from resnet_nb.data import DATASETS, decode_photo, load_raw, photo_files

out = Path(__file__).resolve().parent.parent/'resnet_nb'/'samples'
# images of each class from the training set and from the test set; `more` for single classes
counts = {'mnist': (40, 20), 'cifar10': (32, 10), 'cifar100': (5, 1)}
more = {'cifar10': {'cat': (64, 30), 'dog': (64, 30)}}


def chosen(labels, name, part, rng):
    "Sorted indices of a random choice from each class."
    n = {c: more.get(name, {}).get(k, counts[name])[part] for c, k in enumerate(DATASETS[name].classes)}
    return np.sort(np.concatenate([rng.choice(np.flatnonzero(labels == c), n[c], replace=False) for c in n]))


def save(path, arrays):
    "A compressed .npz whose bytes do not depend on the date."
    with zipfile.ZipFile(path, 'w') as z:
        for name, a in arrays.items():
            info = zipfile.ZipInfo(f'{name}.npy', (1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            with z.open(info, 'w') as f: np.lib.format.write_array(f, a)


for name in counts:
    rng, arrays = np.random.default_rng(0), {}
    for part, split in enumerate(('train', 'test')):
        x, y = load_raw(name, split)
        i = chosen(y.numpy(), name, part, rng)
        arrays |= {f'{split}_images': x[i].numpy(), f'{split}_labels': y[i].numpy().astype(np.uint8), f'{split}_index': i.astype(np.int32)}
        if name == 'cifar100': arrays[f'{split}_coarse'] = load_raw('cifar100_coarse', split)[1][i].numpy().astype(np.uint8)
    save(out/f'{name}.npz', arrays)
    print(f'{name}: {len(arrays["train_labels"])} + {len(arrays["test_labels"])} images, {(out/f"{name}.npz").stat().st_size/1e6:.2f} MB')

os.environ['RESNET_NB_DATA'] = os.environ.get('PETS_DATA') or os.environ['RESNET_NB_DATA'] # their folder, where it is another one
# Oxford-IIIT Pet (CC BY-SA 4.0): six photos of each breed as one picture, a column for each breed; the first four are for training, the last two for testing

files, labels = (a + b for a, b in zip(photo_files('pets', 'train'), photo_files('pets', 'test')))
sheet, names = np.zeros((6*64, 37*64, 3), np.uint8), []
for breed in range(37):
    for row, f in enumerate(sorted(f for f, label in zip(files, labels) if label == breed)[:6]):
        sheet[row*64:row*64+64, breed*64:breed*64+64] = decode_photo(f, 64).transpose(1, 2, 0)
        names.append(f.name)
Image.fromarray(sheet).save(out/'pets.jpg', quality=80, optimize=True)
print(f'pets: {len(names)} photos, {(out/"pets.jpg").stat().st_size/1e6:.2f} MB')
