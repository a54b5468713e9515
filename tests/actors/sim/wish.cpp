#include "tests/actors/sim/wish.hpp"

#include <array>

#include "schemas/room_pattern.hpp"

namespace tidewire::test {

std::string wish::members() const {
  std::string text = R"("channel":")" + channel + R"(","type":)" + (map ? "1" : "0");
  if (!filter_text.empty()) text += R"(,"tf":)" + filter_text;
  if (delta) text += R"(,"delta":"fossil")";
  std::string options;
  const auto option = [&](const std::string& name, const std::string& value) {
    options += (options.empty() ? "" : ",") + ('"' + name) + "\":" + value;
  };
  if (!fields_text.empty()) option("fields", fields_text);
  if (max_rate > 0) option("max_rate", std::to_string(max_rate));
  if (!slow.empty()) option("slow", '"' + slow + '"');
  if (!options.empty()) text += R"(,"data":{)" + options + '}';
  return text;
}

bool wish::hides(const publication& told, const entity_document* before, bool live) const {
  if (!passes(told.removed ? told.tags_before : told.tags)) return true;
  return live && fields && !told.removed && before && shown(before->data) == shown(told.data);
}

wish some_wish(chance& by, std::string channel) {
  wish made;
  made.channel = std::move(channel);
  made.pattern = is_room_pattern(made.channel);
  made.map = by.below(5) < 3;
  if (by.one_in(3)) {
    made.filter_text = by.one_in(2) ? R"({"key":"color","cmp":"eq","val":"red"})"
                                    : R"({"op":"not","nodes":[{"key":"color","cmp":"in","vals":["red","blue"]}]})";
    made.filter = read_tag_filter(made.filter_text, {}).value();
  }
  if (by.one_in(4)) {
    const bool one = by.one_in(2);
    made.fields_text = one ? R"(["a"])" : R"(["b","c.d"])";
    made.fields = field_mask::of(one ? std::vector<std::string>{"a"} : std::vector<std::string>{"b", "c.d"}, {}).value();
  }
  made.delta = by.one_in(3);
  if (by.one_in(4)) made.max_rate = static_cast<int>(by.between(1, 5));
  static constexpr std::array slows{"", "conflate", "resync", "disconnect"};
  made.slow = by.of(slows);
  return made;
}

}  // namespace tidewire::test
