"""Fit the polynomials of csrc/kernels/math_*.hpp (needs mpmath; run by hand, never at build time).

Each row of FITS names a function g, an interval and a degree; the Remez exchange below finds the
polynomial p that minimises max |w(x) (p(x) - g(x))|, and prints its coefficients, lowest power
first, together with that error in bits. The weights turn the error of p into the relative error
of the function that p is part of.

    python tools/minimax.py            # every row
    python tools/minimax.py exp_f32    # one
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import mpmath as mp

mp.mp.dps = 60
Real = Callable[[mp.mpf], mp.mpf]
TINY = mp.mpf(10) ** -25


def remez(g: Real, w: Real, lo: mp.mpf, hi: mp.mpf, degree: int) -> tuple[list[mp.mpf], mp.mpf]:
    """Best weighted polynomial of `degree` on [lo, hi]: (coefficients, largest weighted error)."""
    n = degree + 2
    nodes = [(lo + hi) / 2 - (hi - lo) / 2 * mp.cos(mp.pi * (i + mp.mpf(1) / 2) / n) for i in range(n)]
    grid = [(lo + hi) / 2 - (hi - lo) / 2 * mp.cos(mp.pi * i / (60 * n)) for i in range(60 * n + 1)]
    values, weights = [g(x) for x in grid], [w(x) for x in grid]
    coefficients: list[mp.mpf] = []
    worst = mp.mpf(0)
    for _ in range(12):
        matrix = mp.matrix(n, n)
        for i, x in enumerate(nodes):
            for k in range(degree + 1):
                matrix[i, k] = x**k
            matrix[i, n - 1] = (-1) ** i / w(x)
        solution = mp.lu_solve(matrix, mp.matrix([g(x) for x in nodes]))
        coefficients = [solution[k] for k in range(degree + 1)]
        errors = [
            weight * (mp.polyval(coefficients[::-1], x) - value)
            for x, value, weight in zip(grid, values, weights, strict=True)
        ]
        worst = max(abs(e) for e in errors)
        peaks: list[int] = []
        for i, e in enumerate(errors):  # one largest error per run of equal sign
            if peaks and (errors[peaks[-1]] > 0) == (e > 0):
                if abs(e) > abs(errors[peaks[-1]]):
                    peaks[-1] = i
            else:
                peaks.append(i)
        while len(peaks) > n:
            peaks.pop(0 if abs(errors[peaks[0]]) < abs(errors[peaks[-1]]) else -1)
        if len(peaks) < n or worst < abs(solution[n - 1]) * mp.mpf("1.001"):
            break
        nodes = [grid[i] for i in peaks]
    return coefficients, worst


def powers_of_two(steps: int, digits: int) -> list[tuple[float, float]]:
    """2^(k/steps) as a number of so many binary digits, and the rest over the whole: math_exp.hpp's tables."""
    rows = []
    for k in range(steps):
        exact = mp.mpf(2) ** (mp.mpf(k) / steps)
        rounded = mp.nint(exact * 2 ** (digits - 1)) / 2 ** (digits - 1)
        rows.append((float(rounded), float((exact - rounded) / exact)))
    return rows


def exp_tail(r: mp.mpf) -> mp.mpf:
    return mp.nsum(lambda k: r**k / mp.factorial(k + 2), [0, 30]) if abs(r) < 0.01 else (mp.expm1(r) - r) / r**2


def sinh_tail(z: mp.mpf) -> mp.mpf:
    if z < 1e-6:
        return mp.fsum(z**k / mp.factorial(2 * k + 3) for k in range(8))
    x = mp.sqrt(z)
    return (mp.sinh(x) - x) / x**3


def log_tail(f: mp.mpf) -> mp.mpf:
    if abs(f) < 1e-3:
        return mp.fsum((-f) ** k / (k + 3) for k in range(16))
    return (mp.log1p(f) - f + f * f / 2) / f**3


def atanh_tail(z: mp.mpf) -> mp.mpf:
    if z < 1e-4:
        return mp.fsum(2 * z**k / (2 * k + 3) for k in range(12))
    s = mp.sqrt(z)
    return (2 * mp.atanh(s) - 2 * s) / (s * z)


def tanh_tail(z: mp.mpf) -> mp.mpf:
    x = mp.sqrt(z + TINY)
    return (mp.tanh(x) - x) / x**3


def atan_tail(z: mp.mpf) -> mp.mpf:
    if z < 1e-6:
        return mp.fsum((-1) ** (k + 1) * z**k / (2 * k + 3) for k in range(8))
    x = mp.sqrt(z)
    return (mp.atan(x) - x) / x**3


def sin_tail(z: mp.mpf) -> mp.mpf:
    x = mp.sqrt(z + TINY)
    return (mp.sin(x) - x) / x**3


def cos_tail(z: mp.mpf) -> mp.mpf:
    if z < 1e-6:
        return mp.fsum((-1) ** k * z**k / mp.factorial(2 * k + 4) for k in range(8))
    return (mp.cos(mp.sqrt(z)) - 1 + z / 2) / z**2


def erf_over_x(z: mp.mpf) -> mp.mpf:
    x = mp.sqrt(z + TINY)
    return mp.erf(x) / x


