"""Config: named values that can be frozen."""

from __future__ import annotations

import json
from collections.abc import ItemsView, Iterator, KeysView, ValuesView
from typing import Any

__all__ = ["Config"]


class Config:
    """Named values, read and set as attributes or by key, that can be frozen against changes.

    Args:
        **kwargs: The first values.

    Raises:
        ValueError: When a frozen configuration is changed, and for names that methods have.

    Example:
        >>> from nncore.utils import Config
        >>> config = Config(learning_rate=0.1)
        >>> config.momentum = 0.9
        >>> config["seed"] = 1
        >>> config.as_dict()
        {'learning_rate': 0.1, 'momentum': 0.9, 'seed': 1}
        >>> config.freeze()
        >>> config.seed = 2
        Traceback (most recent call last):
            ...
        ValueError: Cannot mutate attribute(s) because the config is frozen. Received: seed=2. Call `unfreeze()` first.
    """

    __slots__ = ("_frozen", "_values")

    _frozen: bool
    _values: dict[str, Any]

    def __init__(self, **kwargs: Any) -> None:
        object.__setattr__(self, "_values", {})
        object.__setattr__(self, "_frozen", False)
        self.update(kwargs)

    @property
    def frozen(self) -> bool:
        """Whether values can't be changed."""
        return self._frozen

    def freeze(self) -> None:
        """Let no value be changed from now on."""
        object.__setattr__(self, "_frozen", True)

    def unfreeze(self) -> None:
        """Let values be changed again."""
        object.__setattr__(self, "_frozen", False)

    def _check(self, name: str, received: str) -> None:
        if self._frozen:
            raise ValueError(
                f"Cannot mutate attribute(s) because the config is frozen. Received: {received}. "
                "Call `unfreeze()` first."
            )
        if hasattr(type(self), name):
            raise ValueError(f"Config has a method or property {name!r}; choose another name. Received: {received}")

    def as_dict(self) -> dict[str, Any]:
        """A dictionary of the values."""
        return dict(self._values)

    def to_json(self) -> str:
        """The values as JSON."""
        return json.dumps(self._values)

    def keys(self) -> KeysView[str]:
        """The names."""
        return self._values.keys()

    def values(self) -> ValuesView[Any]:
        """The values."""
        return self._values.values()

    def items(self) -> ItemsView[str, Any]:
        """Pairs of name and value."""
        return self._values.items()

    def pop(self, *args: Any) -> Any:
        """Remove a value and return it; a second argument is returned if there is none."""
        self._check("", f"pop{args!r}")
        return self._values.pop(*args)

    def update(self, *args: Any, **kwargs: Any) -> None:
        """Set several values, as `dict.update` does."""
        for name, value in dict(*args, **kwargs).items():
            self[name] = value

    def get(self, keyname: str, value: Any = None) -> Any:
        """A value, or another one if there is none."""
        return self._values.get(keyname, value)

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("__") and name in self._values:
            return self._values[name]
        raise AttributeError(f"The config has no value {name!r}. It has {sorted(self._values)}.")

    def __delattr__(self, name: str) -> None:
        del self[name]

    def __setitem__(self, name: str, value: Any) -> None:
        self._check(name, f"{name}={value!r}")
        self._values[name] = value

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __delitem__(self, name: str) -> None:
        self._check("", f"del {name}")
        del self._values[name]

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __getstate__(self) -> Any:
        return (self._values, self._frozen)

    def __setstate__(self, state: Any) -> None:
        object.__setattr__(self, "_values", state[0])
        object.__setattr__(self, "_frozen", state[1])

    def __repr__(self) -> str:
        return f"<Config {self._values}>"
