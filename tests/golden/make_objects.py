"""Make the golden values of losses, metrics and optimizers with Keras 3.

Run by hand with a Python that has keras and jax:

    KERAS_BACKEND=jax python tests/golden/make_objects.py [losses] [metrics] [optimizers]

Writes objects_losses.json, objects_metrics.json and objects_optimizers.json beside this file, or
only those named.
"""

import json
import os
import pathlib
import sys

os.environ.setdefault("KERAS_BACKEND", "jax")
sys.path.insert(0, str(pathlib.Path(__file__).parent))

import jax
import keras
import numpy as np
import object_cases as cases
import optimizer_cases

HERE = pathlib.Path(__file__).parent


def plain(value):
    """An array as nested lists of numbers with the digits that float32 holds."""
    array = np.asarray(value)
    rounded = [float(f"{v:.9g}") for v in array.ravel().tolist()]
    return {"shape": list(array.shape), "values": rounded}


def outcome(compute):
    """The value, or a mark that Keras refuses these shapes."""
    try:
        return compute()
    except (ValueError, TypeError):
        return {"error": True}


def make_losses():
    out = {}
    for name, arguments, kinds in cases.LOSSES:
        for kind, shape in kinds:
            y_true, y_pred, weights = cases.batch(kind, shape)
            for weight_name, weight in weights.items():
                for reduction in cases.REDUCTIONS:
                    loss = getattr(keras.losses, name)(reduction=reduction, **arguments)
                    key = cases.case_id(name, arguments, kind, shape, weight_name, reduction)
                    out[key] = outcome(
                        lambda: plain(loss(y_true, y_pred, sample_weight=weight))  # noqa: B023
                    )
    return out


def results_of(name, arguments, kind, shape, weight_name):
    # Keras counts for IoU in integers, which cuts weights off.
    metric = getattr(keras.metrics, name)(dtype="float32", **arguments)
    results = []
    for seed, size in cases.METRIC_BATCHES:
        y_true, y_pred, weights = cases.batch(kind, shape, seed, size)
        metric.update_state(y_true, y_pred, sample_weight=weights[weight_name])
        results.append(plain(metric.result()))
    return results


def make_metrics():
    out = {}
    for name, arguments, kinds in cases.METRICS:
        for kind, shape in kinds:
            for weight_name in cases.batch(kind, shape)[2]:
                key = cases.case_id(name, arguments, kind, shape, weight_name)
                out[key] = outcome(
                    lambda: results_of(name, arguments, kind, shape, weight_name)  # noqa: B023
                )
    return out


def make_trajectory(name, arguments):
    x, t, first = optimizer_cases.problem()
    optimizer = optimizer_cases.make_optimizer(keras.optimizers, name, arguments)
    variables = [keras.Variable(w, name=f"w{i}") for i, w in enumerate(first)]
    optimizer.build(variables)

    def loss_of(weights, state):
        w1, b1, w2, b2 = weights
        y = jax.numpy.tanh(x @ w1 + b1) @ w2 + b2
        with keras.StatelessScope(zip(optimizer.variables, state, strict=True)):
            return optimizer.scale_loss(jax.numpy.mean((y - t) ** 2))

    @jax.jit
    def step(weights, state):
        grads = jax.grad(loss_of)(weights, state)
        return optimizer.stateless_apply(state, grads, weights)

    weights = [v.value for v in variables]
    state = [v.value for v in optimizer.variables]
    snapshots = []
    for count in range(1, optimizer_cases.SNAPSHOTS[-1] + 1):
        weights, state = step(weights, state)
        if count in optimizer_cases.SNAPSHOTS:
            flat = np.concatenate([np.asarray(w).ravel() for w in weights])
            snapshots.append(plain(flat)["values"])
    names = [v.name for v in optimizer.variables]
    return {"weights": snapshots, "state": [plain(s) for s in state], "count": len(names)}


def make_optimizers():
    schedules = {}
    for name, arguments in optimizer_cases.SCHEDULES:
        schedule = getattr(keras.optimizers.schedules, name)(**arguments)
        values = [float(schedule(s)) for s in optimizer_cases.SCHEDULE_STEPS]
        schedules[cases.case_id(name, arguments)] = plain(values)["values"]
    trajectories = {k: make_trajectory(c, a) for k, c, a in optimizer_cases.OPTIMIZERS}
    return {"schedules": schedules, "trajectories": trajectories}


def main():
    makers = {"losses": make_losses, "metrics": make_metrics, "optimizers": make_optimizers}
    for topic in sys.argv[1:] or makers:
        make = makers[topic]
        path = HERE / f"objects_{topic}.json"
        path.write_text(json.dumps(make(), separators=(",", ":")) + "\n")
        print(path.name, path.stat().st_size)


if __name__ == "__main__":
    main()
