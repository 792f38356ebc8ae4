"""Every optimizer: 100 training steps against Keras's, its state, configuration and bad input."""

from __future__ import annotations

import copy
import json
import pathlib
import pickle
from typing import Any

import numpy as np
import pytest

import nncore
from golden import optimizer_cases as cases
from nncore import graph, ops, optimizers
from nncore.ir import Spec

_PATH = pathlib.Path(__file__).parent.parent / "golden" / "objects_optimizers.json"
GOLDEN = json.loads(_PATH.read_text())["trajectories"]
ROWS = [pytest.param(key, name, arguments, id=key) for key, name, arguments in cases.OPTIMIZERS]


def _make(name: str, arguments: Any) -> Any:
    return cases.make_optimizer(optimizers, name, arguments)


class Problem:
    """A small network in training: variables, and a step that is compiled or eager."""

    def __init__(self, optimizer: Any, dtype: str = "float32") -> None:
        self.optimizer = optimizer
        self.x, self.t, first = cases.problem()
        self.x, self.t = self.x.astype(dtype), self.t.astype(dtype)
        self.variables = [nncore.Variable(w.astype(dtype), name=f"w{i}") for i, w in enumerate(first)]
        optimizer.build(self.variables)
        self.compiled = nncore.function(self.step)

    def loss(self, x: Any, t: Any) -> Any:
        w1, b1, w2, b2 = self.variables
        hidden = ops.tanh(ops.matmul(x, w1) + b1)
        error = ops.matmul(hidden, w2) + b2 - t
        return self.optimizer.scale_loss(ops.mean(ops.square(error)))

    def step(self, x: Any, t: Any) -> Any:
        value, grads = nncore.value_and_grad(self.loss, variables=self.variables)(x, t)
        self.optimizer.apply(grads, self.variables)
        return value

    def flat(self) -> Any:
        return np.concatenate([v.numpy().ravel() for v in self.variables])


@pytest.mark.parametrize(("key", "name", "arguments"), ROWS)
class TestEveryOptimizer:
    def test_trajectory(self, key: str, name: str, arguments: Any) -> None:
        """The weights of a compiled training are Keras's over 100 steps, and the state after."""
        problem = Problem(_make(name, arguments))
        snapshots = iter(GOLDEN[key]["weights"])
        for count in range(1, cases.SNAPSHOTS[-1] + 1):
            problem.compiled(problem.x, problem.t)
            if count in cases.SNAPSHOTS:
                np.testing.assert_allclose(
                    problem.flat(), next(snapshots), rtol=1e-4, atol=1e-5, err_msg=f"step {count}"
                )
        state = [np.reshape(s["values"], s["shape"]) for s in GOLDEN[key]["state"]]
        for variable, expected in zip(problem.optimizer.variables, state, strict=True):
            np.testing.assert_allclose(variable.numpy(), expected, rtol=1e-3, atol=1e-5, err_msg=variable.name)

    def test_eager_is_compiled(self, key: str, name: str, arguments: Any) -> None:
        """Steps outside a trace give what compiled steps give."""
        eager, compiled = (Problem(_make(name, arguments)) for _ in range(2))
        for _ in range(8):
            eager.step(eager.x, eager.t)
            compiled.compiled(compiled.x, compiled.t)
        np.testing.assert_allclose(eager.flat(), compiled.flat(), rtol=1e-5, atol=1e-6)

    def test_float64(self, key: str, name: str, arguments: Any) -> None:
        """The float64 training stays near the float32 one."""
        problem = Problem(_make(name, arguments), "float64")
        for _ in range(cases.SNAPSHOTS[2]):
            problem.compiled(problem.x, problem.t)
        assert {v.dtype for v in problem.variables} == {"float64"}
        np.testing.assert_allclose(problem.flat(), GOLDEN[key]["weights"][2], rtol=1e-4, atol=1e-5)

    def test_config(self, key: str, name: str, arguments: Any) -> None:
        """An optimizer made from its configuration trains alike."""
        optimizer = _make(name, arguments)
        serialized = json.loads(json.dumps(optimizers.serialize(optimizer)))
        assert serialized["module"] == "keras.optimizers"
        others = [
            type(optimizer).from_config(optimizer.get_config()),
            optimizers.deserialize(serialized),
            optimizers.get(serialized),
        ]
        expected = Problem(optimizer)
        expected.step(expected.x, expected.t)
        for other in others:
            assert type(other) is type(optimizer)
            assert json.loads(json.dumps(other.get_config())) == serialized["config"]
            problem = Problem(other)
            problem.step(problem.x, problem.t)
            np.testing.assert_array_equal(problem.flat(), expected.flat())

    def test_state_resumes(self, key: str, name: str, arguments: Any) -> None:
        """Weights and state put into a new optimizer go on with the same bits."""
        first = Problem(_make(name, arguments))
        for _ in range(4):
            first.compiled(first.x, first.t)
        second = Problem(_make(name, arguments))
        store: dict[str, Any] = {}
        first.optimizer.save_own_variables(store)
        second.optimizer.load_own_variables(store)
        for a, b in zip(second.variables, first.variables, strict=True):
            a.assign(b.numpy())
        for problem in (first, second):
            for _ in range(3):
                problem.compiled(problem.x, problem.t)
        np.testing.assert_array_equal(first.flat(), second.flat())


