"""The tables of losses and metrics that golden values and tests share.

Data come from `RandomState`, whose numbers never change, so only results need to be stored.
"""

import numpy as np

REDUCTIONS = ("sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none")
CLASSES = 7


def _softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def _numbers(r, shape):
    return r.randn(*shape), r.randn(*shape)


def _positive(r, shape):
    return r.rand(*shape) * 3, r.rand(*shape) * 3


def _column(r, shape):
    return r.randn(shape[0]), r.randn(shape[0], 1)


def _row(r, shape):
    return r.randn(shape[0], 1), r.randn(shape[0])


def _counts(r, shape):
    return r.poisson(2.0, shape).astype(float), r.rand(*shape) * 4 + 0.1


def _signs(r, shape):
    return np.where(r.rand(*shape) < 0.5, -1.0, 1.0), r.randn(*shape)


def _binary(r, shape):
    return (r.rand(*shape) < 0.4).astype(float), r.rand(*shape)


def _binary_ties(r, shape):
    return (r.rand(*shape) < 0.4).astype(float), r.randint(0, 5, shape) / 4.0


def _binary_column(r, shape):
    return (r.rand(shape[0]) < 0.4).astype(float), r.rand(shape[0], 1)


def _binary_logits(r, shape):
    return (r.rand(*shape) < 0.4).astype(float), r.randn(*shape) * 3


def _onehot(r, shape):
    labels = r.randint(0, CLASSES, shape[:-1])
    return np.eye(CLASSES)[labels], _softmax(r.randn(*shape[:-1], CLASSES))


def _onehot_logits(r, shape):
    labels = r.randint(0, CLASSES, shape[:-1])
    return np.eye(CLASSES)[labels], r.randn(*shape[:-1], CLASSES) * 3


def _distributions(r, shape):
    return _softmax(r.randn(*shape)), _softmax(r.randn(*shape))


def _labels(r, shape):
    return r.randint(0, CLASSES, shape[:-1]), _softmax(r.randn(*shape[:-1], CLASSES))


def _labels_logits(r, shape):
    return r.randint(0, CLASSES, shape[:-1]), r.randn(*shape[:-1], CLASSES) * 3


def _labels_column(r, shape):
    return r.randint(0, CLASSES, (shape[0], 1)), _softmax(r.randn(shape[0], CLASSES))


def _spelling(r, shape):
    labels = r.randint(1, CLASSES, (shape[0], 4))
    labels[np.arange(4) >= r.randint(0, 5, (shape[0], 1))] = 0
    return labels, r.randn(shape[0], 9, CLASSES) * 2


def _classes(r, shape):
    return r.randint(0, 3, shape), r.randint(0, 3, shape)


def _sorted_ids(r, shape):
    return r.randint(0, CLASSES, shape[:1]), np.argsort(r.rand(shape[0], CLASSES)).astype(float)


def _embeddings(r, shape):
    """The last sample is alone in its class."""
    x = r.randn(shape[0], 5)
    labels = r.randint(0, 2, shape[0])
    labels[-1] = 5
    return labels, x / np.linalg.norm(x, axis=-1, keepdims=True)


def _embeddings_column(r, shape):
    labels, x = _embeddings(r, shape)
    return labels[:, None], x


KINDS = {
    "numbers": _numbers,
    "positive": _positive,
    "column": _column,
    "row": _row,
    "counts": _counts,
    "signs": _signs,
    "binary": _binary,
    "binary_ties": _binary_ties,
    "binary_column": _binary_column,
    "binary_logits": _binary_logits,
    "onehot": _onehot,
    "onehot_logits": _onehot_logits,
    "distributions": _distributions,
    "labels": _labels,
    "labels_logits": _labels_logits,
    "labels_column": _labels_column,
    "classes": _classes,
    "sorted_ids": _sorted_ids,
    "spelling": _spelling,
    "embeddings": _embeddings,
    "embeddings_column": _embeddings_column,
}
SHAPES = {"2d": (6, 4), "3d": (5, 3, 7), "1d": (9,)}


def batch(kind, shape="2d", seed=0, size=None):
    """Targets, predictions and weights: none, per sample in both forms, per position."""
    r = np.random.RandomState(sum(map(ord, kind)) + seed)
    dims = SHAPES[shape]
    if size is not None:
        dims = (size, *dims[1:])
    y_true, y_pred = KINDS[kind](r, dims)
    if y_true.dtype.kind == "f":
        y_true = y_true.astype("float32")
    else:
        y_true = y_true.astype("int32")
    weights = {"none": None, "sample": r.rand(dims[0]).astype("float32")}
    weights["column"] = weights["sample"][:, None]
    if len(dims) > 2:
        weights["position"] = r.rand(*dims[:2]).astype("float32")
    dtype = "int32" if y_pred.dtype.kind == "i" else "float32"
    return y_true, y_pred.astype(dtype), weights


