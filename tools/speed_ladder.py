"""One change of a recipe at a time: processor seconds of training and accuracy on held-out images, kept for the page on speed

    python tools/speed_ladder.py RECIPE LABEL AFTER [FIELD=VALUE …]    # values as JSON: epochs=10 augment='{"crop_pad": 2}'

AFTER is the label of the line that this one changes in one thing, '' for the first of a recipe.
A tenth of the training images validates. A line is added to nbs/explore/speed/ladder.jsonl. Minutes on one thread.
"""
import json
import sys
import time
from pathlib import Path

root = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(root))

import torch

from resnet_nb.training import checkout_commit, device_name, fit, get_recipe, learner, library_versions, predict

name, label, after, *changes = sys.argv[1:]
changes = {k: json.loads(v) for k, v in (c.split('=', 1) for c in changes)}
learn = learner(get_recipe(name, **{'valid_pct': 0.1, **changes}), device='cpu', quiet=True)
start = time.process_time()
fit(learn)
seconds = time.process_time() - start


def accuracy(flip):
    p, y = predict(learn.model, learn.dls.valid, flip=flip)
    return (p.argmax(1) == y).float().mean().item()


row = dict(recipe=name, label=label, after=after or None, changes=changes, seed=learn.recipe.seed, epochs=learn.recipe.epochs, seconds=round(seconds, 1), valid=accuracy(False),
           mirrored=accuracy(True), n=len(learn.dls.valid.dataset), threads=torch.get_num_threads(), device=device_name(torch.device('cpu')),
           torch=library_versions()['torch'], commit=checkout_commit(), note='')
with open(root/'nbs'/'explore'/'speed'/'ladder.jsonl', 'a') as f: f.write(json.dumps(row) + '\n')
print(row)
