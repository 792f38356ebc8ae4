"""Ops of functional models as Keras writes them: a class for each op, made with its options, called on its inputs.

``ops.sum(x, axis=1)`` is an object of the class ``Sum`` with the argument ``axis=1``, called on ``x``. The table has
for each op the function, the module, the class and the arguments of its constructor; `tools/keras_ops.py` prints it.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any

from nncore import ops
from nncore.registry import unknown_name

__all__ = ["describe_call", "find_op", "is_op"]

_MODULE = "keras.src.ops."


class _Entry:
    """One line of the table."""

    def __init__(self, line: str) -> None:
        self.function, self.module, self.name, *options = line.split()
        self.options = frozenset(options)


@functools.cache
def _entries() -> tuple[dict[str, _Entry], dict[str, _Entry]]:
    """The table by function and by class."""
    entries = [_Entry(line) for line in _TABLE.strip().split("\n")]
    return {e.function: e for e in entries}, {e.name: e for e in entries}


def describe_call(function: str, args: Any, kwargs: Mapping[str, Any]) -> tuple[dict[str, Any], list[Any], Any] | None:
    """Divide the arguments of an op's call as Keras does.

    Args:
        function: The op's name.
        args: Positional arguments of the call.
        kwargs: The others.

    Returns:
        The description of the op with its options in ``config``, the inputs by position and those by name; nothing is
        serialised yet. None if Keras has no such op.
    """
    entry = _entries()[0].get(function)
    if entry is None:
        return None
    parameters = inspect.signature(getattr(ops, function)).parameters
    bound = inspect.signature(getattr(ops, function)).bind(*args, **kwargs)
    given = set(bound.arguments)
    bound.apply_defaults()
    config: dict[str, Any] = {}
    inputs: list[Any] = []
    named: dict[str, Any] = {}
    in_order = True
    for name, parameter in parameters.items():
        value = bound.arguments[name]
        if name in entry.options:
            config[name] = value
        elif parameter.kind is parameter.VAR_POSITIONAL:
            inputs += value
        elif name not in given:
            in_order = False  # what follows is given by name
        elif in_order:
            inputs.append(value)
        else:
            named[name] = value
    module = f"{_MODULE}{entry.module}"
    return (
        {"module": module, "class_name": entry.name, "config": config, "registered_name": entry.name},
        inputs,
        named,
    )


def is_op(entry: Mapping[str, Any]) -> bool:
    """Whether the description of a model's part is that of an op, and not of a layer."""
    module = entry.get("module") or ""
    return isinstance(module, str) and (module == "nncore.ops" or module.startswith(_MODULE))


def find_op(entry: Mapping[str, Any]) -> Callable[..., Any]:
    """The function that a description stands for, as a function of the inputs that Keras passes.

    Args:
        entry: What `describe_call` gave, or Keras's own.

    Returns:
        Function of inputs by position and by name; it calls the public op, so that the call is remembered as one of it.

    Raises:
        ValueError: If there is no such op, or it has other options.
    """
    name, config = entry["class_name"], dict(entry.get("config") or {})
    config.pop("name", None)
    known = _entries()[1].get(name)
    public = known.function if known is not None else name
    if public not in ops.__all__:
        raise unknown_name("op", str(public), ops.__all__)
    function = getattr(ops, public)
    parameters = inspect.signature(function).parameters
    options = known.options if known is not None else frozenset(parameters)
    if "dtype" not in options:
        config.pop("dtype", None)  # the policy of the op's class
    for key in [key for key, value in config.items() if key not in parameters and value in (None, False)]:
        del config[key]  # something that is not there, and not asked for
    unknown = sorted(set(config) - set(parameters))
    if unknown:
        raise ValueError(f"Op {public!r} has no arguments {unknown}. Received: {config}.")
    names = [n for n in parameters if n not in options]

    def call(*args: Any, **kwargs: Any) -> Any:
        if names and parameters[names[0]].kind is inspect.Parameter.VAR_POSITIONAL:
            leading = [config[n] for n in parameters if n in config]
            return function(*leading, *args)
        if public == "get_item" and isinstance(args[1], list):
            args = (args[0], tuple(args[1]))  # JSON has no tuples
        inputs = dict(zip(names, args, strict=False))
        # By position as far as possible: a saved model then describes its calls as this one does.
        positional = [inputs.pop(n) for n in list(parameters)[: len(inputs)] if n in inputs]
        return function(*positional, **inputs, **config, **kwargs)

    return call


