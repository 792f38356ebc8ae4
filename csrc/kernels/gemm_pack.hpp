// Packing: copies a panel of an operand into the order in which the micro-kernel reads it.
#pragma once

#include "kernels/gemm.hpp"
#include "kernels/gemm_vector.hpp"

namespace nncore::NNCORE_ISA {

// An operand as packing sees it: lines (rows of A, columns of B) that run along k.
// Another way of finding elements is another reader with the same three members.
template <class T>
struct StridedReader {
  const T* base;
  int64_t stride;  // from line to line
  int64_t step;    // along a line
  const T* at(int64_t i, int64_t p) const {
    return base + i * stride + p * step;
  }                                              // element p of i
  bool along() const { return step == 1; }       // a line's elements lie side by side
  bool adjacent() const { return stride == 1; }  // so do the lines' elements of one p
};

// Lines picked from a table.
template <class T>
struct LinesReader {
  const T* const* lines;
  int64_t end;  // of all lines
  const T* at(int64_t i, int64_t p) const { return lines[i] + p; }
  bool along() const { return true; }
  bool adjacent() const { return false; }
};

// Lines across rows that are picked from a table.
template <class T>
struct StepsReader {
  const T* const* rows;
  const T* at(int64_t i, int64_t p) const { return rows[p] + i; }
  bool along() const { return false; }
  bool adjacent() const { return true; }
};

// Calls f with the reader of A's rows, or of B's columns.
template <class T, class F>
NNCORE_INLINE void with_reader_of_a(const Gemm<T>& g, F f) {
  if (g.a_picked == Picked::lines) return f(LinesReader<T>{g.a_at, g.m});
  if (g.a_picked == Picked::steps) return f(StepsReader<T>{g.a_at});
  f(StridedReader<T>{g.a, g.a_row, g.a_col});
}
template <class T, class F>
NNCORE_INLINE void with_reader_of_b(const Gemm<T>& g, F f) {
  if (g.b_picked == Picked::lines) return f(LinesReader<T>{g.b_at, g.n});
  if (g.b_picked == Picked::steps) return f(StepsReader<T>{g.b_at});
  f(StridedReader<T>{g.b, g.b_col, g.b_row});
}

// to(p, i) = to[p * width + i] = element p0 + p of line first + i, for p < count, i < lines; 0 for
// lines <= i < width. Whole vectors are written: up to one vector behind the panel's end may be
// overwritten. Lines that run along memory are transposed in registers, a square block at a time;
// the last group of lines goes first, because its whole-vector stores spill over the start of the
// next row of the panel.
template <class T, class Reader>
__attribute__((noinline)) void pack_along(const Reader& from, int64_t first, int64_t lines,
                                          int64_t width, int64_t p0, int64_t count, T* to) {
  constexpr int w = kLanes<T>;
  for (int64_t p = 0; p < count; p += w) {
    const int steps = count - p < w ? static_cast<int>(count - p) : w;
    for (int64_t i0 = (width - 1) / w * w; i0 >= 0; i0 -= w) {
      const int have = lines - i0 < w ? static_cast<int>(lines - i0) : w;
      Vec<T> r[w];
      if (steps == w) {
#pragma GCC unroll 16
        for (int i = 0; i < w; ++i)
          r[i] = i < have ? load(from.at(first + i0 + i, p0 + p)) : Vec<T>{};
      } else {
#pragma GCC unroll 16
        for (int i = 0; i < w; ++i)
          r[i] =
              i < have ? load_partial(from.at(first + i0 + i, p0 + p), steps, Vec<T>{}) : Vec<T>{};
      }
      transpose<T>(r);
      T* at = to + p * width + i0;
#pragma GCC unroll 16
      for (int s = 0; s < w; ++s)
        if (s < steps) store(at + s * width, r[s]);
    }
  }
}

// The same for a panel of exactly R lines, where vectors come out whole.
template <class T, int R, class Reader>
__attribute__((noinline)) void pack_along_exact(const Reader& from, int64_t first, int64_t p0,
                                                int64_t count, T* to) {
  constexpr int w = kLanes<T>;
  const T* line[R];
  for (int i = 0; i < R; ++i) line[i] = from.at(first + i, p0);
  int64_t p = 0;
  for (; p + w <= count; p += w) {
    Vec<T> r[R];
#pragma GCC unroll 16
    for (int i = 0; i < R; ++i) r[i] = load(line[i] + p);
    interleave_rows<T, R>(r);
#pragma GCC unroll 16
    for (int i = 0; i < R; ++i) store(to + p * R + i * w, r[i]);
  }
  for (; p < count; ++p)
    for (int i = 0; i < R; ++i) to[p * R + i] = line[i][p];
}

template <class T, class Reader>
__attribute__((noinline)) void pack_across(const Reader& from, int64_t first, int64_t lines,
                                           int64_t width, int64_t p0, int64_t count, T* to) {
  constexpr int w = kLanes<T>;
  for (int64_t p = 0; p < count; ++p) {
    const T* row = from.at(first, p0 + p);
    int64_t i = 0;
    for (; i + w <= lines; i += w) store(to + i, load(row + i));
    if (i < lines) {
      store(to + i, load_first(row + i, int(lines - i)));
      i += w;
    }
    for (; i < width; i += w) store(to + i, Vec<T>{});
    to += width;
  }
}

// Rows of the main tile: panels of this width have code of their own.
constexpr int kPackRows = kVectorRegisters == 32 ? 8 : 6;
constexpr int kPackPanels = kVectorRegisters == 32 ? 2 : 4;

// Adjacent lines, exactly R of them, in `Panels` panels that lie `apart` elements from each other:
// so a cache line of the operand is read once even when it is wider than a panel.
template <class T, int R, int Panels, class Reader>
__attribute__((noinline)) void pack_across_exact(const Reader& from, int64_t first, int64_t p0,
                                                 int64_t count, T* to, int64_t apart) {
  for (int64_t p = 0; p < count; ++p) {
    const T* row = from.at(first, p0 + p);
    for (int i = 0; i < Panels; ++i)
      __builtin_memcpy(to + i * apart + p * R, row + i * R, R * sizeof(T));
  }
}

template <class T, class Reader>
__attribute__((noinline)) void pack_any(const Reader& from, int64_t first, int64_t lines,
                                        int64_t width, int64_t p0, int64_t count, T* to) {
  for (int64_t p = 0; p < count; ++p)
    for (int64_t i = 0; i < width; ++i)
      to[p * width + i] = i < lines ? *from.at(first + i, p0 + p) : T(0);
}

// The distance of copied lines: an odd number of cache lines, so that they don't fight for one
// place.
template <class T>
NNCORE_INLINE int64_t copied_row(int64_t count) {
  constexpr int64_t line = 64 / sizeof(T);
  return ((count + line - 1) / line | 1) * line;
}

// Lines one after the other, `pitch` apart. Picked ones come from anywhere, so they are asked for
// ahead.
template <class T, class Reader>
__attribute__((noinline)) void copy_lines(const Reader& from, int64_t first, int64_t lines,
                                          int64_t p0, int64_t count, int64_t pitch, T* to) {
  constexpr int64_t kCacheLine = 64 / sizeof(T);
  for (int64_t i = 0; i < lines; ++i, to += pitch) {
    if constexpr (requires { from.end; }) {
      if (const int64_t next = first + i + kLinesAhead; next < from.end)
        for (int64_t p = 0; p < count; p += kCacheLine)
          __builtin_prefetch(from.at(next, p0) + p, 0, 2);
    }
    if (from.along())
      __builtin_memcpy(to, from.at(first + i, p0), static_cast<uint64_t>(count) * sizeof(T));
    else
      for (int64_t p = 0; p < count; ++p) to[p] = *from.at(first + i, p0 + p);
  }
}

template <class T, class Reader>
inline void pack_panel(const Reader& from, int64_t first, int64_t lines, int64_t width, int64_t p0,
                       int64_t count, T* to) {
  if (from.adjacent() && lines == kPackRows && width == kPackRows)
    pack_across_exact<T, kPackRows, 1>(from, first, p0, count, to, 0);
  else if (from.adjacent())
    pack_across<T>(from, first, lines, width, p0, count, to);
  else if (from.along() && lines == 8 && width == 8 && kLanes<T> >= 8)
    pack_along_exact<T, kLanes<T> >= 8 ? 8 : 1>(from, first, p0, count, to);
  else if (from.along())
    pack_along<T>(from, first, lines, width, p0, count, to);
  else
    pack_any<T>(from, first, lines, width, p0, count, to);
}

}  // namespace nncore::NNCORE_ISA