def test_every_class_has_a_row() -> None:
    names = {name for name in optimizers.__all__ if name[0].isupper()} - {"Optimizer", "OptimizerMap"}
    assert names == {row[1] for row in cases.OPTIMIZERS}


@pytest.mark.parametrize("name", ["sgd", "SGD", "rmsprop", "RMSprop", "Adam", "ADAMW", "adagrad"])
def test_get_by_name_in_any_case(name: str) -> None:
    assert type(optimizers.get(name)).__name__.lower() == name.lower()


def test_get_instances_and_classes() -> None:
    optimizer = optimizers.Adam()
    assert optimizers.get(optimizer) is optimizer
    assert isinstance(optimizers.get(optimizers.SGD), optimizers.SGD)
    assert optimizers.get(None) is None


@pytest.mark.parametrize(
    ("name", "instruction"),
    [
        ("sgd", "sgd_step"),
        ("sgd_nesterov", "momentum_step"),
        ("rmsprop_all", "rmsprop_step"),
        ("adam_amsgrad", "adam_step"),
        ("adagrad", "adagrad_step"),
        ("adadelta", "adadelta_step"),
        ("adamax", "adamax_step"),
        ("nadam", "nadam_step"),
        ("lion", "lion_step"),
        ("ftrl", "ftrl_step"),
        ("lamb", "lamb_step"),
    ],
)
def test_one_instruction_updates_all_variables(name: str, instruction: str) -> None:
    row = next(row for row in cases.OPTIMIZERS if row[0] == name)
    problem = Problem(_make(row[1], row[2]))
    specs = (Spec(problem.x.shape, "float32"), Spec(problem.t.shape, "float32"))
    step = graph.compile_step(problem.step, specs, name="train")
    lines = [line for line in step.dump("program").splitlines() if instruction in line]
    assert len(lines) == 1, step.dump("program")


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_copies_go_on_alike(copied: Any) -> None:
    w = nncore.Variable([1.0], name="w")
    optimizer = optimizers.Adam(learning_rate=0.5, weight_decay=0.1)
    optimizer.exclude_from_weight_decay(var_list=[w])
    optimizer.apply([[1.0]], [w])
    twin, v = copied((optimizer, w))
    optimizer.apply([[-3.0]], [w])
    twin.apply([[-3.0]], [v])
    assert v is not w
    assert v.numpy().tolist() == w.numpy().tolist()
    assert [x.name for x in twin.variables] == [x.name for x in optimizer.variables]


def test_old_spellings_of_the_rate() -> None:
    optimizer = optimizers.RMSprop(lr=0.25)
    assert float(optimizer.learning_rate.numpy()) == float(optimizer.lr.numpy()) == 0.25
    optimizer.lr = 0.5
    assert float(optimizer.learning_rate.numpy()) == 0.5
    optimizer = optimizers.SGD(lr=0.5, decay=0.5)
    w = nncore.Variable([1.0])
    rates = []
    for _ in range(3):
        before = w.numpy()[0]
        optimizer.apply([np.ones(1, "float32")], [w])
        rates.append(before - w.numpy()[0])
    np.testing.assert_allclose(rates, [0.5 / 1, 0.5 / 1.5, 0.5 / 2], rtol=1e-6)


