"""Make ``ctc.npz``: losses, gradients and decoded labels of PyTorch and Keras.

Run by hand, in an environment with both: ``KERAS_BACKEND=jax python tests/golden/make_ctc.py``.
"""

from __future__ import annotations

import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np
import torch

B, T, C, N = 6, 20, 8, 6
HERE = os.path.dirname(os.path.abspath(__file__))


def main() -> None:
    """Write ``ctc.npz`` beside this file."""
    rng = np.random.default_rng(0)
    logits = (rng.standard_normal((B, T, C)) * 2).astype("float32")
    labels = rng.integers(1, C, (B, N)).astype("int32")
    labels[0] = [1, 1, 2, 2, 2, 3]
    counts = np.array([6, 5, 3, 1, 0, 4], "int32")
    steps = np.array([20, 11, 20, 7, 20, 4], "int32")
    labels[5, :4] = [1, 2, 3, 4]
    arrays = {"logits": logits, "labels": labels, "counts": counts, "steps": steps}
    for blank in (0, C - 1):
        target = labels if blank == 0 else labels - 1
        z = torch.tensor(logits, requires_grad=True)
        log_p = torch.nn.functional.log_softmax(z, dim=-1).transpose(0, 1)
        loss = torch.nn.functional.ctc_loss(
            log_p, torch.tensor(target), torch.tensor(steps), torch.tensor(counts), blank=blank, reduction="none"
        )
        (loss * torch.arange(1, B + 1)).sum().backward()
        arrays[f"loss{blank}"] = loss.detach().numpy()
        arrays[f"slope{blank}"] = z.grad.numpy()
        arrays[f"keras_loss{blank}"] = np.asarray(keras.ops.ctc_loss(target, logits, counts, steps, mask_index=blank))
        # Rows without steps are left out: Keras takes the first step in any case.
        for merge in (True, False):
            found, scores = keras.ops.ctc_decode(logits, steps, merge_repeated=merge, mask_index=blank)
            arrays[f"greedy{blank}{merge}"], arrays[f"greedy_score{blank}{merge}"] = map(np.asarray, (found, scores))
        for width in (3, 20):
            found, scores = keras.ops.ctc_decode(
                logits, steps, strategy="beam_search", beam_width=width, top_paths=3, mask_index=blank
            )
            arrays[f"beam{blank}_{width}"], arrays[f"beam_score{blank}_{width}"] = map(np.asarray, (found, scores))
    np.savez_compressed(os.path.join(HERE, "ctc.npz"), **arrays)


if __name__ == "__main__":
    main()