_TABLE = """
abs numpy Abs
absolute numpy Absolute
adaptive_average_pool nn AdaptiveAveragePool output_size data_format
adaptive_max_pool nn AdaptiveMaxPool output_size data_format
add numpy Add
all numpy All axis keepdims
allclose numpy AllClose rtol atol equal_nan
amax numpy Amax axis keepdims
amin numpy Amin axis keepdims
angle numpy Angle
any numpy Any axis keepdims
append numpy Append axis
arange numpy Arange dtype
arccos numpy Arccos
arccosh numpy Arccosh
arcsin numpy Arcsin
arcsinh numpy Arcsinh
arctan numpy Arctan
arctan2 numpy Arctan2
arctanh numpy Arctanh
argmax numpy Argmax axis keepdims
argmin numpy Argmin axis keepdims
argpartition numpy Argpartition kth axis
argsort numpy Argsort axis
array numpy Array dtype
array_split numpy ArraySplit indices_or_sections axis
associative_scan core AssociativeScan reverse axis
average numpy Average axis
average_pool nn AveragePool pool_size strides padding data_format
batch_normalization nn BatchNorm axis epsilon
binary_crossentropy nn BinaryCrossentropy from_logits
bincount numpy Bincount weights minlength sparse
bitwise_and numpy BitwiseAnd
bitwise_invert numpy BitwiseInvert
bitwise_left_shift numpy BitwiseLeftShift
bitwise_not numpy BitwiseNot
bitwise_or numpy BitwiseOr
bitwise_right_shift numpy BitwiseRightShift
bitwise_xor numpy BitwiseXor
broadcast_to numpy BroadcastTo shape
cast core Cast dtype
categorical_crossentropy nn CategoricalCrossentropy from_logits axis
cbrt numpy Cbrt
cdist math CDist
ceil numpy Ceil
celu nn Celu alpha
cholesky linalg Cholesky upper
cholesky_inverse linalg CholeskyInverse upper
clip numpy Clip x_min x_max
concatenate numpy Concatenate axis
cond core Cond
conj numpy Conj
conjugate numpy Conjugate
conv nn Conv strides padding data_format dilation_rate
conv_transpose nn ConvTranspose strides padding output_padding data_format dilation_rate
convert_to_tensor core ConvertToTensor dtype sparse ragged
copy numpy Copy
corrcoef numpy Corrcoef
correlate numpy Correlate mode
cos numpy Cos
cosh numpy Cosh
count_nonzero numpy CountNonzero axis
cross numpy Cross axisa axisb axisc axis
ctc_decode nn CTCDecode strategy beam_width top_paths merge_repeated mask_index
ctc_loss nn CTCLoss mask_index
cumprod numpy Cumprod axis dtype
cumsum numpy Cumsum axis dtype
deg2rad numpy Deg2rad
depth_to_space nn DepthToSpace block_size data_format
depthwise_conv nn DepthwiseConv strides padding data_format dilation_rate
det linalg Det
diag numpy Diag k
diagflat numpy Diagflat k
diagonal numpy Diagonal offset axis1 axis2
diff numpy Diff n axis
digitize numpy Digitize
divide numpy Divide
divide_no_nan numpy DivideNoNan
dot numpy Dot
dot_product_attention nn DotProductAttention is_causal flash_attention attn_logits_soft_cap
dsplit numpy Dsplit indices_or_sections
dstack numpy Dstack
eig linalg Eig
eigh linalg Eigh
einsum numpy Einsum subscripts
elu nn Elu alpha
empty_like numpy EmptyLike dtype
equal numpy Equal
erf math Erf
erfc math Erfc
erfinv math Erfinv
exp numpy Exp
exp2 numpy Exp2
expand_dims numpy ExpandDims axis
expm1 numpy Expm1
extract_sequences math ExtractSequences sequence_length sequence_stride
fabs numpy Fabs
fft math FFT
fft2 math FFT2
flip numpy Flip axis
fliplr numpy Fliplr
flipud numpy Flipud
floor numpy Floor
floor_divide numpy FloorDivide
fmax numpy Fmax
fmin numpy Fmin
fmod numpy Fmod
fold nn Fold output_size kernel_size dilation padding stride
fori_loop core ForiLoop lower upper body_fun
full numpy Full shape dtype
full_like numpy FullLike dtype
gcd numpy Gcd
gelu nn Gelu approximate
geomspace numpy Geomspace num endpoint dtype axis
get_item numpy GetItem
glu nn Glu axis
greater numpy Greater
greater_equal numpy GreaterEqual
hard_shrink nn HardShrink threshold
hard_sigmoid nn HardSigmoid
hard_silu nn HardSilu
hard_tanh nn HardTanh
heaviside numpy Heaviside
histogram numpy Histogram bins range
hsplit numpy Hsplit indices_or_sections
hstack numpy Hstack
hypot numpy Hypot
i0 numpy I0
ifft2 math IFFT2
imag numpy Imag
in_top_k math InTopK k
inner numpy Inner
inv linalg Inv
irfft math IRFFT fft_length
isclose numpy Isclose equal_nan
isfinite numpy Isfinite
isin numpy IsIn assume_unique invert
isinf numpy Isinf
isnan numpy Isnan
isneginf numpy Isneginf
isposinf numpy Isposinf
isreal numpy Isreal
istft math ISTFT sequence_length sequence_stride fft_length length window center
jvp linalg JVP has_aux
kron numpy Kron
layer_normalization nn LayerNorm axis epsilon rms_scaling
lcm numpy Lcm
ldexp numpy Ldexp
leaky_relu nn LeakyRelu negative_slope
left_shift numpy LeftShift
less numpy Less
less_equal numpy LessEqual
linspace numpy Linspace num endpoint retstep dtype axis
log numpy Log
log10 numpy Log10
log1p numpy Log1p
log2 numpy Log2
log_sigmoid nn LogSigmoid
log_softmax nn LogSoftmax axis
logaddexp numpy Logaddexp
logaddexp2 numpy Logaddexp2
logdet math Logdet
logical_and numpy LogicalAnd
logical_not numpy LogicalNot
logical_or numpy LogicalOr
logical_xor numpy LogicalXor
logspace numpy Logspace num endpoint base dtype axis
logsumexp math Logsumexp axis keepdims
lstsq linalg Lstsq rcond
lu_factor linalg LuFactor
map core Map
matmul numpy Matmul
matrix_rank linalg MatrixRank tol
max numpy Max axis keepdims initial
max_pool nn MaxPool pool_size strides padding data_format
maximum numpy Maximum
mean numpy Mean axis keepdims
median numpy Median axis keepdims
meshgrid numpy Meshgrid indexing
min numpy Min axis keepdims initial
minimum numpy Minimum
mod numpy Mod
moments nn Moments axes keepdims synchronized
moveaxis numpy Moveaxis source destination
multi_hot nn MultiHot num_classes axis dtype sparse
multiply numpy Multiply
nan_to_num numpy NanToNum nan posinf neginf
nanargmax numpy Nanargmax axis keepdims
nanargmin numpy Nanargmin axis keepdims
nancumprod numpy Nancumprod axis dtype
nancumsum numpy Nancumsum axis dtype
nanmax numpy Nanmax axis keepdims
nanmean numpy Nanmean axis keepdims
nanmedian numpy Nanmedian axis keepdims
nanmin numpy Nanmin axis keepdims
nanpercentile numpy Nanpercentile axis method keepdims
nanprod numpy Nanprod axis keepdims
nanquantile numpy Nanquantile axis method keepdims
nanstd numpy Nanstd axis keepdims
nansum numpy Nansum axis keepdims
nanvar numpy Nanvar axis keepdims
ndim numpy Ndim
negative numpy Negative
nextafter numpy Nextafter
nonzero numpy Nonzero
norm linalg Norm ord axis keepdims
normalize nn Normalize axis order epsilon
not_equal numpy NotEqual
one_hot nn OneHot num_classes axis dtype sparse
ones_like numpy OnesLike dtype
outer numpy Outer
pad numpy Pad pad_width mode
percentile numpy Percentile axis method keepdims
pinv linalg Pinv rcond
polar nn Polar
power numpy Power
prod numpy Prod axis keepdims dtype
psnr nn PSNR max_val
ptp numpy Ptp axis keepdims
qr linalg Qr mode
quantile numpy Quantile axis method keepdims
rad2deg numpy Rad2deg
ravel numpy Ravel
real numpy Real
rearrange einops Rearrange
reciprocal numpy Reciprocal
relu nn Relu
relu6 nn Relu6
repeat numpy Repeat repeats axis
reshape numpy Reshape newshape
rfft math RFFT fft_length
right_shift numpy RightShift
rms_normalization nn RMSNorm axis epsilon
roll numpy Roll shift axis
rot90 numpy Rot90 k axes
round numpy Round decimals
rsqrt math Rsqrt
saturate_cast core SaturateCast dtype
scan core Scan length reverse unroll
scatter core Scatter shape
scatter_update core ScatterUpdate reduction
searchsorted numpy SearchSorted side
segment_max math SegmentMax num_segments sorted
segment_min math SegmentMin num_segments sorted
segment_prod math SegmentProd num_segments sorted
segment_sum math SegmentSum num_segments sorted
select numpy Select
selu nn Selu
separable_conv nn SeparableConv strides padding data_format dilation_rate
sigmoid nn Sigmoid
sign numpy Sign
signbit numpy Signbit
silu nn Silu
sin numpy Sin
sinc numpy Sinc
sinh numpy Sinh
size numpy Size
slice core Slice shape
slice_update core SliceUpdate
slogdet numpy Slogdet
soft_shrink nn SoftShrink threshold
softmax nn Softmax axis
softplus nn Softplus
softsign nn Softsign
solve linalg Solve
solve_triangular linalg SolveTriangular lower
sort numpy Sort axis
space_to_depth nn SpaceToDepth block_size data_format
sparse_categorical_crossentropy nn SparseCategoricalCrossentropy from_logits axis
sparse_plus nn SparsePlus
sparse_sigmoid nn SparseSigmoid
sparsemax nn Sparsemax axis
split numpy Split indices_or_sections axis
sqrt numpy Sqrt
square numpy Square
squareplus nn Squareplus b
squeeze numpy Squeeze axis
stack numpy Stack axis
std numpy Std axis keepdims
stft math STFT sequence_length sequence_stride fft_length window center
stop_gradient core StopGradient
subtract numpy Subtract
sum numpy Sum axis keepdims
svd linalg SVD full_matrices compute_uv
swapaxes numpy Swapaxes axis1 axis2
switch core Switch
take numpy Take axis
take_along_axis numpy TakeAlongAxis axis
tan numpy Tan
tanh numpy Tanh
tanh_shrink nn TanhShrink
tensordot numpy Tensordot axes
threshold nn Threshold threshold default_value
tile numpy Tile repeats
top_k math TopK k sorted
trace numpy Trace offset axis1 axis2
transpose numpy Transpose axes
trapezoid numpy Trapezoid x dx axis
tril numpy Tril k
triu numpy Triu k
true_divide numpy TrueDivide
trunc numpy Trunc
unfold nn Unfold kernel_size dilation padding stride
unique numpy Unique sorted return_index return_inverse return_counts axis size fill_value
unravel_index numpy UnravelIndex shape
unstack core Unstack num axis
vander numpy Vander N increasing
var numpy Var axis keepdims
vdot numpy Vdot
vectorized_map core VectorizedMap function
view numpy View dtype
view_as_complex math ViewAsComplex
view_as_real math ViewAsReal
vsplit numpy Vsplit indices_or_sections
vstack numpy Vstack
where numpy Where
while_loop core WhileLoop cond body maximum_iterations
zeros_like numpy ZerosLike dtype
"""
