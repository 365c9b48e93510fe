"""A generator in two parts: pictures as short codes, and a flow from noise to the codes that a sound calls for.

Latent diffusion (Rombach et al. 2022) in miniature. An autoencoder learns what pictures look like, and no sound is in its
way; the flow (flow matching, Lipman et al. 2023) learns which of them belong to a sound, in a space so small that many
cheap steps are possible on a CPU.

Shapes: description (batch, description), condition c and mu (batch, condition), noise z and latent (batch, noise),
pictures (batch, 3, 64, 64) in [-1, 1].
"""

import math
from collections.abc import Sequence

import torch
from torch import nn
from torch.nn import functional as F

from a2i.models.blocks import trunk
from a2i.models.generator import Decoder

STEPS = 10  # of Heun's method, from noise to latent
FINEST = 24  # channels at 64x64
SIGMA = 0.3  # deviation of the cloud around a sound's condition, while the flow learns


class PictureEncoder(nn.Module):
    """Pictures -> the mean and log-variance (batch, noise) of the latent that would have drawn them."""

    def __init__(self, width: int, noise: int):
        super().__init__()
        self.features = trunk(width)
        self.linear = nn.Linear(8 * width * 16, 2 * noise)

    def forward(self, pictures: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        mean, logvar = self.linear(self.features(pictures).flatten(1)).chunk(2, 1)
        return mean, logvar.clamp(-10, 4)


class FixedAugmentation(nn.Module):
    """Description -> condition c = mu + sigma * eps, as ConditioningAugmentation has it, but that nothing is trained.

    mu: the description's main directions among the training clips, the weaker ones partly raised; fixed once `fit` has seen
    those clips. Where they span fewer directions than `condition`, the rest is 0. sigma is `SIGMA`.
    """

    POWER = 0.5  # 0 leaves the directions' sizes as they are, 1 makes them equal

    def __init__(self, description: int, condition: int):
        super().__init__()
        self.register_buffer("center", torch.zeros(description))
        self.register_buffer("directions", torch.zeros(description, condition))

    def forward(self, description: torch.Tensor, eps: torch.Tensor | None = None):
        """`eps` (batch, condition), standard normal; None gives c = mu. Returns c, mu, logvar."""
        mu = (description - self.center) @ self.directions
        c = mu if eps is None else mu + SIGMA * eps
        return c, mu, torch.full_like(mu, 2 * math.log(SIGMA))

    @torch.no_grad()
    def fit(self, known: torch.Tensor, parts: Sequence[int]) -> None:
        """Sets the directions from the training clips' descriptions (clips, description).

        parts: the sizes of the description's parts, which count alike however many numbers they hold.
        """
        known = known.double()
        center, deviation, level = known.mean(0), known.std(0, correction=0), known.abs().mean(0)
        weights = []
        for own, usual in zip(deviation.split(list(parts)), level.split(list(parts)), strict=True):
            # Numbers that hardly vary would be noise, blown up.
            least = 0.1 * own.median() + 1e-3 * usual.mean() + 1e-6
            weights.append(1 / (own + least) / math.sqrt(len(own)))
        weight = torch.cat(weights)
        _, size, directions = torch.linalg.svd((known - center) * weight, full_matrices=False)
        kept = min(self.directions.shape[1], len(known) - 1, len(size))
        size, directions = size[:kept] / math.sqrt(len(known)), directions[:kept]
        self.center.copy_(center)
        self.directions.zero_()
        if not kept or size[0] < 1e-6:
            return  # clips that all sound alike tell nothing
        raised = (size + 0.02 * size[0]) ** self.POWER
        # On average over the directions kept, a condition's deviation is 1.
        usual = (size / raised).square().mean().sqrt()
        self.directions[:, :kept] = (weight[:, None] * directions.T / raised / usual).to(self.directions.dtype)


class Velocity(nn.Module):
    """Where a latent moves to: latent, time in 0..1 (batch,) and condition -> velocity (batch, noise). Times and conditions may be
    fewer: the last one is that of all latents that are left."""

    def __init__(self, noise: int, condition: int, width: int = 512, blocks: int = 3, forget: float = 0.3):
        super().__init__()
        self.inputs, self.time = nn.Linear(noise, width), nn.Linear(32, width)
        self.told = nn.Sequential(nn.Dropout(forget), nn.Linear(condition, width))
        self.steered = nn.ModuleList(nn.Linear(width, 2 * width) for _ in range(blocks))
        self.bodies = nn.ModuleList(
            nn.ModuleList([nn.Linear(width, width), nn.Dropout(0.1), nn.Linear(width, width)]) for _ in range(blocks)
        )
        self.outputs = nn.Linear(width, noise)
        self.register_buffer("waves", math.pi * torch.arange(1, 17), persistent=False)

    def forward(self, latent: torch.Tensor, time: torch.Tensor, c: torch.Tensor) -> torch.Tensor:
        angle = time[:, None] * self.waves
        steer = F.silu(self.time(torch.cat([angle.sin(), angle.cos()], 1)) + self.told(c))
        x = self.inputs(latent)
        for steered, (first, drop, last) in zip(self.steered, self.bodies, strict=True):
            change = steered(steer)
            if len(change) < len(x):
                change = torch.cat([change, change[-1:].expand(len(x) - len(change), -1)])
            scale, shift = change.chunk(2, 1)
            y = F.layer_norm(x, x.shape[1:]) * (1 + scale) + shift
            x = x + last(drop(F.silu(first(y))))
        return self.outputs(F.silu(x))


class Flow(nn.Module):
    """The mean of several velocities that were learnt apart: what each learns by heart from the few sounds there are is its
    own and cancels, what they agree on stays (an ensemble). Shapes are those of `Velocity`."""

    def __init__(self, noise: int, condition: int, members: int = 2):
        super().__init__()
        self.members = nn.ModuleList(Velocity(noise, condition) for _ in range(members))

    def forward(self, latent: torch.Tensor, time: torch.Tensor, c: torch.Tensor) -> torch.Tensor:
        return torch.stack([member(latent, time, c) for member in self.members]).mean(0)


class LatentGenerator(nn.Module):
    """Description and noise -> pictures.

    guidance: how far the flow goes beyond what it would do knowing no sound (classifier-free guidance, Ho and Salimans
    2022): 1 draws as the training clips vary, more follows the sound more closely.
    doublings: of the decoder, 2 to 4. What a doubling makes of a coarser grid stays tied to that grid, and fine things become
    a lattice; with fewer of them the decoder has more places to learn by heart. flows: velocities whose mean is followed.
    """

    def __init__(
        self, description: int, width: int, noise: int = 128, condition: int = 512, guidance: float = 4.0, doublings: int = 2,
        flows: int = 2,
    ):  # fmt: skip
        super().__init__()
        self.noise, self.condition, self.guidance, self.hears = noise, condition, guidance, description
        self.ca = FixedAugmentation(description, condition)
        self.flow = Flow(noise, condition, flows)
        # The training pictures' latents, which the flow sees standardised.
        self.register_buffer("center", torch.zeros(noise))
        self.register_buffer("scale", torch.ones(noise))
        channels = [8 * width, 4 * width, 2 * width, 2 * width, FINEST][-doublings - 1 :]
        self.decoder = Decoder(noise, [max(channels[0], 4 * width), *channels[1:]], bias=True)

    def forward(self, description: torch.Tensor, z: torch.Tensor, eps: torch.Tensor | None = None):
        """Returns pictures, mu, logvar. `eps` is for learning alone: pictures are drawn from mu itself."""
        _, mu, logvar = self.ca(description)
        return self.decoder(self.latent(mu, z)), mu, logvar

    def latent(self, c: torch.Tensor, z: torch.Tensor, steps: int = STEPS) -> torch.Tensor:
        """The latent that the flow carries the noise `z` to under the condition `c`."""
        x, size = z, 1 / steps
        for step in range(steps):
            first = self._guided(x, step * size, c)
            if step == steps - 1:  # the last half step would ask beyond what was learnt
                x = x + size * first
            else:
                x = x + size / 2 * (first + self._guided(x + size * first, (step + 1) * size, c))
        return x * self.scale + self.center

    def _guided(self, x: torch.Tensor, time: float, c: torch.Tensor) -> torch.Tensor:
        """The velocity under `c`, away from that under no sound."""
        if self.guidance == 1:
            return self.flow(x, x.new_full((len(x),), time), c)
        # In one pass, for reading the weights is what a few pictures cost; without a sound all are steered alike.
        both = self.flow(torch.cat([x, x]), x.new_full((len(x) + 1,), time), torch.cat([c, torch.zeros_like(c[:1])]))
        told, untold = both.chunk(2)
        return untold + self.guidance * (told - untold)
