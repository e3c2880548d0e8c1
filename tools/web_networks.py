"""Train the four networks of the page in the browser, and write them with 500 test digits into resnet_nb/page (minutes on one thread)

    python tools/web_networks.py [--depths 20 56] [--steps N]

A plain and a residual network of each depth, on MNIST at half its resolution, with the same seed, batches and schedule.
Stored are the weights with the norms folded in, as float16, and in the header of each file what a page needs to know.
"""
import argparse
import json
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import save
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_weights

from resnet_nb.data import load_raw
from resnet_nb.web import accuracy, digit_network, halved, page_digits, page_network

folder = Path(__file__).resolve().parent.parent/'resnet_nb'/'page'
seed, batch, rate, decay = 0, 128, 0.1, 5e-4


def batches(x, y, steps):
    "Random batches of 28x28 images, turned, scaled and shifted a little"
    g = torch.Generator().manual_seed(seed)
    between = lambda low, high: torch.rand(batch, generator=g)*(high - low) + low
    for _ in range(steps):
        i = torch.randint(len(x), (batch,), generator=g)
        turn, size, slant, dx, dy = between(-.2, .2), between(.9, 1.1), between(-.2, .2), between(-.07, .07), between(-.07, .07)
        cos, sin = turn.cos()*size, turn.sin()*size
        move = torch.stack([torch.stack([cos, slant*cos - sin, dx], 1), torch.stack([sin, slant*sin + cos, dy], 1)], 1)
        yield F.grid_sample(x[i], F.affine_grid(move, (batch, 1, 28, 28), align_corners=False), align_corners=False), y[i]


def train(kind, depth, x, y, steps):
    "A trained network with norms, and the curve of its training: mean loss and accuracy over each hundredth of the steps"
    torch.manual_seed(seed)
    net = digit_network(kind, depth, norm=nn.BatchNorm2d)
    opt = torch.optim.SGD(net.parameters(), rate, momentum=0.9, nesterov=True, weight_decay=decay)
    schedule, curve, part = torch.optim.lr_scheduler.OneCycleLR(opt, rate, steps, pct_start=0.2), [], []
    for step, (pixels, labels) in enumerate(batches(x, y, steps), 1):
        out = net(halved(pixels))
        loss = F.cross_entropy(out, labels)
        opt.zero_grad(); loss.backward(); opt.step(); schedule.step()
        part.append((loss.item(), (out.argmax(1) == labels).float().mean().item()))
        if step % (steps//50) == 0:
            curve.append([round(sum(v)/len(part), 4) for v in zip(*part)])
            part = []
            if len(curve) % 5 == 0: print(f'  {kind} {depth}, step {step}: loss and accuracy {curve[-1]}', flush=True)
    return net.eval(), curve


def folded(net):
    "The weights as a network without norms has them, in float16"
    state, modules = {'fc.weight': net.fc.weight, 'fc.bias': net.fc.bias}, dict(net.named_modules())
    for name, bn in modules.items():
        if not isinstance(bn, nn.BatchNorm2d): continue
        conv = name.replace('bn', 'conv')
        w, b = fuse_conv_bn_weights(modules[conv].weight, None, bn.running_mean, bn.running_var, bn.eps, bn.weight, bn.bias)
        state |= {f'{conv}.weight': w, f'{conv}.bias': b}
    return {k: v.detach().half().contiguous() for k, v in state.items()}


def save_digits():
    "The first 500 test digits, and the numbers of some that a network of 20 layers gets wrong, where they are trained"
    pixels, labels = load_raw('mnist', 'test')
    tensors = {'pixels': halved(pixels[:500].float()).round().byte(), 'labels': labels[:500].byte()}
    (folder/'digits.safetensors').write_bytes(save(tensors))
    if not (folder/'plain20.safetensors').exists(): return
    x, y = page_digits()
    with torch.inference_mode(): wrong = [(page_network(k)(x).argmax(1) != y).nonzero().flatten().tolist() for k in ('residual', 'plain')]
    (folder/'digits.safetensors').write_bytes(save(tensors, {'missed': json.dumps(sorted({*wrong[0][:3], *wrong[1][:3]})[:4])}))


def main():
    args = argparse.ArgumentParser(description='Train the networks of the page in the browser')
    args.add_argument('--depths', type=int, nargs='+', default=[20, 56])
    args.add_argument('--steps', type=int, default=2000)
    args = args.parse_args()
    torch.set_num_threads(1)
    folder.mkdir(exist_ok=True)
    x, y = load_raw('mnist', 'train')
    x = x/255
    save_digits()
    for depth in args.depths:
        for kind in ('residual', 'plain'):
            start = time.time()
            net, curve = train(kind, depth, x, y, args.steps)
            about = dict(kind=kind, depth=depth, seed=seed, steps=args.steps, batch=batch, curve=curve)
            (folder/f'{kind}{depth}.safetensors').write_bytes(save(folded(net), {k: json.dumps(v) for k, v in about.items()}))
            print(f'{kind} {depth}: {accuracy(page_network(kind, depth), *page_digits()):.1%} of 500 test digits; {time.time() - start:.0f} s', flush=True)
    save_digits()


if __name__ == '__main__': main()
