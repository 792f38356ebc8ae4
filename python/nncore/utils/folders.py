"""Data sets of the files in a folder, with a class for each subfolder."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from nncore import config
from nncore.utils.dataset import Dataset

__all__ = ["image_dataset_from_directory", "text_dataset_from_directory"]

_IMAGES = (".bmp", ".gif", ".jpeg", ".jpg", ".png")
_INTERPOLATIONS = ("bilinear", "nearest", "bicubic", "lanczos3", "lanczos5")
_CHANNELS = {"grayscale": 1, "rgb": 3, "rgba": 4}


def image_dataset_from_directory(
    directory: str | os.PathLike[str],
    labels: Any = "inferred",
    label_mode: str | None = "int",
    class_names: list[str] | None = None,
    color_mode: str = "rgb",
    batch_size: int | None = 32,
    image_size: Any = (256, 256),
    shuffle: bool = True,
    seed: int | None = None,
    validation_split: float | None = None,
    subset: str | None = None,
    interpolation: str = "bilinear",
    follow_links: bool = False,
    crop_to_aspect_ratio: bool = False,
    pad_to_aspect_ratio: bool = False,
    data_format: str | None = None,
    format: str = "tf",  # noqa: A002 - Keras's name
    verbose: bool = True,
) -> Any:
    """Read the images of a folder in batches; each subfolder is a class. Needs Pillow.

    Args:
        directory: The folder.
        labels: ``"inferred"`` (from the subfolders), None, or a list of integers, one per file in the files' sorted
            order. Defaults to ``"inferred"``.
        label_mode: ``"int"``, ``"categorical"`` (one-hot rows), ``"binary"`` (0.0 and 1.0) or None. Defaults to
            ``"int"``.
        class_names: The subfolders to use, in the order of their class numbers. Defaults to all, sorted.
        color_mode: ``"grayscale"``, ``"rgb"`` or ``"rgba"``. Defaults to ``"rgb"``.
        batch_size: Images per batch; None for single ones. Defaults to 32.
        image_size: ``(height, width)`` to which images are resized. Defaults to ``(256, 256)``.
        shuffle: Mix the files, anew for each pass. Defaults to True; False gives them in alphabetical order.
        seed: Integer for the same orders in each run.
        validation_split: Share of the files, from the end, that is set aside.
        subset: ``"training"``, ``"validation"`` or ``"both"``; needs ``validation_split``.
        interpolation: ``"bilinear"``, ``"nearest"``, ``"bicubic"``, ``"lanczos3"`` or ``"lanczos5"``. Defaults to
            ``"bilinear"``.
        follow_links: Visit folders behind symbolic links. Defaults to False.
        crop_to_aspect_ratio: Crop to the wanted proportions instead of distorting. Defaults to False.
        pad_to_aspect_ratio: Fill up with black to the wanted proportions. Defaults to False.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.
        format: ``"tf"``, the only one: a data set that can be walked again and again.
        verbose: Print how many files were found. Defaults to True.

    Returns:
        A ``Dataset`` of batches of float32 images (values from 0 to 255), or ``(images, labels)``, with
        ``class_names`` and ``file_paths``; for ``subset="both"`` a pair of them.

    Raises:
        ValueError: If arguments or folder do not fit.

    Example:
        >>> import os, tempfile
        >>> import numpy as np
        >>> from nncore.utils import image_dataset_from_directory, save_img
        >>> folder = tempfile.mkdtemp()
        >>> for name in ("cats", "dogs"):
        ...     os.mkdir(os.path.join(folder, name))
        ...     save_img(os.path.join(folder, name, "1.png"), np.zeros((9, 9, 3)))
        >>> images, labels = next(iter(image_dataset_from_directory(folder, image_size=(4, 4))))
        Found 2 files belonging to 2 classes.
        >>> images.shape, sorted(labels.tolist())
        ((2, 4, 4, 3), [0, 1])
    """
    if color_mode not in _CHANNELS:
        raise ValueError(f"`color_mode` must be one of {sorted(_CHANNELS)}. Received: color_mode={color_mode!r}")
    if isinstance(image_size, int):
        image_size = (image_size, image_size)
    if not isinstance(image_size, (list, tuple)) or len(image_size) != 2:
        raise ValueError(
            f"Invalid `image_size` value. Expected a tuple of 2 integers. Received: image_size={image_size!r}"
        )
    if interpolation.lower() not in _INTERPOLATIONS:
        raise ValueError(
            f"Argument `interpolation` should be one of {_INTERPOLATIONS}. Received: interpolation={interpolation!r}"
        )
    if crop_to_aspect_ratio and pad_to_aspect_ratio:
        raise ValueError("Only one of `pad_to_aspect_ratio` and `crop_to_aspect_ratio` can be set to True.")
    layout = data_format or config.image_data_format()
    fit = "crop" if crop_to_aspect_ratio else "pad" if pad_to_aspect_ratio else "distort"

    def read(path: str) -> Any:
        return _read_image(path, color_mode, tuple(image_size), interpolation.lower(), fit, layout)

    return _from_directory(
        read, _IMAGES, directory, labels, label_mode, class_names, batch_size, shuffle, seed, validation_split, subset,
        follow_links, format, verbose,
    )  # fmt: skip


def text_dataset_from_directory(
    directory: str | os.PathLike[str],
    labels: Any = "inferred",
    label_mode: str | None = "int",
    class_names: list[str] | None = None,
    batch_size: int | None = 32,
    max_length: int | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    validation_split: float | None = None,
    subset: str | None = None,
    follow_links: bool = False,
    format: str = "tf",  # noqa: A002 - Keras's name
    verbose: bool = True,
) -> Any:
    """Read the ``.txt`` files of a folder in batches; each subfolder is a class.

    Args:
        directory: The folder.
        labels: ``"inferred"`` (from the subfolders), None, or a list of integers, one per file in the files' sorted
            order. Defaults to ``"inferred"``.
        label_mode: ``"int"``, ``"categorical"`` (one-hot rows), ``"binary"`` (0.0 and 1.0) or None. Defaults to
            ``"int"``.
        class_names: The subfolders to use, in the order of their class numbers. Defaults to all, sorted.
        batch_size: Texts per batch; None for single ones. Defaults to 32.
        max_length: Characters after which texts are cut. Defaults to None, whole texts.
        shuffle: Mix the files, anew for each pass. Defaults to True; False gives them in alphabetical order.
        seed: Integer for the same orders in each run.
        validation_split: Share of the files, from the end, that is set aside.
        subset: ``"training"``, ``"validation"`` or ``"both"``; needs ``validation_split``.
        follow_links: Visit folders behind symbolic links. Defaults to False.
        format: ``"tf"``, the only one: a data set that can be walked again and again.
        verbose: Print how many files were found. Defaults to True.

    Returns:
        A ``Dataset`` of batches of texts (arrays of Python strings, read as UTF-8), or ``(texts, labels)``, with
        ``class_names`` and ``file_paths``; for ``subset="both"`` a pair of them.

    Raises:
        ValueError: If arguments or folder do not fit.

    Example:
        >>> import pathlib, tempfile
        >>> from nncore.utils import text_dataset_from_directory
        >>> folder = pathlib.Path(tempfile.mkdtemp())
        >>> for name in ("ham", "spam"):
        ...     (folder / name).mkdir()
        ...     _ = (folder / name / "1.txt").write_text(f"It is {name}.")
        >>> texts, labels = next(iter(text_dataset_from_directory(folder, shuffle=False, verbose=False)))
        >>> texts.tolist(), labels.tolist()
        (['It is ham.', 'It is spam.'], [0, 1])
    """
    if max_length is not None and max_length < 1:
        raise ValueError(f"`max_length` must be a positive integer. Received: max_length={max_length!r}")

    def read(path: str) -> Any:
        with open(path, encoding="utf-8", newline="") as file:
            # An array, so that a batch of them is one.
            return np.array(file.read(-1 if max_length is None else max_length), dtype=object)

    return _from_directory(
        read, (".txt",), directory, labels, label_mode, class_names, batch_size, shuffle, seed, validation_split,
        subset, follow_links, format, verbose,
    )  # fmt: skip


def _from_directory(
    read: Callable[[str], Any],
    endings: tuple[str, ...],
    directory: Any,
    labels: Any,
    label_mode: str | None,
    class_names: list[str] | None,
    batch_size: int | None,
    shuffle: bool,
    seed: int | None,
    validation_split: float | None,
    subset: str | None,
    follow_links: bool,
    format: str,  # noqa: A002
    verbose: bool,
) -> Any:
    """What both functions have in common: index, labels, split, order."""
    _check(labels, label_mode, class_names, shuffle, seed, validation_split, subset, format)
    if label_mode is None:
        labels = None
    paths, numbers, names = _index(os.fspath(directory), labels, class_names, endings, follow_links)
    if label_mode == "binary" and labels is not None and len(names or ()) != 2:
        raise ValueError(
            f'When passing `label_mode="binary"`, there must be exactly 2 class_names. Received: class_names={names}'
        )
    if verbose:
        found = f"Found {len(paths)} files"
        _say(f"{found}." if names is None else f"{found} belonging to {len(names)} classes.")
    if seed is None:
        seed = int(np.random.randint(10**6))  # noqa: NPY002 - what `set_random_seed` seeds
    order = np.random.default_rng(seed).permutation(len(paths)) if shuffle else np.arange(len(paths))
    answers = None if numbers is None else _answers(np.asarray(numbers), label_mode, names)
    parts: dict[str | None, Any] = {None: order}
    if validation_split:
        kept = len(order) - int(validation_split * len(order))
        parts = {"training": order[:kept], "validation": order[kept:]}
        for name in ("training", "validation") if subset == "both" else (subset,):
            if verbose:
                _say(f"Using {len(parts[name])} files for {name}.")
    made = []
    for name in ("training", "validation") if subset == "both" else (subset,):
        part = parts[name]
        if not len(part):
            which = "" if name is None else f"{name} "
            raise ValueError(f"No {which}files found in directory {directory}. Allowed formats: {endings}")
        chosen = [paths[i] for i in part]
        kept_answers = None if answers is None else answers[part]
        mixed = shuffle and name != "validation"
        made.append(_dataset(read, chosen, kept_answers, batch_size, seed if mixed else None))
        made[-1].class_names = names
    return tuple(made) if subset == "both" else made[0]


def _dataset(
    read: Callable[[str], Any], paths: list[str], answers: Any, batch_size: int | None, seed: int | None
) -> Dataset:
    passes = iter(range(2**62))

    def make() -> Iterator[Any]:
        order = range(len(paths))
        mixed = order if seed is None else np.random.default_rng([seed, next(passes)]).permutation(len(paths))
        for i in mixed:
            element = read(paths[i])
            yield element if answers is None else (element, answers[i])

    data = Dataset(make, len(paths))
    if batch_size is not None:
        data = data.batch(batch_size)
    data.file_paths = paths
    return data


def _check(
    labels: Any,
    label_mode: Any,
    class_names: Any,
    shuffle: bool,
    seed: Any,
    split: Any,
    subset: Any,
    format: str,  # noqa: A002
) -> None:
    if not (labels is None or (isinstance(labels, str) and labels == "inferred")):
        if not isinstance(labels, (list, tuple, np.ndarray)):
            raise ValueError(
                f"`labels` should be 'inferred', None, or a list of integers, one per file. Received: labels={labels!r}"
            )
        if class_names:
            raise ValueError(
                f'You can only pass `class_names` if `labels="inferred"`. Received: class_names={class_names}'
            )
    if labels is None and class_names:
        raise ValueError("When `labels=None` (no labels), argument `class_names` cannot be specified.")
    if label_mode not in ("int", "categorical", "binary", None):
        raise ValueError(
            '`label_mode` argument must be one of "int", "categorical", "binary", or None. '
            f"Received: label_mode={label_mode!r}"
        )
    if format != "tf":
        raise ValueError(f"`format` should be 'tf'; there is no other data set here. Received: format={format!r}")
    if split and not 0 < split < 1:
        raise ValueError(f"`validation_split` must be between 0 and 1. Received: validation_split={split}")
    if bool(split) != bool(subset):
        raise ValueError("If `subset` is set, `validation_split` must be set, and inversely.")
    if subset not in ("training", "validation", "both", None):
        raise ValueError(f'`subset` must be either "training", "validation" or "both". Received: subset={subset!r}')
    if split and shuffle and seed is None:
        raise ValueError(
            "If using `validation_split` and shuffling the data, you must provide a `seed` argument, to make sure "
            "that there is no overlap between the training and validation subset."
        )


def _index(
    directory: str, labels: Any, class_names: list[str] | None, endings: tuple[str, ...], follow_links: bool
) -> tuple[list[str], Any, list[str] | None]:
    """Files, their class numbers and the classes' names."""
    if not os.path.isdir(directory):
        raise ValueError(f"There is no folder {directory!r}.")
    if not isinstance(labels, str):
        paths = _files(directory, endings, follow_links)
        if labels is None:
            return paths, None, None
        if len(labels) != len(paths):
            raise ValueError(
                "Expected the lengths of `labels` to match the number of files in the target directory. "
                f"len(labels) is {len(labels)} while we found {len(paths)} files in directory {directory}."
            )
        return paths, labels, [str(label) for label in sorted(set(labels))]
    found = sorted(entry.name for entry in os.scandir(directory) if entry.is_dir() and not entry.name.startswith("."))
    if class_names is not None and not set(class_names) <= set(found):
        raise ValueError(
            "The `class_names` passed did not match the names of the subdirectories of the target directory. "
            f"Expected: {found} (or a subset of it). Received: class_names={class_names}"
        )
    names = list(class_names or found)
    paths, numbers = [], []
    for number, name in enumerate(names):
        inside = _files(os.path.join(directory, name), endings, follow_links)
        paths += inside
        numbers += [number] * len(inside)
    return paths, numbers, names