def test_setting_the_rate_needs_no_new_trace() -> None:
    traces = []

    class Watched(optimizers.SGD):
        def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
            traces.append(variable.name)
            super().update_step(gradient, variable, learning_rate)

    w = nncore.Variable([1.0], name="w")
    optimizer = Watched(learning_rate=0.5)
    optimizer.build([w])
    step = nncore.function(lambda g: optimizer.apply([g], [w]))
    step(np.ones(1, "float32"))
    optimizer.learning_rate = 0.25
    step(np.ones(1, "float32"))
    optimizer.learning_rate.assign(0.125)
    step(np.ones(1, "float32"))
    assert w.numpy().tolist() == [0.125]
    assert traces == ["w"]
    assert int(optimizer.iterations.numpy()) == 3


def test_own_optimizer_gets_decay_clipping_and_constraint() -> None:
    class Descent(optimizers.Optimizer):
        def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
            variable.assign(variable - learning_rate * gradient)

    w = nncore.Variable([2.0, -4.0])
    w.constraint = lambda value: ops.maximum(value, -3.0)
    Descent(learning_rate=0.5, weight_decay=0.5, clipvalue=1.0).apply([[8.0, -0.5]], [w])
    # 2 - 0.5 - 0.5 and -4 + 1 + 0.25, bounded at -3
    assert w.numpy().tolist() == [1.0, -2.75]


def test_overriding_a_fused_step_decays_once() -> None:
    class Mine(optimizers.SGD):
        def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
            super().update_step(gradient, variable, learning_rate)

    values = []
    for cls in (optimizers.SGD, Mine):
        w = nncore.Variable([2.0])
        cls(learning_rate=0.5, weight_decay=0.5).apply([[1.0]], [w])
        values.append(w.numpy().tolist())
    assert values == [[1.0], [1.0]]


def test_excluded_variables_do_not_decay() -> None:
    kernel, bias, other = (nncore.Variable([1.0], name=n) for n in ("kernel", "bias", "other"))
    optimizer = optimizers.AdamW(learning_rate=0.5, weight_decay=0.5)
    optimizer.exclude_from_weight_decay(var_list=[other], var_names=["bias"])
    optimizer.apply([[0.0], [0.0], [0.0]], [kernel, bias, other])
    assert [float(v.numpy()[0]) for v in (kernel, bias, other)] == [0.75, 1.0, 1.0]
    with pytest.raises(ValueError, match="before the optimizer is built"):
        optimizer.exclude_from_weight_decay(var_names=["kernel"])


def test_finalize_puts_the_averages_into_the_variables() -> None:
    w = nncore.Variable([1.0])
    optimizer = optimizers.SGD(learning_rate=0.5, use_ema=True, ema_momentum=0.5)
    optimizer.apply([[1.0]], [w])
    optimizer.apply([[1.0]], [w])
    assert w.numpy().tolist() == [0.0]
    optimizer.finalize_variable_values([w])
    assert w.numpy().tolist() == [0.25]


def test_function_as_learning_rate() -> None:
    optimizer = optimizers.SGD(learning_rate=lambda: 0.5)
    w = nncore.Variable([1.0])
    optimizer.apply([[1.0]], [w])
    assert w.numpy().tolist() == [0.5]
    with pytest.raises(TypeError, match="not settable"):
        optimizer.learning_rate = 0.1


def test_schedule_in_place_of_a_rate() -> None:
    optimizer = optimizers.SGD(learning_rate=0.5)
    optimizer.learning_rate = optimizers.schedules.PiecewiseConstantDecay([0], [1.0, 0.25])
    w = nncore.Variable([2.0])
    optimizer.apply([[1.0]], [w])
    optimizer.apply([[1.0]], [w])
    assert w.numpy().tolist() == [0.75]
    assert [v.name for v in optimizer.variables] == ["iteration"]


def test_none_gradients_are_left_out_with_a_warning() -> None:
    a, b = nncore.Variable([1.0], name="a"), nncore.Variable([1.0], name="b")
    optimizer = optimizers.SGD(learning_rate=0.5)
    with pytest.warns(UserWarning, match=r"Gradients do not exist for variables \['b'\]"):
        optimizer.apply([[1.0], None], [a, b])
    assert (a.numpy().tolist(), b.numpy().tolist()) == ([0.5], [1.0])


