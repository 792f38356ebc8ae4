"""Training with PyTorch: the data in one tensor, Adam fused.

The argument is `eager` or `compile`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np
import torch
from case import Case, Data
from cases import BETAS, EPSILON, LEARNING_RATE, RHO
from serve import NotOfferedError, Weights, serve
from torch import nn
from torch_images import Net as ListedNet
from torch_images import gradients, linear
from torch_sequences import Net as SequenceNet

COMPILE = sys.argv[1] == "compile"


class Net(nn.Module):
    """Branches, one per input, and the trunk behind them."""

    def __init__(self, case: Case, weights: Weights) -> None:
        super().__init__()
        dense = iter([linear(pair) for pair in weights])
        self.branches = nn.ModuleList()
        for _ in case.inputs:
            layers: list[nn.Module] = []
            for _ in case.branch:
                layers += [next(dense), nn.ReLU()]
            self.branches.append(nn.Sequential(*layers))
        layers = []
        for layer in dense:
            layers += [layer, nn.ReLU()]
        self.trunk = nn.Sequential(*layers[:-1])

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        parts = [branch(x) for branch, x in zip(self.branches, inputs, strict=True)]
        result: torch.Tensor = self.trunk(torch.cat(parts, 1) if len(parts) > 1 else parts[0])
        return result


class Network:
    def __init__(self, case: Case, data: Data, weights: Weights) -> None:
        self.case, self.weights = case, weights
        self.inputs = [torch.from_numpy(x) for x in data.inputs]
        y = torch.from_numpy(data.targets)
        self.y = y if case.loss == "mse" else y.long()
        kinds = {kind for kind, *_ in case.layers}
        net = SequenceNet if kinds & {"lstm", "gru", "encoder"} else ListedNet if kinds else Net
        self.model: nn.Module = net(case, weights)
        parameters = [p for p in self.model.parameters() if p.requires_grad]
        if case.optimizer == "adam":
            self.optimizer: torch.optim.Optimizer = torch.optim.Adam(
                parameters, LEARNING_RATE, BETAS, EPSILON, fused=True
            )
        else:
            self.optimizer = torch.optim.RMSprop(parameters, LEARNING_RATE, RHO, EPSILON)
        self.criterion = nn.MSELoss() if case.loss == "mse" else nn.CrossEntropyLoss()
        self.forward: Callable[..., torch.Tensor] = self.model
        self.loss: Callable[..., torch.Tensor] = self.loss_of
        if COMPILE:
            # What was compiled for the network before counts against a limit, beyond which it is run
            # without compiling.
            torch.compiler.reset()
            self.forward = torch.compile(self.model)
            self.loss = torch.compile(self.loss_of)

    def loss_of(self, y: torch.Tensor, *inputs: torch.Tensor) -> torch.Tensor:
        loss: torch.Tensor = self.criterion(self.model(*inputs), y)
        return loss

    def train(self, epochs: int, steps: int, *, shuffle: bool) -> list[float]:
        return [self.epoch(steps, shuffle) for _ in range(epochs)]

    def epoch(self, steps: int, shuffle: bool) -> float:
        n = steps * self.case.batch
        order = torch.randperm(n) if shuffle else torch.arange(n)
        total = torch.zeros(())
        for rows in order.split(self.case.batch):
            self.optimizer.zero_grad()
            loss = self.loss(self.y[rows], *[x[rows] for x in self.inputs])
            loss.backward()
            self.optimizer.step()
            total += loss.detach()
        return total.item() / steps

    def caller(self, how: str, inputs: list[np.ndarray]) -> Callable[[], object]:
        if how == "gradients":
            if COMPILE:
                raise NotOfferedError("a layer alone is the same call, compiled or not")
            return gradients(self.case, inputs[0], self.weights)
        tensors = [torch.from_numpy(x) for x in inputs]

        @torch.no_grad()
        def call() -> object:
            return self.forward(*tensors)

        return call


class PyTorch:
    def set_threads(self, threads: int) -> None:
        torch.set_num_threads(threads)

    def make(self, case: Case, data: Data, weights: Weights) -> Network:
        return Network(case, data, weights)


if __name__ == "__main__":
    serve(PyTorch)
