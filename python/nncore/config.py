"""Settings that hold for the whole process: number types, image layout and threads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nncore import _native, revision
from nncore.switches import (
    disable_flash_attention,
    disable_interactive_logging,
    disable_traceback_filtering,
    enable_flash_attention,
    enable_interactive_logging,
    enable_traceback_filtering,
    enable_unsafe_deserialization,
    is_flash_attention_enabled,
    is_interactive_logging_enabled,
    is_nnx_enabled,
    is_traceback_filtering_enabled,
    max_epochs,
    max_steps_per_epoch,
    set_max_epochs,
    set_max_steps_per_epoch,
)

if TYPE_CHECKING:
    from nncore.dtype_policies import DTypePolicy

__all__ = [
    "backend",
    "disable_flash_attention",
    "disable_interactive_logging",
    "disable_traceback_filtering",
    "dtype_policy",
    "enable_flash_attention",
    "enable_interactive_logging",
    "enable_traceback_filtering",
    "enable_unsafe_deserialization",
    "epsilon",
    "floatx",
    "get_num_threads",
    "image_data_format",
    "is_flash_attention_enabled",
    "is_interactive_logging_enabled",
    "is_nnx_enabled",
    "is_traceback_filtering_enabled",
    "max_epochs",
    "max_steps_per_epoch",
    "set_backend",
    "set_dtype_policy",
    "set_epsilon",
    "set_floatx",
    "set_image_data_format",
    "set_max_epochs",
    "set_max_steps_per_epoch",
    "set_num_threads",
    "show_config",
]

_FLOATS = ("float32", "float64")
_IMAGE_FORMATS = ("channels_last", "channels_first")

_floatx = "float32"
_epsilon = 1e-7
_image_data_format = "channels_last"
_dtype_policy: DTypePolicy | None = None


def backend() -> str:
    """Return the name of what computes.

    Returns:
        "nncore"; there is no other backend.

    Example:
        >>> import nncore
        >>> nncore.config.backend()
        'nncore'
    """
    return "nncore"


def set_backend(backend: str) -> None:
    """Choose what computes; there is one backend.

    Args:
        backend: "nncore".

    Raises:
        ValueError: For any other.

    Example:
        >>> import nncore
        >>> nncore.config.set_backend("nncore")
    """
    if backend != "nncore":
        raise ValueError(f"There is one backend, 'nncore'. Received: backend={backend!r}")


def dtype_policy() -> DTypePolicy:
    """Return the policy of layers that are made without a `dtype`.

    Returns:
        What `set_dtype_policy` has set, or the policy of `floatx()`.

    Example:
        >>> import nncore
        >>> nncore.config.dtype_policy()
        <DTypePolicy "float32">
    """
    if _dtype_policy is not None:
        return _dtype_policy
    from nncore.dtype_policies import DTypePolicy

    return DTypePolicy(_floatx)


def set_dtype_policy(policy: Any) -> None:
    """Set the policy of layers that are made without a `dtype`; existing ones keep theirs.

    Args:
        policy: A `DTypePolicy`, the name of one, or None for the policy of `floatx()`.

    Raises:
        ValueError: If there is no such policy.

    Example:
        >>> import nncore
        >>> nncore.config.set_dtype_policy("mixed_bfloat16")
        >>> nncore.layers.Dense(1).dtype_policy
        <DTypePolicy "mixed_bfloat16">
        >>> nncore.config.set_dtype_policy(None)
    """
    global _dtype_policy
    from nncore import dtype_policies

    _dtype_policy = None if policy is None else dtype_policies.get(policy)
    revision.advance()


def floatx() -> str:
    """Return the element type of weights and of arrays made from Python numbers.

    Returns:
        "float32" or "float64".

    Example:
        >>> import nncore
        >>> nncore.config.floatx()
        'float32'
    """
    return _floatx


def set_floatx(value: str) -> None:
    """Set the element type of weights and of arrays made from Python numbers.

    It holds for what is created afterwards; existing weights keep theirs.

    Args:
        value: "float32" or "float64".

    Raises:
        ValueError: For any other type, the half-precision ones included: kernels compute in float32
            and float64.

    Example:
        >>> import nncore
        >>> nncore.config.set_floatx("float64")
        >>> nncore.config.floatx()
        'float64'
        >>> nncore.config.set_floatx("float32")
    """
    global _floatx
    if value not in _FLOATS:
        hint = " There is no half-precision arithmetic." if value in ("float16", "bfloat16") else ""
        raise ValueError(f"set_floatx expects 'float32' or 'float64'.{hint} Received: value={value!r}")
    _floatx = value
    revision.advance()


def epsilon() -> float:
    """Return the small number that keeps divisions and logarithms away from zero.

    Returns:
        1e-7 unless `set_epsilon` changed it.

    Example:
        >>> import nncore
        >>> nncore.config.epsilon()
        1e-07
    """
    return _epsilon


def set_epsilon(value: float) -> None:
    """Set the small number that keeps divisions and logarithms away from zero.

    Args:
        value: A positive, finite number.

    Raises:
        TypeError: If `value` is not a number.
        ValueError: If `value` is not positive or not finite.

    Example:
        >>> import nncore
        >>> nncore.config.set_epsilon(1e-5)
        >>> nncore.config.epsilon()
        1e-05
        >>> nncore.config.set_epsilon(1e-7)
    """
    global _epsilon
    if isinstance(value, bool) or not hasattr(value, "__float__"):
        raise TypeError(f"set_epsilon expects a number. Received: value={value!r}")
    number = float(value)
    if not 0.0 < number < float("inf"):
        raise ValueError(f"set_epsilon expects a positive, finite number. Received: value={value!r}")
    _epsilon = number
    revision.advance()


def image_data_format() -> str:
    """Return where images have their channels by default.

    Returns:
        "channels_last" (height, width, channels) or "channels_first" (channels, height, width).

    Example:
        >>> import nncore
        >>> nncore.config.image_data_format()
        'channels_last'
    """
    return _image_data_format


def set_image_data_format(data_format: str) -> None:
    """Set where images have their channels by default.

    Args:
        data_format: "channels_last" or "channels_first".

    Raises:
        ValueError: For anything else.

    Example:
        >>> import nncore
        >>> nncore.config.set_image_data_format("channels_last")
    """
    global _image_data_format
    if data_format not in _IMAGE_FORMATS:
        raise ValueError(
            f"set_image_data_format expects 'channels_last' or 'channels_first'. Received: data_format={data_format!r}"
        )
    _image_data_format = data_format
    revision.advance()


def set_num_threads(n: int | None) -> None:
    """Set the most threads that an operation or a training step may take.

    How many of them are taken is decided by the work: small networks run on the calling thread
    alone. Results do not depend on the number.

    Args:
        n: From 1 to 256. None returns to the default: the processors that the affinity mask and
            the control group's quota leave this process, or fewer if OMP_NUM_THREADS says so.

    Raises:
        TypeError: If `n` is not an integer.
        ValueError: If `n` is out of range.

    Example:
        >>> import nncore
        >>> nncore.config.set_num_threads(1)
        >>> nncore.config.get_num_threads()
        1
        >>> nncore.config.set_num_threads(None)
    """
    if n is None:
        _native.set_num_threads(0)
        return
    if isinstance(n, bool) or not hasattr(n, "__index__"):
        raise TypeError(f"set_num_threads expects an integer or None. Received: n={n!r}")
    if n < 1:
        raise ValueError(f"set_num_threads expects an integer from 1 to 256. Received: n={n}")
    _native.set_num_threads(n)


def get_num_threads() -> int:
    """Return the most threads that an operation or a training step may take.

    Returns:
        At least 1.

    Example:
        >>> import nncore
        >>> nncore.config.get_num_threads() >= 1
        True
    """
    return _native.get_num_threads()


def show_config() -> None:
    """Print the version, the compiler, the instruction-set level and the threads, and why.

    Example:
        >>> import nncore
        >>> nncore.show_config()  # doctest: +ELLIPSIS
        nncore ...
    """
    levels = _native.isa_levels()
    rows = (
        ("compiler", _native.compiler),
        ("levels built", ", ".join(levels)),
        ("supported here", ", ".join(name for name, supported in levels.items() if supported)),
        ("level", f"{_native.isa()} ({_native.isa_reason()})"),
        ("caches", ", ".join(f"{size >> 10} KB" for size in _native.cache_sizes())),
        ("threads", f"{_native.get_num_threads()} ({_native.thread_reason()})"),
    )
    print(f"nncore {_native.__version__}")  # noqa: T201 - printing is its purpose
    for name, value in rows:
        print(f"  {name + ':':<16}{value}")  # noqa: T201
