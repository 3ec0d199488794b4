"""What a preset is, short of its generator: a name, hyper-parameters, and how it is trained.

Nothing heavy is imported here; the generator's class is imported when it is built.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from neuroqgan.models.shape import Shape

# Shots per circuit where the gradient is exact; steps, batch and shots where it is not.
_SHOTS = 8
_SHOT_GRADIENTS = (200, 512, 64)


@dataclass(frozen=True)
class Recipe:
    """Defaults of a training, where the user gives no others.

    Parameters
    ----------
    steps
        Training steps.
    batch
        Latent draws, or windows, per step.
    learning_rate
        Learning rate at the start.
    critic_weight
        Weight of the critic in the loss; 0 trains without one.
    """

    steps: int
    batch: int
    learning_rate: float
    critic_weight: float = 10.0

    def defaults(self, gradient: str = "adjoint") -> dict[str, Any]:
        """Return the training settings that depend on preset and gradient, by name.

        Parameters
        ----------
        gradient
            How cells are differentiated. Steps with gradients from shots take far longer, so there
            are fewer of them.
        """
        if gradient == "adjoint":
            steps, batch, shots = self.steps, self.batch, _SHOTS
        else:
            steps, batch, shots = _SHOT_GRADIENTS
        return {
            "shots": shots,
            "steps": steps,
            "batch": batch,
            "learning_rate": self.learning_rate,
            "critic_weight": self.critic_weight,
        }


@dataclass(frozen=True)
class Preset:
    """A named generator with its defaults.

    Parameters
    ----------
    name
        What users call it.
    summary
        One line that says what it is good for.
    shape
        Its hyper-parameters.
    recipe
        Defaults of its training.
    generator
        Where its class is, as ``module:Class``; imported at its first use.
    by_likelihood
        Whether it is trained by its exact likelihood, on the CPU: then gradients from shots, and
        settings of shots, have no effect, and both statistics and critic may be left out.
    max_critic_neurons
        Largest population whose training includes a critic; None for any.
    """

    name: str
    summary: str
    shape: type[Shape]
    recipe: Recipe
    generator: str
    by_likelihood: bool = False
    max_critic_neurons: int | None = None
