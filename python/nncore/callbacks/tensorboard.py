"""TensorBoard: write what happens in training where TensorBoard finds it."""

from __future__ import annotations

import os
import time
import warnings
from typing import Any

import numpy as np

from nncore import config
from nncore.callbacks import event_files
from nncore.callbacks.callback import Callback, Logs


class TensorBoard(Callback):
    """Write losses, metrics, weights and the model's graph as TensorBoard's event files.

    Neither TensorFlow nor TensorBoard is needed to write them; ``tensorboard --logdir logs`` shows them. Training is in
    the folder ``train``, validation in ``validation``.

    Args:
        log_dir: The folder. Defaults to ``"logs"``.
        histogram_freq: Epochs between two histograms of all weights; 0 for none. Defaults to 0.
        write_graph: Write the configuration of a functional or sequential model, which TensorBoard draws. Defaults to
            True.
        write_images: Write weights as images together with histograms. Defaults to False.
        write_steps_per_second: Write how many steps were run per second. Defaults to False.
        update_freq: ``"epoch"``, ``"batch"`` or a number of batches: how often losses and metrics are written within
            an epoch. Defaults to ``"epoch"``, not at all.
        profile_batch: 0; there is no profiler.
        embeddings_freq: Epochs between two times of writing the tables of ``Embedding`` layers for the projector; 0
            for never. Defaults to 0.
        embeddings_metadata: File with a label for each row, relative to ``log_dir``, or a dictionary from layers' names
            to files. Defaults to None.

    Raises:
        ValueError: If an argument makes no sense, or asks for a profile.

    Example:
    >>> import pathlib, tempfile
    >>> import numpy as np
    >>> import nncore
    >>> model = nncore.Sequential([nncore.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     board = nncore.callbacks.TensorBoard(folder, histogram_freq=1)
    ...     _ = model.fit(np.ones((8, 2)), np.ones(8), validation_split=0.5, verbose=0, callbacks=[board])
    ...     sorted(path.parent.name for path in pathlib.Path(folder).rglob("events*"))
    ['train', 'validation']
    """

    def __init__(
        self,
        log_dir: str | os.PathLike[str] = "logs",
        histogram_freq: int = 0,
        write_graph: bool = True,
        write_images: bool = False,
        write_steps_per_second: bool = False,
        update_freq: int | str = "epoch",
        profile_batch: Any = 0,
        embeddings_freq: int = 0,
        embeddings_metadata: Any = None,
    ) -> None:
        super().__init__()
        if profile_batch not in (0, None):
            raise ValueError(
                "TensorBoard: there is no profiler, so `profile_batch` must be 0. "
                f"Received: profile_batch={profile_batch!r}"
            )
        if update_freq not in ("epoch", "batch") and (not _is_whole(update_freq) or int(update_freq) < 1):
            raise ValueError(
                "TensorBoard: `update_freq` must be 'epoch', 'batch' or a positive number of batches. "
                f"Received: update_freq={update_freq!r}"
            )
        for name, value in (("histogram_freq", histogram_freq), ("embeddings_freq", embeddings_freq)):
            if not _is_whole(value) or value < 0:
                raise ValueError(f"TensorBoard: `{name}` must be a number of epochs. Received: {name}={value!r}")
        self.log_dir = os.fspath(log_dir)
        self.histogram_freq = histogram_freq
        self.write_graph = write_graph
        self.write_images = write_images
        self.write_steps_per_second = write_steps_per_second
        self.update_freq = 1 if update_freq == "batch" else update_freq
        self.embeddings_freq = embeddings_freq
        self.embeddings_metadata = embeddings_metadata
        self._files: dict[str, event_files.EventFile] = {}
        self._batches = self._epoch_batches = 0
        self._start = self._batch_start = 0.0
        self._first_iteration = 0
        if self.update_freq != "epoch":
            # Per-batch methods that exist are called, which costs time; so they exist only when they are wanted.
            self.on_train_batch_end = self._on_batch  # type: ignore[method-assign]
            if write_steps_per_second:
                self.on_train_batch_begin = self._on_batch_begin  # type: ignore[method-assign]

    def _file(self, name: str) -> event_files.EventFile:
        if name not in self._files:
            self._files[name] = event_files.EventFile(os.path.join(self.log_dir, name))
        return self._files[name]

    def _close(self) -> None:
        for file in self._files.values():
            file.flush()
        self._files.clear()

    def set_model(self, model: Any) -> None:
        """Take the model; end the files of an earlier run."""
        super().set_model(model)
        self._close()
        if self.embeddings_freq:
            self._check_embeddings()

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Start counting; write the graph of a model that is known."""
        self._batches = self._epoch_batches = 0
        if self.write_graph and type(self.model).__name__ in ("Functional", "Sequential"):
            try:
                text = self.model.to_json()
            except (TypeError, ValueError) as error:
                warnings.warn(f"TensorBoard: the model has no configuration to draw. {error}", stacklevel=2)
            else:
                self._file("train").write(0, event_files.text_of_plugin("keras", text, "graph_keras_model"))

    def on_train_end(self, logs: Logs | None = None) -> None:
        """End the files."""
        self._close()

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Note when and where the epoch starts."""
        self._start = time.perf_counter()
        self._epoch_batches = self._batches
        self._first_iteration = self._iterations()

    def _on_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        self._batch_start = time.perf_counter()

    def _on_batch(self, batch: int, logs: Logs | None = None) -> None:
        before, self._batches = self._batches, self._epoch_batches + batch + 1
        every = int(self.update_freq)
        if before // every == self._batches // every:
            return
        values = {f"batch_{name}": value for name, value in (logs or {}).items()}
        if self.write_steps_per_second:
            seconds = max(time.perf_counter() - self._batch_start, 1e-9)
            values["batch_steps_per_second"] = (self._batches - before) / seconds
        self._scalars("train", self._batches, values)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Write losses, metrics and the learning rate, and the weights if it is their turn."""
        train = {name: value for name, value in (logs or {}).items() if not name.startswith("val_")}
        held_out = {name[4:]: value for name, value in (logs or {}).items() if name.startswith("val_")}
        optimizer = getattr(self.model.optimizer, "inner_optimizer", self.model.optimizer)
        if optimizer is not None:
            train["learning_rate"] = float(np.asarray(optimizer.learning_rate))
        if self.write_steps_per_second:
            seconds = max(time.perf_counter() - self._start, 1e-9)
            train["steps_per_second"] = (self._iterations() - self._first_iteration) / seconds
        for name, values in (("train", train), ("validation", held_out)):
            if values:
                self._scalars(name, epoch, {f"epoch_{key}": value for key, value in values.items()})
        if self.histogram_freq and epoch % self.histogram_freq == 0:
            self._write_weights(epoch)
        if self.embeddings_freq and epoch % self.embeddings_freq == 0:
            self._write_embeddings(epoch)
        for file in self._files.values():
            file.flush()

    def on_test_end(self, logs: Logs | None = None) -> None:
        """Write the results of an evaluation against the optimizer's updates so far."""
        if self.model.optimizer is not None and logs:
            values = {f"evaluation_{name}_vs_iterations": value for name, value in logs.items()}
            self._scalars("validation", self._iterations(), values)
            self._file("validation").flush()

    def _iterations(self) -> int:
        return 0 if self.model.optimizer is None else int(np.asarray(self.model.optimizer.iterations))

    def _scalars(self, name: str, step: int, values: dict[str, Any]) -> None:
        found = [event_files.scalar(tag, float(np.mean(value))) for tag, value in values.items()]
        self._file(name).write(step, *found)

    def _write_weights(self, epoch: int) -> None:
        for weight in self.model.weights:
            tag, values = weight.path.replace(":", "_"), weight.numpy()
            summaries = [event_files.histogram(f"{tag}/histogram", values)]
            if self.write_images:
                summaries += [event_files.image(f"{tag}/image{end}", one) for end, one in _images(values)]
            self._file("train").write(epoch, *summaries)

    def _embeddings(self) -> list[Any]:
        from nncore.layers import Embedding

        return [layer for layer in self.model._flatten_layers() if isinstance(layer, Embedding)]

    def _check_embeddings(self) -> None:
        if isinstance(self.embeddings_metadata, dict):
            unknown = set(self.embeddings_metadata) - {layer.name for layer in self._embeddings()}
            if unknown:
                raise ValueError(
                    "Unrecognized `Embedding` layer names passed to TensorBoard's `embeddings_metadata` argument: "
                    f"{sorted(unknown)}"
                )

    def _write_embeddings(self, epoch: int) -> None:
        """Write each table as a file of tabs, and the projector's list of them."""
        entries = []
        for layer in self._embeddings():
            name = f"{layer.name}-{epoch}.tsv"
            os.makedirs(self.log_dir, exist_ok=True)
            np.savetxt(os.path.join(self.log_dir, name), layer.embeddings.numpy(), delimiter="\t", fmt="%.7g")
            labels = self.embeddings_metadata
            labels = labels.get(layer.name) if isinstance(labels, dict) else labels
            lines = [f'tensor_name: "{layer.name}"', f'tensor_path: "{name}"']
            lines += [] if labels is None else [f'metadata_path: "{os.fspath(labels)}"']
            entries.append("embeddings {\n" + "".join(f"  {line}\n" for line in lines) + "}\n")
        if entries:
            with open(os.path.join(self.log_dir, "projector_config.pbtxt"), "w") as file:
                file.write("".join(entries))


def _is_whole(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def _images(weight: Any) -> list[tuple[str, Any]]:
    """Grey images of a weight, with the ends of their tags; black is its least value, white its greatest."""
    squeezed = np.squeeze(weight)
    if squeezed.ndim == 1:
        stack = squeezed[None, :, None]
    elif squeezed.ndim == 2:
        stack = (squeezed.T if squeezed.shape[0] > squeezed.shape[1] else squeezed)[None]
    elif squeezed.ndim == 3:
        last = config.image_data_format() == "channels_last"
        stack = squeezed.transpose(2, 0, 1) if last else squeezed
    else:
        return []
    if not np.isfinite(stack).all():
        return []
    low, high = float(stack.min()), float(stack.max())
    grey = ((stack - low) * (255 / (high - low) if high > low else 0)).astype(np.uint8)[..., None]
    # As many as TensorBoard's own writer keeps.
    return [("" if i == 0 else f"/{i}", one) for i, one in enumerate(grey[:3])]
