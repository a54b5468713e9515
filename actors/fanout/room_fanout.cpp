#include "actors/fanout/room_fanout.hpp"

#include <algorithm>
#include <cassert>
#include <span>

namespace tidewire {
namespace {

std::size_t bytes_of(const publication& told) {
  auto sum = sizeof(publication) + told.data.size() + (told.key ? told.key->size() : 0);
  for (const auto& [name, value] : told.tags) sum += name.size() + value.size();
  return sum;
}

// How many of them an audience of that type is told: a map hears nothing of keyless ones.
std::size_t count_told(protocol::subscription_type type, const std::vector<publication_ptr>& told) {
  if (type == protocol::subscription_type::stream) return told.size();
  return static_cast<std::size_t>(std::count_if(told.begin(), told.end(), [](const auto& each) { return each->key.has_value(); }));
}

}  // namespace

bool room_fanout::gather(const std::vector<publication_ptr>& news) {
  for (const auto& each : news) {
    if (each->offset <= told) continue;
    if (each->offset != told + 1) return false;
    told = each->offset;
    pending.bytes += bytes_of(*each);
    pending.publications.push_back(each);
  }
  return true;
}

std::size_t room_fanout::encode_pending(std::size_t frame_bytes_max, std::string& scratch, fanout_run& into) {
  std::size_t deliveries = 0;
  for (const auto& each : members.audiences()) {
    const auto receivers = each.size();
    if (receivers == 0) continue;
    const auto first_frame = into.frames().size();
    std::span<const publication_ptr> rest(pending.publications);
    while (!rest.empty()) {
      scratch.clear();
      rest = rest.subspan(protocol::encode_run(each.dialect, each.type, name, rest, frame_bytes_max, scratch));
      if (!scratch.empty()) into.add_frame(make_message(each.dialect, scratch));
    }
    if (into.frames().size() == first_frame) continue;
    into.add_receivers(each, first_frame);
    deliveries += receivers * count_told(each.type, pending.publications);
  }
  pending = {};
  return deliveries;
}

void room_fanout::encode_unsubscribe(std::uint32_t code, std::string_view reason, std::string& scratch, fanout_run& into) const {
  for (const auto& each : members.audiences()) {
    if (each.size() == 0) continue;
    scratch.clear();
    protocol::encode_unsubscribe(each.dialect, name, code, reason, scratch);
    const auto first_frame = into.frames().size();
    into.add_frame(make_message(each.dialect, scratch));
    into.add_receivers(each, first_frame);
  }
}

frame_ptr make_message(protocol::dialect as, std::string_view payload) {
  switch (as) {
    case protocol::dialect::json: return make_frame(frame_opcode::text, payload);
  }
  return nullptr;
}

}  // namespace tidewire
