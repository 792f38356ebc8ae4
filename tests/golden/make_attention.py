"""Make ``attention.npz``: what Keras's attention layers and EinsumDense give, forwards and in their gradients.

Run by hand, in an environment with Keras: ``KERAS_BACKEND=jax python tests/golden/make_attention.py``.
"""

from __future__ import annotations

import json
import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import jax
import keras
import numpy as np
from keras import layers

B, T, S, F = 2, 4, 5, 6
MASK = np.array([[1, 1, 1, 1, 0], [1, 1, 0, 0, 0]], bool)
PAIRS = np.random.default_rng(1).random((B, T, S)) < 0.7
PAIRS[..., 0] = True


def rows() -> dict[str, tuple]:
    """name: layer, shapes of its inputs, whether they are one list, options of the call."""
    mha, gqa = layers.MultiHeadAttention, layers.GroupQueryAttention
    q, v = (B, T, F), (B, S, F)
    columns = [(B, T, 3, F), (B, S, 3, F)]
    scored = {"return_attention_scores": True}
    return {
        "mha": (mha(2, 3), [q, v], False, {}),
        "mha_self_causal": (mha(2, 3, use_bias=False), [v, v], False, {"use_causal_mask": True}),
        "mha_key": (mha(3, 2, value_dim=4, output_shape=7), [q, v, v], False, scored),
        "mha_masked": (mha(2, 3), [q, v], False, {"value_mask": "mask", "attention_mask": "pairs"}),
        "mha_masked_scores": (mha(2, 3), [q, v], False, {"attention_mask": "pairs", **scored}),
        "mha_window": (mha(2, 3, sliding_window=2, use_gate=True), [v, v], False, {}),
        "mha_image": (mha(2, 3), [(B, 3, 4, F), (B, 2, 3, F)], False, scored),
        "mha_rows": (mha(2, 3, attention_axes=2, use_gate=True), [(B, 3, 4, F), (B, 3, 5, F)], False, {}),
        "mha_columns": (
            mha(2, 3, attention_axes=1, value_dim=2),
            columns,
            False,
            {"attention_mask": "pairs", **scored},
        ),
        "mha_columns_masked": (
            mha(2, 3, attention_axes=-3),
            [(B, T, 3, F), (B, S, 3, F)],
            False,
            {"value_mask": "mask"},
        ),
        "mha_volume": (mha(2, 3, attention_axes=(1, 3)), [(B, 2, 3, 2, F), (B, 4, 3, 1, F)], False, {}),
        "gqa": (gqa(3, 4, 2), [q, v], False, {"value_mask": "mask"}),
        "gqa_causal": (gqa(3, 4, 2, use_gate=True), [v, v], False, {"use_causal_mask": True, **scored}),
        "dot": (layers.Attention(use_scale=True), [q, v], True, {"mask": "both", **scored}),
        "dot_causal": (layers.Attention(), [v, v, v], True, {"use_causal_mask": True}),
        "concat": (layers.Attention(score_mode="concat", use_scale=True), [q, v], True, {}),
        "additive": (layers.AdditiveAttention(), [q, v], True, {"mask": "both"}),
        "einsum": (layers.EinsumDense("abc,cde->abde", (None, 2, 3), bias_axes="de"), [q], False, {}),
        "einsum_back": (layers.EinsumDense("abcd,cde->abe", (None, 4), bias_axes="e"), [(B, T, 2, 3)], False, {}),
        "einsum_time": (layers.EinsumDense("abc,bd->adc", (3, F), activation="relu"), [q], False, {}),
        "einsum_left": (layers.EinsumDense("...x,xy->...y", 3, bias_axes="y"), [(B, T, 2, F)], False, {}),
        "einsum_right": (layers.EinsumDense("ab...,bc->ac...", 3, bias_axes="c"), [(B, T, F)], False, {}),
    }


def main() -> None:
    """Write ``attention.npz`` beside this file."""
    rng = np.random.default_rng(0)
    arrays: dict[str, np.ndarray] = {"mask": MASK, "pairs": PAIRS}
    meta: dict[str, dict] = {}
    named = {"mask": MASK, "pairs": PAIRS, "both": [np.ones((B, T), bool), MASK]}
    for name, (layer, shapes, listed, options) in rows().items():
        inputs = [rng.standard_normal(shape).astype("float32") for shape in shapes]
        given = {k: named[v] if isinstance(v, str) else v for k, v in options.items()}
        call = [inputs] if listed else inputs
        layer(*call, **given)
        layer.set_weights([rng.standard_normal(w.shape).astype("float32") * 0.5 for w in layer.get_weights()])
        values = [v.value for v in layer.trainable_variables]
        fixed = [v.value for v in layer.non_trainable_variables]

        def total(values, inputs, layer=layer, fixed=fixed, given=given, listed=listed):
            outputs, _ = layer.stateless_call(values, fixed, *([inputs] if listed else inputs), **given)
            leaves = [leaf for leaf in keras.tree.flatten(outputs) if leaf is not None]
            loss = sum((leaf * np.cos(np.arange(leaf.size)).reshape(leaf.shape)).sum() for leaf in leaves)
            return loss, leaves

        (_, leaves), gradients = jax.value_and_grad(total, argnums=(0, 1), has_aux=True)(values, inputs)
        meta[name] = {
            "config": layers.serialize(layer),
            "listed": listed,
            "options": options,
            "inputs": len(inputs),
            "outputs": len(leaves),
            "weights": len(values),
        }
        for kind, items in (
            ("in", inputs),
            ("w", values),
            ("out", leaves),
            ("dw", gradients[0]),
            ("din", gradients[1]),
        ):
            for i, item in enumerate(items):
                arrays[f"{name}.{kind}{i}"] = np.asarray(item)
    arrays["meta"] = np.array(json.dumps({"keras": keras.__version__, "layers": meta}))
    np.savez_compressed(os.path.join(os.path.dirname(os.path.abspath(__file__)), "attention.npz"), **arrays)


if __name__ == "__main__":
    main()