# class, arguments, kinds of data as (kind, shape)
LOSSES = [
    ("CTC", {}, [("spelling", "2d")]),
    (
        "MeanSquaredError",
        {},
        [("numbers", "2d"), ("numbers", "3d"), ("column", "2d"), ("row", "2d")],
    ),
    ("MeanAbsoluteError", {}, [("numbers", "2d"), ("numbers", "3d"), ("column", "2d")]),
    ("MeanAbsolutePercentageError", {}, [("numbers", "2d"), ("numbers", "3d")]),
    ("MeanSquaredLogarithmicError", {}, [("positive", "2d"), ("numbers", "3d")]),
    ("CosineSimilarity", {}, [("numbers", "2d"), ("numbers", "3d")]),
    ("CosineSimilarity", {"axis": 1}, [("numbers", "3d")]),
    ("Huber", {}, [("numbers", "2d"), ("numbers", "3d")]),
    ("Huber", {"delta": 0.4}, [("numbers", "2d"), ("column", "2d")]),
    ("LogCosh", {}, [("numbers", "2d"), ("numbers", "3d")]),
    ("Poisson", {}, [("counts", "2d"), ("counts", "3d")]),
    ("KLDivergence", {}, [("distributions", "2d"), ("onehot", "3d")]),
    ("Hinge", {}, [("signs", "2d"), ("binary", "2d"), ("signs", "3d")]),
    ("SquaredHinge", {}, [("signs", "2d"), ("binary", "2d")]),
    ("CategoricalHinge", {}, [("onehot", "2d"), ("onehot_logits", "3d")]),
    ("BinaryCrossentropy", {}, [("binary", "2d"), ("binary", "3d"), ("binary_column", "2d")]),
    ("BinaryCrossentropy", {"label_smoothing": 0.2}, [("binary", "2d")]),
    (
        "BinaryCrossentropy",
        {"from_logits": True},
        [("binary_logits", "2d"), ("binary_logits", "3d")],
    ),
    (
        "BinaryCrossentropy",
        {"from_logits": True, "label_smoothing": 0.1, "axis": 1},
        [("binary_logits", "3d")],
    ),
    ("CategoricalCrossentropy", {}, [("onehot", "2d"), ("onehot", "3d"), ("distributions", "2d")]),
    ("CategoricalCrossentropy", {"label_smoothing": 0.2}, [("onehot", "2d")]),
    (
        "CategoricalCrossentropy",
        {"from_logits": True},
        [("onehot_logits", "2d"), ("onehot_logits", "3d")],
    ),
    (
        "CategoricalCrossentropy",
        {"from_logits": True, "label_smoothing": 0.1},
        [("onehot_logits", "2d")],
    ),
    ("CategoricalCrossentropy", {"axis": 1}, [("distributions", "3d")]),
    ("CategoricalCrossentropy", {"axis": 1, "from_logits": True}, [("numbers", "3d")]),
    (
        "SparseCategoricalCrossentropy",
        {},
        [("labels", "2d"), ("labels", "3d"), ("labels_column", "2d")],
    ),
    (
        "SparseCategoricalCrossentropy",
        {"from_logits": True},
        [("labels_logits", "2d"), ("labels_logits", "3d")],
    ),
    ("SparseCategoricalCrossentropy", {"ignore_class": 2}, [("labels", "3d")]),
    ("SparseCategoricalCrossentropy", {"ignore_class": -1}, [("labels", "2d")]),
    (
        "SparseCategoricalCrossentropy",
        {"from_logits": True, "ignore_class": 3},
        [("labels_logits", "2d"), ("labels_logits", "3d")],
    ),
    ("BinaryFocalCrossentropy", {}, [("binary", "2d"), ("binary", "3d"), ("binary_column", "2d")]),
    ("BinaryFocalCrossentropy", {"from_logits": True, "gamma": 1.5}, [("binary_logits", "2d")]),
    (
        "BinaryFocalCrossentropy",
        {"apply_class_balancing": True, "alpha": 0.4, "label_smoothing": 0.1},
        [("binary", "2d")],
    ),
    ("CategoricalFocalCrossentropy", {}, [("onehot", "2d"), ("onehot", "3d"), ("distributions", "2d")]),
    (
        "CategoricalFocalCrossentropy",
        {"from_logits": True, "gamma": 3.0, "label_smoothing": 0.1},
        [("onehot_logits", "2d")],
    ),
    ("CategoricalFocalCrossentropy", {"alpha": [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]}, [("onehot", "2d")]),
    ("CategoricalFocalCrossentropy", {"axis": 1}, [("distributions", "3d")]),
    ("CategoricalGeneralizedCrossEntropy", {}, [("labels", "2d"), ("labels", "3d")]),
    ("CategoricalGeneralizedCrossEntropy", {"q": 0.2}, [("labels", "2d")]),
    ("Dice", {}, [("binary", "2d"), ("binary", "3d")]),
    ("Dice", {"axis": [1, 2]}, [("binary", "3d")]),
    ("Dice", {"axis": 1}, [("binary", "2d")]),
    ("Circle", {}, [("embeddings", "2d"), ("embeddings_column", "2d")]),
    ("Circle", {"gamma": 2.0, "margin": 0.1, "remove_diagonal": False}, [("embeddings", "2d")]),
    ("Tversky", {}, [("binary", "2d"), ("binary", "3d")]),
    ("Tversky", {"alpha": 0.3, "beta": 0.8, "axis": 1}, [("binary", "2d")]),
]

