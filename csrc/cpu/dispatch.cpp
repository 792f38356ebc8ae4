#include "cpu/dispatch.hpp"

#include <cstdlib>
#include <stdexcept>
#include <unordered_map>

#include "cpu/features.hpp"

namespace nncore {

// The build says which levels it has (cmake/levels.cmake).
#define NNCORE_LEVEL(level)           \
  namespace isa_##level {             \
    extern const KernelEntry table[]; \
  }
#if defined(NNCORE_HAS_v2)
NNCORE_LEVEL(v2)
#endif
#if defined(NNCORE_HAS_v3)
NNCORE_LEVEL(v3)
#endif
#if defined(NNCORE_HAS_v4)
NNCORE_LEVEL(v4)
#endif
#if defined(NNCORE_HAS_baseline)
NNCORE_LEVEL(baseline)
#endif
#undef NNCORE_LEVEL

namespace {

struct Choice {
  const Level* level = nullptr;
  std::string reason;
  std::unordered_map<std::string_view, const KernelEntry*> kernels;
};

Choice& choice() {
  static Choice instance;
  return instance;
}

std::string level_names(bool only_supported) {
  std::string names;
  for (const Level& level : levels()) {
    if (only_supported && !level.supported) continue;
    if (!names.empty()) names += ", ";
    names += level.name;
  }
  return names;
}

// "v3" is accepted for "x86-64-v3".
bool names_level(std::string_view given, std::string_view level) {
  if (given == level) return true;
  const size_t dash = level.rfind('-');
  return dash != std::string_view::npos && given == level.substr(dash + 1);
}

const Level& forced_level(const std::string& given) {
  for (const Level& level : levels()) {
    if (!names_level(given, level.name)) continue;
    if (!level.supported)
      throw std::runtime_error(
          "NNCORE_ISA names a level that this processor can't execute. Received: NNCORE_ISA=" +
          given + ". Supported here: " + level_names(true) + ".");
    return level;
  }
  throw std::runtime_error("NNCORE_ISA must name an instruction-set level of this build (" +
                           level_names(false) + ") or be unset. Received: NNCORE_ISA=" + given +
                           ".");
}

const Level& highest_supported_level() {
  const Level* best = nullptr;
  for (const Level& level : levels())
    if (level.supported) best = &level;
  if (best == nullptr)
    throw std::runtime_error("nncore needs a processor with at least " +
                             std::string(levels().front().name) + "; this one lacks it.");
  return *best;
}

}  // namespace

const std::vector<Level>& levels() {
  static const std::vector<Level> all = {
#if defined(NNCORE_HAS_v2)
    {"x86-64-v2", isa_v2::table, cpu_supports_x86_level(2)},
#endif
#if defined(NNCORE_HAS_v3)
    {"x86-64-v3", isa_v3::table, cpu_supports_x86_level(3)},
#endif
#if defined(NNCORE_HAS_v4)
    {"x86-64-v4", isa_v4::table, cpu_supports_x86_level(4)},
#endif
#if defined(NNCORE_HAS_baseline)
    {"baseline", isa_baseline::table, true},
#endif
  };
  return all;
}

void choose_level() {
  Choice& c = choice();
  const char* forced = std::getenv("NNCORE_ISA");
  if (forced != nullptr && *forced != '\0') {
    c.level = &forced_level(forced);
    c.reason = std::string("NNCORE_ISA=") + forced;
  } else {
    c.level = &highest_supported_level();
    c.reason = "the highest that this processor supports";
  }
  c.kernels.clear();
  for (const KernelEntry* entry = c.level->table; entry->name != nullptr; ++entry)
    c.kernels.emplace(entry->name, entry);
}

const Level& chosen_level() { return *choice().level; }

const std::string& level_reason() { return choice().reason; }

const KernelEntry* find_kernel(std::string_view name) {
  const auto& kernels = choice().kernels;
  const auto found = kernels.find(name);
  return found == kernels.end() ? nullptr : found->second;
}

}  // namespace nncore
