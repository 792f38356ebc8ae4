"""The tables of optimizers and learning-rate schedules that golden values and tests share."""

import numpy as np


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


# name, class, arguments; ("schedule", class, arguments) stands for a schedule
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
