"""Rows of the fused ops: inputs, attributes, and the inputs that have a gradient."""

from __future__ import annotations

from typing import Any

import numpy as np

import op_cases  # noqa: F401  (loads the ops that are loaded when first used)
from nncore.ops.definition import OPS


def _sequences(rng: Any) -> dict[str, tuple[list[Any], dict[str, Any], tuple[int, ...]]]:
    """Recurrent layers and attention, with and without masks and saved values."""
    b, t, u = 3, 4, 2
    normal: Any = lambda *shape: rng.normal(size=shape) * 0.5 + 0.1  # noqa: E731
    mask = np.arange(t) < np.array([[4], [2], [0]])
    rows: dict[str, tuple[list[Any], dict[str, Any], tuple[int, ...]]] = {}
    operands = {
        "lstm": [normal(b, t, 4 * u), normal(u, 4 * u), normal(b, u), normal(b, u)],
        "gru": [normal(b, t, 3 * u), normal(u, 3 * u), normal(3 * u), normal(b, u)],
        "simple_rnn": [normal(b, t, u), normal(u, u), normal(b, u)],
    }
    for name, inputs in operands.items():
        gated = name != "simple_rnn"
        for activation, gate in (("tanh", "sigmoid"), ("relu", "hard_sigmoid"), ("linear", "tanh")):
            for masks, reverse in (([], True), ([mask], False)):
                kinds = {"activation": activation, "reverse": reverse}
                kinds |= {"recurrent_activation": gate} if gated else {}
                label = f"{activation}{' masked' * len(masks)}"
                for save in (False, True) if gated else (None,):
                    attrs = kinds if save is None else {**kinds, "save": save}
                    positions = tuple(range(len(inputs)))
                    rows[f"{name}:{label}{' saved' * bool(save)}"] = ([*inputs, *masks], attrs, positions)
                attrs = {**kinds, "save": True} if gated else kinds
                known = OPS[name].reference(*inputs, *masks, **attrs)
                if gated:
                    kept = (
                        [inputs[1], inputs[3], *known[-2:]]
                        if name == "lstm"
                        else [inputs[1], inputs[3], known[0], known[2]]
                    )
                else:
                    kept = [inputs[1], known[0]]
                given = [normal(b, t, u), normal(b, u)]
                which = (True, True, False) if name == "lstm" else (True, True)
                attrs = {**kinds, "mask": bool(masks), "given": which}
                last = len(kept) + len(masks)
                rows[f"{name}_grad:{label}"] = ([*kept, *masks, *given], attrs, (*range(len(kept)), last, last + 1))
    q, k, v = normal(2, 3, 4, 5), normal(2, 6, 2, 5), normal(2, 6, 2, 7)
    for causal in (False, True):
        # A row that sees nothing keeps its dtype's lowest score.
        for masks in ([], [(rng.random((2, 4, 3, 6)) < 0.6) | (np.arange(6) == 0)]):
            attrs = {"causal": causal, "scale": 0.4}
            label = f"{causal}{' masked' * len(masks)}"
            rows[f"attention:{label}"] = ([q, k, v, *masks], attrs, (0, 1, 2))
            known = OPS["attention"].reference(q, k, v, *masks, **attrs)
            rows[f"attention_grad:{label}"] = ([q, k, v, *known, normal(*known[0].shape), *masks], attrs, (5,))
    return rows


