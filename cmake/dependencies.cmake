# What we link from the system, each behind one target, so that the differences between Debian 12 and 13 stay in this file.
include_guard()

find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(ZLIB REQUIRED)
find_package(spdlog REQUIRED)
find_package(simdjson REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(Boost 1.74 REQUIRED)
find_package(RocksDB REQUIRED)

# system_library(TARGET HEADER LIBRARY): for packages without a CMake configuration; headers are SYSTEM.
function(system_library target header library)
  string(MAKE_C_IDENTIFIER "${target}" id)
  find_path(${id}_INCLUDE ${header} REQUIRED)
  add_library(${target} INTERFACE IMPORTED GLOBAL)
  target_include_directories(${target} SYSTEM INTERFACE ${${id}_INCLUDE})
  if(library)
    find_library(${id}_LIBRARY ${library} REQUIRED)
    target_link_libraries(${target} INTERFACE ${${id}_LIBRARY})
  endif()
endfunction()

system_library(deps::expected tl/expected.hpp "")
system_library(deps::cli11 CLI/CLI.hpp "")

# With wide characters; what it needs of terminals is a library of its own where it was built so.
system_library(deps::ncurses ncurses.h ncursesw)
find_library(TINFO tinfo)
if(TINFO)
  target_link_libraries(deps::ncurses INTERFACE ${TINFO})
endif()

system_library(deps::caf caf/all.hpp caf_core)
target_compile_definitions(deps::caf INTERFACE CAF_ENABLE_TYPE_ID_CHECKS)
target_link_libraries(deps::caf INTERFACE Threads::Threads)

system_library(deps::msgpack msgpack.hpp "")
target_compile_definitions(deps::msgpack INTERFACE MSGPACK_NO_BOOST)

add_library(deps::asio INTERFACE IMPORTED GLOBAL)
target_include_directories(deps::asio SYSTEM INTERFACE ${Boost_INCLUDE_DIRS})
target_compile_definitions(deps::asio INTERFACE BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_VISIBILITY BOOST_ERROR_CODE_HEADER_ONLY)
target_link_libraries(deps::asio INTERFACE Threads::Threads)

add_library(deps::rocksdb INTERFACE IMPORTED GLOBAL)
if(TARGET RocksDB::rocksdb-shared)
  target_link_libraries(deps::rocksdb INTERFACE RocksDB::rocksdb-shared)
else()
  target_link_libraries(deps::rocksdb INTERFACE RocksDB::rocksdb)
endif()

# An allocator that pays for itself in actor traffic; optional.
find_library(JEMALLOC jemalloc)
