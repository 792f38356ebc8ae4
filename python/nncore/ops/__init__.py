"""The vocabulary that networks are written in: NumPy's and Keras's operations.

On NumPy arrays an op runs at once, through its native kernel, and gives an array. On symbolic tensors it is recorded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import nncore.ops.conv_ops
import nncore.ops.shape  # noqa: F401  (before the function `shape`, whose place it would take)
from nncore.lazy import lazy_names
from nncore.ops.apply import eval_shape
from nncore.ops.autodiff_hooks import custom_gradient, stop_gradient
from nncore.ops.convert import (
    array,
    convert_to_numpy,
    convert_to_tensor,
    copy,
    dtype,
    is_tensor,
    ndim,
    shape,
    size,
)
from nncore.ops.crossentropy import (
    binary_crossentropy,
    categorical_crossentropy,
    sparse_categorical_crossentropy,
)
from nncore.ops.cumulative import cumprod, cumsum
from nncore.ops.dtypes import standardize_dtype
from nncore.ops.elementwise import cast, clip, exp, sigmoid, tanh, where
from nncore.ops.getitem import get_item
from nncore.ops.homes import HOMES
from nncore.ops.indexing import (
    digitize,
    multi_hot,
    nonzero,
    one_hot,
    searchsorted,
    select,
    slice,
    slice_update,
    take,
    take_along_axis,
)
from nncore.ops.linalg import dot, einsum, matmul, outer, tensordot, vdot
from nncore.ops.nn import (
    celu,
    elu,
    gelu,
    glu,
    hard_shrink,
    hard_sigmoid,
    hard_silu,
    hard_swish,
    hard_tanh,
    leaky_relu,
    log_sigmoid,
    mish,
    relu,
    relu6,
    selu,
    silu,
    soft_shrink,
    softplus,
    softsign,
    sparse_plus,
    sparse_sigmoid,
    sparsemax,
    squareplus,
    swish,
    tanh_shrink,
    threshold,
)
from nncore.ops.numeric import (
    abs,
    absolute,
    add,
    arccos,
    arccosh,
    arcsin,
    arcsinh,
    arctan,
    arctan2,
    arctanh,
    cbrt,
    ceil,
    copysign,
    cos,
    cosh,
    deg2rad,
    divide,
    divide_no_nan,
    equal,
    erf,
    erfinv,
    exp2,
    expm1,
    floor,
    floor_divide,
    greater,
    greater_equal,
    heaviside,
    hypot,
    isclose,
    isfinite,
    isinf,
    isnan,
    less,
    less_equal,
    log,
    log1p,
    log2,
    log10,
    logaddexp,
    logical_and,
    logical_not,
    logical_or,
    logical_xor,
    maximum,
    minimum,
    mod,
    multiply,
    nan_to_num,
    negative,
    not_equal,
    power,
    rad2deg,
    reciprocal,
    round,
    rsqrt,
    saturate_cast,
    sign,
    sin,
    sinh,
    sqrt,
    square,
    subtract,
    tan,
    true_divide,
    trunc,
)
from nncore.ops.random import (
    random_bits,
    random_normal,
    random_permutation,
    random_truncated_normal,
    random_uniform,
)
from nncore.ops.reduction import (
    all,
    any,
    argmax,
    argmin,
    logsumexp,
    max,
    mean,
    min,
    prod,
    std,
    sum,
    var,
)
from nncore.ops.scatter import scatter, scatter_update
from nncore.ops.segments import segment_max, segment_min, segment_prod, segment_sum
from nncore.ops.shape import (
    broadcast_to,
    concatenate,
    expand_dims,
    flip,
    pad,
    reshape,
    squeeze,
    stack,
    transpose,
)
from nncore.ops.softmax import log_softmax, softmax
from nncore.ops.sorting import argpartition, argsort, in_top_k, median, percentile, quantile, sort, top_k
from nncore.ops.update import (
    adadelta_step,
    adagrad_step,
    adam_step,
    adamax_step,
    ftrl_step,
    lamb_step,
    lion_step,
    momentum_step,
    nadam_step,
    rmsprop_step,
    sgd_step,
)

# Importing these gives tensors their operators and NumPy functions.
from nncore.ops import numpy_protocol, operators  # noqa: F401  isort: skip

if TYPE_CHECKING:
    from nncore.graph.forward import (
        jvp,
    )
    from nncore.ops import image
    from nncore.ops.arrange import (
        append,
        array_split,
        cross,
        diag,
        diagflat,
        diagonal,
        diff,
        hstack,
        kron,
        moveaxis,
        ravel,
        repeat,
        roll,
        rot90,
        split,
        swapaxes,
        tile,
        trace,
        unstack,
        vstack,
    )
    from nncore.ops.attention import dot_product_attention
    from nncore.ops.bitwise import (
        bitwise_and,
        bitwise_invert,
        bitwise_left_shift,
        bitwise_not,
        bitwise_or,
        bitwise_right_shift,
        bitwise_xor,
        left_shift,
        right_shift,
    )
    from nncore.ops.blocks import depth_to_space, fold, rearrange, space_to_depth, unfold
    from nncore.ops.control_flow import cond, fori_loop, map, scan, switch, vectorized_map, while_loop
    from nncore.ops.convolution import conv, conv_transpose, depthwise_conv, separable_conv
    from nncore.ops.counting import bincount, histogram, isin, unique, unravel_index
    from nncore.ops.creation import (
        arange,
        empty,
        empty_like,
        eye,
        full,
        full_like,
        geomspace,
        identity,
        linspace,
        logspace,
        meshgrid,
        ones,
        ones_like,
        tri,
        tril,
        triu,
        zeros,
        zeros_like,
    )
    from nncore.ops.ctc import ctc_decode, ctc_loss
    from nncore.ops.factors import (
        cholesky,
        cholesky_inverse,
        eigh,
        lu_factor,
        qr,
        solve_triangular,
        svd,
    )
    from nncore.ops.fourier import (
        angle,
        conj,
        conjugate,
        extract_sequences,
        fft,
        fft2,
        ifft2,
        imag,
        irfft,
        isreal,
        istft,
        real,
        rfft,
        stft,
        view_as_real,
    )
    from nncore.ops.mapping import associative_scan, vectorize
    from nncore.ops.measures import cdist, corrcoef, correlate, psnr, trapezoid, vander
    from nncore.ops.nan_statistics import (
        nanargmax,
        nanargmin,
        nancumprod,
        nancumsum,
        nanmax,
        nanmedian,
        nanmin,
        nanpercentile,
        nanprod,
        nanquantile,
        nanstd,
        nanvar,
    )
    from nncore.ops.normalization import batch_normalization, layer_normalization, moments, normalize, rms_normalization
    from nncore.ops.pooling import adaptive_average_pool, adaptive_max_pool, average_pool, max_pool
    from nncore.ops.random_rejection import random_binomial, random_gamma
    from nncore.ops.special import (
        allclose,
        erfc,
        fabs,
        fmax,
        fmin,
        fmod,
        gcd,
        i0,
        isneginf,
        isposinf,
        lcm,
        ldexp,
        logaddexp2,
        nextafter,
        signbit,
        sinc,
        view,
    )
    from nncore.ops.stacks import dsplit, dstack, fliplr, flipud, hsplit, vsplit
    from nncore.ops.statistics import amax, amin, average, count_nonzero, inner, nanmean, nansum, norm, ptp
    from nncore.ops.systems import (
        det,
        inv,
        logdet,
        lstsq,
        matrix_rank,
        pinv,
        slogdet,
        solve,
    )
    from nncore.ops.windows import bartlett, blackman, hamming, hanning, kaiser

__getattr__ = lazy_names(__name__, HOMES)


def __dir__() -> list[str]:
    return sorted(__all__)


# fmt: off
__all__ = [
    "abs", "absolute", "adadelta_step", "adagrad_step", "adam_step", "adamax_step", "adaptive_average_pool",
    "adaptive_max_pool", "add", "all", "allclose", "amax", "amin", "angle", "any", "append", "arange", "arccos",
    "arccosh", "arcsin", "arcsinh", "arctan", "arctan2", "arctanh", "argmax", "argmin", "argpartition", "argsort",
    "array", "array_split", "associative_scan", "average", "average_pool", "bartlett", "batch_normalization",
    "binary_crossentropy", "bincount", "bitwise_and", "bitwise_invert", "bitwise_left_shift", "bitwise_not",
    "bitwise_or", "bitwise_right_shift", "bitwise_xor", "blackman", "broadcast_to", "cast",
    "categorical_crossentropy", "cbrt", "cdist", "ceil", "celu", "cholesky", "cholesky_inverse", "clip",
    "concatenate", "cond", "conj", "conjugate", "conv", "conv_transpose", "convert_to_numpy", "convert_to_tensor",
    "copy", "copysign", "corrcoef", "correlate", "cos", "cosh", "count_nonzero", "cross", "ctc_decode", "ctc_loss",
    "cumprod", "cumsum", "custom_gradient", "deg2rad", "depth_to_space", "depthwise_conv", "det", "diag",
    "diagflat", "diagonal", "diff", "digitize", "divide", "divide_no_nan", "dot", "dot_product_attention", "dsplit",
    "dstack", "dtype", "eigh", "einsum", "elu", "empty", "empty_like", "equal", "erf", "erfc", "erfinv",
    "eval_shape", "exp", "exp2", "expand_dims", "expm1", "extract_sequences", "eye", "fabs", "fft", "fft2", "flip",
    "fliplr", "flipud", "floor", "floor_divide", "fmax", "fmin", "fmod", "fold", "fori_loop", "ftrl_step", "full",
    "full_like", "gcd", "gelu", "geomspace", "get_item", "glu", "greater", "greater_equal", "hamming", "hanning",
    "hard_shrink", "hard_sigmoid", "hard_silu", "hard_swish", "hard_tanh", "heaviside", "histogram", "hsplit",
    "hstack", "hypot", "i0", "identity", "ifft2", "imag", "image", "in_top_k", "inner", "inv", "irfft", "is_tensor",
    "isclose", "isfinite", "isin", "isinf", "isnan", "isneginf", "isposinf", "isreal", "istft", "jvp", "kaiser",
    "kron", "lamb_step", "layer_normalization", "lcm", "ldexp", "leaky_relu", "left_shift", "less", "less_equal",
    "linspace", "lion_step", "log", "log1p", "log2", "log10", "log_sigmoid", "log_softmax", "logaddexp",
    "logaddexp2", "logdet", "logical_and", "logical_not", "logical_or", "logical_xor", "logspace", "logsumexp",
    "lstsq", "lu_factor", "map", "matmul", "matrix_rank", "max", "max_pool", "maximum", "mean", "median",
    "meshgrid", "min", "minimum", "mish", "mod", "moments", "momentum_step", "moveaxis", "multi_hot", "multiply",
    "nadam_step", "nan_to_num", "nanargmax", "nanargmin", "nancumprod", "nancumsum", "nanmax", "nanmean",
    "nanmedian", "nanmin", "nanpercentile", "nanprod", "nanquantile", "nanstd", "nansum", "nanvar", "ndim",
    "negative", "nextafter", "nonzero", "norm", "normalize", "not_equal", "one_hot", "ones", "ones_like", "outer",
    "pad", "percentile", "pinv", "power", "prod", "psnr", "ptp", "qr", "quantile", "rad2deg", "random_binomial",
    "random_bits", "random_gamma", "random_normal", "random_permutation", "random_truncated_normal",
    "random_uniform", "ravel", "real", "rearrange", "reciprocal", "relu", "relu6", "repeat", "reshape", "rfft",
    "right_shift", "rms_normalization", "rmsprop_step", "roll", "rot90", "round", "rsqrt", "saturate_cast", "scan",
    "scatter", "scatter_update", "searchsorted", "segment_max", "segment_min", "segment_prod", "segment_sum",
    "select", "selu", "separable_conv", "sgd_step", "shape", "sigmoid", "sign", "signbit", "silu", "sin", "sinc",
    "sinh", "size", "slice", "slice_update", "slogdet", "soft_shrink", "softmax", "softplus", "softsign", "solve",
    "solve_triangular", "sort", "space_to_depth", "sparse_categorical_crossentropy", "sparse_plus",
    "sparse_sigmoid", "sparsemax", "split", "sqrt", "square", "squareplus", "squeeze", "stack", "standardize_dtype",
    "std", "stft", "stop_gradient", "subtract", "sum", "svd", "swapaxes", "swish", "switch", "take",
    "take_along_axis", "tan", "tanh", "tanh_shrink", "tensordot", "threshold", "tile", "top_k", "trace",
    "transpose", "trapezoid", "tri", "tril", "triu", "true_divide", "trunc", "unfold", "unique", "unravel_index",
    "unstack", "vander", "var", "vdot", "vectorize", "vectorized_map", "view", "view_as_real", "vsplit", "vstack",
    "where", "while_loop", "zeros", "zeros_like",
]
# fmt: on