def test_apply_gradients_takes_pairs() -> None:
    w = nncore.Variable([1.0])
    count = optimizers.SGD(learning_rate=0.5).apply_gradients(zip([[1.0]], [w], strict=True))
    assert w.numpy().tolist() == [0.5]
    assert int(count.numpy()) == 1


def test_variables_have_keras_names_and_order() -> None:
    w = nncore.Variable([1.0], name="kernel")
    optimizer = optimizers.Adam(name="adam", use_ema=True)
    optimizer.build([w])
    assert [v.name for v in optimizer.variables] == [
        "iteration",
        "learning_rate",
        "kernel_average",
        "kernel_momentum",
        "kernel_velocity",
    ]


def test_global_norm_that_is_not_finite_shows() -> None:
    a, b = nncore.Variable([1.0]), nncore.Variable([1.0])
    optimizers.SGD(global_clipnorm=1.0).apply([[np.inf], [1.0]], [a, b])
    assert np.isnan(b.numpy()).all()


def test_zero_gradient_under_clipnorm() -> None:
    w = nncore.Variable([1.0])
    optimizers.SGD(clipnorm=1.0).apply([[0.0]], [w])
    assert w.numpy().tolist() == [1.0]


def test_loss_scale_leaves_steps_out_and_finds_its_factor() -> None:
    """By hand: halved at each gradient that is not finite, doubled after two finite steps."""
    w = nncore.Variable([1.0])
    w.constraint = lambda value: ops.maximum(value, -3.0)
    inner = optimizers.Adam(0.5, use_ema=True, gradient_accumulation_steps=2)
    optimizer = optimizers.LossScaleOptimizer(inner, initial_scale=8.0, dynamic_growth_steps=2)
    optimizer.build([w])
    step = nncore.function(lambda g: optimizer.apply([g], [w]))
    scales, counts, states = [], [], []
    for gradient in (np.inf, 4.0, 4.0, np.nan, 8.0, 8.0, -np.inf):
        step(np.array([gradient], "float32"))
        scales.append(float(optimizer.dynamic_scale.numpy()))
        counts.append(int(inner._iterations.numpy()))
        states.append([v.numpy().tolist() for v in (w, *inner.variables)])
    assert scales == [4.0, 4.0, 8.0, 4.0, 4.0, 8.0, 4.0]
    assert counts == [0, 1, 2, 2, 3, 4, 4]
    assert states[3] == states[2]
    assert states[6] == states[5]
    assert float(optimizer.learning_rate.numpy()) == 0.5
    optimizer.learning_rate = 0.25
    assert float(inner.learning_rate.numpy()) == 0.25
    assert int(optimizer.iterations) == 2


def test_a_factor_never_becomes_infinite() -> None:
    w = nncore.Variable([1.0])
    optimizer = optimizers.LossScaleOptimizer(SGD(0.5), initial_scale=2.0**127, dynamic_growth_steps=1)
    optimizer.apply([[2.0**127]], [w])
    assert w.numpy().tolist() == [0.5]
    assert float(optimizer.dynamic_scale.numpy()) == 2.0**127


def test_map_of_optimizers() -> None:
    first, second = SGD(name="first"), SGD(name="second")
    by_path = optimizers.OptimizerMap(first, {"encoder/.*": second})
    assert by_path["encoder/dense/kernel"] is second
    assert by_path["kernel"] is first
    assert (len(by_path), list(by_path)) == (1, ["encoder/.*"])
    by_path["encoder/d.*"] = first
    with pytest.raises(ValueError, match="Multiple optimizers assigned to variable encoder/dense/kernel"):
        by_path["encoder/dense/kernel"]
    del by_path["encoder/d.*"]
    assert by_path["encoder/dense/kernel"] is second


