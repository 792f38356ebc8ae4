# Fails when an object file of an instruction-set level defines a symbol outside the level's namespace.
#
#   cmake -D NM=nm -D LEVEL=v3 -D "OBJECTS=a.o;b.o" -P check_symbols.cmake
#
# The linker keeps one copy of a function that several units define, for all callers: were it the copy
# compiled for AVX-512, older processors would die of an illegal instruction in code that is none of the
# kernels'.
execute_process(
  COMMAND ${NM} --defined-only --extern-only --demangle --format=posix ${OBJECTS}
  OUTPUT_VARIABLE listing RESULT_VARIABLE result)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "${NM} failed on the objects of level ${LEVEL}")
endif()
string(REPLACE ";" "," listing "${listing}")
string(REPLACE "\n" ";" lines "${listing}")
set(own 0)
set(foreign)
foreach(line IN LISTS lines)
  if(line STREQUAL "" OR line MATCHES ":$")
    continue()
  elseif(line MATCHES "^nncore::isa_${LEVEL}::")
    math(EXPR own "${own} + 1")
  else()
    list(APPEND foreign "${line}")
  endif()
endforeach()
if(foreign)
  list(JOIN foreign "\n  " text)
  message(FATAL_ERROR "level ${LEVEL} defines symbols outside nncore::isa_${LEVEL}:\n  ${text}")
endif()
if(own EQUAL 0)
  message(FATAL_ERROR "level ${LEVEL} defines no symbols at all: was the right thing checked?")
endif()
