// The header traceparent: what is taken has the form of the standard and lies within the text, whatever follows behind it.
#include "schemas/trace_context.hpp"

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tidewire;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto read = parse_traceparent(input);
  if (!read) return 0;
  constexpr std::string_view digits = "0123456789abcdef";
  assert(read->trace_id.size() == 32 && read->parent_id.size() == 16);
  assert(read->trace_id.find_first_not_of(digits) == std::string_view::npos);
  assert(read->parent_id.find_first_not_of(digits) == std::string_view::npos);
  assert(read->trace_id.find_first_not_of('0') != std::string_view::npos);
  assert(read->trace_id.data() == input.data() + 3 && read->parent_id.data() == input.data() + 36);

  // Nothing behind the form says anything else.
  const auto alone = parse_traceparent(input.substr(0, 55));
  assert(alone && alone->trace_id == read->trace_id && alone->sampled == read->sampled);
  const auto first = "00-" + std::string(read->trace_id) + "-" + std::string(read->parent_id) + (read->sampled ? "-01" : "-00");
  assert(parse_traceparent(first) && !parse_traceparent(first + "-"));
  return 0;
}
