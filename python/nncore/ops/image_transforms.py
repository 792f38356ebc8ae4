"""Moving the pixels of images: to given places, by four corners, by waves, by scale and translation."""

from __future__ import annotations

import itertools
from importlib import import_module
from typing import Any

import numpy as np

from nncore.ops.apply import op
from nncore.ops.dtypes import as_operand, dtype_of, is_float, to_float
from nncore.ops.elementwise import binary, convert, unary, where
from nncore.ops.image_filters import as_batch, gaussian_blur
from nncore.ops.indexing import take
from nncore.ops.linalg import tensordot
from nncore.ops.random import random_normal
from nncore.ops.reduction import sum as ops_sum
from nncore.ops.resampling import INTERPOLATIONS, indices_outside
from nncore.ops.shape import broadcast_to, normalize_axis, reshape, transpose

FILL_MODES = ("constant", "nearest", "wrap", "mirror", "reflect")
INTERPOLATED = ("nearest", "bilinear")


def whole_near(x: Any) -> Any:
    """The nearest whole number; halves away from zero."""
    return binary("copysign", unary("floor", unary("abs", x) + 0.5), x)


def _sample(x: Any, coordinates: Any, order: int, fill_mode: str, fill_value: float) -> Any:
    """Values of ``x`` at coordinates: one array per axis of ``x``, all of one shape."""
    dtype = dtype_of(x)
    flat = reshape(x, (-1,))

    def at(places: Any) -> Any:
        """Values at whole coordinates, weights apart."""
        index: Any = None
        outside: Any = None
        for place, size in zip(places, x.shape, strict=True):
            inside = indices_outside(place, size, fill_mode)
            whole = convert(inside, "int32")
            index = whole if index is None else binary("add", binary("mul", index, size), whole)
            here = binary("ne", inside, place)
            outside = here if outside is None else binary("logical_or", outside, here)
        values = take(flat, index)
        return where(outside, fill_value, values) if fill_mode == "constant" else values

    if order == 0:
        return at([whole_near(c) for c in coordinates])
    lows = [unary("floor", c) for c in coordinates]
    parts = [c - low for c, low in zip(coordinates, lows, strict=True)]
    total: Any = None
    for corner in itertools.product((0, 1), repeat=len(lows)):
        weight: Any = None
        for up, part in zip(corner, parts, strict=True):
            share = part if up else 1.0 - part
            weight = share if weight is None else weight * share
        term = at([low + float(up) for low, up in zip(lows, corner, strict=True)]) * convert(weight, dtype)
        total = term if total is None else total + term
    return total


@op
def map_coordinates(
    inputs: Any, coordinates: Any, order: int, fill_mode: str = "constant", fill_value: float = 0.0
) -> Any:
    """Values of an array at coordinates between its elements.

    Args:
        inputs: Array of ``n`` dimensions.
        coordinates: Array ``(n, ...)``: for each result its place along each axis.
        order: 0: the nearest element; 1: weighted by distance.
        fill_mode: What lies outside: ``"constant"``, ``"nearest"`` (the edge), ``"wrap"`` (the input again),
            ``"reflect"`` (its mirror image, edge repeated) or ``"mirror"`` (edge not repeated). Defaults to
            ``"constant"``.
        fill_value: The constant. Defaults to 0.

    Returns:
        Array of the shape of ``coordinates`` without its first axis, and of the inputs' dtype.

    Raises:
        ValueError: If an argument is none of these.

    Example:
        >>> from nncore import ops
        >>> ops.image.map_coordinates([1.0, 2.0, 4.0], [[0.5, 1.5]], order=1)
        array([1.5, 3. ], dtype=float32)
    """
    x, places = as_operand(inputs), as_operand(coordinates)
    if len(places.shape) < 2 or places.shape[0] != len(x.shape):
        raise ValueError(
            "map_coordinates: coordinates (n, ...) were expected for inputs of n dimensions. "
            f"Received: inputs.shape={tuple(x.shape)}, coordinates.shape={tuple(places.shape)}."
        )
    if fill_mode not in FILL_MODES:
        raise ValueError(f"map_coordinates: `fill_mode` should be one of {FILL_MODES}. Received: {fill_mode!r}.")
    if order not in (0, 1):
        raise ValueError(f"map_coordinates: `order` should be 0 or 1. Received: order={order!r}.")
    own = dtype_of(x)
    values = x if is_float(own) else convert(x, "float64")
    places = convert(places, to_float(dtype_of(places)))
    y = _sample(values, [places[i] for i in range(len(x.shape))], order, fill_mode, fill_value)
    return y if is_float(own) else convert(unary("round", y), own)