def _fused() -> dict[str, tuple[list[Any], dict[str, Any], tuple[int, ...]]]:
    rng = np.random.default_rng(0)
    z, t, g = rng.normal(size=(4, 5)), rng.random((4, 5)), rng.normal(size=4)
    labels = np.array([0, 4, 2, 2], "int32")
    y = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    a, w, b = rng.normal(size=(6, 4)), rng.normal(size=(4, 3)), rng.normal(size=3)
    rows: dict[str, tuple[list[Any], dict[str, Any], tuple[int, ...]]] = {
        "softmax_grad": ([y, z], {}, (0, 1)),
        "log_softmax_grad": ([np.log(y), z], {}, (0, 1)),
        "softmax_crossentropy": ([z, t], {}, (0, 1)),
        "softmax_crossentropy_grad": ([z, t, g], {}, (0, 1, 2)),
        "sparse_softmax_crossentropy": ([z, labels], {}, (0,)),
        "sparse_softmax_crossentropy_grad": ([z, labels, g], {}, (0, 2)),
    }
    from nncore.ops.linalg import EPILOGUES

    for name in EPILOGUES:
        attrs = {"activation": name, "alpha": 0.3}
        rows[f"dense:{name}"] = ([a, w, b], attrs, (0, 1, 2))
        # A result of the activation, as it would be at hand.
        y = OPS["dense"].reference(a, w, b, **attrs)
        rows[f"dense_backward:{name}"] = ([a, w, y], attrs, (0, 1, 2))
    for flags in ("factor offset", "offset", "rms factor", "rms", ""):
        attrs = {"epsilon": 1e-3, **{key: key in flags for key in ("rms", "factor", "offset")}}
        gamma, beta = [rng.normal(size=5)] * attrs["factor"], [rng.normal(size=5)] * attrs["offset"]
        rows[f"layer_norm:{flags}"] = ([z, *gamma, *beta], attrs, (0,))
        rows[f"layer_norm_grad:{flags}"] = ([z, t, *gamma], attrs, (0, 1))
    index = np.array([1, 3, 1, 0], "int32")
    for axis, (left, right) in enumerate((((5, 3), (3, 6)), ((5, 3), (4, 6)), ((6, 4), (5, 3)), ((6, 3), (5, 3)))):
        operands = [rng.normal(size=left), rng.normal(size=right), index, rng.normal(size=4 if axis == 3 else right[1])]
        attrs = {"axis": axis, "activation": "tanh", "alpha": 0.0}
        rows[f"dense_picked:{axis}"] = (operands, attrs, (0, 1, 3))
        rows[f"dense_picked:{axis} no bias"] = (operands[:3], {**attrs, "activation": "linear"}, (0, 1))
    rows["dense:no bias"] = ([a, w], {"activation": "relu", "alpha": 0.0}, (0, 1))
    x, y = rng.normal(size=(2, 5, 4, 4)), rng.normal(size=(2, 3, 4, 6))
    filters = rng.normal(size=(3, 2, 2, 6))
    where = {"strides": (2, 1), "dilations": (1, 2), "pads": (1, 1), "groups": 2}
    for name in EPILOGUES:
        attrs = {**where, "activation": name, "alpha": 0.3}
        rows[f"conv:{name}"] = ([x, filters, rng.normal(size=6)], {**attrs, "size": (3, 4)}, (0, 1, 2))
        rows[f"conv_data:{name}"] = ([y, filters, rng.normal(size=4)], {**attrs, "size": (5, 4)}, (0, 1, 2))
        for kind, (operands, more, _) in {k: rows[f"{k}:{name}"] for k in ("conv", "conv_data")}.items():
            results = OPS[kind].reference(*operands, **more)
            rows[f"{kind}_backward:{name}"] = ([*operands[:2], results], more, (0, 1, 2))
    lr = np.asarray(0.1)
    p, q = rng.random((2, 3)) + 0.5, rng.random((2, 3)) + 0.5
    decay = {"n": 2, "weight_decay": 0.01}
    one: Any = lambda k: [rng.random((2, 3)) + 0.5 for _ in range(k)] + [rng.random(4) + 0.5 for _ in range(k)]  # noqa: E731
    rows["sgd_step"] = ([lr, *one(2)], decay, ())
    rows["momentum_step"] = ([lr, *one(3)], {**decay, "momentum": 0.9, "nesterov": True}, ())
    rms = {**decay, "rho": 0.9, "momentum": 0.5, "epsilon": 1e-3, "centered": False}
    rows["rmsprop_step"] = ([lr, *one(4)], rms, ())
    adam = {**decay, "beta_1": 0.9, "beta_2": 0.99, "epsilon": 1e-3, "amsgrad": True}
    rows["adam_step"] = ([lr, lr * 2, *one(5)], adam, ())
    rows["adagrad_step"] = ([lr, *one(3)], {**decay, "epsilon": 1e-3}, ())
    betas = {**decay, "beta_1": 0.9, "beta_2": 0.99, "epsilon": 1e-3}
    rows["adadelta_step"] = ([lr, *one(4)], {**decay, "rho": 0.9, "epsilon": 1e-3}, ())
    rows["adamax_step"] = ([lr, lr * 2, *one(4)], betas, ())
    rows["nadam_step"] = ([lr, lr * 2, lr * 3, lr * 11, *one(4)], betas, ())
    rows["lion_step"] = ([lr, *one(3)], {**decay, "beta_1": 0.9, "beta_2": 0.99}, ())
    ftrl = {**decay, "l1": 0.2, "l2": 0.1, "l2_shrinkage": 0.3, "beta": 0.4}
    rows["ftrl_step"] = ([lr, *one(4)], ftrl, ())
    rows["lamb_step"] = ([lr, lr * 2, lr * 3, *one(4)], betas, ())
    touched = [rng.normal(size=(1, 5, 3)), np.array([1, 6, 1, 0, 9], "int32")]
    table = rng.normal(size=(7, 3))
    rows["sgd_rows_step"] = ([lr, table, *touched], {}, ())
    rows["adagrad_rows_step"] = ([lr, table, table**2, *touched], {"epsilon": 1e-3}, ())
    del p, q
    from nncore.ops.ctc_kernels import _reference as ctc

    target = [np.array([[1, 1], [2, 0], [1, 0]], "int32"), np.array([2, 1, 0]), np.array([4, 2, 3])]
    z = rng.normal(size=(3, 4, 3))
    saved = ctc(z, *target, blank=0, save=True)
    rows["ctc"] = ([z, *target], {"blank": 0, "save": False}, (0,))
    rows["ctc:saved"] = ([z, *target], {"blank": 0, "save": True}, ())
    rows |= _sequences(rng)
    rows["ctc_grad"] = ([z, *target, *saved, rng.normal(size=3)], {"blank": 0}, (0, 7))
    return rows


FUSED = _fused()
