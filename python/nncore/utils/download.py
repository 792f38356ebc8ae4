"""get_file: fetch a file once, and know that it is the right one."""

from __future__ import annotations

import hashlib
import os
import shutil
import tarfile
import tempfile
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from typing import Any

from nncore.callbacks.output import say

__all__ = ["get_file"]

_FORMATS = ("tar", "zip")
_LENGTHS = {"md5": 32, "sha256": 64}


def get_file(
    fname: str | os.PathLike[str] | None = None,
    origin: str | None = None,
    untar: bool = False,
    md5_hash: str | None = None,
    file_hash: str | None = None,
    cache_subdir: str = "datasets",
    hash_algorithm: str = "auto",
    extract: bool = False,
    archive_format: Any = "auto",
    cache_dir: str | os.PathLike[str] | None = None,
    force_download: bool = False,
) -> str:
    """Fetch a file from a URL, unless it is in the cache already.

    The file appears under its name only when it is complete and its hash is right, and an archive's folder only when
    all of it has been unpacked. Archives with paths that lead out of their folder are refused.

    Args:
        fname: Name of the file in the cache. Defaults to the URL's last part.
        origin: The URL.
        untar: The same as ``extract`` for a tar archive.
        md5_hash: The same as ``file_hash`` with MD5.
        file_hash: Hexadecimal SHA-256 or MD5 that the file must have. A cached file with another one is fetched again.
        cache_subdir: Folder inside the cache. Defaults to ``"datasets"``.
        hash_algorithm: ``"sha256"``, ``"md5"`` or ``"auto"``, which goes by the hash's length. Defaults to ``"auto"``.
        extract: Unpack the archive. Defaults to False.
        archive_format: ``"tar"``, ``"zip"``, a list of them, or ``"auto"`` for both. Defaults to ``"auto"``.
        cache_dir: The cache. Defaults to the environment variable ``KERAS_HOME``, or ``~/.keras``.
        force_download: Fetch the file even if it is there. Defaults to False.

    Returns:
        Path of the file, or of the folder into which the archive was unpacked.

    Raises:
        ValueError: If an argument is wrong, the file's hash is another one, or it is no archive.
        OSError: If the file can't be fetched or written.

    Example:
        >>> import pathlib, tempfile
        >>> from nncore.utils import get_file
        >>> folder = pathlib.Path(tempfile.mkdtemp())
        >>> _ = (folder / "a.txt").write_text("hello")
        >>> path = get_file(origin=(folder / "a.txt").as_uri(), cache_dir=folder)  # doctest: +ELLIPSIS
        Downloading data from file:///...
        >>> pathlib.Path(path).read_text()
        'hello'
    """
    if origin is None:
        raise ValueError('Please specify the "origin" argument (URL of the file to download).')
    if md5_hash is not None and file_hash is None:
        file_hash, hash_algorithm = md5_hash, "md5"
    algorithm = _algorithm(hash_algorithm, file_hash)
    formats = _formats("tar" if untar else archive_format)
    name = _name(fname, origin)
    folder = os.path.join(_cache(cache_dir), cache_subdir)
    os.makedirs(folder, exist_ok=True)
    unpack = extract or untar
    target, inside = os.path.join(folder, name), ""
    if unpack and fname and "." in name:
        inside = os.path.join(folder, f"{name[: name.find('.')]}_extracted")
    elif unpack:
        inside, target = target, f"{target}_archive"
    known = os.path.exists(target) and not force_download
    if known and file_hash is not None and _hash(target, algorithm) != file_hash.lower():
        say(
            "A local file was found, but it seems to be incomplete or outdated because the "
            f"{algorithm} file hash does not match the original value of {file_hash} so we will re-download the data."
        )
        known = False
    if not known:
        say(f"Downloading data from {origin}")
        _fetch(origin, target, algorithm, file_hash)
    if not unpack:
        return target
    if not known or not os.path.isdir(inside):
        _extract(target, inside, formats)
    return inside


