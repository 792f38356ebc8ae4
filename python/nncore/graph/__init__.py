"""From Python functions to native programs: tracing, differentiation, rewriting, memory planning and lowering."""

from nncore.graph.autodiff import gradients
from nncore.graph.step import Step, compile_step, run_eagerly
from nncore.graph.transforms import Function, function, grad, value_and_grad

__all__ = [
    "Function",
    "Step",
    "compile_step",
    "function",
    "grad",
    "gradients",
    "run_eagerly",
    "value_and_grad",
]
