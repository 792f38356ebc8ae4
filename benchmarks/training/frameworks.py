"""What is compared: one row per framework, or per way of using one."""

from __future__ import annotations

from typing import NamedTuple


class Framework(NamedTuple):
    """A framework, and how its worker is started."""

    name: str
    title: str
    worker: tuple[str, ...]
    """File in `workers/` and its arguments."""
    modules: tuple[str, ...]
    """What must be importable."""
    distributions: tuple[str, ...]
    """What is installed for it, with all that this requires."""
    imports: str
    """What a training script imports, and all that is only loaded when it is first used."""
    environment: dict[str, str] = {}


OURS = "nncore"
NNCORE_IMPORTS = (
    "import numpy, nncore; from nncore import layers, losses, metrics, optimizers; "
    "nncore.Sequential, nncore.Model.fit, layers.Dense, losses.MeanSquaredError, metrics.Accuracy, optimizers.Adam"
)
BACKENDS = {"jax": "JAX", "torch": "PyTorch", "tensorflow": "TensorFlow"}

FRAMEWORKS = [
    Framework(OURS, "nncore fit", ("keras_worker.py", "nncore"), ("nncore",), ("nncore",), NNCORE_IMPORTS),
    *(
        Framework(name, title, ("torch_worker.py", how), ("torch",), ("torch", "numpy"), "import torch")
        for name, title, how in [("torch", "PyTorch", "eager"), ("torch-compile", "torch.compile", "compile")]
    ),
    Framework("jax", "JAX scan", ("jax_worker.py",), ("jax",), ("jax",), "import jax.numpy"),
    *(
        Framework(
            f"keras-{backend}",
            f"Keras/{title} fit",
            ("keras_worker.py", "keras"),
            ("keras", backend),
            ("keras", backend),
            "import keras",
            {"KERAS_BACKEND": backend},
        )
        for backend, title in BACKENDS.items()
    ),
    Framework(
        "sklearn",
        "scikit-learn",
        ("sklearn_worker.py",),
        ("sklearn",),
        ("scikit-learn",),
        "import sklearn.neural_network",
    ),
]
TITLES = {framework.name: framework.title for framework in FRAMEWORKS}
KERAS = tuple(name for name in TITLES if name.startswith("keras-"))