def sample_images(x: Any, rows: Any, columns: Any, interpolation: str, fill_mode: str, fill_value: float) -> Any:
    """A batch of images (channels last) at places ``(B, H, W)``."""
    batch, height, width, channels = x.shape
    flat = reshape(x, (batch * height * width, channels))
    image = np.arange(batch, dtype="int32").reshape(batch, 1, 1) * (height * width)
    shape = (batch, *rows.shape[1:])

    def at(row: Any, column: Any) -> Any:
        """Values at whole coordinates."""
        inside_row, inside_column = indices_outside(row, height, fill_mode), indices_outside(column, width, fill_mode)
        index = convert(inside_row * float(width) + inside_column, "int32") + image
        values = take(flat, reshape(index, (-1,)), axis=0)
        values = reshape(values, (*shape, channels))
        if fill_mode != "constant":
            return values
        outside = binary("logical_or", binary("ne", inside_row, row), binary("ne", inside_column, column))
        return where(reshape(outside, (*shape, 1)), fill_value, values)

    if interpolation == "nearest":
        return at(*(whole_near(c) for c in (rows, columns)))
    row, column = unary("floor", rows), unary("floor", columns)
    below, right = (reshape(c - f, (*shape, 1)) for c, f in ((rows, row), (columns, column)))
    above, left = 1.0 - below, 1.0 - right
    top = at(row, column) * left + at(row, column + 1.0) * right
    bottom = at(row + 1.0, column) * left + at(row + 1.0, column + 1.0) * right
    return top * above + bottom * below


def _grid(height: int, width: int, dtype: str) -> tuple[Any, Any]:
    rows, columns = np.meshgrid(np.arange(height), np.arange(width), indexing="ij")
    return rows.astype(dtype)[None], columns.astype(dtype)[None]


# --- four corners ----------------------------------------------------------------------------------------------------


def _cross(a: Any, b: Any) -> list[Any]:
    return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]


def _frame(points: Any) -> list[list[Any]]:
    """The columns of a matrix that takes the three axes and their sum to four points (homogeneous coordinates)."""
    columns = [[points[:, i, 0], points[:, i, 1], points[:, i, 0] * 0.0 + 1.0] for i in range(4)]
    a, b, c, d = columns
    # Cramer's rule; the common factor, the determinant, doesn't matter.
    weights = [sum((v * w for v, w in zip(d, _cross(*pair), strict=True)), 0.0) for pair in ((b, c), (c, a), (a, b))]
    return [[v * weight for v in column] for column, weight in zip((a, b, c), weights, strict=True)]


def homography(start: Any, end: Any) -> list[Any]:
    """Eight numbers of the projective map that takes ``end`` points ``(B, 4, 2)`` to ``start`` points."""
    to, back = _frame(start), _frame(end)
    # The inverse of the second matrix, up to a factor: its rows are cross products of columns.
    rows = [_cross(back[1], back[2]), _cross(back[2], back[0]), _cross(back[0], back[1])]
    matrix = [[sum((to[k][i] * rows[k][j] for k in range(3)), 0.0) for j in range(3)] for i in range(3)]
    return [matrix[i][j] / matrix[2][2] for i, j in itertools.product(range(3), repeat=2)][:8]


