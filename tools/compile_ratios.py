"""What `torch.compile` gives a training step on this machine's processor, network by network, kept for the page on speed

    python tools/compile_ratios.py [NETWORK …]    # half a minute to some minutes each; nbs/explore/speed/compile.json

Eager and compiled steps (forward, backward, optimizer; channels last) take turns in one process, in float32 and, where the processor has
it, in bfloat16. `OMP_NUM_THREADS` sets the threads.
"""
import json
import sys
import time
from pathlib import Path
from statistics import median

root = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(root))

import torch
import torch.nn.functional as F

from resnet_nb.models import create_model
from resnet_nb.training import device_name, has_bf16

kept = root/'nbs'/'explore'/'speed'/'compile.json'


def stepper(name, bs, half, compiled):
    "A function that makes a training step and returns its seconds and its loss"
    torch.manual_seed(0)
    model = create_model(name, num_classes=10).to(memory_format=torch.channels_last).train()
    forward = torch.compile(model, dynamic=False) if compiled else model
    opt = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, nesterov=True, fused=True)
    x, y = torch.randn(bs, 3, 32, 32).contiguous(memory_format=torch.channels_last), torch.randint(10, (bs,))
    def step():
        start = time.perf_counter()
        with torch.autocast('cpu', torch.bfloat16, enabled=half): out = forward(x)
        loss = F.cross_entropy(out.float(), y)
        loss.backward()
        opt.step(); opt.zero_grad()
        return time.perf_counter() - start, loss.item()
    return step


def ratios(name, bs=128, rounds=6):
    row = dict(bs=bs, side=32)
    for kind, half in [('float32', False), ('bfloat16', True)][:2 if has_bf16() else 1]:
        eager, compiled = stepper(name, bs, half, False), stepper(name, bs, half, True)
        start = time.perf_counter()
        losses = eager()[1], compiled()[1]
        wait = time.perf_counter() - start
        turns = [(eager(), compiled()) for _ in range(rounds)]
        a, b = median(t[0][0] for t in turns), median(t[1][0] for t in turns)
        row[kind] = dict(eager=a, compiled=b, ratio=a/b, compiling=wait - a, loss_off=abs(losses[0] - losses[1])/losses[0])
        torch.compiler.reset()
    return row


if __name__ == '__main__':
    table = json.loads(kept.read_text()) if kept.exists() else dict(networks={})
    table['about'] = dict(device=device_name(torch.device('cpu')), threads=torch.get_num_threads(), torch=torch.__version__, date=time.strftime('%Y-%m-%d'))
    for name in sys.argv[1:] or 'resnet_small resnet_medium cifar_resnet20 preact12 cifar_resnet56 resnet_large resnet18 resnet50'.split():
        table['networks'][name] = ratios(name)
        kept.write_text(json.dumps(table, indent=1) + '\n')
        print(name, {k: v for k, v in table['networks'][name].items() if isinstance(v, dict)}, flush=True)
