#include "schemas/api/publish_body.hpp"

#include <optional>
#include <set>
#include <utility>

#include "schemas/api/binary_event.hpp"
#include "schemas/api/cloud_event.hpp"
#include "schemas/api/media_type.hpp"
#include "schemas/api/operation_reader.hpp"
#include "schemas/api/plain_publication.hpp"
#include "schemas/json.hpp"
#include "schemas/limit_hits.hpp"
#include "schemas/names.hpp"

namespace tidewire::api {

namespace {

enum class body_form { plain, event, batch };

std::optional<body_form> form_of(std::string_view content_type) {
  const auto type = media_type(content_type);
  if (type == "application/json") return body_form::plain;
  if (type == "application/cloudevents+json") return body_form::event;
  if (type == "application/cloudevents-batch+json") return body_form::batch;
  return std::nullopt;
}

// A body on its way to operations.
class body_reader {
 public:
  body_reader(body_form form, const publish_context& from, const limits& bounds) : form_(form), from_(from), bounds_(bounds) {
    made_.room = from.room;
  }

  // One item or an array of them.
  result<publish_body> read(std::string_view json, bool as_array) {
    made_.as_array = as_array;
    auto taken = as_array ? take_all(json) : take("", json);
    if (!taken) return tl::unexpected(taken.error());
    return std::move(made_);
  }

 private:
  result<void> take_all(std::string_view json) {
    const auto items = json_elements(json);
    if (!items) return fail_at("", errc::bad_request, "must be an array");
    if (items->empty() && form_ == body_form::plain) return fail_at("", errc::bad_request, "is an empty array");
    if (exceeds<"batch_items_max">(items->size() > bounds_.batch_items_max))
      return fail_at("", errc::limit_exceeded, "has more than " + std::to_string(bounds_.batch_items_max) + " items");
    for (std::size_t i = 0; i < items->size(); ++i)
      if (auto taken = take("/" + std::to_string(i), (*items)[i]); !taken) return taken;
    return {};
  }

  result<void> take(std::string_view pointer, std::string_view raw) {
    auto read = form_ == body_form::plain ? read_plain_publication(pointer, raw, from_.caller, bounds_) : read_event(pointer, raw);
    if (!read) return tl::unexpected(read.error());
    if (read->once && !ids_.emplace(read->once->id).second)
      return fail_at(pointer, errc::bad_request, "has the same id as another item of this request");
    made_.operations.push_back(std::move(*read));
    return {};
  }

  result<operation> read_event(std::string_view pointer, std::string_view raw);
  result<void> settle_room(std::string_view pointer, const std::string& named);

  body_form form_;
  const publish_context& from_;
  const limits& bounds_;
  publish_body made_;
  std::set<std::string> ids_;
};

// The Integers of CloudEvents end at 2^31: a greater number is written as a string, and in headers all are.
std::string_view number_in(std::string_view raw) noexcept {
  return kind_of(raw) == json_kind::string ? raw.substr(1, raw.size() - 2) : raw;
}

result<operation> body_reader::read_event(std::string_view pointer, std::string_view raw) {
  auto event = read_cloud_event(pointer, raw, bounds_);
  if (!event) return tl::unexpected(event.error());
  if (auto settled = settle_room(pointer, event->room); !settled) return tl::unexpected(settled.error());
  const std::string_view data = event->decoded_data.empty() ? event->data : event->decoded_data;
  operation_reader reader(pointer, bounds_);
  result<void> read;
  if (!event->subject.empty()) read = reader.read_key("subject", event->subject);
  if (read && !event->operation.empty()) read = reader.read_kind("op", event->operation);
  if (read && !data.empty()) read = reader.read_data("data", data);
  if (read && !event->ttl.empty()) read = reader.read_ttl("ttl", number_in(event->ttl));
  if (read && !event->version.empty()) read = reader.read_version("ifversion", number_in(event->version));
  // A URI reference holds no space: the two can be told apart.
  if (read) read = reader.make_idempotent("id", "ce", from_.caller, event->source + " " + event->id);
  if (!read) return tl::unexpected(read.error());
  return std::move(reader).finish();
}

// One request changes one room: that of the path, else the one that all its events name.
result<void> body_reader::settle_room(std::string_view pointer, const std::string& named) {
  const auto member = std::string(pointer) + "/room";
  if (named.empty() && made_.room.empty())
    return fail_at(member, errc::bad_request, "is missing: neither the path nor the event names a room");
  if (named.empty() || named == made_.room) return {};
  if (!made_.room.empty()) return fail_at(member, errc::bad_request, "is not the room of this request: \"" + made_.room + "\"");
  if (auto checked = check_publishable_room(named, bounds_.room_name_bytes_max); !checked)
    return fail_at(member, checked.error().code, checked.error().detail);
  made_.room = named;
  return {};
}

// The whole body as JSON. Documents lie one level deep in it, or two in an array, and each is bounded by itself.
result<std::string> read_json(std::string_view body, bool as_array, const limits& bounds) {
  limits whole = bounds;
  whole.document_bytes_max = bounds.http_body_bytes_max;
  whole.json_depth_max = bounds.json_depth_max + (as_array ? 2 : 1);
  return canonical_json(body, whole);
}

// An event whose attributes came as headers.
result<publish_body> read_binary(const publish_context& from, std::string_view body, const limits& bounds) {
  const auto event = structured_event(from.event_headers, from.content_type, body, bounds);
  if (!event) return tl::unexpected(event.error());
  auto read = body_reader(body_form::event, from, bounds).read(*event, false);
  if (!read) return tl::unexpected(in_headers(std::move(read.error())));
  return read;
}

bool begins_array(std::string_view body) noexcept {
  const auto first = body.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && body[first] == '[';
}

}  // namespace

result<publish_body> parse_publish(const publish_context& from, std::string_view body, const limits& bounds) {
  const bool is_binary = !from.event_headers.empty() && !media_type(from.content_type).starts_with("application/cloudevents");
  const auto form = is_binary ? body_form::event : form_of(from.content_type);
  if (!form && media_type(from.content_type) == "application/x-ndjson")
    return fail(errc::unsupported_media,
                "a stream of changes goes to /api/v1/rooms/{room}/events, or to /api/v1/ingest, of the public listener");
  if (!form)
    return fail(
        errc::unsupported_media,
        "send application/json, application/x-ndjson, application/cloudevents+json or application/cloudevents-batch+json, in UTF-8, "
        "or a CloudEvent in binary mode");
  if (*form == body_form::plain && from.room.empty())
    return fail(errc::bad_request, "plain JSON cannot name a room: send it to /api/v1/rooms/{room}/events");
  if (!from.room.empty()) {
    if (auto checked = check_publishable_room(from.room, bounds.room_name_bytes_max); !checked) return tl::unexpected(checked.error());
  }
  if (is_binary) return read_binary(from, body, bounds);
  const bool as_array = *form == body_form::batch || (*form == body_form::plain && begins_array(body));
  const auto json = read_json(body, as_array, bounds);
  if (!json) return tl::unexpected(json.error());

  return body_reader(*form, from, bounds).read(*json, as_array);
}

}  // namespace tidewire::api