def test_each_variable_has_the_optimizer_chosen_for_it() -> None:
    fast, slow = SGD(1.0), SGD(0.5)
    a, b = nncore.Variable([1.0], name="a"), nncore.Variable([1.0], name="b")
    optimizer = optimizers.MultiOptimizer(lambda variable: fast if variable.name == "a" else slow)
    optimizer.apply([[1.0], [1.0]], [a, b])
    assert (a.numpy().tolist(), b.numpy().tolist()) == ([0.0], [0.5])
    assert optimizer.optimizers == [fast, slow]
    twin, c, d = copy.deepcopy((optimizer, a, b))
    optimizer.apply([[1.0], [1.0]], [a, b])
    twin.apply([[1.0], [1.0]], [c, d])
    assert (c.numpy().tolist(), d.numpy().tolist()) == (a.numpy().tolist(), b.numpy().tolist())
    with pytest.raises(AttributeError, match="individual `optimizers`"):
        optimizer.learning_rate = 0.1
    optimizer.loss_scale_factor = 2.0
    assert fast.loss_scale_factor == slow.loss_scale_factor == 2.0


def test_a_choice_that_is_no_optimizer_builds_nothing() -> None:
    optimizer = optimizers.MultiOptimizer(lambda variable: "sgd")
    with pytest.raises(ValueError, match="Optimizer for variable w is not an Optimizer instance"):
        optimizer.apply([[1.0]], [nncore.Variable([1.0], name="w")])
    assert not optimizer.built


