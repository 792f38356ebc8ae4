"""The table of op tests: one row per public function and way of calling it (``op_case.Case``)."""

from __future__ import annotations

from op_case import Case
from op_rows_arrays import LINALG, REDUCTIONS, SHAPES
from op_rows_attention import ATTENTION
from op_rows_blocks import BLOCKS
from op_rows_control import CONTROL
from op_rows_counts import COUNTS
from op_rows_ctc import CTC
from op_rows_fourier import FOURIER
from op_rows_images import IMAGES, STATISTICS
from op_rows_linalg import LINALG_ROWS
from op_rows_nn import INDEXING, NN, UPDATES
from op_rows_pictures import PICTURES
from op_rows_pointwise import BINARY, UNARY
from op_rows_recurrent import RECURRENT
from op_rows_spatial import SPATIAL

__all__ = ["BINARY", "CASES", "NN", "UNARY", "Case"]

CASES = [
    *UNARY,
    *BINARY,
    *REDUCTIONS,
    *LINALG,
    *SHAPES,
    *INDEXING,
    *NN,
    *SPATIAL,
    *STATISTICS,
    *IMAGES,
    *PICTURES,
    *BLOCKS,
    *COUNTS,
    *UPDATES,
    *RECURRENT,
    *ATTENTION,
    *CTC,
    *CONTROL,
    *LINALG_ROWS,
    *FOURIER,
]
