// Elementary functions on vectors, float and double.
//
// Each function states its largest error in units in the last place (ULP) of the exact result, for
// finite input anywhere in its domain, measured by tests/kernels/test_math_accuracy.py; where the
// two types differ, float comes first. NaN gives NaN, infinities and signed zeros give what IEEE
// 754 and NumPy give, overflow and gradual underflow are right. Levels without fused multiply-add
// (x86-64-v2) may lose another 0.5 ULP.
//
// The polynomials are minimax fits: tools/minimax.py prints every coefficient.
#pragma once

#include "kernels/math_circular.hpp"
#include "kernels/math_error.hpp"
#include "kernels/math_exp.hpp"
#include "kernels/math_log.hpp"
