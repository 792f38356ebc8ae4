"""Spectrograms of signals: by mel bands, and as a convolution whose kernels can be trained."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from nncore import config, initializers, ops
from nncore.layers.input_spec import InputSpec
from nncore.layers.layer import Layer
from nncore.ops.spatial import standardize_data_format

__all__ = ["MelSpectrogram", "STFTSpectrogram"]

_MODES = ("log", "magnitude", "psd", "real", "imag", "angle", "stft")


class MelSpectrogram(Layer):
    """Turns signals into the power of their mel bands over time.

    Args:
        fft_length: Length of the transforms. Defaults to 2048.
        sequence_stride: Samples between two transforms. Defaults to 512.
        sequence_length: Length of the window. Defaults to None: ``fft_length``.
        window: ``"hann"``, ``"hamming"``, an array or None. Defaults to ``"hann"``.
        sampling_rate: Samples per second. Defaults to 16000.
        num_mel_bins: Number of bands. Defaults to 128.
        min_freq: Lower edge of the lowest band, in Hz. Defaults to 20.
        max_freq: Upper edge of the highest band, in Hz. Defaults to None: half of ``sampling_rate``.
        power_to_db: Whether powers are given in decibels. Defaults to True.
        top_db: Decibels below the largest value at which values are cut off. Defaults to 80.
        mag_exp: Exponent of magnitudes: 1 for magnitudes, 2 for powers. Defaults to 2.
        min_power: Powers below count as this one. Defaults to 1e-10.
        ref_power: The power of 0 dB. Defaults to 1.
        kwargs: Arguments of ``Layer``.

    Shapes: input ``(time,)`` or ``(batch, time)``; output ``(num_mel_bins, frames)`` or
    ``(batch, num_mel_bins, frames)``.

    Raises:
        ValueError: If the window is longer than the transform.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layer = layers.MelSpectrogram(fft_length=64, sequence_stride=32, num_mel_bins=8)
        >>> layer(np.zeros((2, 320), "float32")).shape
        (2, 8, 11)
    """

    def __init__(
        self,
        fft_length: int = 2048,
        sequence_stride: int = 512,
        sequence_length: int | None = None,
        window: Any = "hann",
        sampling_rate: int = 16000,
        num_mel_bins: int = 128,
        min_freq: float = 20.0,
        max_freq: float | None = None,
        power_to_db: bool = True,
        top_db: float = 80.0,
        mag_exp: float = 2.0,
        min_power: float = 1e-10,
        ref_power: float = 1.0,
        **kwargs: Any,
    ) -> None:
        window_length = sequence_length or fft_length
        if fft_length < window_length:
            raise ValueError(
                "MelSpectrogram: `fft_length` must be greater than or equal to `sequence_length`. "
                f"Received: sequence_length={sequence_length}, fft_length={fft_length}."
            )
        super().__init__(**kwargs)
        self.fft_length = fft_length
        self.sequence_stride = sequence_stride
        self.sequence_length = window_length
        self.window = window
        self.sampling_rate = sampling_rate
        self.num_mel_bins = num_mel_bins
        self.min_freq = min_freq
        self.max_freq = max_freq or int(sampling_rate / 2)
        self.power_to_db = power_to_db
        self.top_db = top_db
        self.mag_exp = mag_exp
        self.min_power = min_power
        self.ref_power = ref_power
        self.built = True

    def call(self, inputs: Any) -> Any:
        """The bands' powers."""
        x = ops.cast(inputs, self.compute_dtype)
        re, im = ops.stft(x, self.sequence_length, self.sequence_stride, self.fft_length, self.window)
        power = ops.power(ops.sqrt(re * re + im * im), self.mag_exp)
        weights = self.linear_to_mel_weight_matrix(
            self.num_mel_bins, power.shape[-1], self.sampling_rate, self.min_freq, self.max_freq
        )
        bands = ops.tensordot(power, weights.astype(self.compute_dtype), axes=1)
        if self.power_to_db:
            bands = self._decibels(bands)
        return ops.swapaxes(bands, -1, -2)

    def _decibels(self, power: Any) -> Any:
        reference = 10.0 * math.log10(max(abs(self.ref_power), self.min_power))
        level = 10.0 * ops.log10(ops.maximum(power, self.min_power)) - reference
        return ops.maximum(level, ops.max(level) - self.top_db)

    def linear_to_mel_weight_matrix(
        self,
        num_mel_bins: int = 20,
        num_spectrogram_bins: int = 129,
        sampling_rate: float = 8000,
        lower_edge_hertz: float = 125.0,
        upper_edge_hertz: float = 3800.0,
        dtype: str = "float32",
    ) -> Any:
        """The weights of frequencies in mel bands: triangles of height 1 that overlap by half.

        Args:
            num_mel_bins: Number of bands. Defaults to 20.
            num_spectrogram_bins: Number of frequencies, from 0 to half of the sampling rate. Defaults to 129.
            sampling_rate: Samples per second. Defaults to 8000.
            lower_edge_hertz: Lower edge of the lowest band. Defaults to 125.
            upper_edge_hertz: Upper edge of the highest band. Defaults to 3800.
            dtype: The dtype. Defaults to ``"float32"``.

        Returns:
            NumPy array ``(num_spectrogram_bins, num_mel_bins)``.
        """

        def mel(hertz: Any) -> Any:
            return 1127.0 * np.log1p(np.asarray(hertz, float) / 700.0)

        at = mel(np.linspace(0, sampling_rate / 2, num_spectrogram_bins))[:, None]
        edges = np.linspace(mel(lower_edge_hertz), mel(upper_edge_hertz), num_mel_bins + 2)
        low, centre, high = edges[:-2], edges[1:-1], edges[2:]
        weights = np.maximum(0, np.minimum((at - low) / (centre - low), (high - at) / (high - centre)))
        weights[0] = 0  # frequency 0 belongs to no band
        return weights.astype(dtype)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """One row per band, one column per transform."""
        d = input_shape[-1]
        frames = None if d is None else 1 + (d + 2 * (self.fft_length // 2) - self.fft_length) // self.sequence_stride
        return (*input_shape[:-1], self.num_mel_bins, frames)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        names = (
            "fft_length",
            "sequence_stride",
            "sequence_length",
            "window",
            "sampling_rate",
            "num_mel_bins",
            "min_freq",
            "max_freq",
            "power_to_db",
            "top_db",
            "mag_exp",
            "min_power",
            "ref_power",
        )
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


class STFTSpectrogram(Layer):
    """Turns each channel of signals into a spectrogram, by convolutions with cosines and sines that can be trained.

    Args:
        mode: ``"log"``, ``"magnitude"``, ``"psd"``, ``"real"``, ``"imag"``, ``"angle"``, or ``"stft"`` (real and
            imaginary parts). Defaults to ``"log"``.
        frame_length: Length of the window. Defaults to 256.
        frame_step: Samples between two windows. Defaults to None: half of ``frame_length``.
        fft_length: Length of the transforms. Defaults to None: the power of two that holds ``frame_length``.
        window: Name of a window, its values, or None. Defaults to ``"hann"``.
        periodic: Whether the window is periodic, not symmetric. Defaults to False.
        scaling: ``"density"``, ``"spectrum"`` or None. Defaults to ``"density"``.
        padding: ``"valid"`` or ``"same"``. Defaults to ``"valid"``.
        expand_dims: Whether frequencies get an axis of their own. Defaults to False.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.
        kwargs: Arguments of ``Layer``.

    Shapes: input ``(batch, time, channels)``; output ``(batch, frames, channels * frequencies)``, or with
    ``expand_dims`` ``(batch, frames, frequencies, channels)``; channels (and then frames) come first if
    ``data_format`` says so.

    Raises:
        ValueError: If an argument is out of range.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.STFTSpectrogram(frame_length=16)(np.zeros((2, 64, 1), "float32")).shape
        (2, 7, 9)
    """

    def __init__(
        self,
        mode: str = "log",
        frame_length: int = 256,
        frame_step: int | None = None,
        fft_length: int | None = None,
        window: Any = "hann",
        periodic: bool = False,
        scaling: str | None = "density",
        padding: str = "valid",
        expand_dims: bool = False,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        if frame_step is not None and not 1 <= frame_step <= frame_length:
            raise ValueError(
                "STFTSpectrogram: `frame_step` should be a positive integer not greater than `frame_length`. "
                f"Received: frame_step={frame_step}, frame_length={frame_length}."
            )
        if fft_length is not None and fft_length < frame_length:
            raise ValueError(
                "STFTSpectrogram: `fft_length` should be not less than `frame_length`. "
                f"Received: fft_length={fft_length}, frame_length={frame_length}."
            )
        for name, value, allowed in (("mode", mode, _MODES), ("padding", padding, ("valid", "same"))):
            if value not in allowed:
                raise ValueError(f"STFTSpectrogram: `{name}` must be one of {allowed}. Received: {name}={value!r}.")
        super().__init__(**kwargs)
        # Checks window and scaling.
        self._kernels = {side: initializers.STFT(side, window, scaling, periodic) for side in ("real", "imag")}
        self.mode = mode
        self.frame_length = frame_length
        self.frame_step = frame_step
        self.fft_length = fft_length
        self.window = window
        self.periodic = periodic
        self.scaling = scaling
        self.padding = padding
        self.expand_dims = expand_dims
        self.data_format = standardize_data_format("STFTSpectrogram", data_format)
        self.input_spec = InputSpec(ndim=3)

    def _sizes(self) -> tuple[int, int]:
        """The step between windows and the number of frequencies."""
        length = self.fft_length or 2 ** math.ceil(math.log2(self.frame_length))
        return self.frame_step or self.frame_length // 2, length // 2 + 1

    def build(self, input_shape: Any = None) -> None:
        """Make the kernels that the mode needs, ``(frame_length, 1, frequencies)``."""
        del input_shape
        shape = (self.frame_length, 1, self._sizes()[1])
        for side, other in (("real", "imag"), ("imag", "real")):
            if self.mode != other:
                weight = self.add_weight(name=f"{side}_kernel", shape=shape, initializer=self._kernels[side])
                setattr(self, f"{side}_kernel", weight)

    def call(self, inputs: Any) -> Any:
        """The spectrograms of ``inputs``."""
        x = ops.cast(inputs, self.compute_dtype)
        if self.data_format == "channels_last":
            x = ops.transpose(x, (0, 2, 1))
        if self.mode in ("real", "imag"):
            return self._arranged(self._convolved(x, self.mode))
        re, im = self._convolved(x, "real"), self._convolved(x, "imag")
        if self.mode == "angle":
            return self._arranged(ops.arctan2(im, re))
        if self.mode == "stft":
            return self._arranged(ops.concatenate([re, im], axis=-1))
        power = re * re + im * im
        if self.mode == "psd":
            # Frequencies but the first and the last stand for their negatives as well.
            counts = np.full(power.shape[-1], 2, self.compute_dtype)
            counts[[0, -1]] = 1
            return self._arranged(power * counts)
        least = config.epsilon()
        magnitude = ops.sqrt(ops.maximum(power, least))
        if self.mode == "log":
            magnitude = ops.log(ops.maximum(magnitude, least))
        return self._arranged(magnitude)

    def _convolved(self, x: Any, side: str) -> Any:
        """``(batch, channels, frames, frequencies)``; all channels meet the same kernel."""
        batch, channels, time = x.shape
        y = ops.conv(
            ops.reshape(x, (batch * channels, time, 1)),
            ops.cast(getattr(self, f"{side}_kernel"), self.compute_dtype),
            strides=self._sizes()[0],
            padding=self.padding,
            data_format="channels_last",
        )
        return ops.reshape(y, (batch, channels, *y.shape[1:]))

    def _arranged(self, y: Any) -> Any:
        last = self.data_format == "channels_last"
        if self.expand_dims:
            return ops.transpose(y, (0, 2, 3, 1)) if last else y
        batch, channels, frames, frequencies = y.shape
        if last:
            return ops.reshape(ops.transpose(y, (0, 2, 1, 3)), (batch, frames, channels * frequencies))
        return ops.reshape(ops.transpose(y, (0, 1, 3, 2)), (batch, channels * frequencies, frames))

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shape that the class describes."""
        last = self.data_format == "channels_last"
        batch, time, channels = input_shape if last else (input_shape[0], input_shape[2], input_shape[1])
        step, frequencies = self._sizes()
        if self.mode == "stft":
            frequencies *= 2
        frames = time
        if time is not None:
            frames = -(-time // step) if self.padding == "same" else (time - self.frame_length) // step + 1
        if self.expand_dims:
            return (batch, frames, frequencies, channels) if last else (batch, channels, frames, frequencies)
        joined = None if channels is None else channels * frequencies
        return (batch, frames, joined) if last else (batch, joined, frames)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        names = (
            "mode",
            "frame_length",
            "frame_step",
            "fft_length",
            "window",
            "periodic",
            "scaling",
            "padding",
            "expand_dims",
            "data_format",
        )
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
