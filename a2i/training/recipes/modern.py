"""The recipe for a CPU, in three acts: learn to draw, draw sharply, learn what to draw.

An autoencoder learns the training frames as short codes (latents); a discriminator with spectral norm, hinge losses and
DiffAugment sharpens what it draws; then a flow learns which latents belong to a sound (a2i.models.latent), from the frames
that show what is heard as far as other clips' frames tell (a2i.training.confidence). The sound has no part in the first two
acts, so that nothing can be learnt by heart from the few sounds there are, and each of the many steps of the third costs a
hundredth of a picture.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from a2i.models.discriminators import ProjectionDiscriminator
from a2i.models.latent import SIGMA, LatentGenerator, PictureEncoder
from a2i.training import distributed
from a2i.training.confidence import confidence, trusted
from a2i.training.augment import diff_augment, to_tensor
from a2i.training.device import Device
from a2i.training.recipes.base import Batch, GanSettings, Trainer, TrainingSet
from a2i.training.recipes.losses import Terms, hinge_d_loss, kl_divergence

UNTOLD = 0.1  # share of the latents whose flow is learnt without their sound, so that it can be led away from that


@dataclass(frozen=True)
class ModernSettings(GanSettings):
    """The acts' lengths and how the recipe weighs its terms."""

    recipe: str = "modern"
    noise: int = 128  # size of z and of the latents (1 to 4096)
    condition: int = 512  # directions of the description that are kept (1 to 4096)
    steps: int = 3000  # of all acts (1 to 100000000)
    warm: float = 0.28  # share of the steps of the autoencoder alone (0 to 1)
    flow: float = 0.33  # share of the steps, the last, in which the flow is learnt (0 to 1)
    adversarial: float = 0.3  # weight of the adversarial loss (0 to 1000)
    features: float = 5.0  # weight of the distance between the discriminator's features (0 to 1000)
    pixels: float = 10.0  # weight of the mean absolute difference of the pixels (0 to 1000)
    latent_kl: float = 3e-4  # weight of the latents' KL term, a sum over their dimensions (0 to 1000)
    flows: int = 2  # that are learnt apart and whose mean draws (1 to 64)
    flow_batch: int = 128  # latents a step of each flow (1 to 65536)
    trust: float = 0.5  # least probability of its class, by other clips' frames, at which a frame teaches the flow (0 to 1)
    doublings: int = 2  # of the decoder, from 64 / 2^doublings places a side to 64 (2 to 4)
    guidance: float = 4.0  # when drawing: how far beyond what would be drawn knowing no sound (0 to 100)


