#include "schemas/api/export_lines.hpp"

#include "schemas/api/publish_body.hpp"
#include "schemas/json.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace tidewire::api;

namespace {

const limits bounds;

entity_document lamp() {
  return {"lamp/\"1\"", 7, 1'709'251'199'999, R"({"state":"on","n":1e-7})", {{"floor", "2"}, {"state", "on"}}, 1'900'000'000'123};
}

publication keyed(bool removed) {
  publication made;
  made.offset = 9;
  made.time_ms = 1'709'251'199'999;
  made.key = "k";
  made.removed = removed;
  if (!removed) made.data = "[1]";
  return made;
}

// The change that a line makes when it is published.
operation published(const export_line& line) {
  const auto body = parse_publish({"application/json", line.room, ""}, line.operation + "}", bounds);
  REQUIRE(body);
  REQUIRE(body->operations.size() == 1);
  return body->operations.front();
}

export_line read(const std::string& text) {
  auto line = read_export_line(text, bounds);
  REQUIRE(line);
  return *line;
}

}  // namespace

TEST_CASE("what frames an export") {
  std::string text;
  write_export_begin(text, "id-1", 0);
  CHECK(text == R"({"tidewire_export":1,"id":"id-1","time":"1970-01-01T00:00:00.000Z"})");
  CHECK(read(text).kind == export_line_kind::begin);
  CHECK(read(text).id == "id-1");

  text.clear();
  write_export_room(text, "sensor:a", "e1", 12);
  CHECK(text == R"({"room":"sensor:a","epoch":"e1","offset":12})");
  CHECK(read(text).kind == export_line_kind::room);
  CHECK(read(text).epoch == "e1");

  text.clear();
  write_export_end(text, {1, 2, 3});
  CHECK(text == R"({"tidewire_export_end":1,"rooms":1,"entities":2,"publications":3})");
  CHECK(read(text).kind == export_line_kind::end);
  CHECK(read(text).counts.publications == 3);
  CHECK_FALSE(read_export_line(R"({"tidewire_export":2})", bounds));
}

TEST_CASE("an entity comes back as the set that makes it, in either form") {
  std::string text;
  write_export_entity(text, "sensor:a", lamp());
  std::string event;
  append_cloud_event(event, text, "e1");
  for (const auto& form : {text, event}) {
    CAPTURE(form);
    REQUIRE(validate_json(form, bounds));
    const auto line = read(form);
    CHECK(line.kind == export_line_kind::entity);
    CHECK(line.room == "sensor:a");
    CHECK(line.expires_ms == 1'900'000'000'123);
    const auto change = published(line);
    CHECK(change.kind == operation_kind::set);
    CHECK(change.key == lamp().key);
    CHECK(change.data == lamp().data);
    CHECK(change.tags == tag_map{{"floor", "2"}});  // the document itself brings the others
    CHECK(change.expires_ms == 1'900'000'000'123);
  }
}

TEST_CASE("an exported CloudEvent is one that publishing takes") {
  std::string text;
  write_export_entity(text, "sensor:a", lamp());
  std::string event;
  append_cloud_event(event, text, "e1");
  const auto body = parse_publish({"application/cloudevents+json", "", ""}, event, bounds);
  REQUIRE(body);
  CHECK(body->room == "sensor:a");
  CHECK(body->operations.front().key == lamp().key);
  CHECK(body->operations.front().once->id == "/rooms/sensor%3Aa e1:7");
}

TEST_CASE("publications come back, also removals and those without a key") {
  const auto both = [](const publication& what) {
    std::string text;
    write_export_publication(text, "r", what);
    std::string event;
    append_cloud_event(event, text, "e1");
    return std::vector<std::string>{text, event};
  };
  for (const auto& form : both(keyed(false))) {
    CAPTURE(form);
    CHECK(read(form).kind == export_line_kind::publication);
    CHECK(published(read(form)).data == "[1]");
    CHECK(published(read(form)).ttl_s == 0);
  }
  for (const auto& form : both(keyed(true))) {
    CAPTURE(form);
    CHECK(published(read(form)).kind == operation_kind::remove);
  }
  auto note = keyed(false);
  note.key.reset();
  note.tags = {{"state", "mine"}};
  for (const auto& form : both(note)) {
    CAPTURE(form);
    CHECK_FALSE(published(read(form)).key);
    CHECK(published(read(form)).tags == tag_map{{"state", "mine"}});
  }
}

TEST_CASE("lines by hand need little") {
  const auto change = published(read(R"({"room":"r","key":"k","data":{"a":1}})"));
  CHECK(change.kind == operation_kind::set);
  CHECK_FALSE(change.tags);
  CHECK(change.ttl_s == 0);
  const auto event =
      read(R"({"specversion":"1.0","id":"1","source":"s","type":"t","room":"r","subject":"k","op":"merge","ttl":5,"data":1})");
  CHECK(published(event).kind == operation_kind::merge);
  CHECK(published(event).ttl_s == 5);
}

TEST_CASE("what is no line is refused with a reason") {
  for (const auto* bad : {"", "[]", "{}", "{\"room\":\"r\"", R"({"room":"","data":1})", R"({"room":1,"data":1})", R"({"room":"r"})",
                          R"({"room":"r","key":"k","data":1,"expires_at":"soon"})", R"({"specversion":"1.0","data":1})",
                          R"({"specversion":"1.0","room":"r","data_base64":"MQ=="})",
                          R"({"specversion":"1.0","room":"r","data":1,"tags":"{},\"op\":\"remove\""})"}) {
    CAPTURE(bad);
    const auto line = read_export_line(bad, bounds);
    REQUIRE_FALSE(line);
    CHECK_FALSE(line.error().detail.empty());
  }
}
