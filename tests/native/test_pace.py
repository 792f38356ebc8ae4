"""The choice between a team and one thread, on simulated machines."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from nncore import _native

MS = 1e6  # nanoseconds

Machine = Callable[[bool, float], float]
"""Nanoseconds of a step, with a team or alone, that begins at a point in time."""


def run(machine: Machine, seconds: float, pace: _native.Pace | None = None) -> tuple[float, int, _native.Pace]:
    """Nanoseconds per step and steps with a team, over the given time."""
    pace = _native.Pace() if pace is None else pace
    now, done, with_team = 0.0, 0, 0
    while now < seconds * 1e9:
        team = pace.choose()
        steps = pace.chunk(team)
        begin = now
        for _ in range(steps):
            now += machine(team, now)
        pace.record(team, steps, (now - begin) / steps)
        done += steps
        with_team += steps if team else 0
    return now / done, with_team, pace


@pytest.mark.parametrize("team_ns", [0.01 * MS, 0.1 * MS, 1 * MS, 50 * MS])
@pytest.mark.parametrize("gain", [0.6, 1.5])
def test_the_faster_way_is_found_and_kept(team_ns: float, gain: float) -> None:
    alone_ns = team_ns / gain
    time, _, _ = run(lambda team, _: team_ns if team else alone_ns, 5.0)
    assert time < 1.06 * min(team_ns, alone_ns)


def test_the_first_steps_are_made_alone() -> None:
    pace = _native.Pace()
    for _ in range(2):
        assert not pace.choose()
        pace.record(False, 1, 1 * MS)
    assert pace.choose()


def test_the_start_of_threads_and_cold_caches_are_forgiven() -> None:
    seen = {True: 0, False: 0}

    def machine(team: bool, _: float) -> float:
        seen[team] += 1
        return (0.1 if team else 0.16) * MS * (20 if seen[team] == 1 else 1)

    time, _, _ = run(machine, 0.1)
    assert time < 0.13 * MS


@pytest.mark.parametrize("stolen", [1 * MS, 10 * MS])
def test_a_disturbance_is_forgotten(stolen: float) -> None:
    """One bad moment doesn't keep the slower way for long."""
    _, _, pace = run(lambda team, _: (0.1 if team else 0.16) * MS, 0.5)
    pace.record(True, 1, stolen)
    time, _, _ = run(lambda team, _: (0.1 if team else 0.16) * MS, 0.1, pace)
    assert time < 0.12 * MS


def test_a_bad_trial_is_repeated_soon() -> None:
    _, _, pace = run(lambda team, _: (0.5 if team else 0.16) * MS, 0.1)
    for _ in range(1000):
        if pace.choose():
            break
        pace.record(False, pace.chunk(False), 0.16 * MS)
    pace.record(True, 1, 10 * MS)
    time, _, _ = run(lambda team, _: (0.1 if team else 0.16) * MS, 1.0, pace)
    assert time < 0.12 * MS


def test_a_busy_machine_costs_little() -> None:
    """With a neighbour, each step of a team waits for its other member: trials must become rare."""
    time, with_team, _ = run(lambda team, _: (6 if team else 0.3) * MS, 5.0)
    assert time < 0.3 * MS * 1.1
    assert with_team > 5  # and yet the team is tried


def test_both_ways_alike() -> None:
    time, _, _ = run(lambda team, _: 0.1 * MS, 1.0)
    assert time == pytest.approx(0.1 * MS)


def test_a_machine_that_changes() -> None:
    """Busy every other second: the better way is found again within a small part of each."""

    def machine(team: bool, now: float) -> float:
        busy = int(now / 1e9) % 2 == 1
        return (5 if team and busy else 0.1 if team else 0.3 if busy else 0.16) * MS

    steps = {True: 0, False: 0}

    def counted(team: bool, now: float) -> float:
        if int(now / 1e9) % 2 == 0:
            steps[team] += 1
        return machine(team, now)

    run(counted, 6.0)
    assert steps[True] > 0.8 * sum(steps.values())


def test_a_busy_start_is_forgotten_soon() -> None:
    """Large steps, and a second in which each trial of the team lost a lot."""
    _, _, pace = run(lambda team, _: (60 if team else 10) * MS, 10.0)
    time, _, _ = run(lambda team, _: (3 if team else 5) * MS, 2.0, pace)
    assert time < 4.2 * MS
