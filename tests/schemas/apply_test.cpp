#include "schemas/apply.hpp"

#include <string>

#include "tests/support/catch.hpp"

using namespace tidewire;

namespace {

constexpr std::string_view epoch = "e1";

const entity_document lamp{"lamp", 7, 0, R"({"type":"lamp","state":"off","n":1})", {{"floor", "2"}, {"state", "off"}, {"type", "lamp"}}};

operation make(operation_kind kind, std::string data) {
  operation made;
  made.key = "lamp";
  made.kind = kind;
  made.data = std::move(data);
  return made;
}

operation only_if(precondition::demand wants, std::vector<entity_tag> tags = {}) {
  auto made = make(operation_kind::set, "{}");
  made.only_if = {wants, std::move(tags)};
  return made;
}

change_outcome applied(const operation& wanted, const entity_document* current) {
  const auto made = apply(wanted, current, epoch, limits{});
  if (!made) FAIL(made.error().detail);
  return *made;
}

errc refused(const operation& wanted, const entity_document* current) {
  const auto made = apply(wanted, current, epoch, limits{});
  REQUIRE_FALSE(made.has_value());
  CHECK_FALSE(made.error().detail.empty());
  return made.error().code;
}

}  // namespace

TEST_CASE("Each kind of operation") {
  CHECK(applied(make(operation_kind::merge, R"({"state":"on"})"), &lamp).data == R"({"type":"lamp","state":"on","n":1})");
  CHECK(applied(make(operation_kind::merge, R"({"state":"on","x":null})"), nullptr).data == R"({"state":"on"})");
  CHECK(applied(make(operation_kind::set, "[1, 2]"), &lamp).data == "[1, 2]");
  CHECK(applied(make(operation_kind::increment, R"({"n":2})"), &lamp).data == R"({"type":"lamp","state":"off","n":3})");
  CHECK(applied(make(operation_kind::increment, R"({"n":2})"), nullptr).data == R"({"n":2})");
  CHECK(applied(make(operation_kind::remove, ""), &lamp) == change_outcome{true, "", {}});
  CHECK(applied(make(operation_kind::remove, ""), nullptr) == change_outcome{true, "", {}});
}

TEST_CASE("Failures of an operation come through") {
  CHECK(refused(make(operation_kind::increment, R"({"state":1})"), &lamp) == errc::unprocessable);
  CHECK(refused(make(operation_kind::increment, R"({"n":{"by":1,"max":1}})"), &lamp) == errc::conflict);
  limits bounds;
  bounds.document_bytes_max = 3;
  CHECK(apply(make(operation_kind::set, "1234"), nullptr, epoch, bounds).error().code == errc::payload_too_large);
  CHECK(apply(make(operation_kind::set, "123"), nullptr, epoch, bounds).has_value());
}

TEST_CASE("A precondition that does not hold changes nothing") {
  using demand = precondition::demand;
  applied(only_if(demand::absent), nullptr);
  CHECK(refused(only_if(demand::absent), &lamp) == errc::version_conflict);
  applied(only_if(demand::exists), &lamp);
  CHECK(refused(only_if(demand::exists), nullptr) == errc::version_conflict);
  applied(only_if(demand::one_of, {{"", 7}}), &lamp);
  applied(only_if(demand::one_of, {{"e0", 7}, {"e1", 6}, {"e1", 7}}), &lamp);
  CHECK(refused(only_if(demand::one_of, {{"", 6}}), &lamp) == errc::version_conflict);
  CHECK(refused(only_if(demand::one_of, {{"e0", 7}}), &lamp) == errc::version_conflict);
  CHECK(refused(only_if(demand::one_of, {}), &lamp) == errc::version_conflict);
  CHECK(refused(only_if(demand::one_of, {{"", 0}}), nullptr) == errc::version_conflict);
}

TEST_CASE("The condition comes before the operation, and guards removals too") {
  auto wanted = make(operation_kind::remove, "");
  wanted.only_if.wants = precondition::demand::exists;
  CHECK(refused(wanted, nullptr) == errc::version_conflict);
  CHECK(applied(wanted, &lamp).removed);
  auto broken = make(operation_kind::increment, R"({"state":1})");
  broken.only_if.wants = precondition::demand::absent;
  CHECK(refused(broken, &lamp) == errc::version_conflict);
}

TEST_CASE("An operation without tags keeps the publisher's; the index tags mirror the document") {
  CHECK(applied(make(operation_kind::merge, R"({"state":"on","type":null})"), &lamp).tags == tag_map{{"floor", "2"}, {"state", "on"}});
  CHECK(applied(make(operation_kind::set, R"({"source":"s"})"), &lamp).tags == tag_map{{"floor", "2"}, {"source", "s"}});
  CHECK(applied(make(operation_kind::set, "1"), &lamp).tags == tag_map{{"floor", "2"}});
  CHECK(applied(make(operation_kind::set, R"({"type":"t"})"), nullptr).tags == tag_map{{"type", "t"}});
}

TEST_CASE("An operation's tags replace the publisher's, never the index tags") {
  auto wanted = make(operation_kind::merge, "{}");
  wanted.tags = tag_map{{"a", "1"}, {"state", "faked"}, {"z", "2"}};
  CHECK(applied(wanted, &lamp).tags == tag_map{{"a", "1"}, {"state", "off"}, {"type", "lamp"}, {"z", "2"}});
  wanted.tags = tag_map{};
  CHECK(applied(wanted, &lamp).tags == tag_map{{"state", "off"}, {"type", "lamp"}});
}
