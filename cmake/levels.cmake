# One object library per instruction-set level, all from the same sources. After each is built, its
# symbols are checked: see check_symbols.py.

if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
  set(NNCORE_LEVELS v2 v3 v4 CACHE STRING "Levels to build; fewer of them only while developing")
  set(NNCORE_FLAGS_v2 -march=x86-64-v2)
  set(NNCORE_FLAGS_v3 -march=x86-64-v3)
  # The compiler's generic tuning would keep to 256-bit registers.
  set(NNCORE_FLAGS_v4 -march=x86-64-v4 -mprefer-vector-width=512)
else()
  set(NNCORE_LEVELS baseline CACHE STRING "Levels to build")
  set(NNCORE_FLAGS_baseline)
endif()

# Results must not depend on what the compiler contracts, so fused multiply-adds are written out. Neither
# errno nor floating-point traps are of use to a kernel; without them loops over sqrt and branches
# become vector code. None of these flags changes a value.
set(NNCORE_KERNEL_FLAGS -O3 -ffp-contract=off -fno-math-errno -fno-trapping-math -fno-exceptions -fno-rtti
  -fno-lto -Wno-psabi)

# The functions of a block of vectors are computed side by side only if the compiler orders their
# instructions so, which GCC leaves out by default on x86.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  set_source_files_properties(csrc/kernels/elementwise_f32.cpp csrc/kernels/elementwise_f64.cpp
    PROPERTIES COMPILE_OPTIONS "-fschedule-insns;-fsched-pressure")
endif()

set(NNCORE_LEVEL_LIBRARIES)
set(NNCORE_LEVEL_CHECKS)
set(NNCORE_LEVEL_DEFINITIONS)  # for csrc/cpu/dispatch.cpp
foreach(level IN LISTS NNCORE_LEVELS)
  set(library nncore_kernels_${level})
  add_library(${library} OBJECT ${NNCORE_KERNEL_SOURCES})
  target_link_libraries(${library} PRIVATE nncore_flags)
  target_compile_definitions(${library} PRIVATE NNCORE_ISA=isa_${level})
  target_compile_options(${library} PRIVATE ${NNCORE_KERNEL_FLAGS} ${NNCORE_FLAGS_${level}})
  set(stamp ${CMAKE_CURRENT_BINARY_DIR}/${library}.checked)
  add_custom_command(OUTPUT ${stamp}
    COMMAND ${Python_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/cmake/check_symbols.py
      ${CMAKE_NM} ${level} $<TARGET_OBJECTS:${library}>
    COMMAND ${CMAKE_COMMAND} -E touch ${stamp}
    DEPENDS $<TARGET_OBJECTS:${library}> cmake/check_symbols.py
    COMMENT "Checking the symbols of level ${level}"
    COMMAND_EXPAND_LISTS VERBATIM)
  list(APPEND NNCORE_LEVEL_LIBRARIES ${library})
  list(APPEND NNCORE_LEVEL_CHECKS ${stamp})
  list(APPEND NNCORE_LEVEL_DEFINITIONS NNCORE_HAS_${level})
endforeach()
add_custom_target(nncore_check_symbols ALL DEPENDS ${NNCORE_LEVEL_CHECKS})
