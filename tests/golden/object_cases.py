"""The tables of losses, metrics and optimizers that golden values and tests share.

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


# name, class, arguments; ("schedule", class, arguments) stands for a schedule
def make_optimizer(optimizers, name, arguments):
    """Make an optimizer of a module from a row of the table; tuples stand for objects within it."""
    return getattr(optimizers, name)(**{key: _made(optimizers, value) for key, value in arguments.items()})


def _made(optimizers, value):
    if not isinstance(value, tuple):
        return value
    kind, *rest = value
    if kind == "schedule":
        return getattr(optimizers.schedules, rest[0])(**rest[1])
    if kind == "optimizer":
        return make_optimizer(optimizers, *rest)
    default, others = rest
    others = {key: _made(optimizers, other) for key, other in others.items()}
    return optimizers.OptimizerMap(_made(optimizers, default), others)


OPTIMIZERS = [
    ("sgd", "SGD", {"learning_rate": 0.1}),
    ("sgd_decay", "SGD", {"learning_rate": 0.1, "weight_decay": 0.05}),
    ("sgd_momentum", "SGD", {"learning_rate": 0.05, "momentum": 0.9}),
    ("sgd_nesterov", "SGD", {"learning_rate": 0.05, "momentum": 0.9, "nesterov": True}),
    (
        "sgd_nesterov_decay",
        "SGD",
        {"learning_rate": 0.05, "momentum": 0.5, "nesterov": True, "weight_decay": 0.02},
    ),
    ("sgd_clipnorm", "SGD", {"learning_rate": 0.1, "clipnorm": 0.05}),
    ("sgd_clipvalue", "SGD", {"learning_rate": 0.1, "clipvalue": 0.01}),
    ("sgd_global_clipnorm", "SGD", {"learning_rate": 0.1, "global_clipnorm": 0.1}),
    ("sgd_ema", "SGD", {"learning_rate": 0.1, "use_ema": True, "ema_momentum": 0.9}),
    (
        "sgd_ema_overwrite",
        "SGD",
        {
            "learning_rate": 0.1,
            "use_ema": True,
            "ema_momentum": 0.8,
            "ema_overwrite_frequency": 7,
        },
    ),
    ("sgd_accumulate", "SGD", {"learning_rate": 0.1, "gradient_accumulation_steps": 3}),
    ("sgd_loss_scale", "SGD", {"learning_rate": 0.1, "loss_scale_factor": 8.0}),
    ("rmsprop", "RMSprop", {"learning_rate": 0.002}),
    ("rmsprop_momentum", "RMSprop", {"learning_rate": 0.001, "rho": 0.8, "momentum": 0.5}),
    ("rmsprop_centered", "RMSprop", {"learning_rate": 0.01, "centered": True, "epsilon": 1e-3}),
    (
        "rmsprop_all",
        "RMSprop",
        {
            "learning_rate": 0.005,
            "centered": True,
            "momentum": 0.5,
            "epsilon": 1e-2,
            "weight_decay": 0.01,
        },
    ),
    ("adam", "Adam", {"learning_rate": 0.01}),
    ("adam_amsgrad", "Adam", {"learning_rate": 0.01, "amsgrad": True, "beta_2": 0.9}),
    ("adam_decay", "Adam", {"learning_rate": 0.02, "weight_decay": 0.1, "beta_1": 0.8}),
    ("adam_accumulate", "Adam", {"learning_rate": 0.02, "gradient_accumulation_steps": 4}),
    ("adam_clipnorm", "Adam", {"learning_rate": 0.01, "clipnorm": 0.05}),
    (
        "adam_ema_accumulate",
        "Adam",
        {
            "learning_rate": 0.02,
            "gradient_accumulation_steps": 2,
            "use_ema": True,
            "ema_momentum": 0.9,
            "ema_overwrite_frequency": 5,
        },
    ),
    ("adamw", "AdamW", {"learning_rate": 0.01}),
    ("adamw_amsgrad", "AdamW", {"learning_rate": 0.01, "weight_decay": 0.1, "amsgrad": True}),
    ("adagrad", "Adagrad", {"learning_rate": 0.05}),
    (
        "adagrad_decay",
        "Adagrad",
        {"learning_rate": 0.05, "initial_accumulator_value": 0.01, "weight_decay": 0.05},
    ),
    ("adadelta", "Adadelta", {"learning_rate": 0.3, "epsilon": 1e-4}),
    ("adadelta_decay", "Adadelta", {"learning_rate": 1.0, "rho": 0.9, "weight_decay": 0.01}),
    ("adamax", "Adamax", {"learning_rate": 0.01}),
    ("adamax_decay", "Adamax", {"learning_rate": 0.01, "weight_decay": 0.1}),
    ("nadam", "Nadam", {"learning_rate": 0.01}),
    ("nadam_clipvalue", "Nadam", {"learning_rate": 0.01, "clipvalue": 0.02}),
    ("lion", "Lion", {"learning_rate": 0.001}),
    ("lion_decay", "Lion", {"learning_rate": 0.001, "beta_1": 0.8, "weight_decay": 0.1}),
    ("ftrl", "Ftrl", {"learning_rate": 0.1}),
    (
        "ftrl_all",
        "Ftrl",
        {
            "learning_rate": 0.2,
            "learning_rate_power": -0.7,
            "initial_accumulator_value": 0.3,
            "l1_regularization_strength": 0.01,
            "l2_regularization_strength": 0.02,
            "l2_shrinkage_regularization_strength": 0.03,
            "beta": 0.1,
        },
    ),
    (
        "ftrl_penalties",
        "Ftrl",
        {
            "learning_rate": 0.2,
            "l1_regularization_strength": 0.01,
            "l2_regularization_strength": 0.02,
            "l2_shrinkage_regularization_strength": 0.03,
            "beta": 0.1,
            "weight_decay": 0.01,
        },
    ),
    ("lamb", "Lamb", {"learning_rate": 0.01}),
    ("lamb_decay", "Lamb", {"learning_rate": 0.01, "beta_1": 0.8, "weight_decay": 0.1}),
    ("adafactor", "Adafactor", {"learning_rate": 0.01}),
    (
        "adafactor_all",
        "Adafactor",
        {"learning_rate": 0.005, "beta_2_decay": -0.6, "epsilon_2": 0.1, "clip_threshold": 0.5, "weight_decay": 0.01},
    ),
    ("muon", "Muon", {"learning_rate": 0.01}),
    (
        "muon_all",
        "Muon",
        {
            "learning_rate": 0.02,
            "exclude_layers": ["w2"],
            "nesterov": False,
            "rms_rate": None,
            "ns_steps": 3,
            "momentum": 0.8,
            "adam_lr_ratio": 0.5,
            "weight_decay": None,
            "adam_weight_decay": 0.1,
        },
    ),
    ("schedule_free", "ScheduleFreeAdamW", {"learning_rate": 0.02}),
    (
        "schedule_free_warmup",
        "ScheduleFreeAdamW",
        {"learning_rate": 0.02, "beta_1": 0.8, "beta_2": 0.99, "warmup_steps": 20, "weight_decay": 0.05},
    ),
    (
        "loss_scale",
        "LossScaleOptimizer",
        {"inner_optimizer": ("optimizer", "Adam", {"learning_rate": 0.01}), "dynamic_growth_steps": 7},
    ),
    (
        "loss_scale_momentum",
        "LossScaleOptimizer",
        {
            "inner_optimizer": ("optimizer", "SGD", {"learning_rate": 0.1, "momentum": 0.9}),
            "initial_scale": 2.0**10,
            "dynamic_growth_steps": 3,
        },
    ),
    (
        "multi",
        "MultiOptimizer",
        {
            "optimizer_map": (
                "map",
                ("optimizer", "SGD", {"learning_rate": 0.1}),
                {
                    "w0": ("optimizer", "Adam", {"learning_rate": 0.01, "clipnorm": 0.05}),
                    "w[23]": ("optimizer", "RMSprop", {"learning_rate": 0.002, "weight_decay": 0.1}),
                },
            ),
            "loss_scale_factor": 4.0,
        },
    ),
    (
        "sgd_exponential",
        "SGD",
        {
            "learning_rate": (
                "schedule",
                "ExponentialDecay",
                {"initial_learning_rate": 0.2, "decay_steps": 10, "decay_rate": 0.8},
            )
        },
    ),
    (
        "adam_cosine",
        "Adam",
        {
            "learning_rate": (
                "schedule",
                "CosineDecay",
                {
                    "initial_learning_rate": 0.0,
                    "decay_steps": 60,
                    "alpha": 0.1,
                    "warmup_target": 0.02,
                    "warmup_steps": 20,
                },
            )
        },
    ),
]

# class, arguments
SCHEDULES = [
    ("ExponentialDecay", {"initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.5}),
    (
        "ExponentialDecay",
        {"initial_learning_rate": 0.1, "decay_steps": 7, "decay_rate": 0.5, "staircase": True},
    ),
    ("InverseTimeDecay", {"initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.5}),
    (
        "InverseTimeDecay",
        {"initial_learning_rate": 0.1, "decay_steps": 7, "decay_rate": 0.5, "staircase": True},
    ),
    ("PolynomialDecay", {"initial_learning_rate": 0.1, "decay_steps": 20}),
    (
        "PolynomialDecay",
        {
            "initial_learning_rate": 0.1,
            "decay_steps": 9,
            "end_learning_rate": 0.01,
            "power": 2.0,
            "cycle": True,
        },
    ),
    ("PiecewiseConstantDecay", {"boundaries": [5, 20], "values": [0.1, 0.05, 0.01]}),
    ("CosineDecay", {"initial_learning_rate": 0.1, "decay_steps": 20, "alpha": 0.2}),
    (
        "CosineDecay",
        {
            "initial_learning_rate": 0.01,
            "decay_steps": 20,
            "warmup_target": 0.1,
            "warmup_steps": 5,
        },
    ),
    ("CosineDecayRestarts", {"initial_learning_rate": 0.1, "first_decay_steps": 6}),
    (
        "CosineDecayRestarts",
        {
            "initial_learning_rate": 0.1,
            "first_decay_steps": 6,
            "t_mul": 1.0,
            "m_mul": 0.8,
            "alpha": 0.1,
        },
    ),
]
SCHEDULE_STEPS = [0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 13, 17, 19, 20, 21, 25, 33, 40]

SNAPSHOTS = (1, 2, 3, 10, 30, 60, 100)


def problem():
    """A two-layer network's data and first weights: x, t, [W1, b1, W2, b2]."""
    r = np.random.RandomState(11)
    x = r.randn(16, 3).astype("float32")
    t = np.stack([np.sin(x[:, 0]) + x[:, 1], x[:, 2] ** 2], axis=1).astype("float32")
    shapes = [(3, 4), (4,), (4, 2), (2,)]
    weights = [(r.randn(*s) * 0.6).astype("float32") for s in shapes]
    return x, t, weights


def case_id(name, arguments, *rest):
    """A readable key of a row: class, arguments, and what else tells it apart."""
    shown = ",".join(f"{k}={v}" for k, v in arguments.items())
    return "/".join([f"{name}({shown})", *map(str, rest)])
