"""Small data sets to learn and test with; nothing is ever downloaded.

`nncore.datasets.digits` comes inside the package. The others read files of yours, from the folder where Keras keeps
them (`~/.keras/datasets`) or from any other. Importing this package reads no data.
"""

from __future__ import annotations

from nncore.datasets import (
    boston_housing,
    california_housing,
    digits,
    fashion_mnist,
    imdb,
    mnist,
    reuters,
)

__all__ = ["boston_housing", "california_housing", "digits", "fashion_mnist", "imdb", "mnist", "reuters"]