@op
def perspective_transform(
    images: Any,
    start_points: Any,
    end_points: Any,
    interpolation: str = "bilinear",
    fill_value: float = 0,
    data_format: str | None = None,
) -> Any:
    """Pull images so that four points come to lie on four others.

    Args:
        images: Image or batch of images.
        start_points: Four points ``(x, y)`` of the image, ``(4, 2)``, or as many for each image.
        end_points: Where they come to lie, likewise.
        interpolation: ``"nearest"`` or ``"bilinear"``. Defaults to ``"bilinear"``.
        fill_value: What lies outside of the image. Defaults to 0.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.

    Returns:
        Array of floats of the images' shape.

    Raises:
        ValueError: If an argument is none of these.

    Example:
        >>> from nncore import ops
        >>> corners = [[0, 0], [0, 1], [1, 0], [1, 1]]
        >>> mirrored = [[1, 0], [1, 1], [0, 0], [0, 1]]
        >>> ops.image.perspective_transform([[[1.0], [2.0]], [[3.0], [4.0]]], corners, mirrored)[..., 0]
        array([[2., 1.],
               [4., 3.]], dtype=float32)
    """
    if interpolation not in INTERPOLATED:
        raise ValueError(
            "perspective_transform: `interpolation` should be 'nearest' or 'bilinear'. "
            f"Received: interpolation={interpolation!r}."
        )
    x, back = as_batch("perspective_transform", images, data_format)
    batch, height, width, _ = x.shape
    start, end = (convert(as_operand(p), "float64") for p in (start_points, end_points))
    if tuple(start.shape) not in ((4, 2), (batch, 4, 2)) or start.shape != end.shape:
        raise ValueError(
            f"perspective_transform: points (4, 2) or ({batch}, 4, 2) were expected, as many at the start as at the "
            f"end. Received: start_points.shape={tuple(start.shape)}, end_points.shape={tuple(end.shape)}."
        )
    start, end = (broadcast_to(reshape(p, (-1, 4, 2)), (batch, 4, 2)) for p in (start, end))
    a0, a1, a2, b0, b1, b2, c0, c1 = (convert(reshape(v, (batch, 1, 1)), dtype_of(x)) for v in homography(start, end))
    rows, columns = _grid(height, width, dtype_of(x))
    scale = c0 * columns + c1 * rows + 1.0
    to_rows, to_columns = (b0 * columns + b1 * rows + b2) / scale, (a0 * columns + a1 * rows + a2) / scale
    return back(sample_images(x, to_rows, to_columns, interpolation, "constant", float(fill_value)))


# --- waves -----------------------------------------------------------------------------------------------------------


@op
def elastic_transform(
    images: Any,
    alpha: float = 20.0,
    sigma: float = 5.0,
    interpolation: str = "bilinear",
    fill_mode: str = "reflect",
    fill_value: float = 0.0,
    seed: Any = None,
    data_format: str | None = None,
) -> Any:
    """Bend images by random waves.

    Args:
        images: Image or batch of images.
        alpha: How far pixels are moved. Defaults to 20.
        sigma: How long the waves are, in pixels. Defaults to 5.
        interpolation: ``"nearest"`` or ``"bilinear"``. Defaults to ``"bilinear"``.
        fill_mode: What lies outside: ``"constant"``, ``"nearest"``, ``"wrap"``, ``"mirror"`` or ``"reflect"``. Defaults
            to ``"reflect"``.
        fill_value: The constant. Defaults to 0.
        seed: None (the global generator), an integer (the same waves each time) or a ``SeedGenerator``.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.

    Returns:
        Array of the same shape and dtype.

    Raises:
        ValueError: If an argument is none of these.

    Example:
        >>> from nncore import ops
        >>> ops.image.elastic_transform(ops.ones((2, 8, 8, 3)), seed=1).shape
        (2, 8, 8, 3)
    """
    if interpolation not in INTERPOLATED or fill_mode not in FILL_MODES:
        raise ValueError(
            f"elastic_transform: `interpolation` should be one of {INTERPOLATED}, `fill_mode` one of {FILL_MODES}. "
            f"Received: interpolation={interpolation!r}, fill_mode={fill_mode!r}."
        )
    x, back = as_batch("elastic_transform", images, data_format)
    batch, height, width, _ = x.shape
    # The generators of seeds know the ops: they are asked for by name.
    state = import_module("nncore.random.seed").draw_seed(seed)
    reach = int(6 * sigma) | 1
    moves = []
    for stream in (0, 1):
        noise = random_normal(state, (batch, height, width, 1), dtype_of(x), stream) * float(sigma)
        smooth = gaussian_blur(noise, (reach, reach), (float(sigma), float(sigma)), "channels_last")
        moves.append(reshape(smooth, (batch, height, width)) * float(alpha))
    rows, columns = _grid(height, width, dtype_of(x))
    y = sample_images(x, rows + moves[0], columns + moves[1], interpolation, fill_mode, float(fill_value))
    own = dtype_of(as_operand(images))
    return back(y) if is_float(own) else convert(unary("round", back(y)), own)


