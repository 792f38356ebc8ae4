#include "peers.hpp"

#include <dlfcn.h>
#include <omp.h>

#include <cstdio>
#include <cstdlib>
#include <initializer_list>

#include "cpu/features.hpp"

namespace nncore::bench {
namespace {

void* open_library(const char* variable, std::initializer_list<const char*> names) {
  if (const char* given = std::getenv(variable)) {
    void* library = dlopen(given, RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) std::fprintf(stderr, "%s: %s\n", variable, dlerror());
    return library;
  }
  for (const char* name : names)
    if (void* library = dlopen(name, RTLD_NOW | RTLD_LOCAL)) return library;
  return nullptr;
}

template <class F>
bool find(void* library, const std::string& name, F& function) {
  function = reinterpret_cast<F>(dlsym(library, name.c_str()));
  return function != nullptr;
}

// A product as the BLAS sees it: each operand row by row, perhaps transposed.
struct Product {
  bool turn_a, turn_b;
  int64_t m, n, k, lda, ldb, ldc;
  const void *a, *b;
  void* c;
};

Product product_of(const std::vector<Operand>& x) {
  const Operand &a = x[0], &b = x[1], &c = x[2];
  const bool turn_a = a.strides[1] != 1, turn_b = b.strides[1] != 1;
  return {turn_a,
          turn_b,
          c.shape[0],
          c.shape[1],
          a.shape[1],
          a.strides[turn_a ? 1 : 0],
          b.strides[turn_b ? 1 : 0],
          c.strides[0],
          a.data,
          b.data,
          c.data};
}

// ---- OpenBLAS -----------------------------------------------------------------------------------

template <class Int, class T>
using CblasGemm = void (*)(int, int, int, Int, Int, Int, T, const T*, Int, const T*, Int, T, T*,
                           Int);

struct OpenBlas {
  bool wide = false;  // 64-bit integers
  void *sgemm = nullptr, *dgemm = nullptr;
  void (*set_threads)(int) = nullptr;
};
OpenBlas openblas;

template <class Int, class T>
void call_cblas(void* function, const Product& p) {
  constexpr int kRowMajor = 101, kAsIs = 111, kTransposed = 112;
  reinterpret_cast<CblasGemm<Int, T>>(function)(
      kRowMajor, p.turn_a ? kTransposed : kAsIs, p.turn_b ? kTransposed : kAsIs, Int(p.m), Int(p.n),
      Int(p.k), T(1), static_cast<const T*>(p.a), Int(p.lda), static_cast<const T*>(p.b),
      Int(p.ldb), T(0), static_cast<T*>(p.c), Int(p.ldc));
}

void openblas_gemm(const std::vector<Operand>& x, const Case&, int threads) {
  // Setting the number is not free, so only when it changes.
  static int now = 0;
  if (now != threads) openblas.set_threads(now = threads);
  const Product p = product_of(x);
  const bool single = x[0].dtype == f32;
  void* function = single ? openblas.sgemm : openblas.dgemm;
  if (openblas.wide)
    single ? call_cblas<int64_t, float>(function, p) : call_cblas<int64_t, double>(function, p);
  else
    single ? call_cblas<int32_t, float>(function, p) : call_cblas<int32_t, double>(function, p);
}

void find_openblas(std::vector<Peer>& found) {
  void* library = open_library("NNCORE_OPENBLAS", {"libopenblas.so.0", "libopenblas.so"});
  if (library == nullptr) return;
  struct Spelling {
    const char *before, *after;
    bool wide;
  };
  // As distributions build it, and as it comes within Python packages.
  for (const Spelling& s : {Spelling{"", "", false},
                            {"", "64_", true},
                            {"scipy_", "64_", true},
                            {"scipy_", "", false}}) {
    const auto named = [&](const char* name) { return std::string(s.before) + name + s.after; };
    char* (*config)() = nullptr;
    char* (*core)() = nullptr;
    if (!find(library, named("cblas_sgemm"), openblas.sgemm) ||
        !find(library, named("cblas_dgemm"), openblas.dgemm) ||
        !find(library, named("openblas_set_num_threads"), openblas.set_threads) ||
        !find(library, named("openblas_get_config"), config) ||
        !find(library, named("openblas_get_corename"), core))
      continue;
    openblas.wide = s.wide;
    const std::string used = core();
    std::string description = std::string(config()) + "; kernels for " + used;
    const bool has_avx512 = cpu_supports_x86_level(4);
    if (has_avx512 && used != "SkylakeX" && used != "Cooperlake" && used != "SapphireRapids")
      description += " (this processor has AVX-512: set OPENBLAS_CORETYPE=SkylakeX)";
    found.push_back({"openblas", description, true, openblas_gemm});
    return;
  }
}

// ---- oneDNN -------------------------------------------------------------------------------------

using DnnlSgemm = int (*)(char, char, int64_t, int64_t, int64_t, float, const float*, int64_t,
                          const float*, int64_t, float, float*, int64_t);
DnnlSgemm dnnl_sgemm = nullptr;

void onednn_gemm(const std::vector<Operand>& x, const Case&, int threads) {
  static int now = 0;
  if (now != threads) omp_set_num_threads(now = threads);
  const Product p = product_of(x);
  dnnl_sgemm(p.turn_a ? 'T' : 'N', p.turn_b ? 'T' : 'N', p.m, p.n, p.k, 1,
             static_cast<const float*>(p.a), p.lda, static_cast<const float*>(p.b), p.ldb, 0,
             static_cast<float*>(p.c), p.ldc);
}

void find_onednn(std::vector<Peer>& found) {
  struct Version {
    int major, minor, patch;
  };
  void* library = open_library("NNCORE_ONEDNN", {"libdnnl.so.3", "libdnnl.so.2"});
  const Version* (*version)() = nullptr;
  if (library == nullptr || !find(library, "dnnl_sgemm", dnnl_sgemm) ||
      !find(library, "dnnl_version", version))
    return;
  const Version* v = version();
  found.push_back({"onednn",
                   "oneDNN " + std::to_string(v->major) + "." + std::to_string(v->minor) + "." +
                       std::to_string(v->patch) + ", dnnl_sgemm",
                   false, onednn_gemm});
}

}  // namespace

const std::vector<Peer>& peers() {
  static const std::vector<Peer> all = [] {
    std::vector<Peer> found;
    find_openblas(found);
    find_onednn(found);
    return found;
  }();
  return all;
}

}  // namespace nncore::bench
