"""Estimators of scikit-learn around models: they may stand in its pipelines, searches and cross-validations."""

from __future__ import annotations

import copy
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, TransformerMixin
from sklearn.utils.metadata_routing import MetadataRequest
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import check_is_fitted, validate_data

from nncore.models import Model
from nncore.models.cloning import clone_model

__all__ = ["SKLearnClassifier", "SKLearnRegressor", "SKLearnTransformer"]


class _Estimator(BaseEstimator):  # type: ignore[misc]
    """What the three estimators have in common."""

    model_: Any
    history_: Any

    def __init__(
        self,
        model: Any,
        warm_start: bool = False,
        model_kwargs: dict[str, Any] | None = None,
        fit_kwargs: dict[str, Any] | None = None,
    ) -> None:
        self.model = model
        self.warm_start = warm_start
        self.model_kwargs = model_kwargs
        self.fit_kwargs = fit_kwargs

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.non_deterministic = True
        return tags

    def __sklearn_clone__(self) -> Self:
        model = self.model if not isinstance(self.model, Model) else copy.deepcopy(self.model)
        return type(self)(model, self.warm_start, copy.copy(self.model_kwargs), copy.copy(self.fit_kwargs))

    @property
    def epoch_(self) -> list[int]:
        """The epochs of the last `fit`."""
        history = getattr(self, "history_", None)
        return [] if history is None else list(history.epoch)

    def set_fit_request(self, **kwargs: Any) -> Self:
        """Say which metadata `fit` wants, for scikit-learn's metadata routing.

        Args:
            **kwargs: For each argument of ``fit`` True, False, None or another name.
        """
        return self._request("fit", kwargs)

    def set_partial_fit_request(self, **kwargs: Any) -> Self:
        """Say which metadata `partial_fit` wants, for scikit-learn's metadata routing.

        Args:
            **kwargs: For each argument True, False, None or another name.
        """
        return self._request("partial_fit", kwargs)

    def set_score_request(self, **kwargs: Any) -> Self:
        """Say which metadata `score` wants, for scikit-learn's metadata routing.

        Args:
            **kwargs: For each argument of ``score`` True, False, None or another name.
        """
        return self._request("score", kwargs)

    def _request(self, method: str, aliases: dict[str, Any]) -> Self:
        from sklearn import get_config

        if not get_config().get("enable_metadata_routing", False):
            raise RuntimeError(
                "This method is only available when metadata routing is enabled. You can enable it using "
                "sklearn.set_config(enable_metadata_routing=True)."
            )
        request = getattr(self, "_metadata_request", None) or MetadataRequest(owner=type(self).__name__)
        for name, alias in aliases.items():
            getattr(request, method).add_request(param=name, alias=alias)
        self._metadata_request = request
        return self

    def _make_model(self, X: Any, y: Any) -> Any:
        if self.warm_start and hasattr(self, "model_"):
            return self.model_
        if isinstance(self.model, Model):
            return self.model if self.warm_start else clone_model(self.model)
        return self.model(X=X, y=y, **(self.model_kwargs or {}))

    def fit(self, X: Any, y: Any, **kwargs: Any) -> Self:
        """Train the model.

        Args:
            X: Array ``(samples, features)``.
            y: Targets ``(samples,)`` or ``(samples, outputs)``.
            **kwargs: Further arguments of the model's ``fit``; they go before ``fit_kwargs``.

        Returns:
            The estimator.

        Raises:
            RuntimeError: If the model is not compiled with a loss and an optimizer.
        """
        X, y = validate_data(self, X, y, multi_output=True)
        y = self._encode(y)
        model = self._make_model(X, y)
        if not model.compiled or not model.loss or not model.optimizer:
            raise RuntimeError("Given model needs to be compiled, and have a loss and an optimizer.")
        self.history_ = model.fit(X, y, **{**(self.fit_kwargs or {}), **kwargs})
        self.model_ = model
        return self

    def _outputs(self, X: Any) -> Any:
        check_is_fitted(self)
        return self.model_.predict(validate_data(self, X, reset=False), verbose=0)

    def predict(self, X: Any) -> Any:
        """Predict targets.

        Args:
            X: Array ``(samples, features)``.

        Returns:
            Array like the targets that ``fit`` was given.
        """
        return self._decode(self._outputs(X))

    def _encode(self, y: Any) -> Any:
        type_of_target(y, raise_unknown=True)
        self._target_ndim = y.ndim
        return y.reshape(-1, 1) if y.ndim == 1 else y

    def _decode(self, outputs: Any) -> Any:
        return np.squeeze(outputs, axis=1) if self._target_ndim == 1 and outputs.ndim == 2 else outputs


