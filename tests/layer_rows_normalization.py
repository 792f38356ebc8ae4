"""Rows of normalization layers, for ``check_layer``."""

from __future__ import annotations

from typing import Any

from layer_rows_spatial import Row
from nncore import layers

BATCH_NORM, LAYER_NORM = layers.BatchNormalization, layers.LayerNormalization
BATCH: dict[str, Any] = {"weights": 4, "trainable": 2}
NORMALIZATION: list[Row] = [
    ("batch_norm", BATCH_NORM, {}, (4, 5), (4, 5), BATCH),
    ("batch_norm_images", BATCH_NORM, {"momentum": 0.9, "epsilon": 1e-2}, (4, 3, 2, 5), (4, 3, 2, 5), BATCH),
    ("batch_norm_first", BATCH_NORM, {"axis": 1}, (4, 3, 2, 5), (4, 3, 2, 5), BATCH),
    ("batch_norm_bare", BATCH_NORM, {"center": False, "scale": False}, (4, 5), (4, 5),
     {"weights": 2, "trainable": 0}),
    ("batch_norm_no_offset", BATCH_NORM, {"center": False}, (4, 5), (4, 5), {"weights": 3, "trainable": 1}),
    ("batch_norm_renorm", BATCH_NORM, {"renorm": True, "renorm_clipping": {"rmax": 3.0, "dmax": 5.0}},
     (4, 5), (4, 5), {"weights": 7, "trainable": 2}),
    ("batch_norm_options", BATCH_NORM,
     {"gamma_regularizer": "l2", "beta_regularizer": "l1", "gamma_constraint": "non_neg", "beta_constraint": "max_norm",
      "gamma_initializer": "he_normal", "synchronized": True, "name": "bn"}, (4, 5), (4, 5), {**BATCH, "losses": 2}),
    ("layer_norm", LAYER_NORM, {}, (4, 5), (4, 5), {"weights": 2}),
    ("layer_norm_axes", LAYER_NORM, {"axis": (1, 3)}, (4, 3, 2, 5), (4, 3, 2, 5), {"weights": 2}),
    ("layer_norm_last", LAYER_NORM, {"axis": [-2, -1], "center": False}, (4, 3, 5), (4, 3, 5), {"weights": 1}),
    ("layer_norm_bare", LAYER_NORM, {"center": False, "scale": False}, (4, 3, 5), (4, 3, 5), {}),
    ("group_norm", layers.GroupNormalization, {"groups": 2}, (4, 3, 2, 6), (4, 3, 2, 6), {"weights": 2}),
    ("group_norm_first", layers.GroupNormalization, {"groups": 3, "axis": 1, "scale": False}, (4, 6, 3, 2),
     (4, 6, 3, 2), {"weights": 1}),
    ("instance_norm", layers.GroupNormalization, {"groups": -1}, (4, 7, 3), (4, 7, 3), {"weights": 2}),
    ("rms_norm", layers.RMSNormalization, {}, (4, 5), (4, 5), {"weights": 1}),
    ("rms_norm_axis", layers.RMSNormalization, {"axis": 1}, (4, 3, 5), (4, 3, 5), {"weights": 1}),
    ("unit_norm", layers.UnitNormalization, {}, (4, 5), (4, 5), {}),
    ("unit_norm_axes", layers.UnitNormalization, {"axis": (1, 2)}, (4, 3, 5), (4, 3, 5), {}),
]  # fmt: skip
