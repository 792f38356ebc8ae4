"""Listed layers of sequences (`sequence_cases.py`) in PyTorch."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from case import Case
from serve import Weights
from torch import nn
from torch_images import linear


def put(parameter: torch.Tensor, array: np.ndarray) -> None:
    with torch.no_grad():
        parameter.copy_(torch.from_numpy(np.ascontiguousarray(array)))


def reordered(array: np.ndarray, order: tuple[int, ...]) -> np.ndarray:
    """The gates' columns in another order."""
    parts = np.split(array, len(order), axis=-1)
    return np.concatenate([parts[k] for k in order], axis=-1)


class Last(nn.Module):
    """The last output of an LSTM or GRU."""

    def __init__(self, arrays: tuple[np.ndarray, ...], units: int) -> None:
        super().__init__()
        kernel, recurrent, bias = arrays
        if bias.ndim == 1:
            self.layer: nn.RNNBase = nn.LSTM(len(kernel), units, batch_first=True)
            order, biases = (0, 1, 2, 3), (bias, np.zeros_like(bias))
            # There is one bias; PyTorch has two, of which the second stays zero.
            self.layer.bias_hh_l0.requires_grad_(False)
        else:
            self.layer = nn.GRU(len(kernel), units, batch_first=True)
            order, biases = (1, 0, 2), (bias[0], bias[1])
        put(self.layer.weight_ih_l0, reordered(kernel, order).T)
        put(self.layer.weight_hh_l0, reordered(recurrent, order).T)
        put(self.layer.bias_ih_l0, reordered(biases[0], order))
        put(self.layer.bias_hh_l0, reordered(biases[1], order))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        result: torch.Tensor = self.layer(x)[0][:, -1]
        return result


class Average(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.mean(1)


def encoder(weights: Iterator[tuple[np.ndarray, ...]], heads: int, hidden: int) -> nn.Module:
    projections = next(weights)
    width = len(projections[0])
    block = nn.TransformerEncoderLayer(width, heads, hidden, dropout=0.0, layer_norm_eps=1e-3, batch_first=True)
    attention = block.self_attn
    put(attention.in_proj_weight, np.concatenate([k.reshape(width, -1).T for k in projections[0:6:2]]))
    put(attention.in_proj_bias, np.concatenate([b.ravel() for b in projections[1:6:2]]))
    put(attention.out_proj.weight, projections[6].reshape(-1, width).T)
    put(attention.out_proj.bias, projections[7])
    next(weights)  # normalizations start as they are
    for layer in (block.linear1, block.linear2):
        kernel, bias = next(weights)
        put(layer.weight, kernel.T)
        put(layer.bias, bias)
    next(weights)
    return block


class Net(nn.Module):
    def __init__(self, case: Case, weights: Weights) -> None:
        super().__init__()
        arrays = iter(weights)
        layers: list[nn.Module] = []
        for kind, *arguments in case.layers:
            if kind == "embedding":
                (table,) = next(arrays)
                layers.append(nn.Embedding(*table.shape))
                put(layers[-1].weight, table)
            elif kind in ("lstm", "gru"):
                layers.append(Last(next(arrays), arguments[0]))
            elif kind == "encoder":
                layers.append(encoder(arrays, arguments[0], arguments[2]))
            elif kind == "average":
                layers.append(Average())
            else:
                layers.append(linear(next(arrays)))
        self.layers = nn.Sequential(*layers)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        result: torch.Tensor = self.layers(x)
        return result
