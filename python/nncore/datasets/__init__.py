"""Small data sets to learn and test with; nothing is ever downloaded.

`nncore.datasets.digits` comes inside the package. `nncore.datasets.fashion_mnist` reads the
original files from a folder of yours. Importing this package reads no data.
"""

from __future__ import annotations

from nncore.datasets import digits, fashion_mnist

__all__ = ["digits", "fashion_mnist"]