class Modern(Trainer):
    """Adam (0.5, 0.99) for the pictures and AdamW for the flow; rates fall along a cosine, the flow's anew."""

    settings_type = ModernSettings
    hears_all = True
    rate, d_rate, flow_rate = 1e-3, 6e-4, 1e-3
    head_start = 50  # steps in which the discriminator learns alone
    d_every = 2  # steps of the decoder for one of the discriminator, after those

    def __init__(self, data: TrainingSet, settings: ModernSettings, device: Device, graph: bool = True):
        super().__init__(data, settings, device, graph)
        self.q = self._placed(PictureEncoder(settings.df, settings.noise))
        self.q_ema = self._placed(PictureEncoder(settings.df, settings.noise))
        self.q_ema.load_state_dict(self.q.state_dict())
        self.q_ema.requires_grad_(False)
        self.d = self._placed(ProjectionDiscriminator(settings.df, condition=0))
        own = [*self.g.decoder.parameters(), *self.q.parameters()]
        self.g_optimiser = torch.optim.Adam(own, self.rate, (0.5, 0.99), fused=True)
        self.d_optimiser = torch.optim.Adam(self.d.parameters(), self.d_rate, (0.5, 0.99), fused=True)
        self.flow_optimiser = torch.optim.AdamW(self.g.flow.parameters(), self.flow_rate, weight_decay=0.01, fused=True)
        self.drawn = settings.steps - round(settings.flow * settings.steps)  # steps of the first two acts
        self.begin = round(settings.warm * settings.steps)
        self._latents: tuple[torch.Tensor, torch.Tensor, torch.Tensor] | None = None
        self.confidence = np.ones(tuple(self.data.frames.shape[:2]))  # that a frame shows its class, known with the latents
        self._trusted = torch.zeros(0, 2, dtype=torch.long)  # clip and frame of those that teach the flow

    @classmethod
    def build(cls, embedding: int, settings: ModernSettings) -> nn.Module:
        s = settings
        return LatentGenerator(embedding, s.gf, s.noise, s.condition, s.guidance, s.doublings, s.flows)

    def _standardise(self) -> None:
        known = self.data.embeddings[:, 0]
        self.g.ca.fit(known, self.data.parts or (known.shape[1],))

    @property
    def networks(self) -> dict[str, nn.Module]:
        return {**super().networks, "picture encoder": self.q}

    @property
    def optimisers(self) -> dict[str, torch.optim.Optimizer]:
        return {**super().optimisers, "flow_adam": self.flow_optimiser}

    @property
    def parts(self) -> dict[str, nn.Module | torch.optim.Optimizer]:
        return {**super().parts, "q_ema": self.q_ema}

    def _drawn_update(self, number: int = 0) -> Terms:
        if number < self.drawn:
            return super()._drawn_update(number)
        return {name: value.detach() for name, value in self._learn_flow(number).items()}

    @property
    def acts(self) -> dict[int, str]:
        return {0: "redraw", self.begin: "sharpen", self.drawn: "listen"}

    def _update(self, batch: Batch, number: int, generator: torch.Generator) -> Terms:
        fall = _cosine(number / self.drawn)
        with self.device.autocast():
            mean, logvar = self.q(batch.pictures)
            u = torch.randn(mean.shape, generator=generator).to(mean.device)
            redrawn = self.g.decoder(mean + (0.5 * logvar).exp() * u)
        s = self.settings
        terms = {
            "g_pixels": s.pixels * (redrawn.float() - batch.pictures).abs().mean(),
            "g_latent_kl": s.latent_kl * mean.shape[1] * kl_divergence(mean.float(), logvar.float()),
        }
        if number >= self.begin:
            terms |= self._adversary(batch.pictures, redrawn, number, fall, generator)
        loss = sum(value for name, value in terms.items() if name.startswith("g_"))
        return terms | {"norm_g": self._descend(self.g_optimiser, loss, self.rate * fall)}

    def _adversary(self, pictures, redrawn, number: int, fall: float, generator: torch.Generator) -> Terms:
        """What the discriminator adds to the generator's loss, once it has had its head start; it learns itself in every step
        of that and in each `d_every`th after it."""
        changes, ahead = generator.get_state(), number < self.begin + self.head_start
        learns = ahead or (number - self.begin) % self.d_every == 0
        with self.device.autocast(), torch.set_grad_enabled(learns):
            features = self.d.features(diff_augment(pictures, generator))
            real = self.d.judge(features)
        terms = {}
        if learns:
            with self.device.autocast():
                fake = self.d(diff_augment(redrawn.detach(), generator))
            terms = self._scored(real, fake)
            loss = terms["d_real"] + terms["d_fake"]
            terms["norm_d"] = self._descend(self.d_optimiser, loss, self.d_rate * fall)
            if ahead:
                return terms
        # The same changes as the real pictures had, so that their features, known already, can be compared.
        generator.set_state(changes)
        with self.device.autocast():
            own = self.d.features(diff_augment(redrawn, generator))
            logits = self.d.judge(own)
        target = features.detach().float()
        distance = (own.float() - target).abs().mean() / target.abs().mean()
        return (terms or self._scored(real, logits.detach())) | {
            "g_features": self.settings.features * distance,
            "g_adversarial": -self.settings.adversarial * logits.float().mean(),
        }

    @staticmethod
    def _scored(real: torch.Tensor, fake: torch.Tensor) -> Terms:
        """The discriminator's losses and mean scores, of its logits (batch,)."""
        terms = hinge_d_loss(real.float(), None, fake.float(), fake_weight=1.0)
        scores = {"score_real": real.float().mean(), "score_fake": fake.float().mean()}
        return {f"d_{name}": value for name, value in terms.items()} | scores

    def _learn_flow(self, number: int) -> Terms:
        """One step of flow matching for each flow: from noise straight to a training picture's latent, under its sound."""
        errors = []
        for velocity in self.g.flow.members:
            latent, c = self._told_latents()
            z = self._randn(*latent.shape)
            # Most is to be learnt half way, where noise and latent are hard to tell apart (Esser et al. 2024).
            time = self._randn(len(latent), 1).sigmoid()
            with self.device.autocast():
                moved = velocity(torch.lerp(z, latent, time), time[:, 0], c)
            errors.append((moved.float() - (latent - z)).square().mean())
        loss = torch.stack(errors).sum()
        done = (number - self.drawn) / max(self.settings.steps - self.drawn, 1)
        rate = self.flow_rate * _cosine(done) * min(1.0, (number - self.drawn + 1) / 50)
        return {"g_flow": loss / len(errors), "norm_flow": self._descend(self.flow_optimiser, loss, rate)}

    def _told_latents(self) -> tuple[torch.Tensor, torch.Tensor]:
        """This process's part of a batch of standardised latents and their conditions, some of which say nothing."""
        mean, logvar, mu = self._known_latents()
        n, data = self.settings.flow_batch, self.data
        picked, view = (
            torch.randint(high, (n,), generator=self.random).to(self.device.target)
            for high in (len(self._trusted), data.embeddings.shape[1])
        )
        (rows, frame), view = distributed.own_part(self._trusted[picked]).unbind(1), distributed.own_part(view)
        spread = (0.5 * logvar[rows, frame]).exp() * self._randn(len(rows), mean.shape[2])
        c = mu[rows, view] + SIGMA * self._randn(len(rows), self.g.condition)
        told = distributed.own_part(torch.rand(n, 1, generator=self.random)).to(c.device) > UNTOLD
        return (mean[rows, frame] + spread - self.g.center) / self.g.scale, c * told

    def _randn(self, rows: int, columns: int) -> torch.Tensor:
        """This process's `rows` of a normal draw for the whole batch."""
        whole = torch.randn(rows * distributed.world(), columns, generator=self.random)
        return distributed.own_part(whole).to(self.device.target)

    @torch.no_grad()
    def _known_latents(self) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Mean and log-variance (clips, frames, noise) of the training frames' latents, known once pictures are learnt; and
        the conditions mu (clips, views, condition) of their sounds."""
        if self._latents is None:
            state = self.random.get_state()
            self._settle_pictures()
            self.random.set_state(state)
            clips, frames = self.data.frames.shape[:2]
            parts = [self.q_ema(to_tensor(part)) for part in self.data.frames.flatten(0, 1).split(256)]
            mean, logvar = (torch.cat(part).float().view(clips, frames, -1) for part in zip(*parts, strict=True))
            for network in (self.g, self.ema):
                network.center.copy_(mean.mean((0, 1)))
                network.scale.copy_((mean.var((0, 1)) + logvar.exp().mean((0, 1))).sqrt())
            self._latents = mean, logvar, torch.stack([self.g.ca(view)[1] for view in self.data.embeddings.unbind(1)], 1)
            labels = self.data.labels.cpu().numpy()
            if self.settings.trust:
                self.confidence = confidence(mean.cpu().numpy(), labels)
            told = trusted(self.confidence, labels, self.settings.trust)
            self._trusted = torch.from_numpy(np.argwhere(told)).to(mean.device)
        return self._latents

    @torch.no_grad()
    def _follow(self, number: int) -> None:
        if number < self.drawn:
            self._average(self.ema.decoder, self.g.decoder, number, self.settings.ema)
            self._average(self.q_ema, self.q, number, self.settings.ema)
        else:
            self._average(self.ema.flow, self.g.flow, number - self.drawn, 0.998)

    @torch.no_grad()
    def preview(self, rows: torch.Tensor, z: torch.Tensor, eps: torch.Tensor) -> torch.Tensor:
        """While the flow has learnt nothing, the clips' own frames as they are redrawn."""
        if self._latents is not None:
            return super().preview(rows, z, eps)
        self.q_ema.eval()
        return self.ema.decoder(self.q_ema(to_tensor(self.data.frames[rows, 0]))[0])

    def settle(self, batches: int = 40) -> None:
        self._known_latents()
        self.ema.eval()

    def _settle_pictures(self, batches: int = 40) -> None:
        """Gives the averaged picture encoder and decoder batch-norm statistics of their own."""

        def redraw(batch: Batch) -> None:
            self.ema.decoder(self.q_ema(batch.pictures)[0])

        self._settle((self.q_ema, self.ema.decoder), redraw, batches)


def _cosine(done: float) -> float:
    """Share of the first rate after the share `done` of an act."""
    return 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(done, 1.0)))
