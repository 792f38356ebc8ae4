"""When callbacks are called, with what, and what each of them does."""

from __future__ import annotations

import json

import numpy as np
import pytest

import nncore
from nncore import callbacks
from training.models import data, linear

X, Y = data()
FIT = {"batch_size": 16, "verbose": 0, "shuffle": False}


class Record(callbacks.Callback):
    """Notes every call of every hook."""

    def __init__(self):
        super().__init__()
        self.calls = []


def _recorder(name):
    def hook(self, *args, **kwargs):
        self.calls.append((name, *args[:-1]) if "epoch" in name or "_batch_" in name else (name,))

    return hook


for _name in [n for n in vars(callbacks.Callback) if n.startswith("on_")]:
    setattr(Record, _name, _recorder(_name))
del Record.on_batch_begin, Record.on_batch_end


def test_the_order_of_all_hooks_in_fit():
    record = Record()
    linear().fit(X, Y, **FIT, validation_data=(X[:20], Y[:20]), callbacks=[record])
    assert record.calls == [
        ("on_train_begin",),
        ("on_epoch_begin", 0),
        ("on_train_batch_begin", 0),
        ("on_train_batch_end", 0),
        ("on_train_batch_begin", 1),
        ("on_train_batch_end", 1),
        ("on_train_batch_begin", 2),
        ("on_train_batch_end", 2),
        ("on_test_begin",),
        ("on_test_batch_begin", 0),
        ("on_test_batch_end", 0),
        ("on_test_batch_begin", 1),
        ("on_test_batch_end", 1),
        ("on_test_end",),
        ("on_epoch_end", 0),
        ("on_train_end",),
    ]


def test_the_order_of_all_hooks_in_evaluate_and_predict():
    for method, word in (("evaluate", "test"), ("predict", "predict")):
        record = Record()
        arguments = (X[:20], Y[:20]) if method == "evaluate" else (X[:20],)
        getattr(linear(), method)(*arguments, batch_size=16, verbose=0, callbacks=[record])
        assert record.calls == [
            (f"on_{word}_begin",),
            (f"on_{word}_batch_begin", 0),
            (f"on_{word}_batch_end", 0),
            (f"on_{word}_batch_begin", 1),
            (f"on_{word}_batch_end", 1),
            (f"on_{word}_end",),
        ]


def test_model_and_params_are_known():
    seen = {}

    class Look(callbacks.Callback):
        def on_train_begin(self, logs=None):
            seen.update(self.params, model=self.model)

    model = linear()
    model.fit(X, Y, **FIT, epochs=2, callbacks=[Look()])
    assert seen == {"verbose": 0, "epochs": 2, "steps": 3, "model": model}


def test_batch_logs_are_the_running_means_of_the_epoch():
    logs_seen = []
    keep = callbacks.LambdaCallback(on_train_batch_end=lambda b, logs: logs_seen.append(logs))
    model = linear(optimizer=nncore.optimizers.SGD(0.0), metrics=["mae"])
    history = model.fit(X, Y, **FIT, callbacks=[keep]).history
    errors = (model.predict(X, verbose=0) - Y)[:, 0]
    for count, logs in zip((16, 32, 40), logs_seen, strict=True):
        assert logs["loss"] == pytest.approx(float(np.mean(errors[:count] ** 2)), rel=1e-4)
        assert logs["mae"] == pytest.approx(float(np.mean(np.abs(errors[:count]))), rel=1e-4)
    assert history["loss"][0] == pytest.approx(logs_seen[-1]["loss"])


def test_batch_logs_behave_as_a_dict():
    def look(batch, logs):
        assert isinstance(logs, dict)
        assert set(logs) == {"loss"}
        assert dict(logs) == {**logs} == logs.copy() == json.loads(json.dumps(logs))
        assert logs.get("loss") == logs["loss"]
        assert logs.get("none") is None
        assert "loss" in logs
        assert len(logs) == 1
        assert list(logs.items()) == [("loss", logs["loss"])]
        assert bool(logs)

    linear().fit(X, Y, **FIT, callbacks=[callbacks.LambdaCallback(on_train_batch_end=look)])


def test_old_names_of_the_batch_hooks_work():
    class Old(callbacks.Callback):
        seen = 0

        def on_batch_end(self, batch, logs=None):
            Old.seen += 1

    linear().fit(X, Y, **FIT, callbacks=[Old()])
    assert Old.seen == 3