class SKLearnClassifier(ClassifierMixin, _Estimator):  # type: ignore[misc]
    """A classifier of scikit-learn around a model with one output per class.

    Args:
        model: A compiled model, which is cloned for each ``fit``; or a function of ``X`` and ``y`` that returns one.
        warm_start: Go on with the weights of the last ``fit`` instead of starting anew. Defaults to False.
        model_kwargs: Further arguments of the function. Defaults to none.
        fit_kwargs: Arguments of the model's ``fit``. Defaults to none.

    Example:
        >>> import numpy as np
        >>> import nncore
        >>> from nncore.wrappers import SKLearnClassifier
        >>> def make(X, y):
        ...     layers = [nncore.layers.Input((X.shape[1],)), nncore.layers.Dense(y.shape[1], "softmax")]
        ...     model = nncore.Sequential(layers)
        ...     model.compile("adam", "categorical_crossentropy")
        ...     return model
        >>> X, y = np.eye(4), np.array(["a", "b", "a", "b"])
        >>> SKLearnClassifier(make, fit_kwargs={"verbose": 0}).fit(X, y).predict(X).shape
        (4,)
    """

    classes_: Any

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.poor_score = True
        return tags

    def decision_function(self, X: Any) -> Any:
        """The model's outputs.

        Args:
            X: Array ``(samples, features)``.

        Returns:
            Array ``(samples, classes)``.
        """
        return self._outputs(X)

    def _encode(self, y: Any) -> Any:
        kind = type_of_target(y, raise_unknown=True)
        if kind not in ("binary", "multiclass"):
            raise ValueError(f"Only binary and multiclass target types are supported. Target type: {kind}")
        self._target_ndim = y.ndim
        self.classes_, numbers = np.unique(y, return_inverse=True)
        if len(self.classes_) == 1:
            raise ValueError("Classifier can't train when only one class is present.")
        return np.eye(len(self.classes_))[numbers.reshape(-1)]

    def _decode(self, outputs: Any) -> Any:
        found = self.classes_[np.argmax(outputs, axis=1)]
        return found if self._target_ndim == 1 else found[:, None]


class SKLearnRegressor(RegressorMixin, _Estimator):  # type: ignore[misc]
    """A regressor of scikit-learn around a model.

    Args:
        model: A compiled model, which is cloned for each ``fit``; or a function of ``X`` and ``y`` that returns one.
        warm_start: Go on with the weights of the last ``fit`` instead of starting anew. Defaults to False.
        model_kwargs: Further arguments of the function. Defaults to none.
        fit_kwargs: Arguments of the model's ``fit``. Defaults to none.

    Example:
        >>> import numpy as np
        >>> import nncore
        >>> from nncore.wrappers import SKLearnRegressor
        >>> model = nncore.Sequential([nncore.layers.Input((2,)), nncore.layers.Dense(1)])
        >>> model.compile("adam", "mse")
        >>> X = np.ones((4, 2))
        >>> SKLearnRegressor(model, fit_kwargs={"verbose": 0}).fit(X, X[:, 0]).predict(X).shape
        (4,)
    """

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.regressor_tags.poor_score = True
        return tags


class SKLearnTransformer(TransformerMixin, _Estimator):  # type: ignore[misc]
    """A transformer of scikit-learn around a model: what it gives are features for the next step.

    Args:
        model: A compiled model, which is cloned for each ``fit``; or a function of ``X`` and ``y`` that returns one.
        warm_start: Go on with the weights of the last ``fit`` instead of starting anew. Defaults to False.
        model_kwargs: Further arguments of the function. Defaults to none.
        fit_kwargs: Arguments of the model's ``fit``. Defaults to none.

    Example:
        >>> import numpy as np
        >>> import nncore
        >>> from nncore.wrappers import SKLearnTransformer
        >>> model = nncore.Sequential([nncore.layers.Input((2,)), nncore.layers.Dense(3)])
        >>> model.compile("adam", "mse")
        >>> X = np.ones((4, 2))
        >>> SKLearnTransformer(model, fit_kwargs={"verbose": 0}).fit(X, np.ones((4, 3))).transform(X).shape
        (4, 3)
    """

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []
        return tags

    def transform(self, X: Any) -> Any:
        """The model's outputs.

        Args:
            X: Array ``(samples, features)``.

        Returns:
            Array ``(samples, ...)``.
        """
        return self._outputs(X)
