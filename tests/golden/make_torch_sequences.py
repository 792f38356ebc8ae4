"""Make ``torch_sequences.npz``: what PyTorch's LSTM, GRU and MultiheadAttention give, forwards and in their gradients.

Run by hand, in an environment with PyTorch: ``python tests/golden/make_torch_sequences.py``. Weights are stored in
Keras's layout, gradients too.
"""

from __future__ import annotations

import os

import numpy as np
import torch
from torch import nn

B, T, F, U = 3, 6, 4, 5
LENGTHS = [6, 2, 4]
HERE = os.path.dirname(os.path.abspath(__file__))


def gates(array: torch.Tensor, order: tuple[int, ...]) -> np.ndarray:
    """The gates' rows in Keras's order, as columns."""
    parts = array.detach().chunk(len(order))
    return torch.cat([parts[k] for k in order]).movedim(-1, 0).numpy()


def of_layer(layer: nn.RNNBase, what: str) -> list[np.ndarray]:
    """Kernel, recurrent kernel and bias, or their gradients."""
    order = (0, 1, 2, 3) if isinstance(layer, nn.LSTM) else (1, 0, 2)
    names = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
    tensors = [getattr(layer, name) if what == "w" else getattr(layer, name).grad for name in names]
    kernel, recurrent, first, second = (gates(t, order) for t in tensors)
    if isinstance(layer, nn.GRU):
        return [kernel, recurrent, np.stack([first, second])]
    # One bias here: the sum of PyTorch's two; both have its gradient.
    return [kernel, recurrent, first + second if what == "w" else first]


def weighted(x: torch.Tensor) -> torch.Tensor:
    return (x * torch.cos(torch.arange(x.numel())).reshape(x.shape)).sum()


def main() -> None:
    """Write ``torch_sequences.npz`` beside this file."""
    torch.manual_seed(0)
    arrays: dict[str, np.ndarray] = {"lengths": np.array(LENGTHS)}
    for name, cls in (("lstm", nn.LSTM), ("gru", nn.GRU)):
        layer = cls(F, U, batch_first=True)
        x = torch.randn(B, T, F, requires_grad=True)
        # Packed sequences: what lies behind a row's end is neither read nor written.
        packed = nn.utils.rnn.pack_padded_sequence(x, torch.tensor(LENGTHS), batch_first=True, enforce_sorted=False)
        outputs, last = layer(packed)
        sequences = nn.utils.rnn.pad_packed_sequence(outputs, batch_first=True, total_length=T)[0]
        states = [s[0] for s in (last if name == "lstm" else [last])]
        sum((weighted(y) for y in [sequences, *states]), torch.zeros(())).backward()
        for kind in ("w", "dw"):
            for i, array in enumerate(of_layer(layer, kind)):
                arrays[f"{name}.{kind}{i}"] = array
        arrays |= {f"{name}.x": x.detach().numpy(), f"{name}.dx": x.grad.numpy()}
        for i, y in enumerate([sequences, *states]):
            arrays[f"{name}.out{i}"] = y.detach().numpy()

    heads, depth = 2, 3
    layer = nn.MultiheadAttention(heads * depth, heads, batch_first=True)
    q, v = (torch.randn(B, n, heads * depth, requires_grad=True) for n in (4, T))
    seen = torch.arange(T) < torch.tensor(LENGTHS)[:, None]
    out, scores = layer(q, v, v, key_padding_mask=~seen, average_attn_weights=False)
    (weighted(out) + weighted(scores)).backward()

    def parts(weight: torch.Tensor, bias: torch.Tensor, last: torch.Tensor, end: torch.Tensor) -> list[np.ndarray]:
        found = []
        for w, b in zip(weight.detach().chunk(3), bias.detach().chunk(3), strict=True):
            found += [w.T.reshape(-1, heads, depth).numpy(), b.reshape(heads, depth).numpy()]
        return [*found, last.detach().T.reshape(heads, depth, -1).numpy(), end.detach().numpy()]

    tensors = [layer.in_proj_weight, layer.in_proj_bias, layer.out_proj.weight, layer.out_proj.bias]
    for kind, items in (("w", parts(*tensors)), ("dw", parts(*(t.grad for t in tensors)))):
        for i, array in enumerate(items):
            arrays[f"heads.{kind}{i}"] = array
    named = {"q": q, "v": v, "dq": q.grad, "dv": v.grad, "out": out, "scores": scores}
    arrays |= {f"heads.{key}": value.detach().numpy() for key, value in named.items()}
    np.savez_compressed(os.path.join(HERE, "torch_sequences.npz"), **arrays)


if __name__ == "__main__":
    main()
