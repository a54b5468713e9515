// Lines of an export, as `tidectl import` reads them. What is accepted as a change is one JSON object when its last brace is put back, so
// it can stand in a batch without touching its neighbours.
#include "schemas/api/export_lines.hpp"

#include <cassert>
#include <cstddef>
#include <cstdint>

#include "schemas/json.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tidewire;
  limits bounds;
  bounds.http_body_bytes_max = 4'096;
  bounds.json_depth_max = 6;
  const auto line = api::read_export_line({reinterpret_cast<const char*>(data), size}, bounds);
  if (!line) {
    assert(!line.error().detail.empty());
    return 0;
  }
  const bool changes = line->kind == api::export_line_kind::entity || line->kind == api::export_line_kind::publication;
  assert(changes == !line->operation.empty());
  if (!changes) return 0;
  assert(!line->room.empty());
  auto whole = bounds;
  whole.document_bytes_max = 65'536;
  whole.json_depth_max = 16;
  assert(validate_json(line->operation + '}', whole));
  return 0;
}
