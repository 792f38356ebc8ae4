// One table of kernels per instruction-set level: this file is compiled once for each.
#include "kernels/kernel.hpp"

#define NNCORE_DECLARE_scratch_YES(name) int64_t name##_scratch(const Call&, int team);
#define NNCORE_DECLARE_scratch_NO(name)
#define NNCORE_DECLARE_cost_YES(name) double name##_cost(const Call&);
#define NNCORE_DECLARE_cost_NO(name)
#define NNCORE_DECLARE_parts_YES(name) Parts name##_parts(const Call&, int team);
#define NNCORE_DECLARE_parts_NO(name)
#define NNCORE_DECLARE_plan_YES(name) int64_t name##_plan(const Call&, const Team&, void* to);
#define NNCORE_DECLARE_plan_NO(name)
#define NNCORE_POINTER_scratch_YES(name) name##_scratch
#define NNCORE_POINTER_scratch_NO(name) nullptr
#define NNCORE_POINTER_cost_YES(name) name##_cost
#define NNCORE_POINTER_cost_NO(name) nullptr
#define NNCORE_POINTER_parts_YES(name) name##_parts
#define NNCORE_POINTER_parts_NO(name) nullptr
#define NNCORE_POINTER_plan_YES(name) name##_plan
#define NNCORE_POINTER_plan_NO(name) nullptr

namespace nncore::NNCORE_ISA {

#define KERNEL(name, scratch, cost, parts, plan, flags)                   \
  void name##_run(const Call&, const Team&);                              \
  const char* name##_check(const Call&);                                  \
  NNCORE_DECLARE_scratch_##scratch(name) NNCORE_DECLARE_cost_##cost(name) \
      NNCORE_DECLARE_parts_##parts(name) NNCORE_DECLARE_plan_##plan(name)
#include "kernels/kernels.def"

extern const KernelEntry table[];
const KernelEntry table[] = {
#define KERNEL(name, scratch, cost, parts, plan, flags) \
  {#name,                                               \
   flags,                                               \
   name##_run,                                          \
   name##_check,                                        \
   NNCORE_POINTER_scratch_##scratch(name),              \
   NNCORE_POINTER_cost_##cost(name),                    \
   NNCORE_POINTER_parts_##parts(name),                  \
   NNCORE_POINTER_plan_##plan(name)},
#include "kernels/kernels.def"
    {nullptr, 0, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr}};

}  // namespace nncore::NNCORE_ISA
