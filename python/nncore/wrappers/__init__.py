"""Models as estimators of scikit-learn, which is imported when one of these names is first used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nncore.lazy import lazy_names

if TYPE_CHECKING:
    from nncore.wrappers.estimators import SKLearnClassifier, SKLearnRegressor, SKLearnTransformer

__all__ = ["SKLearnClassifier", "SKLearnRegressor", "SKLearnTransformer"]

_find = lazy_names(__name__, dict.fromkeys(__all__, "estimators"))


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        return _find(name)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "sklearn":
            raise
        raise ImportError(
            f"{name} requires `scikit-learn` to be installed. Run `pip install scikit-learn` to install it."
        ) from error


def __dir__() -> list[str]:
    return sorted(__all__)
