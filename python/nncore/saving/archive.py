"""Reads and writes the zip archive that a ``.keras`` file is."""

from __future__ import annotations

import datetime
import io
import json
import posixpath
import zipfile
from collections.abc import Mapping
from typing import IO, Any

from nncore.saving.errors import LoadError

__all__ = ["Archive", "parse_json", "write_archive"]

_CONFIG = "config.json"
_METADATA = "metadata.json"
_WEIGHTS = "model.weights.h5"
_ASSETS = "assets/"
# What Keras writes is not compressed. A recompressed file may be smaller, but weights never by much.
_MAX_RATIO = 20
_SMALL = 1 << 26
_MAX_MEMBERS = 10_000
# The version of Keras whose format this is.
_KERAS_VERSION = "3.15.0"


class Archive:
    """A ``.keras`` file, open for reading.

    Args:
        file: The file.
        what: How messages call it.

    Raises:
        LoadError: If it is no zip archive, or lists what can't be in a model.
    """

    def __init__(self, file: IO[bytes], what: str) -> None:
        self.what = what
        size = file.seek(0, 2)
        try:
            self.zip = zipfile.ZipFile(file)
            members = self.zip.infolist()
        except Exception as error:
            raise LoadError(
                f"{what} is not a zip archive, as a `.keras` file is, or it is damaged or truncated: {error}. "
                "Save the model again, or take another copy."
            ) from error
        names = [member.filename for member in members]
        if len(names) > _MAX_MEMBERS or len(set(names)) < len(names):
            raise LoadError(f"{what} is damaged: it lists {len(names)} members, {len(set(names))} different ones.")
        for member in members:
            self._check(member, size)
        if sum(member.file_size for member in members) > _SMALL + _MAX_RATIO * size:
            raise LoadError(
                f"{what}: not allowed: its members declare far more bytes than the file of {size} can hold."
            )
        self.members = {member.filename: member for member in members}

    def _check(self, member: zipfile.ZipInfo, size: int) -> None:
        name = member.filename
        if name.startswith("/") or "\\" in name or "\0" in name or ".." in name.split("/"):
            raise LoadError(f"{self.what}: not allowed: a member with the path {name!r}.")
        if member.flag_bits & 1 or member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise LoadError(f"{self.what}: not allowed: {name!r} is encrypted, or compressed in an unknown way.")
        limit = _SMALL + _MAX_RATIO * min(member.compress_size, size)
        if member.compress_size > size or member.file_size > limit:
            raise LoadError(
                f"{self.what}: not allowed: {name!r} declares {member.file_size} bytes, but {member.compress_size} are "
                f"stored in a file of {size}."
            )

    def read(self, name: str) -> bytes:
        """Return the contents of a member, checked by its checksum.

        Args:
            name: Its name.

        Returns:
            The bytes.

        Raises:
            LoadError: If it is missing or damaged.
        """
        if name not in self.members:
            raise LoadError(
                f"{self.what} has no member {name!r}. Expected {_CONFIG!r} and {_WEIGHTS!r}. Received: "
                f"{sorted(self.members)[:10]}."
            )
        try:
            return self.zip.read(self.members[name])
        except Exception as error:
            raise LoadError(
                f"{self.what} is damaged or truncated: {name!r} can't be read: {error}. Save the model again, or take "
                "another copy."
            ) from error

    def config(self) -> dict[str, Any]:
        """The model's configuration."""
        found = parse_json(self.read(_CONFIG), f"{_CONFIG} of {self.what}")
        if not isinstance(found, dict):
            raise LoadError(f"{_CONFIG} of {self.what} should be a dictionary. Received: {type(found).__name__}.")
        return found

    def weights(self) -> IO[bytes]:
        """The file with the weights, in memory."""
        if f"{_WEIGHTS[:-2]}npz" in self.members and _WEIGHTS not in self.members:
            raise LoadError(f"{self.what} holds its weights as `.npz`. Save the model with `model.save()`.")
        return io.BytesIO(self.read(_WEIGHTS))

    def assets(self, path: str) -> dict[str, bytes]:
        """Files that a layer saved beside the weights.

        Args:
            path: The layer's path.

        Returns:
            Contents by name, relative to the layer's folder.
        """
        start = posixpath.join(_ASSETS, path, "") if path else _ASSETS
        names = [name for name in self.members if name.startswith(start) and not name.endswith("/")]
        return {name[len(start) :]: self.read(name) for name in names}


def parse_json(text: str | bytes, what: str) -> Any:
    """Read JSON from a file or a user.

    Args:
        text: The text.
        what: How messages call it.

    Returns:
        The data.

    Raises:
        LoadError: If it is no JSON, or nested too deeply.
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise LoadError(f"{what} is damaged: it is not valid JSON: {error}.") from error


def write_archive(file: IO[bytes], config: Any, weights: bytes | memoryview, assets: Mapping[str, bytes]) -> None:
    """Write a ``.keras`` file.

    Args:
        file: Where to.
        config: The model's configuration.
        weights: The file with the weights.
        assets: Other files by path.
    """
    metadata = {
        "keras_version": _KERAS_VERSION,
        "date_saved": datetime.datetime.now().strftime("%Y-%m-%d@%H:%M:%S"),
    }
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(_METADATA, json.dumps(metadata))
        archive.writestr(_CONFIG, json.dumps(config))
        with archive.open(_WEIGHTS, "w", force_zip64=True) as member:
            member.write(weights)
        for path, data in assets.items():
            archive.writestr(posixpath.join(_ASSETS, path), data)