def test_steps_per_execution_groups_the_batch_hooks():
    record = Record()
    linear(steps_per_execution=2).fit(X, Y, batch_size=8, shuffle=False, verbose=0, callbacks=[record])
    batches = [call for call in record.calls if "_batch_" in call[0]]
    assert batches == [
        ("on_train_batch_begin", 0),
        ("on_train_batch_end", 1),
        ("on_train_batch_begin", 2),
        ("on_train_batch_end", 3),
        ("on_train_batch_begin", 4),
        ("on_train_batch_end", 4),
    ]


def test_without_batch_hooks_an_epoch_is_one_call_into_the_program():
    model = linear()
    model.fit(X, Y, **FIT)
    step = next(iter(model._compile_state.steps._steps.values()))
    calls = []
    run_steps = step.run_steps

    def counting(*args):
        calls.append(args[3])
        return run_steps(*args)

    step.run_steps = counting
    model.fit(X[:32], Y[:32], **FIT, callbacks=[callbacks.EarlyStopping("loss")])
    assert sum(calls) == 2
    assert len(calls) == 1


def test_a_run_can_be_stopped_before_it_starts():
    class Stop(callbacks.Callback):
        def on_train_begin(self, logs=None):
            self.model.stop_training = True

    model = linear()
    assert model.fit(X, Y, **FIT, epochs=3, callbacks=[Stop()]).epoch == [0]
    assert int(model.optimizer.iterations.numpy()) == 1


def test_predictions_are_in_the_logs():
    shapes = []
    look = callbacks.LambdaCallback(on_predict_batch_end=lambda batch, logs: shapes.append(logs["outputs"].shape))
    linear().predict(X, batch_size=16, verbose=0, callbacks=[look])
    assert shapes == [(16, 1), (16, 1), (8, 1)]


def test_lambda_callback_knows_its_hooks():
    with pytest.raises(TypeError, match="no hook is named 'on_bath_end'"):
        callbacks.LambdaCallback(on_bath_end=print)
    with pytest.raises(TypeError, match="on_train_end=3"):
        callbacks.LambdaCallback(on_train_end=3)


def run_with_values(callback, values, monitor="val_loss"):
    """Feed a callback with epochs of a made-up value."""
    model = linear()
    callback.set_model(model)
    callback.on_train_begin()
    logs_of = []
    for epoch, value in enumerate(values):
        model.get_layer(index=0).bias.assign([float(epoch)])
        logs = {monitor: value}
        callback.on_epoch_end(epoch, logs)
        logs_of.append(logs)
        if model.stop_training:
            break
    callback.on_train_end()
    return model, epoch, logs_of


@pytest.mark.parametrize(
    ("arguments", "values", "last"),
    [
        ({"patience": 0}, [3, 2, 2, 1], 2),
        ({"patience": 2}, [3, 2, 2, 2, 1], 3),
        ({"patience": 2, "min_delta": 0.5}, [3, 2.9, 2.8, 2.7], 2),
        ({"patience": 1, "mode": "max"}, [1, 2, 1, 0], 2),
        ({"patience": 1, "start_from_epoch": 2}, [1, 2, 3, 4, 5], 3),
        ({"patience": 2, "baseline": 1.0}, [3, 2.5, 2.6, 2.3], 2),
    ],
)
def test_early_stopping(arguments, values, last):
    _, epoch, _ = run_with_values(callbacks.EarlyStopping(**arguments), values)
    assert epoch == last


def test_early_stopping_restores_the_best_weights(capsys):
    stop = callbacks.EarlyStopping(patience=1, restore_best_weights=True, verbose=1)
    model, _, _ = run_with_values(stop, [3.0, 1.0, 2.0, 5.0])
    assert model.get_layer(index=0).bias.numpy() == [1.0]
    out = capsys.readouterr().out
    assert "Epoch 3: early stopping" in out
    assert "best epoch: 2" in out


def test_early_stopping_restores_at_the_last_epoch_too():
    stop = callbacks.EarlyStopping(patience=9, restore_best_weights=True)
    model, _, _ = run_with_values(stop, [3.0, 1.0, 2.0])
    assert model.get_layer(index=0).bias.numpy() == [1.0]


def test_a_missing_value_warns_and_an_unclear_one_raises():
    with pytest.warns(UserWarning, match=r"`val_loss` which is not available.*loss"):
        linear().fit(X, Y, **FIT, callbacks=[callbacks.EarlyStopping()])
    stop = callbacks.EarlyStopping(monitor="odd")
    with pytest.raises(ValueError, match=r"monitor='odd'.*mode='max'"):
        run_with_values(stop, [1.0, 2.0], "odd")
    with pytest.raises(ValueError, match="mode='up'"):
        callbacks.EarlyStopping(mode="up")


def test_accuracy_is_to_grow():
    _, epoch, _ = run_with_values(callbacks.EarlyStopping("val_accuracy"), [0.1, 0.5, 0.4], "val_accuracy")
    assert epoch == 2


