#include "cpu/dispatch.hpp"

#include <cstdlib>
#include <stdexcept>
#include <unordered_map>

#include "cpu/features.hpp"

namespace nncore {

#define LEVEL(isa, name, supported)   \
  namespace isa_##isa {               \
    extern const KernelEntry table[]; \
  }
#include "cpu/levels.def"

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
#define LEVEL(isa, name, supported) {name, isa_##isa::table, supported},
#include "cpu/levels.def"
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
