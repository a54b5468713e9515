#include "schemas/protocol/subscribe_options.hpp"

#include <string>
#include <utility>
#include <vector>

#include "schemas/json.hpp"

namespace tidewire::protocol {
namespace {

result<field_mask> read_fields(std::string_view raw, const limits& bounds) {
  const auto elements = json_elements(raw);
  if (!elements) return fail(errc::bad_request, "fields is an array of paths like \"attributes.level\"");
  std::vector<std::string> paths;
  for (const auto& each : *elements) {
    auto path = json_string(each);
    if (!path) return fail(errc::bad_request, "fields is an array of paths like \"attributes.level\"");
    paths.push_back(std::move(*path));
  }
  return field_mask::of(paths, bounds);
}

}  // namespace

result<subscribe_options> read_subscribe_options(std::string_view data, const limits& bounds) {
  subscribe_options read;
  if (data.empty() || data == "null") return read;
  const auto members = json_members(data);
  if (!members) return fail(errc::bad_request, "the subscription's data is an object of options");
  for (const auto& [name, raw] : *members) {
    if (name != "fields") return fail(errc::bad_request, "unknown subscription option \"" + name + '"');
    auto fields = read_fields(raw, bounds);
    if (!fields) return tl::unexpected(std::move(fields.error()));
    read.fields = std::move(*fields);
  }
  return read;
}

}  // namespace tidewire::protocol
