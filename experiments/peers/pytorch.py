"""The train steps of three recipes in PyTorch, as fast as that library makes them.

The same networks, objectives, updates and moving averages as `recipes.infogan`, `dcgan` and
`wgan_gp`: one generator pass serves both updates, the discriminator is frozen in that of the
generator, Adam is fused, and averages are one operation for all weights. It is written for these
comparisons, and needs an environment with PyTorch alone, without this package:

    python -m venv peer && peer/bin/pip install torch numpy
    peer/bin/python experiments/peers/pytorch.py --recipe=infogan --alone=float32_channels_last

`experiments.peers.speed` starts it, and measures it in turn with `model.fit`. It then reads a form
and a number of steps from each line of standard input, and writes seconds and processor seconds.
"""

from __future__ import annotations

import time

STARTED = time.perf_counter()  # Before PyTorch is imported, which counts.

import argparse  # noqa: E402
import json  # noqa: E402
import pathlib  # noqa: E402
import sys  # noqa: E402
from collections.abc import Callable, Iterator  # noqa: E402

FORMS = tuple(
    f"{precision}_{form}"
    for precision in ("float32", "bfloat16")
    for form in ("channels_first", "channels_last", "compiled")
)


def count(text: str) -> int:
    """Reads a whole number of at least 1."""
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number of at least 1, got {text!r}")
    return int(text)


def side(text: str) -> int:
    """Reads the side of images, which the networks halve twice."""
    if count(text) % 4:
        raise argparse.ArgumentTypeError(f"must be divisible by 4, got {text}")
    return int(text)


def forms(text: str) -> tuple[str, ...]:
    """Reads names of forms."""
    names = tuple(text.split(","))
    if unknown := [name for name in names if name not in FORMS]:
        raise argparse.ArgumentTypeError(f"must be of {', '.join(FORMS)}, got {unknown[0]!r}")
    return names


def read_options() -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--recipe", choices=["infogan", "dcgan", "wgan_gp"], default="infogan")
    parser.add_argument("--image_size", type=side, default=28)
    parser.add_argument("--channels", type=count, default=1)
    parser.add_argument("--batch_size", type=count, default=128)
    parser.add_argument("--steps", type=count, default=20)
    parser.add_argument("--forms", type=forms, default=FORMS, help="Forms to serve.")
    parser.add_argument("--alone", choices=FORMS, help="Measure memory and first step of this one.")
    return parser.parse_args()


# Help and mistakes are told without PyTorch, and before the seconds of its import.
OPTIONS = read_options() if __name__ == "__main__" else None

try:
    import numpy as np
    import torch
    from torch import Tensor, nn
    from torch.nn import functional
except ModuleNotFoundError as error:
    sys.exit(f"{__file__} needs {error.name}: pip install torch numpy, for {sys.executable}.")

DECAY = 0.999