def _files(folder: str, endings: tuple[str, ...], follow_links: bool) -> list[str]:
    walk = sorted(os.walk(folder, followlinks=follow_links), key=lambda entry: entry[0])
    return [
        os.path.join(root, name) for root, _, names in walk for name in sorted(names) if name.lower().endswith(endings)
    ]


def _answers(numbers: Any, label_mode: str | None, names: list[str] | None) -> Any:
    if label_mode == "binary":
        return numbers.astype("float32")[:, None]
    if label_mode == "categorical":
        return np.eye(len(names or ()), dtype="float32")[numbers]
    return numbers.astype("int32")


def _read_image(path: str, color_mode: str, size: tuple[int, int], interpolation: str, fit: str, layout: str) -> Any:
    from nncore import ops
    from nncore.utils.images import img_to_array, load_img, smart_resize

    pixels = img_to_array(load_img(path, color_mode), data_format="channels_last", dtype="float32")
    if fit == "crop":
        pixels = smart_resize(pixels, size, interpolation, "channels_last")
    else:
        pad = fit == "pad"
        pixels = ops.image.resize(
            pixels, size, interpolation=interpolation, pad_to_aspect_ratio=pad, data_format="channels_last"
        )
    return pixels.transpose(2, 0, 1) if layout == "channels_first" else pixels


def _say(text: str) -> None:
    from nncore.callbacks.output import say

    say(text)
