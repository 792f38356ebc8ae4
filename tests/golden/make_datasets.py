"""What Keras's loaders make of small files: `KERAS_BACKEND=numpy python tests/golden/make_datasets.py`, by hand.

Writes tests/golden/datasets.json. The files are made here, so nothing is downloaded.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).parents[1]))

import keras

from golden.dataset_cases import CASES, as_lists, write_files


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        write_files(Path(folder))
        fetch = lambda fname, *args, **kwargs: str(Path(folder) / fname)  # noqa: E731
        found = {}
        for name, (module, options) in CASES.items():
            loader = getattr(keras.datasets, module).load_data
            with mock.patch.dict(loader.__globals__, get_file=fetch):
                found[name] = as_lists(loader(**options))
    Path(__file__).with_name("datasets.json").write_text(json.dumps(found))


if __name__ == "__main__":
    main()
