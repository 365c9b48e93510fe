"""What several networks are built of: residual and upsampling blocks, trunks, initialisation."""

from functools import cache

import torch
from torch import nn
from torch.nn import functional as F

# How nearest-neighbour doubling spreads a 3-tap kernel over the 4 taps of a transposed convolution of stride 2.
_SPREAD = torch.tensor([[0.0, 0, 1], [0, 1, 1], [1, 1, 0], [1, 0, 0]])


class UpsampledConv(nn.Module):
    """Nearest x2, then a 3x3 convolution, as ONE transposed convolution: the same function with 16 taps for 36.

    (batch, inputs, h, w) -> (batch, outputs, 2h, 2w). `weight` has the shape of the 3x3 convolution's.
    """

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(outputs, inputs, 3, 3))
        nn.init.normal_(self.weight, 0.0, 0.02)
        self.register_buffer("spread", _SPREAD.clone(), persistent=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.conv_transpose2d(x, self.kernel(x.is_cuda), stride=2, padding=1)

    def kernel(self, at_once: bool) -> torch.Tensor:
        """The transposed convolution's kernel (inputs, outputs, 4, 4): axis by axis, or as one matrix product `at_once` in the
        weight's own layout, which is no faster on a CPU, but saves an eighth of a step on a GPU."""
        if not at_once:
            return torch.einsum("ax,by,oixy->ioab", self.spread, self.spread, self.weight)
        outputs, inputs = self.weight.shape[:2]
        taps = torch.einsum("ax,by->abxy", self.spread, self.spread).reshape(16, 9)
        spread = taps @ self.weight.permute(0, 2, 3, 1).reshape(outputs, 9, inputs)
        return spread.view(outputs, 4, 4, inputs).permute(3, 0, 1, 2)


@cache
def _bilinear(before: int, after: int, device: torch.device, dtype: torch.dtype) -> torch.Tensor:
    """The matrix (after, before) of bilinear resizing along one axis."""
    eye = torch.eye(before)[None, :, :, None]
    resized = F.interpolate(eye, size=(after, 1), mode="bilinear", align_corners=False)
    return resized[0, :, :, 0].t().contiguous().to(device, dtype)


def resize(x: torch.Tensor, size: int) -> torch.Tensor:
    """Square (batch, channels, side, side) -> (batch, channels, size, size), bilinear, channels last in memory.

    As two matrix products: torch's own interpolation adds up its gradient atom by atom, slowly in half precision and in
    no fixed order.
    """
    batch, channels, side, _ = x.shape
    matrix = _bilinear(side, size, x.device, x.dtype)
    rows = torch.matmul(matrix, x.permute(0, 2, 3, 1).reshape(batch, side, side * channels))
    both = torch.matmul(matrix, rows.view(batch * size, side, channels))
    return both.view(batch, size, size, channels).permute(0, 3, 1, 2)


class AveragePool(nn.AvgPool2d):
    """Means over windows of `kernel_size`, side by side; what is left at the edges makes smaller windows."""

    def __init__(self, size: tuple[int, int]):
        super().__init__(size, ceil_mode=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        whole = not any(side % size for side, size in zip(x.shape[2:], self.kernel_size, strict=True))
        return self.of_whole(x) if x.is_cuda and whole else super().forward(x)

    def of_whole(self, x: torch.Tensor) -> torch.Tensor:
        """The same where whole windows fill `x`: channels last on a GPU torch's own takes a quarter of the encoder's step."""
        batch, channels, height, width = x.shape
        rows, columns = self.kernel_size
        windows = x.permute(0, 2, 3, 1).reshape(batch, height // rows, rows, width // columns, columns, channels)
        return windows.mean((2, 4)).permute(0, 3, 1, 2)


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions and a shortcut. (batch, inputs, h, w) -> (batch, outputs, h / stride[0], w / stride[1])."""

    def __init__(self, inputs: int, outputs: int, stride: tuple[int, int] = (2, 2)):
        super().__init__()
        self.outputs = outputs
        self.body = nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(inplace=True),
            nn.Conv2d(outputs, outputs, 3, padding=1, bias=False),
            nn.BatchNorm2d(outputs),
        )
        self.shortcut = nn.Sequential(
            AveragePool(stride), nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.relu(self.body(x) + self.shortcut(x))


def trunk(width: int) -> nn.Sequential:
    """Pictures (batch, 3, 64, 64) -> (batch, 8 width, 4, 4), by four strided convolutions with batch norm from the second on."""
    first = [nn.Conv2d(3, width, 4, 2, 1, bias=False), nn.LeakyReLU(0.2, inplace=True)]
    return nn.Sequential(*first, *(layer for i in range(3) for layer in _down(width * 2**i, width * 2 ** (i + 1))))


def _down(inputs: int, outputs: int) -> list[nn.Module]:
    """Halves height and width."""
    conv = nn.Conv2d(inputs, outputs, 4, 2, 1, bias=False)
    return [conv, nn.BatchNorm2d(outputs), nn.LeakyReLU(0.2, inplace=True)]


def orthogonal(layer: nn.Module) -> nn.Module:
    nn.init.orthogonal_(layer.weight)
    return layer


def initialise(module: nn.Module) -> None:
    """Weights from N(0, 0.02), batch norm's scales from N(1, 0.02), biases 0: DCGAN's, which StackGAN keeps."""
    if isinstance(module, nn.Conv2d | nn.Linear):
        nn.init.normal_(module.weight, 0.0, 0.02)
    elif isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, 0.02)
    if getattr(module, "bias", None) is not None:
        nn.init.zeros_(module.bias)
