"""The table of layers is of the network that is there."""

import torch

from a2i.models.encoder import Encoder
from a2i.models.summary import layers


def test_layers_tell_shapes_and_all_parameters():
    network = Encoder(10, width=4, embedding=8)
    found = layers(network, torch.zeros(1, 1, 128, 431))
    shapes = {name: shape for name, shape, _ in found}
    assert shapes["stem.0"] == (4, 64, 216)
    assert shapes["collapse"] == (8, 1, 27)
    assert shapes["classifier.1"] == (10,)
    assert sum(count for *_, count in found) == sum(p.numel() for p in network.parameters())
    assert network.training
