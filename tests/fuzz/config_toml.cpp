// Configurations: what is accepted has a default namespace, unique names and limits in range; what is refused says where.
#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <set>

#include "schemas/config.hpp"
#include "schemas/names.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tidewire;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto options = parse_config(input, "fuzz.toml");
  if (!options) {
    assert(options.error().code == errc::bad_request);
    assert(options.error().detail.starts_with("fuzz.toml:"));
    return 0;
  }
  assert(!options->namespaces.empty() && options->namespaces.front().name.empty());
  std::set<std::string_view> names;
  for (const auto& space : options->namespaces) {
    assert(names.insert(space.name).second);
    assert(space.name.empty() || valid_namespace_name(space.name));
  }
  assert(options->limit.room_name_bytes_max >= 1 && options->limit.room_name_bytes_max <= 255);
  assert(options->limit.page_rows_default <= options->limit.page_rows_max);
  assert(options->readers >= 1);
  for (const auto& warning : config_warnings(*options)) assert(!warning.empty());
  return 0;
}