def _algorithm(algorithm: str, file_hash: str | None) -> str:
    if algorithm not in ("auto", *_LENGTHS):
        raise ValueError(f"`hash_algorithm` must be 'auto', 'sha256' or 'md5'. Received: hash_algorithm={algorithm!r}")
    if algorithm == "auto":
        algorithm = "md5" if file_hash is not None and len(file_hash) == _LENGTHS["md5"] else "sha256"
    if file_hash is not None and len(file_hash) != _LENGTHS[algorithm]:
        raise ValueError(
            f"A {algorithm} hash has {_LENGTHS[algorithm]} hexadecimal digits. Received: file_hash={file_hash!r}"
        )
    return algorithm


def _formats(archive_format: Any) -> tuple[str, ...]:
    if archive_format is None:
        return ()
    chosen = _FORMATS if archive_format == "auto" else archive_format
    chosen = (chosen,) if isinstance(chosen, str) else tuple(chosen)
    if not set(chosen) <= set(_FORMATS):
        raise ValueError(
            f"`archive_format` must be 'auto', 'tar', 'zip' or None. Received: archive_format={archive_format!r}"
        )
    return chosen


def _name(fname: Any, origin: str) -> str:
    name = os.fspath(fname) if fname else os.path.basename(urllib.parse.urlsplit(origin).path)
    if not name:
        raise ValueError(
            f"Can't parse the file name from the origin provided: '{origin}'. Please specify the `fname` argument."
        )
    if os.path.basename(name) != name or name in (".", ".."):
        raise ValueError(
            "Paths are no longer accepted as the `fname` argument. To specify the file's parent directory, use the "
            f"`cache_dir` argument. Received: fname={fname!r}"
        )
    return name


def _cache(cache_dir: Any) -> str:
    if cache_dir is not None:
        return str(os.path.expanduser(os.fspath(cache_dir)))
    return os.environ.get("KERAS_HOME") or os.path.join(os.path.expanduser("~"), ".keras")


def _hash(path: str, algorithm: str) -> str:
    with open(path, "rb") as file:
        return str(hashlib.file_digest(file, algorithm).hexdigest())


def _fetch(origin: str, target: str, algorithm: str, file_hash: str | None) -> None:
    """Load the file beside its place, check it, and rename it."""
    part = tempfile.NamedTemporaryFile(dir=os.path.dirname(target), prefix=".download-", delete=False)  # noqa: SIM115
    try:
        with part:
            try:
                with urllib.request.urlopen(origin) as source:
                    expected = source.headers.get("Content-Length")
                    shutil.copyfileobj(source, part)
            except urllib.error.HTTPError as error:
                raise OSError(f"URL fetch failure on {origin}: {error.code} -- {error.msg}") from error
            except urllib.error.URLError as error:
                raise OSError(f"URL fetch failure on {origin}: {error.reason}") from error
            size = part.tell()
        if expected is not None and size != int(expected):
            raise OSError(f"URL fetch failure on {origin}: {size} of {expected} bytes arrived")
        if file_hash is not None and _hash(part.name, algorithm) != file_hash.lower():
            raise ValueError(
                f"Incomplete or corrupted file detected. The {algorithm} file hash does not match the provided value "
                f"of {file_hash}. Received: {_hash(part.name, algorithm)}"
            )
        os.replace(part.name, target)
    except BaseException:
        os.unlink(part.name)
        raise


def _extract(path: str, folder: str, formats: tuple[str, ...]) -> None:
    """Unpack an archive into a folder that takes its name when it is complete."""
    beside = tempfile.mkdtemp(dir=os.path.dirname(folder), prefix=".extract-")
    try:
        if "tar" in formats and tarfile.is_tarfile(path):
            with tarfile.open(path) as tar:
                tar.extractall(beside, filter="data")
        elif "zip" in formats and zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as packed:
                for entry in packed.namelist():
                    inside = os.path.realpath(os.path.join(beside, entry))
                    if os.path.commonpath([os.path.realpath(beside), inside]) != os.path.realpath(beside):
                        raise ValueError(f"The archive has a path that leads out of its folder: {entry!r}.")
                packed.extractall(beside)
        else:
            raise ValueError(f"Could not extract archive {path!r}: it is none of the formats {list(formats)}.")
        if os.path.isdir(folder):
            shutil.rmtree(folder)
        os.rename(beside, folder)
    except tarfile.FilterError as error:
        shutil.rmtree(beside, ignore_errors=True)
        raise ValueError(f"The archive has a path that leads out of its folder. {error}") from error
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise
