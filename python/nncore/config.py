"""Settings that hold for the whole process: number types, image layout and threads."""

from __future__ import annotations

from nncore import _native, revision

__all__ = [
    "epsilon",
    "floatx",
    "get_num_threads",
    "image_data_format",
    "set_epsilon",
    "set_floatx",
    "set_image_data_format",
    "set_num_threads",
    "show_config",
]

_FLOATS = ("float32", "float64")
_IMAGE_FORMATS = ("channels_last", "channels_first")

_floatx = "float32"
_epsilon = 1e-7
_image_data_format = "channels_last"


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
