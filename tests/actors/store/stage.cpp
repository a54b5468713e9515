#include "tests/actors/store/stage.hpp"

#include <utility>

namespace tidewire::test {

namespace {

std::string text(const committed& what) { return "committed " + std::to_string(what.offset); }
std::string text(const storage::room_record& what) { return what.epoch.empty() ? "unknown" : what.epoch + " " + std::to_string(what.top); }
std::string text(const std::optional<storage::named_room>& what) {
  return what ? text(what->record) + ", entities " + std::to_string(what->entities) : "none";
}
std::string text(const entity_document& what) { return what.key + "=" + what.data; }
std::string text(const std::optional<entity_document>& what) { return what ? text(*what) : "none"; }
std::string text(const entity_view& what) { return "epoch=" + what.epoch + " " + text(what.document); }
std::string text(const std::optional<storage::dedupe_record>& what) {
  return what ? what->id + "@" + std::to_string(what->offset) : "none";
}
std::string text(std::uint64_t what) { return std::to_string(what); }
std::string text(const forgotten& what) { return what.whole ? "forgotten" : "some is left"; }
std::string text(const std::string& what) { return "note " + what; }
std::string text(const storage::state_page& what) {
  std::string all = what.epoch + " " + std::to_string(what.top);
  for (const auto& each : what.rows) all += " " + text(each);
  return all;
}
std::string text(const storage::stream_page& what) {
  std::string all = what.epoch + " " + std::to_string(what.top);
  for (const auto& each : what.publications) all += " " + std::to_string(each->offset);
  return all;
}
std::string text(const found_entities& what) {
  std::string all = what.epoch + " " + std::to_string(what.top);
  for (const auto& each : what.rows) all += " " + each.room + "/" + text(each.document);
  return all;
}
std::string text(const std::vector<storage::named_room>& what) {
  std::string all = "rooms";
  for (const auto& each : what) all += " " + each.name;
  return all;
}

}  // namespace

caf::behavior ear::make_behavior() {
  const auto note = [heard = heard_](ticket which, const auto& outcome) {
    heard->push_back(std::to_string(which) + ": " + (outcome ? text(*outcome) : std::string(describe(outcome.error().code).slug)));
  };
  return {
      [note](ticket which, const result<committed>& outcome) { note(which, outcome); },
      [note](ticket which, const result<storage::room_record>& outcome) { note(which, outcome); },
      [note](ticket which, const result<std::optional<storage::named_room>>& outcome) { note(which, outcome); },
      [note](ticket which, const result<std::optional<entity_document>>& outcome) { note(which, outcome); },
      [note](ticket which, const result<entity_view>& outcome) { note(which, outcome); },
      [note](ticket which, const result<std::optional<storage::dedupe_record>>& outcome) { note(which, outcome); },
      [note](ticket which, const result<storage::state_page>& outcome) { note(which, outcome); },
      [note](ticket which, const result<storage::stream_page>& outcome) { note(which, outcome); },
      [note](ticket which, const result<found_entities>& outcome) { note(which, outcome); },
      [note](ticket which, const result<std::vector<storage::named_room>>& outcome) { note(which, outcome); },
      [note](ticket which, const result<std::uint64_t>& outcome) { note(which, outcome); },
      [note](ticket which, const result<forgotten>& outcome) { note(which, outcome); },
      [note](ticket which, const result<std::string>& outcome) { note(which, outcome); },
  };
}

lines store_stage::hear() {
  on.run();
  return std::exchange(*heard_, {});
}

storage::append changes(std::string room, std::uint64_t first, std::size_t count, durability kept) {
  storage::append made{std::move(room), "e", kept, {}, {}};
  for (auto offset = first; offset < first + count; ++offset) {
    publication told;
    told.offset = offset;
    told.time_ms = static_cast<std::int64_t>(offset) * 1'000;
    told.data = std::to_string(offset);
    made.publications.push_back(std::make_shared<const publication>(std::move(told)));
  }
  return made;
}

}  // namespace tidewire::test
