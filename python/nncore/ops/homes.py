"""Which module has the ops that are imported when they are first used: those composed of others."""

from __future__ import annotations

__all__ = ["HOMES"]

_BY_MODULE = {
    "arrange": (
        "append array_split cross diag diagflat diagonal diff hstack kron moveaxis ravel repeat roll rot90 split "
        "swapaxes tile trace unstack vstack"
    ),
    "attention": "dot_product_attention",
    "bitwise": (
        "bitwise_and bitwise_invert bitwise_left_shift bitwise_not bitwise_or bitwise_right_shift bitwise_xor "
        "left_shift right_shift"
    ),
    "blocks": "depth_to_space fold rearrange space_to_depth unfold",
    "control_flow": "cond fori_loop map scan switch vectorized_map while_loop",
    "convolution": "conv conv_transpose depthwise_conv separable_conv",
    "counting": "bincount histogram isin unique unravel_index",
    "creation": (
        "arange empty empty_like eye full full_like geomspace identity linspace logspace meshgrid ones ones_like "
        "tri tril triu zeros zeros_like"
    ),
    "ctc": "ctc_decode ctc_loss",
    "factors": "cholesky cholesky_inverse eigh lu_factor qr solve_triangular svd",
    "fourier": (
        "angle conj conjugate extract_sequences fft fft2 ifft2 imag irfft isreal istft real rfft stft view_as_real"
    ),
    "image": "image",
    "mapping": "associative_scan vectorize",
    "measures": "cdist corrcoef correlate psnr trapezoid vander",
    "nan_statistics": (
        "nanargmax nanargmin nancumprod nancumsum nanmax nanmedian nanmin nanpercentile nanprod nanquantile nanstd "
        "nanvar"
    ),
    "nncore.graph.forward": "jvp",
    "normalization": "batch_normalization layer_normalization moments normalize rms_normalization",
    "pooling": "adaptive_average_pool adaptive_max_pool average_pool max_pool",
    "random_rejection": "random_binomial random_gamma",
    "special": (
        "allclose erfc fabs fmax fmin fmod gcd i0 isneginf isposinf lcm ldexp logaddexp2 nextafter signbit sinc view"
    ),
    "stacks": "dsplit dstack fliplr flipud hsplit vsplit",
    "statistics": "amax amin average count_nonzero inner nanmean nansum norm ptp",
    "systems": "det inv logdet lstsq matrix_rank pinv slogdet solve",
    "windows": "bartlett blackman hamming hanning kaiser",
}

HOMES = {name: module for module, names in _BY_MODULE.items() for name in names.split()}
HOMES["numpy"] = "numpy"  # a namespace