def log_erfcx(x: mp.mpf) -> mp.mpf:
    return mp.log(mp.erfc(x)) + x * x


def log_erfcx_by_u(u: mp.mpf) -> mp.mpf:
    u = max(u, mp.mpf("1e-8"))
    return log_erfcx(u / (1 - u / 5)) / u  # u = x / (1 + x/5)


def weight_of_u(u: mp.mpf) -> mp.mpf:
    return u * (mp.erfc(u / (1 - u / 5)) + mp.mpf("0.1")) + mp.mpf("1e-4")


def erfinv_centre(t: mp.mpf) -> mp.mpf:
    x = mp.sqrt(-mp.expm1(-t - TINY))  # t = -log(1 - x^2)
    return mp.erfinv(x) / x


def erfinv_tail(s: mp.mpf) -> mp.mpf:
    x = mp.sqrt(-mp.expm1(-s * s))  # s = sqrt(-log(1 - x^2))
    return mp.erfinv(x) / x


def one(x: mp.mpf) -> mp.mpf:
    return mp.mpf(1)


HALF_LN2 = mp.log(2) / 2 * mp.mpf("1.0001")
LOG_LO, LOG_HI = mp.sqrt(mp.mpf(1) / 2) - 1 - mp.mpf("1e-6"), mp.sqrt(2) - 1 + mp.mpf("1e-6")
QUARTER_PI2 = (mp.pi / 4) ** 2 * mp.mpf("1.0001")
M = mp.mpf
FITS: dict[str, tuple[Real, Real, mp.mpf, mp.mpf, int]] = {
    "exp_f32": (exp_tail, lambda r: abs(r) + M("1e-3"), -HALF_LN2, HALF_LN2, 4),
    "exp_f64": (exp_tail, lambda r: abs(r) + M("1e-3"), -HALF_LN2, HALF_LN2, 9),
    # The same where 2^(k/16) or 2^(k/8) comes out of a table: for e^r, and for e^r - 1 with its digits.
    "exp_table_f32": (exp_tail, lambda r: r * r + M("1e-6"), -HALF_LN2 / 16, HALF_LN2 / 16, 1),
    "expm1_table_f32": (exp_tail, lambda r: abs(r) + M("1e-3"), -HALF_LN2 / 16, HALF_LN2 / 16, 2),
    "exp_table_f64": (exp_tail, lambda r: abs(r) + M("1e-3"), -HALF_LN2 / 8, HALF_LN2 / 8, 6),
    "sinh_f32": (sinh_tail, lambda z: z + M("1e-4"), M(0), M(1), 3),
    "sinh_f64": (sinh_tail, lambda z: z + M("1e-6"), M(0), M(1), 6),
    "log_f32": (log_tail, lambda f: f * f + M("1e-4"), LOG_LO, LOG_HI, 7),
    "atanh_f64": (atanh_tail, lambda z: z / 2 + M("1e-6"), M(0), M("0.02945"), 6),
    "tanh_f32": (tanh_tail, lambda z: z + M("1e-4"), M(0), M("0.391"), 4),
    "tanh_f64": (tanh_tail, lambda z: z + M("1e-6"), M(0), M("0.391"), 10),
    "sin_f32": (sin_tail, lambda z: z + M("1e-4"), M(0), QUARTER_PI2, 3),
    "cos_f32": (cos_tail, lambda z: z * z + M("1e-4"), M(0), QUARTER_PI2, 2),
    "sin_f64": (sin_tail, lambda z: z + M("1e-6"), M(0), QUARTER_PI2, 6),
    "cos_f64": (cos_tail, lambda z: z * z + M("1e-6"), M(0), QUARTER_PI2, 6),
    "erf_f32": (erf_over_x, one, M(0), M("0.8465"), 6),
    "erfcx_f32": (log_erfcx, lambda x: mp.erfc(x) + M("1e-5"), M("0.92"), M(4), 6),
    "gelu_f32": (log_erfcx_by_u, weight_of_u, M(0), M(10) / 3, 9),
    "erfinv_f32": (erfinv_centre, one, M(0), M("2.5"), 6),
    "erfinv_f64": (erfinv_centre, one, M(0), M("5"), 20),
    # math_wide.hpp: for float, computed in double.
    "atan_wide": (atan_tail, lambda z: z + M("1e-4"), M(0), M(1), 10),
    "erfinv_wide": (erfinv_centre, one, M(0), M("5"), 10),
    "erfinv_tail_wide": (erfinv_tail, one, M("2.23"), M("4.01"), 11),
    "erfinv_tail_f64": (erfinv_tail, one, M("2.2"), M("6.2"), 10),
}


def main(names: list[str]) -> None:
    for name in names or FITS:
        coefficients, worst = remez(*FITS[name])
        digits = {"f32": 10, "f64": 18}.get(name[-3:], 14)
        print(f"{name}: error 2^{mp.nstr(mp.log(worst, 2), 4)}")
        print("  " + ", ".join(mp.nstr(c, digits) for c in coefficients))
    for steps, digits in ((16, 24), (8, 53)) if not names else ():
        print(f"powers of two by {steps}ths: value, relative rest")
        for value, rest in powers_of_two(steps, digits):
            print(f"  {value.hex()}, {rest.hex()}")


if __name__ == "__main__":
    main(sys.argv[1:])
