# Writes a C++ source that holds every file of a folder: cmake -DDIST=… -DOUTPUT=… [-DFUNCTION=…] -P embed.cmake
# FUNCTION, of assets.hpp, gives them out.
# The assembler takes the bytes in (.incbin): no compiler has to read them as text.
file(GLOB_RECURSE files RELATIVE ${DIST} ${DIST}/*)
list(SORT files)
if(NOT FUNCTION)
  set(FUNCTION web_assets)
endif()

function(content_type file result)
  cmake_path(GET file EXTENSION LAST_ONLY extension)
  set(.html "text/html; charset=utf-8")
  set(.js "text/javascript; charset=utf-8")
  set(.css "text/css; charset=utf-8")
  set(.json "application/json")
  set(.svg "image/svg+xml")
  set(.png "image/png")
  if(NOT DEFINED ${extension})
    message(FATAL_ERROR "No content type is known for ${file}: add it to tools/web/embed.cmake")
  endif()
  set(${result} "${${extension}}" PARENT_SCOPE)
endfunction()

set(declarations "")
set(rows "")
set(index 0)
foreach(file IN LISTS files)
  content_type(${file} type)
  file(SHA256 ${DIST}/${file} hash)
  string(SUBSTRING ${hash} 0 32 hash)
  set(symbol "tidewire_${FUNCTION}_${index}")
  string(APPEND declarations
    "asm(R\"(.section .rodata\n.balign 16\n${symbol}:\n.incbin \"${DIST}/${file}\"\n${symbol}_end:\n.byte 0\n"
    ".globl ${symbol}\n.globl ${symbol}_end\n.previous)\");\n"
    "extern \"C\" const char ${symbol}[];\nextern \"C\" const char ${symbol}_end[];\n\n")
  string(APPEND rows
    "    asset{\"/${file}\", \"${type}\", std::string_view(${symbol}, static_cast<std::size_t>(${symbol}_end - ${symbol})), \"\\\"${hash}\\\"\"},\n")
  math(EXPR index "${index} + 1")
endforeach()

file(WRITE ${OUTPUT} "// Made by tools/web/embed.cmake.
#include \"tools/web/assets.hpp\"

#include <array>
#include <cstddef>

${declarations}namespace tidewire::web {

std::span<const asset> ${FUNCTION}() noexcept {
  static const std::array<asset, ${index}> all{
${rows}  };
  return all;
}

}  // namespace tidewire::web
")