# seed and size (`None`: that of the shape) of the batches that a metric sees
METRIC_BATCHES = ((1, None), (2, None), (3, 4))

# class, arguments, kinds of data
METRICS = [
    ("Accuracy", {}, [("classes", "1d"), ("classes", "2d")]),
    ("BinaryAccuracy", {}, [("binary", "2d"), ("binary_column", "2d"), ("binary", "3d")]),
    ("BinaryAccuracy", {"threshold": 0.7}, [("binary", "2d")]),
    ("CategoricalAccuracy", {}, [("onehot", "2d"), ("onehot", "3d")]),
    (
        "SparseCategoricalAccuracy",
        {},
        [("labels", "2d"), ("labels", "3d"), ("labels_column", "2d")],
    ),
    ("TopKCategoricalAccuracy", {"k": 3}, [("onehot", "2d"), ("onehot", "3d")]),
    ("SparseTopKCategoricalAccuracy", {"k": 2}, [("labels", "2d"), ("labels", "3d")]),
    ("SparseTopKCategoricalAccuracy", {"k": 3, "from_sorted_ids": True}, [("sorted_ids", "2d")]),
    ("MeanSquaredError", {}, [("numbers", "2d"), ("numbers", "3d"), ("column", "2d")]),
    ("RootMeanSquaredError", {}, [("numbers", "2d"), ("numbers", "3d"), ("column", "2d")]),
    ("MeanAbsoluteError", {}, [("numbers", "2d"), ("numbers", "3d")]),
    ("MeanAbsolutePercentageError", {}, [("numbers", "2d")]),
    ("MeanSquaredLogarithmicError", {}, [("positive", "2d")]),
    ("CosineSimilarity", {}, [("numbers", "2d"), ("numbers", "3d")]),
    ("CosineSimilarity", {"axis": 1}, [("numbers", "3d")]),
    ("LogCoshError", {}, [("numbers", "2d")]),
    ("KLDivergence", {}, [("distributions", "2d")]),
    ("Poisson", {}, [("counts", "2d")]),
    ("BinaryCrossentropy", {}, [("binary", "2d"), ("binary", "3d")]),
    (
        "BinaryCrossentropy",
        {"from_logits": True, "label_smoothing": 0.1},
        [("binary_logits", "2d")],
    ),
    ("CategoricalCrossentropy", {}, [("onehot", "2d"), ("onehot", "3d")]),
    (
        "CategoricalCrossentropy",
        {"from_logits": True, "label_smoothing": 0.1},
        [("onehot_logits", "2d")],
    ),
    ("SparseCategoricalCrossentropy", {}, [("labels", "2d"), ("labels", "3d")]),
    ("SparseCategoricalCrossentropy", {"from_logits": True}, [("labels_logits", "2d")]),
    ("SparseCategoricalCrossentropy", {"ignore_class": 2}, [("labels", "2d"), ("labels", "3d")]),
    ("Hinge", {}, [("signs", "2d"), ("binary", "2d")]),
    ("SquaredHinge", {}, [("signs", "2d")]),
    ("CategoricalHinge", {}, [("onehot", "2d")]),
    ("TruePositives", {}, [("binary", "1d"), ("binary", "2d")]),
    ("TruePositives", {"thresholds": [0.1, 0.7]}, [("binary", "2d")]),
    ("FalsePositives", {}, [("binary", "2d")]),
    ("FalsePositives", {"thresholds": [0.0, 0.5, 1.0]}, [("binary", "2d"), ("binary_ties", "2d")]),
    ("TrueNegatives", {"thresholds": 0.3}, [("binary", "2d")]),
    ("FalseNegatives", {"thresholds": [0.2, 0.9]}, [("binary", "2d"), ("binary_ties", "2d")]),
    ("Precision", {}, [("binary", "1d"), ("binary", "2d"), ("binary_column", "2d")]),
    ("Precision", {"thresholds": [0.25, 0.5, 0.75]}, [("binary", "2d"), ("binary_ties", "2d")]),
    ("Precision", {"top_k": 2}, [("onehot", "2d")]),
    ("Precision", {"top_k": 2, "class_id": 1}, [("onehot", "2d")]),
    ("Precision", {"class_id": 3}, [("onehot", "2d")]),
    ("Recall", {}, [("binary", "1d"), ("binary", "2d")]),
    ("Recall", {"thresholds": [0.3, 0.6]}, [("binary", "2d")]),
    ("Recall", {"top_k": 3}, [("onehot", "2d")]),
    ("Recall", {"class_id": 2, "thresholds": 0.1}, [("onehot", "2d")]),
    ("SensitivityAtSpecificity", {"specificity": 0.5}, [("binary", "1d"), ("binary", "2d")]),
    ("SpecificityAtSensitivity", {"sensitivity": 0.6}, [("binary", "1d"), ("binary", "2d")]),
    ("PrecisionAtRecall", {"recall": 0.7, "num_thresholds": 21}, [("binary", "2d")]),
    ("RecallAtPrecision", {"precision": 0.4, "class_id": 2}, [("binary", "2d")]),
    (
        "AUC",
        {},
        [("binary", "1d"), ("binary", "2d"), ("binary_ties", "2d"), ("binary_column", "2d")],
    ),
    ("AUC", {"num_thresholds": 5, "summation_method": "majoring"}, [("binary", "2d")]),
    ("AUC", {"num_thresholds": 5, "summation_method": "minoring"}, [("binary_ties", "2d")]),
    ("AUC", {"curve": "PR"}, [("binary", "1d"), ("binary", "2d")]),
    (
        "AUC",
        {"curve": "PR", "num_thresholds": 7, "summation_method": "majoring"},
        [("binary", "2d")],
    ),
    (
        "AUC",
        {"curve": "PR", "num_thresholds": 7, "summation_method": "minoring"},
        [("binary", "2d")],
    ),
    ("AUC", {"curve": "PRGAIN"}, [("binary", "2d")]),
    ("AUC", {"thresholds": [0.1, 0.35, 0.8]}, [("binary", "2d")]),
    ("AUC", {"from_logits": True}, [("binary_logits", "2d")]),
    ("AUC", {"multi_label": True}, [("binary", "2d")]),
    ("AUC", {"multi_label": True, "num_labels": 4, "curve": "PR"}, [("binary", "2d")]),
    ("AUC", {"multi_label": True, "label_weights": [1.0, 0.5, 2.0, 0.1]}, [("binary", "2d")]),
    ("AUC", {"multi_label": True, "thresholds": [0.2, 0.7]}, [("binary", "2d")]),
    ("AUC", {"label_weights": [1.0, 0.5, 2.0, 0.1]}, [("binary", "2d")]),
    ("FBetaScore", {"beta": 2.0}, [("onehot", "2d"), ("binary", "2d")]),
    ("FBetaScore", {"beta": 0.5, "threshold": 0.3, "average": "macro"}, [("binary", "2d")]),
    ("F1Score", {}, [("onehot", "2d")]),
    ("F1Score", {"average": "weighted", "threshold": 0.5}, [("binary", "2d")]),
    ("R2Score", {}, [("numbers", "2d"), ("column", "2d")]),
    ("R2Score", {"class_aggregation": None}, [("numbers", "2d")]),
    ("R2Score", {"class_aggregation": "variance_weighted_average"}, [("numbers", "2d")]),
    ("R2Score", {"num_regressors": 2}, [("numbers", "2d")]),
    ("PearsonCorrelation", {}, [("numbers", "2d"), ("numbers", "3d")]),
    ("PearsonCorrelation", {"axis": 1}, [("numbers", "3d")]),
    ("ConcordanceCorrelation", {}, [("numbers", "2d"), ("numbers", "3d")]),
    ("IoU", {"num_classes": 3, "target_class_ids": [0, 2]}, [("classes", "1d")]),
    ("IoU", {"num_classes": 2, "target_class_ids": [1], "ignore_class": 0}, [("classes", "1d")]),
    ("MeanIoU", {"num_classes": 5}, [("classes", "1d")]),
    ("BinaryIoU", {"threshold": 0.3}, [("binary", "1d")]),
    ("BinaryIoU", {"target_class_ids": [1]}, [("binary", "1d")]),
    ("OneHotIoU", {"num_classes": 7, "target_class_ids": [1, 4]}, [("onehot", "2d")]),
    ("OneHotMeanIoU", {"num_classes": 7}, [("onehot", "2d")]),
]


def case_id(name, arguments, *rest):
    """A readable key of a row: class, arguments, and what else tells it apart."""
    shown = ",".join(f"{k}={v}" for k, v in arguments.items())
    return "/".join([f"{name}({shown})", *map(str, rest)])
