"""The processes of a run: a worker per framework, probes of what is installed, and busy neighbours."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from frameworks import OURS, Framework

HERE = Path(__file__).parent
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")

# What a framework would take besides: other devices, and processes of its own to compile in.
CPU_ONLY = {
    "JAX_PLATFORMS": "cpu",
    "CUDA_VISIBLE_DEVICES": "",
    "TORCHINDUCTOR_COMPILE_THREADS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
}


class NotOfferedError(Exception):
    """A framework lacks what was asked for."""


class WorkerError(Exception):
    """A worker could not do what was asked for."""


class Interpreters:
    """Which Python runs which framework, with how many threads."""

    def __init__(self, peer_python: str, threads: int) -> None:
        self.peer_python = peer_python
        self.threads = threads

    def python(self, framework: Framework) -> str:
        return sys.executable if framework.name == OURS else self.peer_python

    def environment(self, framework: Framework) -> dict[str, str]:
        path = os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")])
        threads = dict.fromkeys(THREAD_VARIABLES, str(self.threads))
        return os.environ | CPU_ONLY | threads | framework.environment | {"PYTHONPATH": path}

    def run(self, framework: Framework, *arguments: str) -> str:
        """What a short program prints."""
        done = subprocess.run(
            [self.python(framework), *arguments],
            env=self.environment(framework),
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    def probe(self, framework: Framework) -> dict[str, Any] | None:
        """Versions and installed bytes; None when it isn't installed."""
        found: dict[str, Any] = json.loads(
            self.run(framework, str(HERE / "probe.py"), *framework.modules, "--", *framework.distributions)
        )
        return None if found["missing"] else found


class Worker:
    """A framework in a process of its own."""

    def __init__(self, framework: Framework, interpreters: Interpreters) -> None:
        self.framework = framework
        self.name = framework.name
        file, *arguments = framework.worker
        self.process = subprocess.Popen(
            [interpreters.python(framework), HERE / "workers" / file, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=interpreters.environment(framework),
        )
        self.ask("begin", interpreters.threads)

    def ask(self, *command: object) -> Any:
        """Send a command and wait for its answer."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        try:
            self.process.stdin.write(json.dumps(command) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise WorkerError("the worker has ended") from None
        line = self.process.stdout.readline()
        if not line:
            raise WorkerError(f"the worker ended with code {self.process.wait()}; its message stands above")
        reply = json.loads(line)
        if "not offered" in reply:
            raise NotOfferedError(reply["not offered"])
        if "error" in reply:
            raise WorkerError(reply["error"])
        return reply["answer"]

    def close(self) -> None:
        """End the process; nothing of it is worth waiting for."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


@contextmanager
def busy_neighbours(threads: int) -> Iterator[None]:
    """One process per CPU that computes and moves memory all the time."""
    cpus = sorted(os.sched_getaffinity(0))[:threads]
    environment = os.environ | dict.fromkeys(THREAD_VARIABLES, "1")
    processes = [
        subprocess.Popen([sys.executable, HERE / "neighbour.py", str(cpu)], stdout=subprocess.PIPE, env=environment)
        for cpu in cpus
    ]
    try:
        for process in processes:
            assert process.stdout is not None
            process.stdout.readline()
        # The scheduler and the clocks of the processor settle.
        time.sleep(0.2)
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()
            assert process.stdout is not None
            process.stdout.close()
