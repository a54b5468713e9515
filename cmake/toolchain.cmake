# How everything of ours is compiled: warnings, ccache, the fast linker.
include_guard()

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()
find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1")
# Invariants are checked in every build: assert() stays on.

# Every target of ours links this.
add_library(tidewire_build INTERFACE)
target_include_directories(tidewire_build INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(tidewire_build INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast
                                                -Woverloaded-virtual -Wconversion -Wsign-conversion)
if(TIDEWIRE_WERROR)
  target_compile_options(tidewire_build INTERFACE -Werror)
endif()

# tidewire_library(NAME SOURCES … LINK … PRIVATE_LINK …): one layer, as a static library.
function(tidewire_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK;PRIVATE_LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC tidewire_build ${ARG_LINK} PRIVATE ${ARG_PRIVATE_LINK})
endfunction()
