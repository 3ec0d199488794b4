#!/usr/bin/env python3
"""Where the time of a training step goes.

A default training on random spikes, both before the critic joins and after; every part is timed at
its borders, parts within parts are counted once, and what is left is `other`. Processor time of all
threads, so that other processes count less; means over the steps.

Torch's backward pass is split once more, by torch's own profiler and in steps of their own: into
arithmetic on tensors (matrix products; elementwise operations and sums; copies and fills) and what
is left, which is dispatch: views, allocations, and autograd's bookkeeping. The profiler's own cost
for each operation falls on dispatch, so that its share is an upper bound.

Prints one JSON line: for either half of a training the seconds of a step, each part's share, and
`torch_backward`, its split in shares of that part.
"""

from __future__ import annotations

import argparse
import json
import time
from contextlib import ExitStack
from functools import wraps
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import numpy as np
import torch
from torch.profiler import ProfilerActivity
from torch.profiler import profile as torch_profile

from neuroqgan.backends.local.shots import AerShots
from neuroqgan.gradients import adjoint_forward as kernel
from neuroqgan.gradients.adjoint import AdjointEngine
from neuroqgan.models.latent import adversarial_trainer as training
from neuroqgan.models.registry import build_generator
from neuroqgan.models.spec import GeneratorSpec
from neuroqgan.raster import SpikeRaster
from neuroqgan.training.adversary import Adversary
from neuroqgan.training.settings import TrainingSettings

if TYPE_CHECKING:
    from collections.abc import Callable


class Clock:
    """Adds up the time of parts; a part within another is taken out of that."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._inner = [0.0]

    def timed(self, part: str, call: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(call)
        def wrapped(*args: Any, **options: Any) -> Any:
            start = time.process_time()
            self._inner.append(0.0)
            try:
                return call(*args, **options)
            finally:
                spent = time.process_time() - start
                inner = self._inner.pop()
                self._inner[-1] += spent
                self.seconds[part] = self.seconds.get(part, 0.0) + spent - inner

        return wrapped


def parts(trainer: training.Trainer) -> list[tuple[Any, str, str]]:
    """Which function belongs to which part."""
    return [
        (kernel, "moments", "kernel, forward"),
        (kernel, "slopes", "kernel, backward"),
        (AdjointEngine, "moments", "kernel, layout of lanes"),
        (AerShots, "measure", "Aer"),
        (Adversary, "update", "critic"),
        (Adversary, "generator_loss", "critic"),
        (trainer.generator, "noise", "latents"),
        (trainer.generator, "angles", "angles, forward"),
        (training, "group_moments", "moments of the population, forward"),
        (training, "statistics_loss", "statistics loss, forward"),
        (torch.Tensor, "backward", "torch backward: moments, loss, angles"),
        (trainer.optimiser, "step", "optimiser"),
    ]


# Every other operation of a backward pass computes something, elementwise or by a sum.
PRODUCTS = ("mm", "bmm", "addmm", "baddbmm", "mkldnn_convolution", "convolution_backward", "dot")
COPIES = ("copy_", "fill_", "zero_", "cat", "_foreach_add_", "clone", "index_put_", "stack")
DISPATCH = ("view", "reshape", "as_strided", "select", "slice", "expand", "empty", "transpose")
DISPATCH += (
    "t",
    "permute",
    "unsqueeze",
    "squeeze",
    "detach",
    "result_type",
    "resize",
    "to",
    "set_",
)
DISPATCH += (
    "unflatten",
    "split",
    "contiguous",
    "matmul",
    "einsum",
    "new_zeros",
    "zeros",
    "diagonal",
)


def kind(name: str) -> str | None:
    """Which kind of work an operation is; None for the kernel."""
    if "_AdjointFunction" in name:
        return None
    operation = name.removeprefix("aten::").removeprefix("_")
    if not name.startswith("aten::") or operation.startswith(DISPATCH[:8]) or operation in DISPATCH:
        return "dispatch"
    if operation in PRODUCTS:
        return "matrix products"
    return "copies and fills" if operation in COPIES else "elementwise operations and sums"


def split_backward(trainer: training.Trainer, n_steps: int) -> dict[str, float]:
    """Shares of torch's backward pass without the kernel."""
    backward = torch.Tensor.backward
    seconds: dict[str, float] = {}

    def profiled(loss: torch.Tensor, *args: Any, **options: Any) -> None:
        with torch_profile(activities=[ProfilerActivity.CPU]) as record:
            backward(loss, *args, **options)
        for event in record.key_averages():
            part = kind(event.key)
            if part is not None:
                seconds[part] = seconds.get(part, 0.0) + event.self_cpu_time_total

    # The critic has a backward pass of its own, which belongs to its part.
    update = Adversary.update

    def unprofiled(*args: Any) -> float:
        with patch.object(torch.Tensor, "backward", backward):
            return update(*args)

    with (
        patch.object(torch.Tensor, "backward", profiled),
        patch.object(Adversary, "update", unprofiled),
    ):
        for _ in range(n_steps):
            trainer.step()
    total = sum(seconds.values())
    return {part: round(seconds[part] / total, 3) for part in sorted(seconds)}


def profile(neurons: int, bins: int, n_steps: int, *, critic: bool) -> dict[str, Any]:
    """Seconds of a step and the share of every part."""
    spikes = np.random.default_rng(0).random((2000, bins, neurons)) < 0.1
    generator = build_generator(GeneratorSpec.of("stationary", neurons, bins, 0.02))
    settings = TrainingSettings(steps=1000, critic_from=0.0 if critic else 1.0)
    trainer = training.LatentTrainer(generator, SpikeRaster(spikes, 0.02), settings)
    for _ in range(2):
        trainer.step()
    clock = Clock()
    with ExitStack() as stack:
        for owner, name, part in parts(trainer):
            timed = clock.timed(part, getattr(owner, name))
            stack.enter_context(patch.object(owner, name, timed))
        step = clock.timed("other", trainer.step)
        for _ in range(n_steps):
            step()
    split = split_backward(trainer, n_steps)
    total = sum(clock.seconds.values())
    shares = sorted(clock.seconds.items(), key=lambda item: -item[1])
    return {
        "seconds": round(total / n_steps, 4),
        "shares": {part: round(seconds / total, 3) for part, seconds in shares},
        "torch_backward": split,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--neurons", type=int, default=10, help="[10]")
    parser.add_argument("--bins", type=int, default=16, help="[16]")
    parser.add_argument("--steps", type=int, default=15, help="[15]")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    halves = {"without critic": False, "with critic": True}
    result = {
        name: profile(asked.neurons, asked.bins, asked.steps, critic=critic)
        for name, critic in halves.items()
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
