// Request targets: whatever is accepted is UTF-8, has no empty or dot segment, and has each parameter once.
#include "schemas/api/uri.hpp"

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <set>

#include "schemas/names.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tidewire;
  const std::string_view input(reinterpret_cast<const char*>(data), size);

  if (const auto decoded = api::percent_decode(input)) {
    assert(valid_utf8(*decoded));
    assert(decoded->size() <= input.size());
    if (input.find('%') == std::string_view::npos) assert(*decoded == input);
  }

  const auto target = api::split_target(input);
  if (!target) {
    assert(target.error().code == errc::bad_request);
    return 0;
  }
  for (const auto& segment : target->segments) {
    assert(!segment.empty() && segment != "." && segment != "..");
    assert(valid_utf8(segment));
  }
  std::set<std::string_view> names;
  for (const auto& [name, value] : target->parameters) {
    assert(names.insert(name).second);
    assert(valid_utf8(name) && valid_utf8(value));
    assert(target->find(name) == &value);
  }
  return 0;
}
