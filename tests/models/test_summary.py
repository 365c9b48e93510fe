"""The table of layers is of the network that is there."""

import torch

from a2i.models.encoder import Encoder
from a2i.models.summary import layers


def test_layers_tell_shapes_and_all_parameters_and_leave_the_network_as_it_was():
    network = Encoder(10, width=4, embedding=8)
    (found,) = layers(lambda: network(torch.zeros(2, 1, 128, 431)), network)
    assert found[0] == ("1  conv 3x3 / 2, batch norm, ReLU", "4 x 64 x 216", 4 * 9 + 8)
    assert found[-1] == (f"{len(found)}  linear", "10", 90)
    assert sum(count for *_, count in found) == sum(p.numel() for p in network.parameters())
    assert not any(module._forward_hooks for module in network.modules())


def test_each_network_has_a_table_of_its_own_layers():
    one, other = torch.nn.Linear(2, 3), torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.ReLU())
    assert layers(lambda: other(one(torch.zeros(1, 2))), one, other) == [[("1  linear", "3", 9)], [("1  linear, ReLU", "4", 16)]]
