"""The plan of a `fit`: its arguments, checked and prepared before the first step."""

from __future__ import annotations

import warnings
from typing import Any

from nncore import config
from nncore.callbacks.callback_list import CallbackList, as_callback_list
from nncore.training.checks import check_fit_arguments, limited_steps
from nncore.training.data_adapter import Data, make_data
from nncore.training.loop import FitPlan
from nncore.training.prepare import prepare
from nncore.training.split import train_validation_split
from nncore.training.unpack import unpack_x_y_sample_weight


def plan_fit(model: Any, arguments: dict[str, Any]) -> tuple[FitPlan, CallbackList]:
    """Check the arguments of `fit`, adapt the data and compile the first step.

    Args:
        model: The model.
        arguments: The arguments of `fit` by name.

    Returns:
        The plan and the callbacks, ready to run.

    Raises:
        ValueError: If something does not fit; weights and optimizer are as they were.
        TypeError: If data are no numbers, or a callback is none.
    """
    check_fit_arguments(arguments)
    x, y, sample_weight = arguments["x"], arguments["y"], arguments["sample_weight"]
    held_out = arguments["validation_data"]
    if arguments["validation_split"] and held_out is None:
        (x, y, sample_weight), held_out = train_validation_split(x, y, sample_weight, arguments["validation_split"])
    plan = FitPlan()
    plan.epochs, plan.initial_epoch = arguments["epochs"], arguments["initial_epoch"]
    plan.steps = arguments["steps_per_epoch"]
    most = config.max_epochs()
    if most is not None and most < plan.epochs:
        warnings.warn(f"Limiting epochs to {most} (config.max_epochs).", stacklevel=3)
        plan.epochs = most
    plan.train = make_data(
        x,
        y,
        sample_weight,
        batch_size=arguments["batch_size"],
        steps=plan.steps,
        shuffle=arguments["shuffle"] or False,
        class_weight=arguments["class_weight"],
    )
    plan.validation = _validation(held_out, arguments)
    plan.steps = limited_steps(plan.steps, "steps_per_epoch")
    plan.validation_steps = limited_steps(arguments["validation_steps"], "validation_steps")
    plan.validation_freq = arguments["validation_freq"]
    listeners = as_callback_list(
        arguments["callbacks"],
        model,
        add_history=True,
        verbose=arguments["verbose"],
        epochs=plan.epochs,
        steps=plan.steps or plan.train.num_batches,
    )
    plan.signature = prepare(model, "train", plan.train, plan.steps)
    plan.validation_signature = None
    if plan.validation is not None:
        plan.validation_signature = prepare(model, "test", plan.validation, plan.validation_steps, known=plan.signature)
    return plan, listeners


def _validation(held_out: Any, arguments: dict[str, Any]) -> Data | None:
    """The validation data, from a tuple of arrays or an iterable of batches."""
    if held_out is None:
        return None
    if not isinstance(held_out, (tuple, list)):
        return make_data(held_out, steps=arguments["validation_steps"])
    if not 2 <= len(held_out) <= 3:
        raise ValueError(
            "`validation_data` must be (x, y), (x, y, sample_weight) or an iterable of batches. "
            f"Received: a {type(held_out).__name__} of length {len(held_out)}."
        )
    x, y, sample_weight = unpack_x_y_sample_weight(tuple(held_out))
    return make_data(
        x,
        y,
        sample_weight,
        batch_size=arguments["validation_batch_size"] or arguments["batch_size"],
        steps=arguments["validation_steps"],
    )