@pytest.mark.parametrize("name", ["loss_scale", "multi", "muon", "schedule_free"])
def test_fit_and_files_carry_it(name: str, tmp_path: pathlib.Path) -> None:
    """A model trained, saved and loaded goes on with the same bits."""
    row = next(row for row in cases.OPTIMIZERS if row[0] == name)
    x = np.random.default_rng(0).standard_normal((40, 5)).astype("float32")
    inputs = nncore.Input((5,))
    hidden = nncore.layers.Dense(4, "relu", name="w0")(inputs)
    model = nncore.Model(inputs, nncore.layers.Dense(3, name="w2")(hidden))
    model.compile(_make(row[1], row[2]), "mse")
    before = model.evaluate(x, x[:, :3], verbose=0)
    model.fit(x, x[:, :3], epochs=20, verbose=0, shuffle=False)
    assert model.evaluate(x, x[:, :3], verbose=0) < before
    model.save(tmp_path / "m.keras")
    loaded = nncore.models.load_model(tmp_path / "m.keras")
    for each in (model, loaded):
        each.fit(x, x[:, :3], epochs=2, verbose=0, shuffle=False)
    for a, b in zip(model.get_weights(), loaded.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    variables = zip(model.optimizer.variables, loaded.optimizer.variables, strict=True)
    assert all((a.numpy() == b.numpy()).all() for a, b in variables)


def test_averages_of_an_inner_optimizer_are_swapped_in() -> None:
    model = nncore.Sequential([nncore.Input((2,)), nncore.layers.Dense(1)])
    inner = SGD(0.1, use_ema=True, ema_momentum=0.5)
    model.compile(optimizers.LossScaleOptimizer(inner), "mse")
    swap = nncore.callbacks.SwapEMAWeights()
    x = np.ones((8, 2), "float32")
    model.fit(x, x[:, :1], validation_data=(x, x[:, :1]), verbose=0, callbacks=[swap])
    averages = [v.numpy() for v in inner._averages]
    np.testing.assert_array_equal(model.get_weights()[0], averages[0])


SGD = optimizers.SGD
BAD = [
    (lambda: optimizers.LossScaleOptimizer(SGD(), clipnorm=1.0), "set `clipnorm` on the `inner_optimizer`"),
    (lambda: optimizers.LossScaleOptimizer(SGD(), dynamic=False), "`dynamic=False`"),
    (lambda: optimizers.LossScaleOptimizer(SGD(), speed=1), "does not support arguments: `speed`"),
    (lambda: optimizers.Muon(ns_steps=-1), "ns_steps=-1"),
    (lambda: optimizers.ScheduleFreeAdamW(beta_1=0.0), "`beta_1` must be above 0"),
    (lambda: optimizers.ScheduleFreeAdamW(warmup_steps=-1), "warmup_steps=-1"),
    (lambda: optimizers.OptimizerMap(SGD(), {"a": optimizers.LossScaleOptimizer(SGD())}), "cannot be LossScale"),
    (lambda: optimizers.OptimizerMap(SGD(), {1: SGD()}), "key must be a string"),
    (lambda: optimizers.OptimizerMap(SGD(), {"a": "sgd"}), "must be a Keras Optimizer instance"),
    (lambda: SGD(clipnorm=1.0, clipvalue=1.0), "Only one of `clipnorm`"),
    (lambda: SGD(clipnorm=-1.0), "clipnorm=-1.0"),
    (lambda: SGD(weight_decay=-1.0), "weight_decay=-1.0"),
    (lambda: SGD(use_ema=True, ema_momentum=1.5), "ema_momentum=1.5"),
    (lambda: SGD(use_ema=True, ema_overwrite_frequency=0), "ema_overwrite_frequency=0"),
    (lambda: SGD(gradient_accumulation_steps=1), "gradient_accumulation_steps=1"),
    (lambda: SGD(loss_scale_factor=0.0), "loss_scale_factor=0.0"),
    (lambda: SGD(momentun=0.9), "momentun=0.9"),
    (lambda: SGD(momentum=1.5), "momentum=1.5"),
    (lambda: SGD("fast"), "learning_rate='fast'"),
    (lambda: SGD(None), "learning_rate=None"),
    (lambda: SGD(lambda: 0.1, decay=0.1), "decay=0.1"),
    (lambda: optimizers.AdamW(weight_decay=None), "weight_decay=None"),
    (lambda: optimizers.Adam(beta_1=2.0), "beta_1=2.0"),
    (lambda: optimizers.RMSprop(rho=-1.0), "rho=-1.0"),
    (lambda: optimizers.Lion(beta_1=0.0), "beta_1=0"),
    (lambda: optimizers.Adagrad(initial_accumulator_value=-1.0), "initial_accumulator_value=-1.0"),
    (lambda: optimizers.get("adm"), "Did you mean 'Adam'"),
    (lambda: optimizers.get("rmsprob"), "'RMSprop'"),
    (lambda: optimizers.get(5), "Could not interpret optimizer identifier"),
    (lambda: optimizers.deserialize({"class_name": "Adamm", "config": {}}), "'Adam'"),
    (lambda: SGD().apply([[1.0]]), "must already be built"),
    (lambda: SGD().apply([None], [nncore.Variable([1.0])]), "No gradients provided"),
    (lambda: SGD().apply([[1.0], [1.0]], [nncore.Variable([1.0])]), "one gradient per variable"),
    (
        lambda: SGD().apply([[1.0, 2.0]], [nncore.Variable([1.0], name="w")]),
        r"variable w must have its shape \(1,\). Received: gradient.shape=\(2,\)",
    ),
    (lambda: SGD().set_weights([]), "not yet been built"),
]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: optimizers.OptimizerMap("sgd"), "default_optimizer='sgd'"),
        (lambda: optimizers.OptimizerMap(SGD(), [SGD()]), "must be a dictionary"),
        (lambda: optimizers.LossScaleOptimizer("sgd"), "inner_optimizer='sgd'"),
        (lambda: optimizers.MultiOptimizer({"a": SGD()}), "an OptimizerMap or a function"),
    ],
)
def test_bad_types(call: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        call()


@pytest.mark.parametrize(("call", "message"), BAD)
def test_bad_input(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_a_failed_apply_changes_nothing() -> None:
    a, b = nncore.Variable([1.0]), nncore.Variable([1.0])
    optimizer = optimizers.SGD()
    optimizer.build([a])
    with pytest.raises(ValueError, match="Unknown variable"):
        optimizer.apply([[1.0], [1.0]], [a, b])
    with pytest.raises(ValueError, match=r"Received: weight\.shape"):
        optimizer.set_weights([np.int64(3), np.zeros(2)])
    assert a.numpy().tolist() == [1.0]
    assert int(optimizer.iterations.numpy()) == 0


def test_a_failed_first_apply_builds_nothing() -> None:
    optimizer = optimizers.SGD(momentum=0.9)
    with pytest.raises(ValueError, match="must have its shape"):
        optimizer.apply([[1.0, 1.0]], [nncore.Variable([1.0])])
    assert not optimizer.built
    assert len(optimizer.variables) == 2


def test_an_optimizer_without_update_step_says_so() -> None:
    with pytest.raises(TypeError, match="has no `update_step`"):
        optimizers.Optimizer(0.1).apply([[1.0]], [nncore.Variable([1.0])])