def halvings(size: int, smallest: int) -> int:
    """Returns how often an even size may be halved, not below `smallest`, at least twice."""
    count = 0
    while size % 2 == 0 and (size // 2 >= smallest or count < 2):
        size, count = size // 2, count + 1
    return count


class Shaped(nn.Module):
    """Turns rows into maps."""

    def __init__(self, *shape: int) -> None:
        super().__init__()
        self.shape = shape

    def forward(self, x: Tensor) -> Tensor:
        """Reshapes rows."""
        return x.view(-1, *self.shape)


def generator(side: int, channels: int, latent: int, features: int | None) -> nn.Module:
    """Builds DCGAN's generator; with `features`, InfoGAN's, which has a dense layer before it."""
    stages = halvings(side, 4 if features is None else 8)
    small, width = side // 2**stages, 64 * 2 ** (stages - 1)
    layers: list[nn.Module] = []
    columns = latent
    if features:
        layers += [nn.Linear(latent, features, bias=False), nn.BatchNorm1d(features), nn.ReLU(True)]
        columns = features
    layers += [nn.Linear(columns, width * small**2, bias=False)]
    if features:  # Its normalisation is over units, not over channels.
        layers += [nn.BatchNorm1d(width * small**2), nn.ReLU(True), Shaped(width, small, small)]
    else:
        layers += [Shaped(width, small, small), nn.BatchNorm2d(width), nn.ReLU(True)]
    for _ in range(stages - 1):
        layers += [
            nn.ConvTranspose2d(width, width // 2, 4, 2, 1, bias=False),
            nn.BatchNorm2d(width // 2),
            nn.ReLU(True),
        ]
        width //= 2
    layers += [nn.ConvTranspose2d(width, channels, 4, 2, 1), nn.Tanh()]
    return nn.Sequential(*layers)


def trunk(side: int, channels: int, smallest: int, slope: float, normalized: bool) -> nn.Sequential:
    """Builds convolutions of stride 2, channels doubling from 64, then flattened."""
    stages, layers, width = halvings(side, smallest), [], channels
    for stage in range(stages):
        out = 64 * 2**stage
        batch = normalized and stage > 0
        layers += [nn.Conv2d(width, out, 4, 2, 1, bias=not batch)]
        layers += [nn.BatchNorm2d(out)] if batch else []
        layers += [nn.LeakyReLU(slope, True)]
        width = out
    return nn.Sequential(*layers, nn.Flatten())


class Discriminator(nn.Module):
    """DCGAN's discriminator, without normalisation for WGAN-GP; or InfoGAN's with its head Q."""

    def __init__(self, recipe: str, side: int, channels: int) -> None:
        super().__init__()
        with_codes = recipe == "infogan"
        self.trunk = trunk(
            side,
            channels,
            8 if with_codes else 4,
            0.01 if with_codes else 0.2,
            recipe != "wgan_gp",
        )
        columns = self.trunk(torch.zeros(2, channels, side, side)).shape[1]
        self.dense: nn.Module = nn.Identity()
        self.q: nn.Module | None = None
        if with_codes:
            self.dense = nn.Sequential(
                nn.Linear(columns, 1024, bias=False), nn.BatchNorm1d(1024), nn.LeakyReLU(0.01, True)
            )
            self.q = nn.Sequential(
                nn.Linear(1024, 128, bias=False),
                nn.BatchNorm1d(128),
                nn.LeakyReLU(0.01, True),
                nn.Linear(128, 14),
            )
            columns = 1024
        self.logits = nn.Linear(columns, 1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor | None]:
        """Computes logits, and the parameters of Q(c|x) if there are codes."""
        features = self.dense(self.trunk(x))
        codes = None if self.q is None else self.q(features)
        return self.logits(features).float(), None if codes is None else codes.float()


def negative_information(codes: Tensor, categories: Tensor, style: Tensor) -> Tensor:
    """Computes -ln Q of the category, and -.04 ln Q of the two columns of style, mean."""
    mean, scale = codes[:, 10:12], 0.2 + functional.softplus(codes[:, 12:14])
    log_q = -((style - mean) ** 2) / (2 * scale**2) - torch.log(scale) - 0.5 * np.log(2 * np.pi)
    return functional.cross_entropy(codes[:, :10], categories) - 0.04 * log_q.sum(1).mean()


class Training:
    """One recipe in one form; `run(n)` takes n steps of batches from memory."""

    def __init__(self, recipe: str, side: int, channels: int, batch: int, form: str) -> None:
        torch.manual_seed(0)
        self.recipe, self.batch = recipe, batch
        self.bfloat16 = form.startswith("bfloat16")
        self.last = not form.endswith("channels_first")
        latent = {"infogan": 74, "dcgan": 100, "wgan_gp": 128}[recipe]
        self.latent = latent
        self.generator = generator(side, channels, latent, 1024 if recipe == "infogan" else None)
        self.discriminator = Discriminator(recipe, side, channels)
        for module in (*self.generator.modules(), *self.discriminator.modules()):
            if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
                nn.init.normal_(module.weight, 1.0, 0.02)
            elif isinstance(module, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
                nn.init.normal_(module.weight, 0.0, 0.02)
        networks = [self.generator, self.discriminator]
        if self.last:
            networks = [network.to(memory_format=torch.channels_last) for network in networks]
        rates = {"infogan": (1e-3, 2e-4), "dcgan": (2e-4, 2e-4), "wgan_gp": (1e-4, 1e-4)}[recipe]
        betas = (0.0, 0.9) if recipe == "wgan_gp" else (0.5, 0.999)
        self.optimizers = [
            torch.optim.Adam(network.parameters(), rate, betas, eps=1e-7, fused=True)
            for network, rate in zip(networks, rates, strict=True)
        ]
        self.weights = [[*network.parameters()] for network in networks]
        # As in the recipe, the average of InfoGAN is of both networks, of others of the generator.
        averaged = self.weights[0] + (self.weights[1] if recipe == "infogan" else [])
        self.averages = [(weight, weight.detach().clone()) for weight in averaged]
        self.updates = 5 if recipe == "wgan_gp" else 1
        count = max(20, 2560 // batch) * batch * self.updates
        pixels = np.random.default_rng(0).integers(0, 256, (count, side, side, channels), "uint8")
        self.images, self.order = torch.from_numpy(pixels), self._rows()
        self.step: Callable[[Tensor], None] = self._step
        if form.endswith("compiled"):
            self.generator = torch.compile(self.generator)  # type: ignore[assignment]
            self.discriminator = torch.compile(self.discriminator)  # type: ignore[assignment]

    def run(self, steps: int) -> None:
        """Takes a number of steps."""
        for _ in range(steps):
            rows = next(self.order)
            self.step(self.images[rows])

    def _rows(self) -> Iterator[Tensor]:
        size = self.batch * self.updates
        while True:
            order = torch.randperm(len(self.images))
            for start in range(0, len(order) - size + 1, size):
                yield order[start : start + size]

    def _latents(self) -> tuple[Tensor, Tensor, Tensor]:
        if self.recipe == "wgan_gp":
            z = torch.randn(self.batch, self.latent)
            return z, z, z
        z = torch.rand(self.batch, self.latent) * 2 - 1
        categories = torch.randint(0, 10, (self.batch,))
        if self.recipe == "infogan":
            z[:, 62:72] = functional.one_hot(categories, 10).float()
        return z, categories, z[:, 72:]

    def _generated(self, z: Tensor) -> Tensor:
        with torch.autocast("cpu", torch.bfloat16, enabled=self.bfloat16):
            return self.generator(z).float()

    def _judged(self, x: Tensor) -> tuple[Tensor, Tensor | None]:
        with torch.autocast("cpu", torch.bfloat16, enabled=self.bfloat16):
            return self.discriminator(x)

    def _step(self, pixels: Tensor) -> None:
        real = pixels.permute(0, 3, 1, 2).float() / 127.5 - 1
        if not self.last:
            real = real.contiguous()
        for update in range(self.updates):
            share = real[update * self.batch : (update + 1) * self.batch]
            z, categories, style = self._latents()
            with torch.set_grad_enabled(update == self.updates - 1):  # The last serves both.
                fake = self._generated(z)
            self._update_discriminator(share, fake.detach(), categories, style)
        for weight in self.weights[1]:
            weight.requires_grad_(False)
        logits, codes = self._judged(fake)
        loss = -logits.mean() if self.recipe == "wgan_gp" else functional.softplus(-logits).mean()
        if codes is not None:
            loss = loss + negative_information(codes, categories, style)
        self._apply(0, loss)
        for weight in self.weights[1]:
            weight.requires_grad_(True)
        current, average = zip(*self.averages, strict=True)
        with torch.no_grad():
            torch._foreach_lerp_([*average], [*current], 1 - DECAY)

    def _update_discriminator(
        self, real: Tensor, fake: Tensor, categories: Tensor, style: Tensor
    ) -> None:
        (of_real, _), (of_fake, codes) = self._judged(real), self._judged(fake)
        if self.recipe == "wgan_gp":
            share = torch.rand(self.batch, 1, 1, 1)
            between = (share * real + (1 - share) * fake).requires_grad_(True)
            logits, _ = self._judged(between)
            (slope,) = torch.autograd.grad(logits.sum(), between, create_graph=True)
            norms = torch.sqrt(slope.float().square().sum((1, 2, 3)) + 1e-12)
            loss = of_fake.mean() - of_real.mean() + 10 * (norms - 1).square().mean()
        else:
            loss = functional.softplus(-of_real).mean() + functional.softplus(of_fake).mean()
        if codes is not None:
            loss = loss + negative_information(codes, categories, style)
        self._apply(1, loss)

    def _apply(self, player: int, loss: Tensor) -> None:
        self.optimizers[player].zero_grad(set_to_none=True)
        loss.backward()
        self.optimizers[player].step()


def main(options: argparse.Namespace) -> None:
    """Serves steps to the program that compares, or measures one form alone."""
    size = options.recipe, options.image_size, options.channels, options.batch_size
    if options.alone:
        training = Training(*size, options.alone)
        training.run(1)
        first = time.perf_counter() - STARTED
        training.run(options.steps)
        status = pathlib.Path("/proc/self/status").read_text()
        peak = round(int(status.partition("VmHWM:")[2].split()[0]) / 1024, 1)
        print(json.dumps({"seconds_to_first_step": first, "peak_mebibytes": peak}))
        return
    trainings = {form: Training(*size, form) for form in options.forms}
    about = {"torch": torch.__version__, "threads": torch.get_num_threads()}
    print(json.dumps(about), flush=True)
    for line in sys.stdin:
        form, steps = line.split()
        began, worked = time.perf_counter(), time.process_time()
        trainings[form].run(int(steps))
        seconds = time.perf_counter() - began
        took = {"seconds": seconds, "processor_seconds": time.process_time() - worked}
        print(json.dumps(took), flush=True)


if OPTIONS is not None:
    main(OPTIONS)
