"""TensorBoard: what its own reader finds in the files."""

from __future__ import annotations

import io
import json
import re

import numpy as np
import PIL.Image
import pytest
from tensorboard.backend.event_processing import event_accumulator
from tensorboard.plugins.graph import keras_util

import nncore
from nncore import layers
from nncore.callbacks import TensorBoard, event_files
from training.models import data, linear


def read(folder):
    """All that TensorBoard's reader finds in a folder's event files."""
    limits = {event_accumulator.SCALARS: 0, event_accumulator.HISTOGRAMS: 0, event_accumulator.TENSORS: 0}
    found = event_accumulator.EventAccumulator(str(folder), limits)
    found.Reload()
    return found


def scalars(reader, tag):
    return [(event.step, event.value) for event in reader.Scalars(tag)]


def fit(folder, model=None, **options):
    x, y = data()
    model = model or linear(metrics=["mae"])
    board = TensorBoard(folder, **options)
    history = model.fit(x, y, batch_size=8, epochs=3, validation_split=0.2, verbose=0, callbacks=[board])
    return model, history.history


def test_losses_metrics_and_learning_rate(tmp_path):
    model, history = fit(tmp_path)
    train, held_out = read(tmp_path / "train"), read(tmp_path / "validation")
    assert set(train.Tags()["scalars"]) == {"epoch_loss", "epoch_mae", "epoch_learning_rate"}
    for tag, name in (("epoch_loss", "loss"), ("epoch_mae", "mae")):
        wanted = [(i, np.float32(v)) for i, v in enumerate(history[name])]
        assert scalars(train, tag) == wanted
        assert scalars(held_out, tag) == [(i, np.float32(v)) for i, v in enumerate(history[f"val_{name}"])]
    assert scalars(train, "epoch_learning_rate") == [(i, np.float32(0.05)) for i in range(3)]
    # four batches per epoch
    evaluated = scalars(held_out, "evaluation_loss_vs_iterations")
    assert evaluated == [(4 * (i + 1), np.float32(v)) for i, v in enumerate(history["val_loss"])]
    assert model.stop_training is False


@pytest.mark.parametrize(
    ("freq", "per_execution", "steps"),
    [("batch", 1, list(range(1, 13))), (1, 1, list(range(1, 13))), (3, 1, [3, 6, 9, 12]), (3, 2, [4, 6, 10, 12])],
)
def test_within_epochs(tmp_path, freq, per_execution, steps):
    seen = []
    watch = nncore.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append(logs["loss"]))
    x, y = data(32)
    model = linear(steps_per_execution=per_execution)
    board = TensorBoard(tmp_path, update_freq=freq, write_steps_per_second=True)
    model.fit(x, y, batch_size=8, epochs=3, verbose=0, callbacks=[board, watch])
    train = read(tmp_path / "train")
    found = scalars(train, "batch_loss")
    assert [step for step, _ in found] == steps
    if per_execution == 1:
        assert [value for _, value in found] == [np.float32(seen[step - 1]) for step in steps]
    for tag in ("batch_steps_per_second", "epoch_steps_per_second"):
        assert all(value > 0 for _, value in scalars(train, tag))


def test_without_batches_no_batch_is_watched(tmp_path):
    callbacks = nncore.callbacks.CallbackList([TensorBoard(tmp_path)])
    assert callbacks.batch_hooks("train", "end") == []


def test_histograms_of_weights(tmp_path):
    model, _ = fit(tmp_path, histogram_freq=2)
    train = read(tmp_path / "train")
    tags = [f"{weight.path}/histogram" for weight in model.weights]
    assert sorted(train.Tags()["histograms"]) == sorted(tags)
    events = train.Histograms(tags[0])
    assert [event.step for event in events] == [0, 2]
    values, found = model.weights[0].numpy().astype("float64"), events[-1].histogram_value
    assert (found.num, sum(found.bucket)) == (3, 3)
    np.testing.assert_allclose([found.min, found.max, found.sum], [values.min(), values.max(), values.sum()])
    np.testing.assert_allclose(found.sum_squares, (values**2).sum())


@pytest.mark.parametrize("values", [np.array([]), np.array([2.0, 2.0]), np.array([np.nan, np.inf, 1.0, -1.0])])
def test_histograms_of_odd_values(tmp_path, values):
    file = event_files.EventFile(str(tmp_path))
    file.write(1, event_files.histogram("h", values))
    file.flush()
    (event,) = read(tmp_path).Histograms("h")
    finite = values[np.isfinite(values)]
    assert sum(event.histogram_value.bucket) == event.histogram_value.num == len(finite)