# --- scale and translation -------------------------------------------------------------------------------------------

_METHODS = {
    **dict.fromkeys(("linear", "bilinear", "trilinear", "triangle"), "bilinear"),
    **dict.fromkeys(("cubic", "bicubic", "tricubic"), "bicubic"),
    "lanczos3": "lanczos3",
    "lanczos5": "lanczos5",
}


def _weights(old: int, new: int, scale: Any, translation: Any, method: str, antialias: bool) -> Any:
    """Weights ``(new, old)`` of old elements for new ones, which lie at ``(new - translation) / scale``."""
    inverse = 1.0 / scale
    wide = binary("max", inverse, 1.0) if antialias else 1.0
    middles = (np.arange(new) + 0.5) * inverse - translation * inverse - 0.5
    weights = INTERPOLATIONS[_METHODS[method]]((reshape(middles, (new, 1)) - np.arange(float(old))) / wide)
    total = ops_sum(weights, 1, keepdims=True)
    some = binary("gt", unary("abs", total), 1000 * np.finfo("float32").eps)
    inside = reshape(binary("logical_and", binary("ge", middles, -0.5), binary("le", middles, old - 0.5)), (new, 1))
    return where(binary("logical_and", some, inside), weights / where(some, total, 1.0), 0.0)


@op
def scale_and_translate(
    images: Any,
    output_shape: Any,
    scale: Any,
    translation: Any,
    spatial_dims: Any,
    method: str,
    antialias: bool = True,
) -> Any:
    """Scale and move arrays along some of their axes; what lies outside is 0.

    Args:
        images: Array.
        output_shape: Shape of the result; as the array's on all other axes.
        scale: Factor for each of ``spatial_dims``.
        translation: Distance for each of them, in elements of the result.
        spatial_dims: The axes.
        method: ``"linear"``, ``"bilinear"``, ``"trilinear"``, ``"triangle"``, ``"cubic"``, ``"bicubic"``,
            ``"tricubic"``, ``"lanczos3"`` or ``"lanczos5"``.
        antialias: Average over all elements that a smaller array's element covers. Defaults to True.

    Returns:
        Array of floats of ``output_shape``.

    Raises:
        ValueError: If an argument is none of these.

    Example:
        >>> from nncore import ops
        >>> ops.image.scale_and_translate([1.0, 3.0], (4,), [2.0], [0.0], (0,), "linear").tolist()
        [1.0, 1.5, 2.5, 3.0]
    """
    if method not in _METHODS:
        raise ValueError(f"scale_and_translate: `method` should be one of {tuple(_METHODS)}. Received: {method!r}.")
    x = as_operand(images)
    x = convert(x, to_float(dtype_of(x)))
    axes = [normalize_axis(int(a), len(x.shape)) for a in spatial_dims]
    factors, shifts = (convert(as_operand(v), dtype_of(x)) for v in (scale, translation))
    if len(output_shape) != len(x.shape) or not tuple(factors.shape) == tuple(shifts.shape) == (len(axes),):
        raise ValueError(
            "scale_and_translate: a size for each axis, and a scale and a translation for each of `spatial_dims` were "
            f"expected. Received: images.shape={tuple(x.shape)}, output_shape={tuple(output_shape)}, "
            f"scale.shape={tuple(factors.shape)}, translation.shape={tuple(shifts.shape)}, spatial_dims={axes}."
        )
    for i, axis in enumerate(axes):
        matrix = _weights(x.shape[axis], int(output_shape[axis]), factors[i], shifts[i], method, antialias)
        y = tensordot(x, convert(matrix, dtype_of(x)), axes=((axis,), (1,)))
        order = list(range(len(x.shape) - 1))
        order.insert(axis, len(x.shape) - 1)
        x = transpose(y, tuple(order))
    return x
