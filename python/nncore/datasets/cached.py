"""Files of data sets in the folder where Keras keeps them. Nothing is downloaded and nothing in a file is run."""

from __future__ import annotations

import io
import os
import pickle
import zipfile
from typing import IO, Any

import numpy as np

__all__ = ["find_file", "load_arrays", "shuffled_together", "split_at"]

_SOURCE = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"


def find_file(owner: str, path: str | os.PathLike[str]) -> str:
    """The path of a data set's file.

    Args:
        owner: The function that wants it, for the message.
        path: A path; a name is looked for in ``datasets`` inside the folder that the environment variable
            ``KERAS_HOME`` names, or inside ``~/.keras``.

    Raises:
        FileNotFoundError: If it is not there, with the place where it is to be had.
    """
    home = os.environ.get("KERAS_HOME") or os.path.join(os.path.expanduser("~"), ".keras")
    cached = os.path.join(home, "datasets", os.fspath(path))
    for candidate in (cached, os.fspath(path)):
        if os.path.isfile(candidate):
            return candidate
    raise FileNotFoundError(
        f"{owner}: there is no file {cached!r}. nncore downloads nothing by itself; Keras's copy is at "
        f"{_SOURCE}{os.path.basename(path)}, and nncore.utils.get_file(origin=...) puts it there."
    )


class _Unpickler(pickle.Unpickler):
    """Reads lists and arrays, and refuses everything else that a pickle can hold."""

    allowed = ("_reconstruct", "ndarray", "dtype", "scalar")

    def find_class(self, module: str, name: str) -> Any:
        """Find one of NumPy's names that arrays need."""
        if module.partition(".")[0] == "numpy" and name in self.allowed:
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name} is nothing that lists of numbers need")


def load_arrays(owner: str, path: str, names: tuple[str, ...]) -> list[np.ndarray[Any, Any]]:
    """Read arrays of an ``.npz`` file.

    Args:
        owner: The function that wants them, for messages.
        path: The file.
        names: The arrays' names.

    Returns:
        The arrays, in the order of the names.

    Raises:
        ValueError: If the file is damaged, lacks an array, or holds something else than numbers and lists of them.
    """
    found = []
    try:
        with zipfile.ZipFile(path) as archive:
            for name in names:
                with archive.open(f"{name}.npy") as member:
                    found.append(_read_array(io.BytesIO(member.read())))
    except (zipfile.BadZipFile, KeyError, ValueError, EOFError, pickle.UnpicklingError) as error:
        raise ValueError(f"{owner}: the file {path!r} is damaged or another one, or holds code: {error}") from error
    return found


def _read_array(file: IO[bytes]) -> np.ndarray[Any, Any]:
    version = np.lib.format.read_magic(file)
    read_header = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }.get(version)
    if read_header is None:
        raise ValueError(f"unknown version {version} of NumPy's format")
    shape, _, dtype = read_header(file)
    if dtype.hasobject:
        array: np.ndarray[Any, Any] = _Unpickler(file).load()
        if not isinstance(array, np.ndarray) or array.shape != shape:
            raise ValueError("an array of objects is none")
        return array
    file.seek(0)
    return np.lib.format.read_array(file, allow_pickle=False)


def shuffled_together(seed: int, *arrays: Any, rng: Any = None) -> list[Any]:
    """Bring arrays of one length into one order, the one of Keras for the seed."""
    order = np.arange(len(arrays[0]))
    (rng or np.random.RandomState(seed)).shuffle(order)
    return [array[order] for array in arrays]


def split_at(share: float, x: Any, y: Any) -> Any:
    """Cut the share of a test set off at the end."""
    if not 0 <= share < 1:
        raise ValueError(f"`test_split` should be from 0 to below 1. Received: test_split={share}")
    cut = int(len(x) * (1 - share))
    return (x[:cut], y[:cut]), (x[cut:], y[cut:])
