"""Connectionist temporal classification: labels in order, without places, against logits per step."""

from __future__ import annotations

from typing import Any

import numpy as np

from nncore import ops
from nncore.ir.limits import note_check
from nncore.losses.loss import LossFunctionWrapper

_BLANK = 0


def ctc(y_true: Any, y_pred: Any) -> Any:
    """Return `-log` of the probability that the classes of the steps spell the labels.

    Args:
        y_true: Labels of shape `(B, N)`, whole numbers from 1 on, behind the last of them 0: the
            class 0 is the blank, which spells nothing.
        y_pred: Logits of shape `(B, T, C)`, softmax not applied. All `T` steps count.

    Returns:
        Losses of shape `(B,)`.

    Raises:
        ValueError: The shapes do not fit, or a row has labels that are out of range or take more
            than `T` steps (one each, and a blank between equal neighbours).

    Example:
    >>> import numpy as np
    >>> from nncore import losses
    >>> np.exp(-losses.ctc(np.array([[1, 0]]), np.zeros((1, 2, 2)))).round(4).tolist()
    [0.75]
    """
    from nncore.ops.ctc import check_labels  # loaded when it is first used

    y_true, y_pred = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
    if len(y_true.shape) != 2:
        raise ValueError(
            f"ctc: `y_true` must be labels of shape (batch, labels). Received: y_true.shape={tuple(y_true.shape)}."
        )
    if len(y_pred.shape) != 3:
        raise ValueError(
            "ctc: `y_pred` must be logits of shape (batch, steps, classes). "
            f"Received: y_pred.shape={tuple(y_pred.shape)}."
        )
    batch, steps, classes = y_pred.shape

    def check(values: Any) -> None:
        lengths = (values != _BLANK).sum(axis=-1)
        check_labels("ctc", np.asarray(values).astype("int64"), lengths, steps, classes, _BLANK)

    note_check(y_true, check)
    label_lengths = ops.sum(ops.cast(ops.not_equal(y_true, _BLANK), "int32"), axis=-1)
    lengths = np.full(batch, steps, "int32")
    return ops.ctc_loss(ops.cast(y_true, "int32"), y_pred, label_lengths, lengths, mask_index=_BLANK)


# Read by `LossFunctionWrapper`: targets of this function must not be converted to floats.
ctc._takes_class_numbers = True  # type: ignore[attr-defined]


class CTC(LossFunctionWrapper):
    """Connectionist temporal classification: for sequences whose labels have an order but no places.

    Args:
        reduction: See `Loss`.
        name: Name of the loss.
        dtype: The dtype to compute in.

    Source: Graves et al., "Connectionist Temporal Classification", ICML 2006.

    Example:
    >>> import numpy as np
    >>> from nncore import losses
    >>> float(np.exp(-losses.CTC()([[1, 0]], np.zeros((1, 2, 2)))).round(4))
    0.75
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "ctc",
        dtype: str | None = None,
    ) -> None:
        super().__init__(ctc, name=name, reduction=reduction, dtype=dtype)
