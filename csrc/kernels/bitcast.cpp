// bitcast: x -> y, the same bytes read as another type. Both are contiguous and of one size.
#include "kernels/check.hpp"
#include "kernels/rows.hpp"

namespace nncore::NNCORE_ISA {
namespace {

int64_t byte_count(const Operand& x) {
  const bool wide = x.dtype == f64 || x.dtype == i64;
  return element_count(x) * (x.dtype >= u8 ? 1 : wide ? 8 : 4);
}

}  // namespace

const char* bitcast_check(const Call& c) {
  if (!has_counts(c, 1, 1, 0, 0)) return "expects one input, one output and no attributes";
  const Operand &x = c.ops[0], &y = c.ops[1];
  if (x.dtype >= kGraphDTypes || y.dtype >= kGraphDTypes) return "expects types that graphs have";
  if (y.dtype == b8 && x.dtype != b8)
    return "expects no bool output: bytes may be more than 0 and 1";
  return byte_count(x) == byte_count(y) ? nullptr : "expects operands of as many bytes";
}

double bitcast_cost(const Call& c) { return 50 + static_cast<double>(byte_count(c.ops[0])) / 15; }

void bitcast_run(const Call& c, const Team& team) {
  const Range part = share(byte_count(c.ops[0]), team);
  __builtin_memcpy(data_of<char>(c, 1) + part.begin, data_of<char>(c, 0) + part.begin,
                   static_cast<uint64_t>(part.end - part.begin));
}

}  // namespace nncore::NNCORE_ISA
