"""Training with PyTorch, eager, the data in one tensor and the optimizer fused where it can be."""

from __future__ import annotations

import torch
from cases import BETAS, EPSILON, LEARNING_RATE, RHO, Case, make_data, make_weights
from serve import serve
from torch import nn


class Network:
    def __init__(self, case: Case) -> None:
        x, y = make_data(case)
        self.case = case
        self.x = torch.from_numpy(x)
        self.y = torch.from_numpy(y).long()
        layers: list[nn.Module] = []
        for fan_in, fan_out in zip(case.sizes, case.sizes[1:], strict=False):
            layers += [nn.Linear(fan_in, fan_out), nn.ReLU()]
        self.model = nn.Sequential(*layers[:-1])
        with torch.no_grad():
            for parameter, weight in zip(self.model.parameters(), make_weights(case), strict=True):
                parameter.copy_(torch.from_numpy(weight.T))
        parameters = self.model.parameters()
        if case.optimizer == "adam":
            self.optimizer: torch.optim.Optimizer = torch.optim.Adam(
                parameters, LEARNING_RATE, BETAS, EPSILON, fused=True
            )
        else:
            self.optimizer = torch.optim.RMSprop(parameters, LEARNING_RATE, RHO, EPSILON)
        self.loss = nn.CrossEntropyLoss()

    def train(self, epochs: int, *, shuffle: bool) -> list[float]:
        return [self.epoch(shuffle) for _ in range(epochs)]

    def epoch(self, shuffle: bool) -> float:
        n = len(self.x)
        order = torch.randperm(n) if shuffle else torch.arange(n)
        total = torch.zeros(())
        for rows in order.split(self.case.batch):
            self.optimizer.zero_grad()
            loss = self.loss(self.model(self.x[rows]), self.y[rows])
            loss.backward()
            self.optimizer.step()
            total += loss.detach()
        return total.item() / self.case.steps


class PyTorch:
    version = f"PyTorch {torch.__version__} eager"

    def set_threads(self, threads: int) -> None:
        torch.set_num_threads(threads)

    def make(self, case: Case) -> Network:
        return Network(case)


if __name__ == "__main__":
    serve(PyTorch)