def test_images_of_weights(tmp_path):
    x, y = data(inputs=5)
    model = nncore.Sequential([layers.Reshape((5, 1)), layers.Conv1D(4, 3), layers.Flatten(), layers.Dense(1)])
    model.compile("sgd", "mse")
    board = TensorBoard(tmp_path, histogram_freq=1, write_images=True)
    model.fit(x, y, epochs=1, verbose=0, callbacks=[board])
    train = read(tmp_path / "train")
    (event,) = train.Images(f"{model.layers[1].kernel.path}/image")
    image = np.asarray(PIL.Image.open(io.BytesIO(event.encoded_image_string)))
    kernel = np.squeeze(model.layers[1].kernel.numpy())  # (3, 4), which is wider than high
    scaled = (kernel - kernel.min()) * (255 / (kernel.max() - kernel.min()))
    np.testing.assert_array_equal(image, scaled.astype("uint8"))
    assert (event.height, event.width) == (3, 4)


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_png(tmp_path, channels):
    pixels = np.random.default_rng(0).integers(0, 256, (5, 7, channels)).astype("uint8")
    found = PIL.Image.open(io.BytesIO(event_files._png(pixels)))
    np.testing.assert_array_equal(np.asarray(found).reshape(pixels.shape), pixels)


def test_three_axes_and_colours_of_nothing():
    from nncore.callbacks.tensorboard import _images

    assert [end for end, _ in _images(np.random.rand(3, 4, 5))] == ["", "/1", "/2"]  # noqa: NPY002
    assert _images(np.zeros((2, 2, 2, 2))) == []
    assert _images(np.array([np.nan, 1.0])) == []
    assert _images(np.ones((1, 1))) == []
    assert _images(np.ones(3))[0][1].max() == 0


def test_the_graph_is_drawn(tmp_path):
    inputs = layers.Input((3,), name="in")
    outputs = layers.Dense(1, name="out")(layers.Dense(2, name="middle")(inputs))
    model = nncore.Model(inputs, outputs)
    model.compile("sgd", "mse")
    fit(tmp_path, model)
    train = read(tmp_path / "train")
    assert train.SummaryMetadata("keras").plugin_data.plugin_name == "graph_keras_model"
    text = train.Tensors("keras")[0].tensor_proto.string_val[0]
    drawn = keras_util.keras_model_to_graph_def(json.loads(text))
    names = [re.sub(".*/", "", node.name) for node in drawn.node]
    assert names == ["in", "middle", "out"]


def test_graphs_that_are_not_written(tmp_path):
    fit(tmp_path / "a", write_graph=False)
    assert "keras" not in read(tmp_path / "a" / "train").Tags()["tensors"]

    model = nncore.Sequential([layers.Input((3,)), layers.Lambda(lambda x: x), layers.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.warns(UserWarning, match="no configuration to draw"):
        fit(tmp_path / "b", model)


def test_embeddings(tmp_path):
    model = nncore.Sequential([layers.Embedding(4, 2, name="words"), layers.Flatten(), layers.Dense(1)])
    model.compile("sgd", "mse")
    x = np.array([[0, 1], [2, 3]])
    board = TensorBoard(tmp_path, embeddings_freq=1, embeddings_metadata={"words": "labels.tsv"})
    model.fit(x, np.ones(2), epochs=2, verbose=0, callbacks=[board])
    table = np.loadtxt(tmp_path / "words-1.tsv")
    np.testing.assert_allclose(table, model.layers[0].embeddings.numpy(), rtol=1e-6)
    text = (tmp_path / "projector_config.pbtxt").read_text()
    from google.protobuf import text_format
    from tensorboard.plugins.projector import projector_config_pb2

    (entry,) = text_format.Parse(text, projector_config_pb2.ProjectorConfig()).embeddings
    assert (entry.tensor_name, entry.tensor_path, entry.metadata_path) == ("words", "words-1.tsv", "labels.tsv")
    with pytest.raises(ValueError, match="wrods"):
        TensorBoard(tmp_path, embeddings_freq=1, embeddings_metadata={"wrods": "x"}).set_model(model)


def test_evaluate_and_a_second_fit(tmp_path):
    model, _ = fit(tmp_path)
    x, y = data()
    model.evaluate(x, y, verbose=0, callbacks=[TensorBoard(tmp_path / "later")])
    assert scalars(read(tmp_path / "later" / "validation"), "evaluation_loss_vs_iterations")[0][0] == 12
    fit(tmp_path, model)
    assert len(list((tmp_path / "train").iterdir())) == 2, "a second run has its own file"


def test_the_checksum():
    # RFC 3720, B.4: CRC-32C of 32 bytes of zeros, and of 0 to 31.
    for data_, wanted in ((bytes(32), 0x8A9136AA), (bytes(range(32)), 0x46DD794E)):
        masked = ((wanted >> 15 | wanted << 17) + 0xA282EAD8) & 0xFFFFFFFF
        assert event_files.masked_crc(data_) == masked


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"profile_batch": 2}, "profile_batch=2"),
        ({"update_freq": 0}, "update_freq=0"),
        ({"update_freq": "epochs"}, "update_freq='epochs'"),
        ({"histogram_freq": -1}, "histogram_freq=-1"),
        ({"embeddings_freq": 0.5}, "embeddings_freq=0.5"),
    ],
)
def test_bad_arguments(options, message):
    with pytest.raises(ValueError, match=message):
        TensorBoard(**options)
