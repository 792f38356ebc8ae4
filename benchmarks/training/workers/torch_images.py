"""Listed layers (`image_cases.py`) in PyTorch, images with their channels last in memory, which is faster."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from case import Case
from serve import Weights
from torch import nn


def channels_first(x: torch.Tensor) -> torch.Tensor:
    """As PyTorch counts the dimensions; the memory stays as it is."""
    return x.movedim(-1, 1)


def kernel_of(array: np.ndarray) -> torch.Tensor:
    """From (taps..., channels, filters) to (filters, channels, taps...)."""
    return torch.from_numpy(array).movedim(-2, 0).movedim(-1, 0)


class Conv(nn.Module):
    def __init__(self, arrays: tuple[np.ndarray, ...], padding: str, stride: int = 1, groups: int = 1) -> None:
        super().__init__()
        kernel = kernel_of(arrays[0])
        if groups > 1:
            kernel = kernel.transpose(0, 1)
        taps = kernel.shape[2:]
        layer = (nn.Conv1d, nn.Conv2d)[len(taps) - 1]
        around = taps[0] // 2 if padding == "same" else 0
        self.conv: Any = layer(
            groups * kernel.shape[1], kernel.shape[0], taps, stride, around, groups=groups, bias=len(arrays) > 1
        )
        with torch.no_grad():
            self.conv.weight.copy_(kernel)
            if len(arrays) > 1:
                self.conv.bias.copy_(torch.from_numpy(arrays[1]))
        if len(taps) == 2:
            self.conv = self.conv.to(memory_format=torch.channels_last)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        result: torch.Tensor = self.conv(x)
        return result


def normalization(arrays: tuple[np.ndarray, ...], dimensions: int) -> nn.Module:
    # Keras's moving averages and epsilon.
    layer = (nn.BatchNorm1d, nn.BatchNorm2d)[dimensions - 1](len(arrays[0]), eps=1e-3, momentum=0.01)
    for tensor, array in zip((layer.weight, layer.bias, layer.running_mean, layer.running_var), arrays, strict=True):
        assert tensor is not None
        with torch.no_grad():
            tensor.copy_(torch.from_numpy(array))
    return layer


class Block(nn.Module):
    def __init__(self, weights: Iterator[tuple[np.ndarray, ...]], dimensions: int, pool: bool) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for _ in range(2):
            layers += [Conv(next(weights), "same"), normalization(next(weights), dimensions), nn.ReLU()]
        if pool:
            layers.append((nn.MaxPool1d, nn.MaxPool2d)[dimensions - 1](2))
        self.layers = nn.Sequential(*layers)
        self.beside = Conv(next(weights), "valid", 2 if pool else 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        result: torch.Tensor = self.layers(x) + self.beside(x)
        return result


class Average(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.flatten(2).mean(2)


class Flatten(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.movedim(1, -1).flatten(1)


def linear(arrays: tuple[np.ndarray, ...]) -> nn.Linear:
    kernel, bias = arrays
    layer = nn.Linear(*kernel.shape)
    with torch.no_grad():
        layer.weight.copy_(torch.from_numpy(kernel.T))
        layer.bias.copy_(torch.from_numpy(bias))
    return layer


class Net(nn.Module):
    def __init__(self, case: Case, weights: Weights) -> None:
        super().__init__()
        dimensions = len(case.inputs[0]) - 1
        arrays = iter(weights)
        layers: list[nn.Module] = []
        for kind, *arguments in case.layers:
            if kind == "conv":
                layers.append(Conv(next(arrays), arguments[2]))
            elif kind == "depthwise":
                layers.append(Conv(next(arrays), arguments[1], groups=case.inputs[0][-1]))
            elif kind == "block":
                layers.append(Block(arrays, dimensions, arguments[1]))
            elif kind == "pool":
                layers.append((nn.MaxPool1d, nn.MaxPool2d)[dimensions - 1](arguments[0]))
            elif kind == "dense":
                layers.append(linear(next(arrays)))
            else:
                layers.append({"average": Average, "flatten": Flatten}[kind]())
            if arguments and arguments[-1] == "relu":
                layers.append(nn.ReLU())
        self.layers = nn.Sequential(*layers)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        result: torch.Tensor = self.layers(channels_first(x))
        return result


def gradients(case: Case, x: np.ndarray, weights: Weights) -> Callable[[], object]:
    """A call that gives a layer's result and its gradients."""
    layer = Net(case, weights).layers[0]
    convolution: Any = layer.conv
    kernel = convolution.weight
    data = channels_first(torch.from_numpy(x)).requires_grad_()
    with torch.no_grad():
        shape = convolution(data).movedim(1, -1).shape
    seen = channels_first(torch.from_numpy(np.random.default_rng(3).standard_normal(shape, np.float32)))
    function = (nn.functional.conv1d, nn.functional.conv2d)[x.ndim - 3]

    def call() -> object:
        y = function(data, kernel, None, 1, convolution.padding, 1, convolution.groups)
        return y, torch.autograd.grad(y, (data, kernel), seen)

    return call
