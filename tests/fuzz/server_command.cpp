// Commands of the server API. The first byte chooses the method; 255: a batch. What is accepted can be done: names are good, documents are
// JSON without a line break, and a command that is about rooms names them.
#include "schemas/api/server_command.hpp"

#include <cassert>
#include <cstddef>
#include <cstdint>

#include "schemas/json.hpp"
#include "schemas/names.hpp"

namespace {

using namespace tidewire;
using api::server_method;

limits small_limits() {
  limits bounds;
  bounds.http_body_bytes_max = 4'096;
  bounds.document_bytes_max = 256;
  bounds.key_bytes_max = 32;
  bounds.tags_max = 4;
  bounds.tag_bytes_max = 16;
  bounds.batch_items_max = 8;
  bounds.json_depth_max = 6;
  bounds.idempotency_id_bytes_max = 64;
  return bounds;
}

void check_command(const api::server_command& made, const limits& bounds) {
  const bool of_no_room =
      made.what == server_method::disconnect || made.what == server_method::channels || made.what == server_method::info;
  assert(of_no_room == made.channels.empty());
  assert(made.what == server_method::broadcast || made.channels.size() <= 1);
  for (const auto& room : made.channels) assert(check_single_room(room, bounds.room_name_bytes_max));
  if (made.what == server_method::unsubscribe || made.what == server_method::disconnect) assert(!made.user.empty());
  if (made.what > server_method::map_remove) return;
  for (const auto& room : made.channels) assert(check_publishable_room(room, bounds.room_name_bytes_max));
  const auto& change = made.change;
  const bool keyed = made.what == server_method::map_publish || made.what == server_method::map_remove;
  assert(keyed == change.key.has_value());
  if (keyed) assert(check_key(*change.key, bounds.key_bytes_max));
  assert((made.what == server_method::map_remove) == (change.kind == operation_kind::remove));
  if (change.kind == operation_kind::remove)
    assert(change.data.empty());
  else
    assert(canonical_json(change.data, bounds) == change.data);
  if (change.once) assert(change.once->fingerprint.size() == 64);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  static const limits bounds = small_limits();
  const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] == 255) {
    const auto batch = api::parse_server_batch(body, "caller", bounds);
    if (!batch) return 0;
    assert(batch->commands.size() <= bounds.batch_items_max);
    for (const auto& each : batch->commands)
      if (each.command) check_command(*each.command, bounds);
    return 0;
  }
  const auto what = static_cast<server_method>(data[0] % (static_cast<unsigned>(server_method::info) + 1));
  const auto parsed = api::parse_server_command(what, body, "caller", bounds);
  if (!parsed) {
    assert(!parsed.error().detail.empty());
    return 0;
  }
  assert(parsed->what == what);
  check_command(*parsed, bounds);
  return 0;
}
