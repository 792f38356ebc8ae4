"""Checks of arguments and data that are made before anything changes."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from nncore import config, tree
from nncore.training.data_adapter.leaves import named_leaves


def check_count(name: str, value: Any, least: int = 1, optional: bool = True) -> None:
    """Raise unless `value` is an integer of at least `least` (or None, when optional)."""
    if value is None and optional:
        return
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        what = "a positive integer" if least == 1 else f"an integer of at least {least}"
        raise ValueError(f"`{name}` must be {what}. Received: {name}={value!r}")


def limited_steps(steps: int | None, name: str = "steps") -> int | None:
    """The batches of a pass under the limit of `config.set_max_steps_per_epoch`."""
    most = config.max_steps_per_epoch()
    if most is None or (steps is not None and steps <= most):
        return steps
    warnings.warn(f"Limiting {name} to {most} (config.max_steps_per_epoch).", stacklevel=3)
    return most


def check_verbose(verbose: Any) -> None:
    """Raise for a verbosity that means nothing."""
    if verbose not in ("auto", 0, 1, 2):
        raise ValueError(f"`verbose` must be 'auto', 0, 1 or 2. Received: verbose={verbose!r}")


def check_fit_arguments(arguments: dict[str, Any]) -> None:
    """Check the scalar arguments of `fit`.

    Args:
        arguments: The arguments by name.

    Raises:
        ValueError: Naming the first one that is wrong.
    """
    counted = ("batch_size", "steps_per_epoch", "validation_steps", "validation_batch_size")
    for name in counted:
        check_count(name, arguments[name])
    check_count("epochs", arguments["epochs"], least=0, optional=False)
    check_count("initial_epoch", arguments["initial_epoch"], least=0, optional=False)
    check_verbose(arguments["verbose"])
    shuffle = arguments["shuffle"]
    if shuffle not in (True, False, None, "batch"):
        raise ValueError(f"`shuffle` must be True, False or 'batch'. Received: shuffle={shuffle!r}")
    split = arguments["validation_split"]
    if isinstance(split, str) or not 0 <= float(split or 0) < 1:
        raise ValueError(f"`validation_split` must be in [0, 1). Received: validation_split={split!r}")
    check_validation_freq(arguments["validation_freq"])


def check_validation_freq(freq: Any) -> None:
    """Raise unless `freq` is a positive integer or a collection of epoch numbers."""
    if isinstance(freq, (list, tuple, set, range)):
        return
    if isinstance(freq, bool) or not isinstance(freq, (int, np.integer)) or freq < 1:
        raise ValueError(
            "Expected `validation_freq` to be a positive int or a list of epochs. "
            f"Received: validation_freq={freq!r} of type {type(freq).__name__}."
        )


def should_validate(epoch: int, freq: Any) -> bool:
    """Tell whether epoch `epoch` (from 0) is followed by a validation."""
    if isinstance(freq, (int, np.integer)):
        return (epoch + 1) % int(freq) == 0
    return epoch + 1 in freq


def check_targets_given(model: Any, data: Any, method: str) -> None:
    """Raise when the model has a loss but the data no targets."""
    state = model._require_compiled(method)
    y = data[1] if isinstance(data, tuple) and len(data) > 1 else None
    if y is None and state.loss is not None and _uses_own_loss(model):
        raise ValueError(
            "Target data is missing. The model was compiled with "
            f"loss={state.loss!r}, and therefore expects targets in `{method}()`. "
            "Received: y=None. Pass `y`, or yield (x, y) batches."
        )


def _uses_own_loss(model: Any) -> bool:
    """Tell whether the library's own steps and loss will run."""
    from nncore.training.step_methods import StepMethods

    names = ("train_step", "test_step", "compute_loss")
    return all(getattr(type(model), name) is getattr(StepMethods, name) for name in names)


def check_labels(compile_loss: Any, y: Any) -> None:
    """Check that class numbers fit the outputs they are compared with.

    Args:
        compile_loss: The built losses, or None.
        y: Structure of target arrays.

    Raises:
        ValueError: Naming the label that is out of range and the number of classes.
    """
    if compile_loss is None or y is None:
        return
    flat = tree.flatten(y)
    for entry in compile_loss.entries:
        if entry.classes is None:
            continue
        labels = _labels_of(entry, y, flat, compile_loss)
        if labels is None or labels.size == 0:
            continue
        ignored = getattr(entry.loss, "_fn_kwargs", {}).get("ignore_class")
        if ignored is not None:
            labels = labels[labels != ignored]
            if labels.size == 0:
                continue
        low, high = labels.min(), labels.max()
        if low < 0 or high >= entry.classes:
            raise ValueError(
                f"Labels are out of range for loss {entry.loss.name!r}: the output has "
                f"{entry.classes} classes, so labels must be in [0, {entry.classes - 1}]. "
                f"Received: smallest label {_shown(low)}, largest label {_shown(high)}. "
                "Check the labels, or give the last layer more units."
            )


def _labels_of(entry: Any, y: Any, flat: list[Any], compile_loss: Any) -> Any:
    """The label array of a loss entry."""
    if len(flat) == 1:
        return flat[0]
    targets = compile_loss.layout.align_targets(y, compile_loss.used_outputs)
    return targets[entry.output]


def _shown(value: Any) -> str:
    number = float(value)
    return str(int(number)) if number.is_integer() else str(number)


def check_not_all_nan(data: Any, block: int | None = None) -> None:
    """Raise when an array, or one of its batches, holds nothing but NaN.

    Only the first entry of each block is looked at, unless it is NaN: the check costs nothing
    for sound data, memory maps included.

    Args:
        data: `x`, `(x,)`, `(x, y)` or `(x, y, sample_weight)` of structures of arrays.
        block: Samples per block (the batch size when batches are taken in order); None for
            all samples together.
    """
    for name, array in named_leaves(data):
        if array.dtype.kind != "f" or array.size == 0:
            continue
        size = block or array.shape[0]
        probe: Any = array[::size]
        while probe.ndim > 1:
            probe = probe[:, 0]
        for position in np.flatnonzero(np.isnan(probe)):
            rows = array[position * size : (position + 1) * size]
            if all(np.isnan(row).all() for row in rows):
                last = position * size + len(rows) - 1
                raise ValueError(
                    f"`{name}` holds nothing but NaN in samples {position * size} to {last}. "
                    "Expected numbers: every loss and weight would become NaN. Check how the "
                    "data were read or scaled."
                )
