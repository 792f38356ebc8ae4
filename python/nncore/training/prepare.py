"""From a model and its data to a compiled step, with every check made before anything runs."""

from __future__ import annotations

from typing import Any

from nncore import tree
from nncore.ir.limits import check_limits
from nncore.training.checks import check_labels, check_not_all_nan, check_targets_given
from nncore.training.data_adapter import ArrayData, Data
from nncore.training.data_adapter.leaves import graph_dtype
from nncore.training.data_adapter.signature import BatchSignature
from nncore.training.steps import ModelStep, StepCache
from nncore.training.unpack import unpack_x_y_sample_weight


def prepare(
    model: Any, mode: str, data: Data, steps: int | None, known: BatchSignature | None = None
) -> BatchSignature:
    """Check the data, build what is unbuilt, and compile the step of the first batch.

    Args:
        model: The model.
        mode: `"train"`, `"test"` or `"predict"`.
        data: The data.
        steps: Batches per epoch when limited.
        known: A signature whose step was traced just now; an equal one is not traced again.

    Returns:
        The signature of the data.

    Raises:
        ValueError: If data, model, loss or metrics do not fit together. Weights and optimizer
            are as they were.
    """
    batch = data.peek()
    method = {"train": "fit", "test": "evaluate", "predict": "predict"}[mode]
    if mode != "predict":
        check_targets_given(model, batch, method)
        is_array = isinstance(data, ArrayData)
        check_not_all_nan(batch, data.batch_size if is_array and not data.shuffle else None)
    build_model(model, unpack_x_y_sample_weight(batch)[0])
    signature = batch_signature(model, batch)
    if known is None or signature.key != known.key:
        size = data.batch_size or next(a for a in tree.flatten(batch) if a is not None).shape[0]
        signature.limits = find_step(model, mode, signature, size).limits
    else:
        signature.limits = known.limits
    check_limits(signature.limits, [leaf for leaf in tree.flatten(batch) if leaf is not None])
    if mode != "predict":
        state = model._require_compiled(method)
        check_labels(state.compile_loss, unpack_x_y_sample_weight(batch)[1])
    return signature


def batch_signature(model: Any, batch: Any) -> BatchSignature:
    """How a batch's arrays enter this model's programs."""
    x = unpack_x_y_sample_weight(batch)[0]
    return BatchSignature(batch, input_dtypes(model, x), float_dtype(model))


def float_dtype(model: Any) -> str | None:
    """The dtype that the model computes in, when it is not the default one."""
    dtype = getattr(model, "compute_dtype", None)
    return dtype if dtype in ("float32", "float64") else None


def input_dtypes(model: Any, x: Any) -> list[str | None]:
    """For each array of `x` the dtype of the model's input, where the model declares inputs."""
    inputs = _declared_inputs(model)
    leaves = tree.flatten_with_path(x)
    if not inputs:
        return [None] * len(leaves)
    if len(inputs) == 1 and len(leaves) != 1:
        raise ValueError(
            f"Model \"{model.name}\" expects 1 input ('{inputs[0].name}'). "
            f"Received: x with {len(leaves)} arrays, {[_path_text(path) for path, _ in leaves]}."
        )
    by_name = {tensor.name: str(tensor.dtype) for tensor in inputs}
    if isinstance(x, dict) and all(str(path[0]) in by_name for path, _ in leaves):
        return [by_name[str(path[0])] for path, _ in leaves]
    if len(inputs) == len(leaves):
        return [str(tensor.dtype) for tensor in inputs]
    return [None] * len(leaves)


def _path_text(path: tuple[Any, ...]) -> str:
    return "x" + "".join(f"[{key!r}]" for key in path)


def _declared_inputs(model: Any) -> list[Any]:
    try:
        inputs = model.inputs
    except (AttributeError, ValueError):
        return []
    return tree.flatten(inputs) if inputs is not None else []


def build_model(model: Any, x: Any) -> None:
    """Create the weights of a model that has not seen shapes yet.

    Args:
        model: The model.
        x: Structure of input arrays.
    """
    if all(layer.built for layer in model._flatten_layers()):
        return
    from nncore.ir import KerasTensor, TraceError

    dtypes = iter(input_dtypes(model, x))
    floats = float_dtype(model)

    def symbolic(array: Any) -> Any:
        declared = next(dtypes)
        if array is None:
            return None
        return KerasTensor((None, *array.shape[1:]), declared or graph_dtype(array, floats))

    try:
        model(tree.map_structure(symbolic, x))
    except TraceError:
        if not getattr(model, "run_eagerly", False):
            raise
        # A layer looks at values, as it may op by op: it is built by a run on numbers.
        model(x)


def find_step(model: Any, mode: str, signature: BatchSignature, batch: int) -> ModelStep:
    """Get the step from the cache, compiling it when it is new.

    A failed trace leaves no loss, metric or slot behind that was shaped by the bad batch.
    """
    state = model._compile_state
    if state is None:
        steps: StepCache = model._predict_steps()
        return steps.get(model, mode, signature, batch, False)
    state.name_outputs(model)
    optimizer = state.optimizer
    if mode == "train" and optimizer is not None and not optimizer.built:
        optimizer.build(model.trainable_variables)
    built = state.built_parts()
    try:
        steps = state.steps
        return steps.get(model, mode, signature, batch, state.run_eagerly)
    except BaseException:
        state.unbuild(built)
        raise
