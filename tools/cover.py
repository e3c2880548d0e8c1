"Draw nbs/images/cover.png: a residual block, and real training curves on digits (about two minutes on one core)"
from pathlib import Path
import matplotlib
matplotlib.use('Agg')
import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch
from resnet_nb.blocks import BasicBlock
from resnet_nb.data import get_dataset, load_raw, normalized
from resnet_nb.models import ResNet

INK, BLUE, ORANGE, GREY = '#222222', '#0072B2', '#D55E00', '#666666'  # Okabe and Ito's colours
STEPS, SEEDS = 180, range(4)

def curve(depth, shortcut, seed):
    "Loss at each step of training a CIFAR-style network of `depth` layers, 8-16-32 channels, on digits"
    ds, (x, y) = get_dataset('digits'), load_raw('digits')
    x = normalized(x, ds)
    torch.manual_seed(seed)
    model = ResNet(BasicBlock, [(depth - 2)//6]*3, (8, 16, 32), stem='cifar', in_channels=1, num_classes=10, shortcut=shortcut)
    opt = torch.optim.SGD(model.parameters(), 0.1, momentum=0.9, weight_decay=1e-4)
    sched, losses = torch.optim.lr_scheduler.OneCycleLR(opt, 0.1, STEPS), []
    for _ in range(STEPS):
        i = torch.randint(len(x), (64,))
        loss = F.cross_entropy(model(x[i]), y[i])
        opt.zero_grad(); loss.backward(); opt.step(); sched.step()
        losses.append(loss.item())
    return torch.tensor(losses)

def smooth(v, width=15): return F.avg_pool1d(v[None], width, 1)[0]

def draw_block(ax):
    ax.set(xlim=(-2.6, 3.4), ylim=(-.62, 4.45), aspect='equal'); ax.axis('off')
    def box(y, text, color):
        ax.add_patch(FancyBboxPatch((-.95, y - .2), 1.9, .4, boxstyle='round,pad=0,rounding_size=.1', fc=color, ec=INK, lw=1.2))
        ax.text(0, y, text, ha='center', va='center', fontsize=11, color=INK)
    def arrow(a, b, color=INK, lw=1.5, **kw):
        ax.add_patch(FancyArrowPatch(a, b, arrowstyle='-|>', mutation_scale=12, lw=lw, color=color, shrinkA=0, shrinkB=0, **kw))
    ys, plus = (3.4, 2.85, 2.3, 1.75, 1.2), .6
    for y, (text, color) in zip(ys, [('3×3 convolution', '#CFE3F3'), ('batch norm', '#EFEFEF'), ('ReLU', '#FBE3CF'), ('3×3 convolution', '#CFE3F3'), ('batch norm', '#EFEFEF')]): box(y, text, color)
    arrow((0, 4.15), (0, ys[0] + .2))
    for a, b in zip(ys, ys[1:]): arrow((0, a - .2), (0, b + .2))
    arrow((0, ys[-1] - .2), (0, plus + .17))
    ax.add_patch(Circle((0, plus), .17, fc='white', ec=ORANGE, lw=2.2))
    ax.plot([-.09, .09], [plus, plus], color=ORANGE, lw=2.2); ax.plot([0, 0], [plus - .09, plus + .09], color=ORANGE, lw=2.2)
    r, right = .25, 1.55  # the shortcut, with round corners
    t = torch.linspace(0, torch.pi/2, 20)
    xs = torch.cat([torch.tensor([0.]), right - r + r*t.sin(), right - r + r*t.cos()])
    ys = torch.cat([torch.tensor([3.87]), 3.87 - r + r*t.cos(), plus + r - r*t.sin()])
    ax.plot(xs, ys, color=ORANGE, lw=2.4)
    arrow((right - r, plus), (.17, plus), ORANGE, 2.4)
    arrow((0, plus - .17), (0, .28)); box(.08, 'ReLU', '#FBE3CF'); arrow((0, -.12), (0, -.5))
    ax.text(0, 4.28, '$x$', fontsize=16, ha='center', va='center')
    ax.text(-1.15, 2.3, '$F(x)$', fontsize=16, ha='right', va='center')
    ax.text(1.75, 2.3, 'shortcut: $x$', fontsize=12, color=ORANGE, ha='left', va='center')
    ax.text(-.28, plus, '$F(x) + x$', fontsize=14, ha='right', va='center')

def draw_curves(ax):
    for (kind, shortcut, color), (depth, style) in [(k, d) for k in (('plain', 'none', BLUE), ('residual', 'A', ORANGE)) for d in ((20, '--'), (56, '-'))]:
        runs = torch.stack([smooth(curve(depth, shortcut, s)) for s in SEEDS])
        steps = range(8, 8 + runs.shape[1])
        for r in runs: ax.semilogy(steps, r, style, color=color, lw=.7, alpha=.45)
        ax.semilogy(steps, runs.log().mean(0).exp(), style, color=color, lw=2.2, label=f'{kind}, {depth} layers')
        print(f'{kind:>8} {depth}: mean loss of the last 15 batches, by seed', [round(v, 4) for v in runs[:, -1].tolist()])
    ax.set(xlabel='step (batches of 64)', ylabel='training loss (nats)', ylim=(.005, 3), xlim=(0, STEPS))
    ax.set_title(f'Handwritten digits, {len(SEEDS)} seeds', fontsize=12)
    ax.set_yticks([.01, .1, 1], ['0.01', '0.1', '1']); ax.spines[['top', 'right']].set_visible(False)
    ax.legend(frameon=False, fontsize=10, loc='lower left')

if __name__ == '__main__':
    torch.set_num_threads(1)
    fig, (left, right) = plt.subplots(1, 2, figsize=(12, 4.8), dpi=100, layout='constrained', width_ratios=(1, 1.15))
    draw_block(left); draw_curves(right)
    path = Path(__file__).parent.parent/'nbs'/'images'/'cover.png'
    fig.savefig(path, facecolor='white')
    from PIL import Image
    Image.open(path).convert('RGB').quantize(64).save(path, optimize=True)
    print(path.stat().st_size, 'bytes')
