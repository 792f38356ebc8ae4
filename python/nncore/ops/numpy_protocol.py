"""NumPy's functions on symbolic tensors: one table of what is allowed, and the op that each stands for.

A row names the op and lists NumPy's parameters in order. ``a>x`` passes NumPy's ``a`` as the op's ``x``. ``~out`` must
be left at its default: it has no equivalent. ``^dtype`` converts the first operand before the op, and ``+ddof`` scales
the result. Whatever is not in the table raises ``TraceError``: nothing is ever turned into a constant behind the user's
back.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nncore.ir import Tensor, trace_error

_SAME_NAMES = """
add subtract multiply divide true_divide floor_divide mod power negative absolute maximum minimum square sqrt reciprocal
exp exp2 expm1 log log1p log2 log10 logaddexp sin cos tan arcsin arccos arctan arctan2 sinh cosh tanh arcsinh arccosh
arctanh sign floor ceil trunc equal not_equal less less_equal greater greater_equal logical_and logical_or logical_xor
logical_not isnan isinf isfinite bitwise_and bitwise_or bitwise_xor left_shift right_shift matmul hypot copysign cbrt
heaviside deg2rad rad2deg fabs fmax fmin fmod gcd lcm ldexp logaddexp2 nextafter signbit
"""

# NumPy ufunc -> op.
UFUNCS = {name: name for name in _SAME_NAMES.split()} | {
    "remainder": "mod",
    "abs": "absolute",
    "invert": "bitwise_not",
    "rint": "round",
    "float_power": "power",
    "radians": "deg2rad",
    "degrees": "rad2deg",
    "conjugate": "identity_of",
    "positive": "identity_of",
}

# ufunc.reduce and ufunc.accumulate.
_REDUCE = {
    "add": "sum",
    "multiply": "prod",
    "maximum": "max",
    "minimum": "min",
    "logical_and": "all",
    "logical_or": "any",
}
_ACCUMULATE = {"add": "cumsum", "multiply": "cumprod"}

_REDUCTION = "a>x axis ^dtype ~out keepdims ~initial ~where"
_EXTREME = "a>x axis ~out keepdims initial ~where"

# NumPy function -> (op, parameters).
FUNCTIONS: dict[str, tuple[str, str]] = {
    "sum": ("sum", _REDUCTION),
    "prod": ("prod", _REDUCTION),
    "mean": ("mean", "a>x axis ^dtype ~out keepdims ~where"),
    "var": ("var", "a>x axis ^dtype ~out +ddof keepdims ~where ~mean ~correction"),
    "std": ("std", "a>x axis ^dtype ~out +ddof keepdims ~where ~mean ~correction"),
    "max": ("max", _EXTREME),
    "min": ("min", _EXTREME),
    "amax": ("max", _EXTREME),
    "amin": ("min", _EXTREME),
    "ptp": ("ptp", "a>x axis ~out keepdims"),
    "any": ("any", "a>x axis ~out keepdims ~where"),
    "all": ("all", "a>x axis ~out keepdims ~where"),
    "argmax": ("argmax", "a>x axis ~out keepdims"),
    "argmin": ("argmin", "a>x axis ~out keepdims"),
    "nansum": ("nansum", "a>x axis ^dtype ~out keepdims ~initial ~where"),
    "nanmean": ("nanmean", "a>x axis ^dtype ~out keepdims ~where"),
    "median": ("median", "a>x axis ~out ~overwrite_input keepdims"),
    "quantile": ("quantile", "a>x q axis ~out ~overwrite_input method keepdims"),
    "percentile": ("percentile", "a>x q axis ~out ~overwrite_input method keepdims"),
    "nanquantile": ("nanquantile", "a>x q axis ~out ~overwrite_input method keepdims"),
    "nanpercentile": ("nanpercentile", "a>x q axis ~out ~overwrite_input method keepdims"),
    "nanmedian": ("nanmedian", "a>x axis ~out ~overwrite_input keepdims"),
    "nanmax": ("nanmax", "a>x axis ~out keepdims ~initial ~where"),
    "nanmin": ("nanmin", "a>x axis ~out keepdims ~initial ~where"),
    "nanprod": ("nanprod", _REDUCTION),
    "nanvar": ("nanvar", "a>x axis ^dtype ~out ~ddof keepdims ~where ~mean ~correction"),
    "nanstd": ("nanstd", "a>x axis ^dtype ~out ~ddof keepdims ~where ~mean ~correction"),
    "nanargmax": ("nanargmax", "a>x axis ~out keepdims"),
    "nanargmin": ("nanargmin", "a>x axis ~out keepdims"),
    "nancumsum": ("nancumsum", "a>x axis dtype ~out"),
    "nancumprod": ("nancumprod", "a>x axis dtype ~out"),
    "average": ("average", "a>x axis weights ~returned"),
    "count_nonzero": ("count_nonzero", "a>x axis"),
    "cumsum": ("cumsum", "a>x axis dtype ~out"),
    "cumprod": ("cumprod", "a>x axis dtype ~out"),
    "diff": ("diff", "a n axis ~prepend ~append"),
    "concatenate": ("concatenate", "arrays>xs axis ~out ~dtype ~casting"),
    "stack": ("stack", "arrays>x axis ~out ~dtype ~casting"),
    "vstack": ("vstack", "tup>xs ~dtype ~casting"),
    "hstack": ("hstack", "tup>xs ~dtype ~casting"),
    "dstack": ("dstack", "tup>xs"),
    "append": ("append", "arr>x1 values>x2 axis"),
    "where": ("where", "condition x>x1 y>x2"),
    "select": ("select", "condlist choicelist default"),
    "clip": ("clip", "a>x a_min>x_min a_max>x_max ~out min>x_min max>x_max"),
    "reshape": ("reshape", "a>x shape>newshape ~order newshape>newshape ~copy"),
    "ravel": ("ravel", "a>x ~order"),
    "transpose": ("transpose", "a>x axes"),
    "swapaxes": ("swapaxes", "a>x axis1 axis2"),
    "moveaxis": ("moveaxis", "a>x source destination"),
    "expand_dims": ("expand_dims", "a>x axis"),
    "squeeze": ("squeeze", "a>x axis"),
    "broadcast_to": ("broadcast_to", "array>x shape ~subok"),
    "tile": ("tile", "A>x reps>repeats"),
    "repeat": ("repeat", "a>x repeats axis"),
    "roll": ("roll", "a>x shift axis"),
    "rot90": ("rot90", "m>array k axes"),
    "flip": ("flip", "m>x axis"),
    "split": ("split", "ary>x indices_or_sections axis"),
    "array_split": ("array_split", "ary>x indices_or_sections axis"),
    "hsplit": ("hsplit", "ary>x indices_or_sections"),
    "vsplit": ("vsplit", "ary>x indices_or_sections"),
    "dsplit": ("dsplit", "ary>x indices_or_sections"),
    "fliplr": ("fliplr", "m>x"),
    "flipud": ("flipud", "m>x"),
    "pad": ("pad", "array>x pad_width mode constant_values"),
    "take": ("take", "a>x indices axis ~out ~mode"),
    "take_along_axis": ("take_along_axis", "arr>x indices axis"),
    "searchsorted": ("searchsorted", "a>sorted_sequence v>values side ~sorter"),
    "digitize": ("digitize", "x bins ~right"),
    "isin": ("isin", "element>x1 test_elements>x2 assume_unique invert ~kind"),
    "histogram": ("histogram", "a>x bins range ~density ~weights"),
    "bincount": ("bincount", "x weights minlength"),
    "unravel_index": ("unravel_index", "indices shape ~order"),
    "argpartition": ("argpartition", "a>x kth axis ~kind ~order"),
    "trapezoid": ("trapezoid", "y x dx axis"),
    "vander": ("vander", "x N increasing"),
    "correlate": ("correlate", "a>x1 v>x2 mode"),
    "corrcoef": ("corrcoef", "x ~y ~rowvar"),
    "dot": ("dot", "a>x1 b>x2 ~out"),
    "vdot": ("vdot", "a>x1 b>x2"),
    "inner": ("inner", "a>x1 b>x2"),
    "outer": ("outer", "a>x1 b>x2 ~out"),
    "kron": ("kron", "a>x1 b>x2"),
    "cross": ("cross", "a>x1 b>x2 axisa axisb axisc axis"),
    "tensordot": ("tensordot", "a>x1 b>x2 axes"),
    "linalg.norm": ("norm", "x ord axis keepdims"),
    "diag": ("diag", "v>x k"),
    "diagflat": ("diagflat", "v>x k"),
    "diagonal": ("diagonal", "a>x offset axis1 axis2"),
    "trace": ("trace", "a>x offset axis1 axis2 ^dtype ~out"),
    "tril": ("tril", "m>x k"),
    "triu": ("triu", "m>x k"),
    "sort": ("sort", "a>x axis ~kind ~order ~stable"),
    "argsort": ("argsort", "a>x axis ~kind ~order ~stable"),
    "round": ("round", "a>x decimals ~out"),
    "around": ("round", "a>x decimals ~out"),
    "nan_to_num": ("nan_to_num", "x ~copy nan posinf neginf"),
    "sinc": ("sinc", "x"),
    "i0": ("i0", "x"),
    "isposinf": ("isposinf", "x ~out"),
    "isneginf": ("isneginf", "x ~out"),
    "allclose": ("allclose", "a>x1 b>x2 rtol atol equal_nan"),
    "isclose": ("isclose", "a>x1 b>x2 rtol atol equal_nan"),
    "zeros_like": ("zeros_like", "a>x dtype ~order ~subok ~shape ~device"),
    "ones_like": ("ones_like", "a>x dtype ~order ~subok ~shape ~device"),
    "empty_like": ("empty_like", "prototype>x dtype ~order ~subok ~shape ~device"),
    "full_like": ("full_like", "a>x fill_value dtype ~order ~subok ~shape ~device"),
    "linspace": ("linspace", "start stop num endpoint retstep dtype axis ~device"),
    "logspace": ("logspace", "start stop num endpoint base dtype axis"),
    "geomspace": ("geomspace", "start stop num endpoint dtype axis"),
    "copy": ("copy", "a>x ~order ~subok"),
    "shape": ("shape", "a>x"),
    "ndim": ("ndim", "a>x"),
    "size": ("size", "a>x ~axis"),
}
# Functions whose arguments are passed as they are.
_PLAIN = {"einsum": "einsum", "meshgrid": "meshgrid"}
# Refused parameters may be given as what they are by default.
_DEFAULTS: dict[str, tuple[Any, ...]] = {
    "where": (True,),
    "order": ("C",),
    "casting": ("same_kind",),
    "subok": (True, False),
    "copy": (True,),
    "mode": ("raise",),
    "kind": ("quicksort", "stable", "mergesort", "introselect"),
    "density": (False,),
    "ddof": (0,),
    "rowvar": (True,),
    "stable": (True, False),
    "right": (False,),
    "returned": (False,),
    "overwrite_input": (False, True),
}
_NO_VALUE = getattr(np, "_NoValue", None)


def _op(name: str) -> Any:
    from nncore import ops

    return (lambda x: x) if name == "identity_of" else getattr(ops, name)


def _refused(name: str, parameter: str, value: Any) -> None:
    if value is None or value is _NO_VALUE:
        return
    if not isinstance(value, (np.ndarray, Tensor)) and value in _DEFAULTS.get(parameter, ()):
        return
    if parameter == "out":
        raise trace_error(
            f"np.{name} was asked to write into an array (out=, or an in-place operator such as +=), which can't be "
            "recorded.",
            "Bind the result to a name instead: y = y + x.",
        )
    shown = f"<array of shape {value.shape}>" if isinstance(value, np.ndarray) else repr(value)
    raise trace_error(
        f"np.{name}: the argument {parameter}={shown} can't be used on symbolic tensors.",
        f"Leave it out, or use the functions of nncore.ops ({_advice(name)}).",
    )


def _advice(name: str) -> str:
    import difflib

    from nncore import ops

    short = name.rpartition(".")[2]
    if short in ops.__all__:
        return f"ops.{short}"
    found = difflib.get_close_matches(short, ops.__all__)
    return f"the nearest names are {', '.join('ops.' + n for n in found)}" if found else "see nncore.ops"


def _unknown(name: str) -> Any:
    return trace_error(
        f"np.{name} can't be recorded on symbolic tensors.",
        f"Use the functions of nncore.ops instead ({_advice(name)}), or compile(run_eagerly=True).",
    )


def array_ufunc(self: Any, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
    """Carry out a NumPy ufunc that met a tensor."""
    name = ufunc.__name__
    for parameter in ("out", "where", "casting", "order", "subok"):
        _refused(name, parameter, kwargs.pop(parameter, None))
    dtype = kwargs.pop("dtype", None)
    if method == "reduce" and name in _REDUCE:
        # NumPy's default is the first axis.
        axis = kwargs.pop("axis", 0)
        keepdims = bool(kwargs.pop("keepdims", False))
        _refused(name, "initial", kwargs.pop("initial", None))
        _none_left(name, kwargs)
        return _op(_REDUCE[name])(_cast(inputs[0], dtype), axis=axis, keepdims=keepdims)
    if method == "accumulate" and name in _ACCUMULATE:
        axis = kwargs.pop("axis", 0)
        _none_left(name, kwargs)
        return _op(_ACCUMULATE[name])(inputs[0], axis=axis, dtype=dtype)
    if method != "__call__":
        if method == "outer" and name in UFUNCS and ufunc.nin == 2:
            return _outer(name, inputs)
        raise _unknown(f"{name}.{method}")
    _none_left(name, kwargs)
    if name == "divmod":
        return _op("floor_divide")(*inputs), _op("mod")(*inputs)
    if name not in UFUNCS:
        raise _unknown(name)
    return _cast(_op(UFUNCS[name])(*inputs), dtype)


def _outer(name: str, inputs: tuple[Any, ...]) -> Any:
    a, b = (_op("convert_to_tensor")(x) for x in inputs)
    return _op(UFUNCS[name])(_op("reshape")(a, (*a.shape, *(1,) * len(b.shape))), b)


def _none_left(name: str, kwargs: dict[str, Any]) -> None:
    for parameter, value in kwargs.items():
        _refused(name, parameter, value)


def _cast(x: Any, dtype: Any) -> Any:
    return x if dtype is None else _op("cast")(x, dtype)


def array_function(self: Any, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
    """Carry out a NumPy function that met a tensor."""
    module = getattr(function, "__module__", "") or ""
    name = function.__name__
    if module.startswith("numpy.") and module not in ("numpy.core", "numpy._core"):
        name = f"{module.removeprefix('numpy.')}.{name}"
    if name in _PLAIN:
        kwargs = {key: value for key, value in kwargs.items() if key not in ("optimize", "copy")}
        return _op(_PLAIN[name])(*args, **kwargs)
    if name not in FUNCTIONS:
        raise _unknown(name)
    target, signature = FUNCTIONS[name]
    passed, dtype, ddof = _bind(name, signature, args, kwargs)
    if dtype is not None:
        first = next(iter(passed))
        passed[first] = _cast(passed[first], dtype)
    y = _op(target)(**passed)
    if ddof:
        from nncore.ops.operators import corrected

        y = y * corrected(passed["x"].shape, passed.get("axis"), ddof, target == "std")
    return y


def _bind(name: str, signature: str, args: Any, kwargs: Any) -> tuple[dict[str, Any], Any, Any]:
    """Map the arguments of a NumPy call to those of its op."""
    parameters = signature.split()
    if len(args) > len(parameters):
        raise TypeError(f"np.{name}: at most {len(parameters)} arguments were expected. Received: {len(args)}.")
    given = dict(zip((p.lstrip("~^+").partition(">")[0] for p in parameters), args, strict=False))
    given.update(kwargs)
    passed: dict[str, Any] = {}
    dtype = ddof = None
    for parameter in parameters:
        source, _, target = parameter.lstrip("~^+").partition(">")
        if source not in given:
            continue
        value = given.pop(source)
        if parameter[0] == "~":
            _refused(name, source, value)
        elif parameter[0] == "^":
            dtype = value
        elif parameter[0] == "+":
            ddof = value
        elif value is not _NO_VALUE:
            passed[target or source] = value
    for source, value in given.items():
        _refused(name, source, value)
    return passed, dtype, ddof


def install_protocol(cls: type) -> None:
    """Let NumPy's functions work on a class of tensors."""
    cls.__array_ufunc__ = array_ufunc  # type: ignore[attr-defined]
    cls.__array_function__ = array_function  # type: ignore[attr-defined]


install_protocol(Tensor)
