"""Time the ways to run a network on this machine's processor, in turns in one process, and keep the table for the page on fast inference

    python tools/inference_table.py [NETWORK …]    # resnet18 resnet50 accuracy, minutes each; the table goes to nbs/howto/fast_inference.json

Same weights in all: torchvision's and timm's own network, ours, and what the page makes of ours. The accuracies are those of a
network trained on CIFAR-10 that went the same ways. `OMP_NUM_THREADS` sets the threads.
"""
import copy
import json
import sys
import tempfile
import time
import warnings
from pathlib import Path
from statistics import median

warnings.filterwarnings('ignore')
root = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(root))

import onnxruntime
import timm
import torch
import torch._inductor.config
import torchvision
from torch import nn

from resnet_nb.data import get_dataset, load_raw, normalized
from resnet_nb.inference import fast, quantize, runtime
from resnet_nb.models import create_model
from resnet_nb.training import device_name
from resnet_nb.weights import load_weights

torch._inductor.config.freezing = True # weights as constants
kept = root/'nbs'/'howto'/'fast_inference.json'


def ways(ours, x, seen):
    "Functions from images to logits, by name; `seen` are images that show the ranges of the activations"
    folder = Path(tempfile.mkdtemp())
    torch.onnx.export(ours, (x,), str(folder/'net.onnx'), input_names=['x'], dynamic_shapes=({0: 'n'},), external_data=False, verbose=False)
    quantize(folder/'net.onnx', folder/'net8.onnx', seen)
    plain, half = fast(ours), fast(ours, torch.bfloat16)
    last = copy.deepcopy(ours).to(memory_format=torch.channels_last)
    return {'eager': ours, 'channels last': lambda x: last(x.contiguous(memory_format=torch.channels_last)),
            'folded, channels last': plain, 'folded, channels last, compiled': torch.compile(plain, dynamic=False),
            'folded, channels last, bfloat16': half, 'folded, channels last, bfloat16, compiled': torch.compile(half, dynamic=False),
            'onnxruntime': runtime(folder/'net.onnx', torch.get_num_threads()), 'onnxruntime, 8 bits': runtime(folder/'net8.onnx', torch.get_num_threads())}


@torch.inference_mode()
def seconds(ways, x, rounds):
    "Median seconds of each way, in turns after one call each to warm up"
    times = {k: [] for k in ways}
    for i in range(rounds + 1):
        for k, f in ways.items():
            time.sleep(0.05) # onnxruntime's threads spin for a while after their work
            start = time.perf_counter()
            f(x)
            if i: times[k].append(time.perf_counter() - start)
    return {k: median(v) for k, v in times.items()}


def speeds(name):
    torch.manual_seed(0)
    theirs = getattr(torchvision.models, name)().eval()
    for m in theirs.modules():
        if isinstance(m, nn.BatchNorm2d): m.running_mean.normal_(0, .1); m.running_var.uniform_(.5, 1.5)
    ours = load_weights(create_model(name), theirs.state_dict()).eval()
    timms = timm.create_model(name).eval()
    timms.load_state_dict(theirs.state_dict())
    x = torch.randn(32, 3, 224, 224)
    every = {'torchvision': theirs, 'timm': timms, **ways(ours, x[:2], x.numpy()[:8])}
    with torch.inference_mode():
        right = theirs(x)
        off = {k: ((f(x) - right).abs().max()/right.abs().max()).item() for k, f in every.items()}
    one, many = seconds(every, x[:1], 15), seconds(every, x, 2)
    return {k: dict(latency=one[k], throughput=32/many[k], difference=off[k]) for k in every}


def accuracies(n=2000):
    "Accuracy on the first `n` images of CIFAR-10's test set of a trained network, each way"
    ds = get_dataset('cifar10')
    images, labels = (o[:n] for o in load_raw('cifar10', 'test'))
    x = normalized(images, ds)
    seen = normalized(load_raw('cifar10', 'train')[0][:64], ds)
    net = create_model('resnet_medium', num_classes=10)
    net = load_weights(net, root/'nbs'/'results'/'cifar10-resnet_medium-base'/'seed0.safetensors').eval()
    every = ways(net, x[:2], seen.numpy())
    every = {k: f for k, f in every.items() if 'compiled' not in k} # the same network
    with torch.inference_mode(): found = {k: torch.cat([f(b).argmax(1) for b in x.split(500)]) for k, f in every.items()}
    return {k: dict(accuracy=(p == labels).float().mean().item(), images=n) for k, p in found.items()}


if __name__ == '__main__':
    table = json.loads(kept.read_text()) if kept.exists() else {}
    about = dict(device=device_name(torch.device('cpu')), threads=torch.get_num_threads(), torch=torch.__version__, timm=timm.__version__,
                 torchvision=torchvision.__version__, onnxruntime=onnxruntime.__version__, date=time.strftime('%Y-%m-%d'))
    for name in sys.argv[1:] or ['resnet18', 'resnet50', 'accuracy']:
        table[name] = dict(about=about, ways=accuracies() if name == 'accuracy' else speeds(name))
        kept.write_text(json.dumps(table, indent=1) + '\n')
        for k, v in table[name]['ways'].items(): print(f'{name:10} {k:34}', ' '.join(f'{a} {b:.4g}' for a, b in v.items()), flush=True)
