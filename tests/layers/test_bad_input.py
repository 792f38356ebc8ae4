"""What wrong arguments and inputs get: the message, and nothing changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from nncore import Variable, constraints, initializers, layers, models, ops, random, regularizers

X = np.ones((2, 3), "float32")
image = ops.image


def dense() -> Any:
    layer = layers.Dense(4, name="wide")
    layer.build((None, 3))
    return layer


def conv() -> Any:
    layer = layers.Conv1D(4, 2, name="c")
    layer.build((None, 4, 3))
    return layer


class Late(layers.Layer):
    """Makes a weight in call."""

    def call(self, x: Any) -> Any:
        return x + self.add_weight((3,))


class Forgets(layers.Layer):
    """Does not call super().__init__()."""

    def __init__(self) -> None:
        self.x = 1

    def call(self, x: Any) -> Any:
        return x


class Odd(layers.Layer):
    """Its build has arguments that its call does not have."""

    def build(self, a_shape: Any, b_shape: Any) -> None:
        pass

    def call(self, x: Any, y: Any) -> Any:
        return x


CASES: list[tuple[str, Callable[[], Any], type[Exception], str]] = [
    ("units", lambda: layers.Dense(0), ValueError, r"`units`.*positive integer.*units=0"),
    ("units float", lambda: layers.Dense(2.5), ValueError, r"units=2\.5"),
    ("activation", lambda: layers.Dense(2, activation="rele"), ValueError, r"'rele'.*'relu'"),
    ("initializer", lambda: layers.Dense(2, kernel_initializer="zeroes"), ValueError, r"'zeroes'.*zeros"),
    ("regularizer", lambda: layers.Dense(2, kernel_regularizer="l3"), ValueError, r"'l3'"),
    ("constraint", lambda: layers.Dense(2, kernel_constraint="nonneg"), ValueError, r"'nonneg'.*non_neg"),
    ("keyword", lambda: layers.Dense(2, unit=3), ValueError, r"Unrecognized keyword.*Dense.*unit"),
    ("name", lambda: layers.Dense(2, name="a/b"), ValueError, r"name='a/b'"),
    ("dtype", lambda: layers.Dense(2, dtype="float16"), ValueError, r"dtype='float16'"),
    ("input_shape", lambda: layers.Dense(2, input_shape=("a",)), ValueError, r"`input_shape`.*\('a',\)"),
    ("features", lambda: dense()(np.ones((2, 5))), ValueError, r'"wide".*axis -1.*value 3.*found 5.*\(2, 5\)'),
    ("rank", lambda: layers.Dense(2, name="d")(np.ones(3)), ValueError, r'"d".*min_ndim=2.*ndim=1'),
    ("unknown features", lambda: layers.Dense(2)(layers.Input((None,))), ValueError, r"last dimension.*known"),
    ("text", lambda: dense()("hello"), TypeError, r"'hello'.*layer \"wide\""),
    ("late weight", lambda: Late()(X), ValueError, r"cannot add new weights from `call"),
    ("no super init", lambda: Forgets()(X), RuntimeError, r"Forgets.*super\(\).__init__"),
    ("no call", lambda: layers.Layer()(X), TypeError, r"does not have a `call\(\)`"),
    ("build arguments", lambda: Odd()(X, X), TypeError, r"build.*x_shape"),
    ("count", lambda: layers.Dense(2, name="d").count_params(), ValueError, r"`count_params`.*'d'.*isn't built"),
    ("weights count", lambda: dense().set_weights([X]), ValueError, r"'wide'.*length 1.*expecting 2"),
    ("rate", lambda: layers.Dropout(1.5), ValueError, r"`rate`.*between 0 and 1.*rate=1.5"),
    ("noise", lambda: layers.Dropout(0.5, noise_shape=(0, 1)), ValueError, r"`noise_shape`.*\(0, 1\)"),
    ("noise rank", lambda: layers.Dropout(0.5, (1,))(X, training=True), ValueError, r"`noise_shape`.*dimensions"),
    ("slope", lambda: layers.LeakyReLU(-1.0), ValueError, r"negative_slope=-1.0"),
    ("relu", lambda: layers.ReLU(max_value=-1.0), ValueError, r"max_value=-1.0"),
    ("reshape", lambda: layers.Reshape((-1, -1)), ValueError, r"at most one.*\(-1, -1\)"),
    ("reshape size", lambda: layers.Reshape((2,), name="r")(X), ValueError, r'"r".*size.*unchanged.*\(3,\).*\(2,\)'),
    ("reshape rest", lambda: layers.Reshape((2, -1))(layers.Input((3,))), ValueError, r"unchanged"),
    ("flatten", lambda: layers.Flatten("first"), ValueError, r"data_format='first'"),
    ("lambda", lambda: layers.Lambda(3), TypeError, r"function=3"),
    ("lambda data", lambda: layers.Lambda(lambda x: x).get_config(), ValueError, r"lambda can't be stored"),
    ("no list", lambda: layers.Add()(X), ValueError, r"`Add`.*list of inputs.*\(2, 3\)"),
    ("shapes", lambda: layers.Add(name="s")([X, np.ones((2, 4))]), ValueError, r'"s".*incompatible shapes.*\(2, 4\)'),
    ("three", lambda: layers.Subtract()([X, X, X]), ValueError, r"exactly 2 inputs"),
    ("one", lambda: layers.Subtract()([X]), ValueError, r"at least 2 inputs"),
    ("concat", lambda: layers.Concatenate()([X, np.ones((3, 3))]), ValueError, r"matching shapes except"),
    ("concat rank", lambda: layers.Concatenate()([X, np.ones((2, 3, 1))]), ValueError, r"matching shapes except"),
    ("concat axis", lambda: layers.Concatenate(axis=4)([X, X]), ValueError, r"`axis`.*axis=4"),
    ("dot axes", lambda: layers.Dot("a"), TypeError, r"axes='a'"),
    ("dot batch", lambda: layers.Dot(0), ValueError, r"batch axis"),
    ("dot sizes", lambda: layers.Dot(1)([X, np.ones((2, 4))]), ValueError, r"axis values 3.*!= 4"),
    ("dot axis", lambda: layers.Dot(3)([X, X]), ValueError, r"outside"),
    ("dot count", lambda: layers.Dot(1)([X, X, X]), ValueError, r"list of 2 inputs"),
    ("conv filters", lambda: layers.Conv2D(0, 3), ValueError, r"Conv2D: `filters`.*positive integer.*filters=0"),
    ("conv kernel", lambda: layers.Conv2D(2, 0), ValueError, r"Conv2D: `kernel_size`.*from 1 on.*kernel_size=0"),
    ("conv kernels", lambda: layers.Conv1D(2, (3, 3)), ValueError, r"Conv1D: `kernel_size`.*kernel_size=\(3, 3\)"),
    ("conv strides", lambda: layers.Conv2D(2, 3, -1), ValueError, r"Conv2D: `strides`.*strides=-1"),
    ("conv padding", lambda: layers.Conv2D(2, 3, padding="causal"), ValueError, r"'valid' or 'same'.*'causal'"),
    ("conv both", lambda: layers.Conv2D(2, 3, 2, dilation_rate=2), ValueError, r"both.*strides=\(2, 2\)"),
    ("conv groups", lambda: layers.Conv2D(4, 3, groups=3), ValueError, r"multiple of `groups`.*filters=4, groups=3"),
    ("conv format", lambda: layers.Conv2D(2, 3, data_format="last"), ValueError, r"Conv2D.*data_format='last'"),
    ("conv rank", lambda: layers.Conv2D(2, 3, name="c")(X), ValueError, r'"c".*ndim=4.*ndim=2'),
    ("conv channels", lambda: layers.Conv1D(4, 1, groups=2, name="c")(np.ones((1, 4, 3))), ValueError,
     r'"c".*multiple of `groups`.*3 channels, groups=2'),
    ("conv fit", lambda: layers.Conv1D(2, 3, name="c")(np.ones((1, 2, 1))), ValueError,
     r'"c".*kernel must fit.*kernel_size=\(3,\).*\(2,\)'),
    ("conv fit dilated", lambda: layers.Conv1D(2, 3, dilation_rate=4, name="c").build((None, 8, 1)), ValueError,
     r'"c".*dilation_rate=\(4,\).*\(8,\)'),
    ("conv changed", lambda: conv()(np.ones((1, 4, 5))), ValueError, r'"c".*axis -1.*value 3.*found 5'),
    ("conv unknown", lambda: layers.Conv1D(2, 3, name="c").build((None, 8, None)), ValueError, r'"c".*channels.*known'),
    ("transposed more", lambda: layers.Conv2DTranspose(2, 3, 2, output_padding=2), ValueError, r"smaller than `stri"),
    ("multiplier", lambda: layers.DepthwiseConv2D(3, depth_multiplier=0), ValueError, r"`depth_multiplier`.*=0"),
    ("conv op", lambda: ops.conv(X, X), ValueError, r"conv: inputs of one to three spatial.*\(2, 3\)"),
    ("conv op kernel", lambda: ops.conv(np.ones((1, 4, 2)), X), ValueError, r"kernel of 3 dimensions.*\(2, 3\)"),
    ("conv op groups", lambda: ops.conv(np.ones((1, 4, 3)), np.ones((2, 2, 2))), ValueError, r"multiple.*3 channels"),
    ("transposed op", lambda: ops.conv_transpose(np.ones((1, 4, 3)), np.ones((2, 2, 2))), ValueError, r"last dim.*3"),
    ("depthwise op", lambda: ops.depthwise_conv(np.ones((1, 4, 3)), np.ones((2, 2, 1))), ValueError, r"last but.*3"),
    ("pool size", lambda: layers.MaxPooling2D(0), ValueError, r"MaxPooling2D: `pool_size`.*from 1 on.*pool_size=0"),
    ("pool sizes", lambda: layers.MaxPooling2D((2, 2, 2)), ValueError, r"tuple of 2.*pool_size=\(2, 2, 2\)"),
    ("pool strides", lambda: layers.MaxPooling1D(2, 0), ValueError, r"MaxPooling1D: `strides`.*strides=0"),
    ("pool padding", lambda: layers.AveragePooling2D(2, padding="causal"), ValueError, r"'valid' or 'same'.*'causal'"),
    ("pool format", lambda: layers.MaxPooling2D(data_format="last"), ValueError, r"MaxPooling2D.*data_format='last'"),
    ("pool rank", lambda: layers.MaxPooling2D(name="p")(X), ValueError, r'"p".*ndim=4.*ndim=2'),
    ("pool fit", lambda: layers.MaxPooling1D(3, name="p")(np.ones((1, 2, 1))), ValueError,
     r"doesn't fit.*\(1, 2, 1\).*pool_size=\(3,\)"),
    ("pool fit shape", lambda: layers.MaxPooling1D(3, name="p").compute_output_shape((1, 2, 1)), ValueError, r'"p"'),
    ("pool op", lambda: ops.max_pool(X, 2), ValueError, r"max_pool.*one to three spatial.*\(2, 3\)"),
    ("pool empty", lambda: ops.adaptive_max_pool(np.ones((1, 0, 1)), 2), ValueError, r"without elements.*\(1, 0, 1\)"),
    ("adaptive size", lambda: layers.AdaptiveMaxPooling2D("a"), ValueError, r"`output_size`.*output_size='a'"),
    ("batch axis", lambda: layers.BatchNormalization(axis=3, name="n")(X), ValueError, r'"n".*axis=3.*\(2, 3\)'),
    ("batch axes", lambda: layers.BatchNormalization(axis=[1, 2]), ValueError, r"`axis`.*axis=\[1, 2\]"),
    ("batch momentum", lambda: layers.BatchNormalization(momentum=1.5), ValueError, r"`momentum`.*momentum=1.5"),
    ("batch epsilon", lambda: layers.BatchNormalization(epsilon=-1), ValueError, r"`epsilon`.*epsilon=-1"),
    ("batch channels", lambda: layers.BatchNormalization(name="n")(layers.Input((None,))), ValueError, r'"n".*known'),
    ("batch mask", lambda: layers.BatchNormalization(name="n")(X, mask=np.ones((2, 3, 1))), ValueError, r'"n".*mask'),
    ("renorm keys", lambda: layers.BatchNormalization(renorm_clipping={"r": 1}), ValueError, r"'rmax'.*'r': 1"),
    ("renorm order", lambda: layers.BatchNormalization(renorm_clipping={"rmax": 1, "rmin": 2}), ValueError, r"rmin <="),
    ("layer axis", lambda: layers.LayerNormalization(axis="a"), TypeError, r"`axis`.*axis='a'"),
    ("layer axis twice", lambda: layers.LayerNormalization(axis=[1, -1], name="n")(X), ValueError, r'"n".*different'),
    ("rms axis", lambda: layers.RMSNormalization(axis=2, name="n")(X), ValueError, r'"n".*axis=2'),
    ("unit axis", lambda: layers.UnitNormalization(axis=2.5), TypeError, r"axis=2.5"),
    ("groups", lambda: layers.GroupNormalization(0), ValueError, r"`groups`.*-1.*groups=0"),
    ("groups divide", lambda: layers.GroupNormalization(2, name="n")(X), ValueError, r'"n".*multiple.*groups=2'),
    ("group axis", lambda: layers.GroupNormalization(1, axis=0, name="n")(X), ValueError, r'"n".*axis=0'),
    ("spectral", lambda: layers.SpectralNormalization(layers.ReLU(), name="n")(X), ValueError, r'"n".*`kernel`.*ReLU'),
    ("spectral power", lambda: layers.SpectralNormalization(dense(), 0), ValueError, r"power_iterations=0"),
    ("wrapper", lambda: layers.Wrapper(3), ValueError, r"`layer`.*layer=3"),
    ("cropping", lambda: layers.Cropping2D((1, 2, 3)), ValueError, r"Cropping2D: `cropping`.*cropping=\(1, 2, 3\)"),
    ("cropping negative", lambda: layers.Cropping1D(-1), ValueError, r"from 0 on.*cropping=-1"),
    ("cropping all", lambda: layers.Cropping1D(2, name="c")(np.ones((1, 4, 1))), ValueError, r'"c".*smaller.*\(1, 4'),
    ("padding", lambda: layers.ZeroPadding3D(((1, 2), 1)), ValueError, r"ZeroPadding3D: `padding`.*3 of them"),
    ("padding text", lambda: layers.ZeroPadding1D("same"), ValueError, r"padding='same'"),
    ("up size", lambda: layers.UpSampling1D(0), ValueError, r"`size`.*size=0"),
    ("up size type", lambda: layers.UpSampling1D(1.5), TypeError, r"size=1.5"),
    ("up sizes", lambda: layers.UpSampling2D((1, 2, 3)), ValueError, r"UpSampling2D: `size`"),
    ("up interpolation", lambda: layers.UpSampling2D(interpolation="area"), ValueError, r"'bicubic'.*'area'"),
    ("permute", lambda: layers.Permute((0, 1)), ValueError, r"`dims`.*from 1.*\(0, 1\)"),
    ("repeat", lambda: layers.RepeatVector(0), ValueError, r"`n`.*n=0"),
    ("repeat type", lambda: layers.RepeatVector("2"), TypeError, r"n='2'"),
    ("stddev", lambda: layers.GaussianNoise(2), ValueError, r"`stddev`.*stddev=2"),
    ("gaussian rate", lambda: layers.GaussianDropout(1), ValueError, r"`rate`.*below 1.*rate=1"),
    ("alpha rate", lambda: layers.AlphaDropout(1.0), ValueError, r"`rate`.*below 1.*rate=1.0"),
    ("spatial rate", lambda: layers.SpatialDropout2D(-0.1), ValueError, r"`rate`.*rate=-0.1"),
    ("activity", lambda: layers.ActivityRegularization(l1=-1.0), ValueError, r"`l1`.*l1=-1.0"),
    ("resize rank", lambda: image.resize(X, (2, 2)), ValueError, r"resize.*three dimensions.*\(2, 3\)"),
    ("resize size", lambda: image.resize(np.ones((2, 2, 1)), (0, 2)), ValueError, r"resize: `size`.*\(0, 2\)"),
    ("resize how", lambda: image.resize(np.ones((2, 2, 1)), 2, "area"), ValueError, r"`interpolation`.*'area'"),
    ("resize fill", lambda: image.resize(np.ones((2, 2, 1)), 2, fill_mode="wrap"), ValueError, r"fill_mode='wrap'"),
    ("resize both", lambda: image.resize(np.ones((2, 2, 1)), 2, crop_to_aspect_ratio=True, pad_to_aspect_ratio=True),
     ValueError, r"either"),
    ("affine shape", lambda: image.affine_transform(np.ones((2, 2, 1)), np.ones(6)), ValueError, r"\(8,\).*\(6,\)"),
    ("affine how", lambda: image.affine_transform(np.ones((2, 2, 1)), np.ones(8), "cubic"), ValueError, r"'cubic'"),
    ("affine fill", lambda: image.affine_transform(np.ones((2, 2, 1)), np.ones(8), fill_mode="x"), ValueError, r"'x'"),
    ("rescaling", lambda: layers.Rescaling("a"), ValueError, r"`scale`.*scale='a'"),
    ("normalization half", lambda: layers.Normalization(mean=1.0), ValueError, r"together.*variance=None"),
    ("normalization rank", lambda: layers.Normalization(mean=X, variance=X), ValueError, r"more dimensions.*\(2, 3\)"),
    ("normalization axis", lambda: layers.Normalization(3, name="n")(X), ValueError, r'"n".*axis=\(3,\)'),
    ("normalization given", lambda: layers.Normalization(None, 1.0, 1.0).adapt(X), ValueError, r"were given"),
    ("normalization empty", lambda: layers.Normalization(name="n").adapt([]), ValueError, r'"n".*no data'),
    ("normalization text", lambda: layers.Normalization(name="n").adapt(["a"]), TypeError, r'"n".*str'),
    ("flip", lambda: layers.RandomFlip("up"), ValueError, r"`mode`.*mode='up'"),
    ("flip rank", lambda: layers.RandomFlip(name="f")(X), ValueError, r'"f".*three dimensions.*\(2, 3\)'),
    ("flip dict", lambda: layers.RandomFlip(name="f")({"images": X}), ValueError, r'"f".*a dictionary'),
    ("translation", lambda: layers.RandomTranslation(2, 0), ValueError, r"`height_factor`.*-1.*height_factor=2"),
    ("rotation", lambda: layers.RandomRotation((0.1,)), ValueError, r"`factor`.*\(0.1,\)"),
    ("rotation fill", lambda: layers.RandomRotation(0.1, "edge"), ValueError, r"`fill_mode`.*'edge'"),
    ("rotation how", lambda: layers.RandomRotation(0.1, interpolation="cubic"), ValueError, r"'cubic'"),
    ("zoom", lambda: layers.RandomZoom(-1.0), ValueError, r"-1 leaves nothing.*height_factor=-1.0"),
    ("contrast", lambda: layers.RandomContrast(-0.1), ValueError, r"`factor`.*from 0.0 to 1.0.*-0.1"),
    ("brightness range", lambda: layers.RandomBrightness(0.1, (1, 0)), ValueError, r"`value_range`.*\(1, 0\)"),
    ("resizing", lambda: layers.Resizing(0, 3), ValueError, r"Resizing: `height`.*height=0"),
    ("resizing how", lambda: layers.Resizing(2, 3, "area"), ValueError, r"`interpolation`.*'area'"),
    ("crop", lambda: layers.CenterCrop(2, "a"), ValueError, r"CenterCrop: `width`.*width='a'"),
    ("input", lambda: layers.Input(), ValueError, r"`shape`"),
    ("input both", lambda: layers.Input((3,), batch_shape=(1, 3)), ValueError, r"either `shape`"),
    ("input dim", lambda: layers.Input((3.5,)), ValueError, r"3\.5"),
    ("input batch", lambda: layers.Input(batch_shape=(1, 3), batch_size=2), ValueError, r"batch_size=2"),
    ("sparse", lambda: layers.InputLayer((3,), sparse=True), ValueError, r"sparse=True"),
    ("spec axes", lambda: layers.InputSpec(ndim=2, axes={3: 1}), ValueError, r"axis 3"),
    ("deserialize", lambda: layers.deserialize({"class_name": "Dens", "config": {}, "module": "keras.layers"}),
     ValueError, r"'Dens'.*'Dense'"),
    ("variable shape", lambda: Variable(np.ones(2), shape=(3,)), ValueError, r"shape \(3,\).*shape=\(2,\)"),
    ("variable none", lambda: Variable("zeros"), ValueError, r"`shape` is needed"),
    ("variable dtype", lambda: Variable(1.0, dtype="complex64"), ValueError, r"dtype='complex64'"),
    ("variable dims", lambda: Variable("zeros", shape=(None, 2)), ValueError, r"known, non-negative.*None"),
    ("variable aggregation", lambda: Variable(1.0, aggregation="all"), ValueError, r"aggregation='all'"),
    ("variable sync", lambda: Variable(1.0, synchronization="x"), ValueError, r"synchronization='x'"),
    ("assign", lambda: Variable(np.ones(2)).assign(np.ones(3)), ValueError, r"must match.*\(2,\).*\(3,\)"),
    ("constraint value", lambda: setattr(Variable(1.0), "constraint", 3), ValueError, r"constraint=3"),
    ("seed", lambda: initializers.RandomNormal(seed="a"), ValueError, r"seed='a'"),
    ("seed float", lambda: random.uniform((2,), seed=1.5), ValueError, r"seed=1\.5"),
    ("generator", lambda: random.SeedGenerator(2.5), ValueError, r"seed=2\.5"),
    ("random dtype", lambda: random.normal((2,), dtype="int32"), ValueError, r"random.normal.*dtype='int32'"),
    ("randint", lambda: random.randint((2,), 3, 3), ValueError, r"minval=3, maxval=3"),
    ("randint dtype", lambda: random.randint((2,), 0, 3, "float32"), ValueError, r"integer dtype"),
    ("categorical", lambda: random.categorical(np.ones(3), 2), ValueError, r"\(batch, classes\)"),
    ("scale", lambda: initializers.VarianceScaling(0), ValueError, r"`scale`.*positive.*scale=0"),
    ("mode", lambda: initializers.VarianceScaling(mode="fan"), ValueError, r"mode='fan'"),
    ("distribution", lambda: initializers.VarianceScaling(distribution="x"), ValueError, r"distribution='x'"),
    ("orthogonal", lambda: initializers.Orthogonal()((3,)), ValueError, r"two-dimensional.*\(3,\)"),
    ("identity", lambda: initializers.Identity()((3, 3, 3)), ValueError, r"2D.*\(3, 3, 3\)"),
    ("initial dtype", lambda: initializers.HeNormal()((2, 2), "int32"), ValueError, r"HeNormal.*dtype='int32'"),
    ("factor", lambda: regularizers.L2(-1.0), ValueError, r"`l2`.*non-negative.*l2=-1.0"),
    ("factor text", lambda: regularizers.L1("a"), ValueError, r"`l1`.*l1='a'"),
    ("orthogonal mode", lambda: regularizers.OrthogonalRegularizer(mode="x"), ValueError, r"mode='x'"),
    ("orthogonal rank", lambda: regularizers.OrthogonalRegularizer()(np.ones(3)), ValueError, r"two dimensions"),
    ("not one", lambda: regularizers.get(3), ValueError, r"regularizer.*3"),
    ("base regularizer", lambda: regularizers.Regularizer()(X), TypeError, r"__call__"),
    ("base constraint", lambda: constraints.Constraint()(X), TypeError, r"__call__"),
    ("base initializer", lambda: initializers.Initializer()((2,)), TypeError, r"__call__"),
    ("model arguments", lambda: models.Model(layers.Input((2,))), ValueError, r"both `inputs` and `outputs`"),
    ("model values", lambda: models.Model(layers.Input((2,)), X), ValueError, r"must be KerasTensors"),
    ("sequential", lambda: models.Sequential([3]), ValueError, r"Only instances.*Received: 3"),
    ("two inputs", lambda: models.Sequential([layers.Input((2,)), layers.Input((2,))]), ValueError, r"be the first"),
    ("pop", lambda: models.Sequential().pop(), ValueError, r"no layers"),
    ("empty build", lambda: models.Sequential().build((2, 2)), ValueError, r"no layers"),
    ("empty call", lambda: models.Sequential()(X), ValueError, r"no layers"),
    ("build shape", lambda: models.Sequential([layers.Dense(1)]).build(), ValueError, r"input_shape=None"),
    ("unbuilt weights", lambda: models.Sequential([layers.Dense(1)]).get_weights(), ValueError, r"not been built"),
    ("unbuilt count", lambda: models.Sequential([layers.Dense(1)]).count_params(), ValueError, r"isn't built"),
    ("get_layer", lambda: models.Sequential([layers.Dense(1, name="a")]).get_layer("b"), ValueError, r"b.*\['a'\]"),
    ("get_layer index", lambda: models.Sequential([layers.Dense(1)]).get_layer(index=3), ValueError, r"index 3.*1"),
    ("get_layer none", lambda: models.Sequential().get_layer(), ValueError, r"either a layer name or layer index"),
]  # fmt: skip


@pytest.mark.parametrize(("action", "error", "message"), [case[1:] for case in CASES], ids=[c[0] for c in CASES])
def test_message(action: Callable[[], Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=f"(?s){message}"):
        action()


def test_error_inside_call_names_the_layer() -> None:
    layer = layers.Lambda(lambda x: x + np.ones((7,), "float32"), name="inner")
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the note is what is tested
        models.Sequential([layer], name="outer")(X)
    notes = "\n".join(caught.value.__notes__)
    assert 'calling layer "inner" (Lambda)' in notes
    assert "outer" not in notes


def test_set_weights_changes_nothing_on_failure() -> None:
    layer = dense()
    before = layer.get_weights()
    with pytest.raises(ValueError, match=r"bias.*expected \(4,\), received \(5,\)"):
        layer.set_weights([np.zeros((3, 4)), np.zeros(5)])
    for a, b in zip(before, layer.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