def test_reduce_lr_on_plateau(capsys):
    slower = callbacks.ReduceLROnPlateau(factor=0.5, patience=2, cooldown=1, min_lr=0.01, verbose=1)
    model, _, logs = run_with_values(slower, [1.0] * 9)
    rates = [round(entry["learning_rate"], 6) for entry in logs]
    # The rate that is logged is the one the epoch was trained with.
    assert rates == [0.05, 0.05, 0.05, 0.025, 0.025, 0.0125, 0.0125, 0.01, 0.01]
    assert float(model.optimizer.learning_rate.numpy()) == pytest.approx(0.01)
    assert "reducing learning rate to 0.025" in capsys.readouterr().out
    with pytest.raises(ValueError, match=r"factor=1.0"):
        callbacks.ReduceLROnPlateau(factor=1.0)


@pytest.mark.parametrize("schedule", [lambda epoch: 0.1 / (epoch + 1), lambda e, lr: 0.1 / (e + 1)])
def test_learning_rate_scheduler(schedule, capsys):
    scheduler = callbacks.LearningRateScheduler(schedule, verbose=1)
    history = linear().fit(X, Y, **FIT, epochs=3, callbacks=[scheduler]).history
    np.testing.assert_allclose(history["learning_rate"], [0.1, 0.05, 0.1 / 3], rtol=1e-6)
    assert "Epoch 2: LearningRateScheduler setting learning rate to 0.05." in capsys.readouterr().out


def test_learning_rate_scheduler_wants_a_float():
    scheduler = callbacks.LearningRateScheduler(lambda epoch: "fast")
    with pytest.raises(ValueError, match=r"must return a float.*'fast'"):
        linear().fit(X, Y, **FIT, callbacks=[scheduler])


def test_terminate_on_nan_names_the_batch(capsys):
    x = X.copy()
    x[20] = np.nan
    model = linear()
    history = model.fit(x, Y, **FIT, epochs=3, callbacks=[callbacks.TerminateOnNaN()])
    assert history.epoch == [0]
    assert int(model.optimizer.iterations.numpy()) == 2
    assert "Batch 1: Invalid loss, terminating training" in capsys.readouterr().out
    with pytest.raises(RuntimeError, match="batch 1"):
        linear().fit(x, Y, **FIT, callbacks=[callbacks.TerminateOnNaN(raise_error=True)])


def test_csv_logger(tmp_path):
    path = tmp_path / "log.csv"
    model = linear(metrics=["mae"])
    history = model.fit(X, Y, **FIT, epochs=2, callbacks=[callbacks.CSVLogger(path, ";")]).history
    lines = path.read_text().splitlines()
    assert lines[0] == "epoch;loss;mae;val_loss;val_mae"
    assert lines[1] == f"0;{history['loss'][0]};{history['mae'][0]};NA;NA"
    model.fit(X, Y, **FIT, callbacks=[callbacks.CSVLogger(path, ";", append=True)])
    assert len(path.read_text().splitlines()) == 4


def test_history_goes_on_where_a_run_is_continued():
    model = linear()
    history = model.fit(X, Y, **FIT, epochs=2)
    assert model.history is history
    again = model.fit(X, Y, **FIT, epochs=4, initial_epoch=2)
    assert again.epoch == [2, 3]
    assert len(again.history["loss"]) == 2


def test_a_callback_that_fails_leaves_the_model_usable():
    def fail(epoch, logs):
        raise RuntimeError("mine")

    model = linear()
    with pytest.raises(RuntimeError, match="mine"):
        model.fit(X, Y, **FIT, callbacks=[callbacks.LambdaCallback(on_epoch_end=fail)])
    assert np.isfinite(model.fit(X, Y, **FIT).history["loss"][0])


def test_a_list_of_ones_own_and_look_alikes_are_used_as_they_are():
    record, history = Record(), callbacks.History()
    many = callbacks.CallbackList([record], add_history=False)
    many.append(history)
    model = linear()
    many.set_model(model)
    model.fit(X, Y, **FIT, callbacks=many)
    assert ("on_epoch_end", 0) in record.calls
    assert len(history.history["loss"]) == 1

    class Alike:
        """All of a callback's methods, without its class."""

        def __init__(self):
            self.seen = set()

        def __getattr__(self, name):
            if not name.startswith(("on_", "set_")):
                raise AttributeError(name)
            return lambda *args, **kwargs: self.seen.add(name)

    alike = Alike()
    linear().fit(X, Y, **FIT, callbacks=[alike])
    assert {"set_model", "on_train_batch_end", "on_epoch_end"} <= alike.seen
