#include "actors/ops/operator_jobs.hpp"

#include <algorithm>
#include <filesystem>
#include <initializer_list>
#include <string>
#include <utility>

#include "actors/gateway/responses.hpp"
#include "schemas/api/media_type.hpp"
#include "schemas/api/moment.hpp"
#include "schemas/api/uri.hpp"
#include "schemas/json.hpp"

namespace tidewire {

namespace {

// The members of a request's body; `known` are all it may have.
result<std::vector<json_member>> read_body(const transport::http_request& request, std::initializer_list<std::string_view> known,
                                           const limits& bounds, std::string& kept) {
  if (api::media_type(request.find("content-type")) != "application/json") return fail(errc::unsupported_media, "send application/json");
  auto text = canonical_json(request.body, bounds);
  if (!text) return tl::unexpected(std::move(text.error()));
  kept = std::move(*text);
  auto members = json_members(kept);
  if (!members) return members;
  for (const auto& each : *members)
    if (std::ranges::find(known, each.name) == known.end())
      return fail(errc::bad_request, '/' + each.name + ": is not a member of this request");
  return members;
}

tl::unexpected<failure> must_be(const json_member& member, std::string_view what) {
  return fail(errc::bad_request, '/' + member.name + ": must be " + std::string(what));
}

result<storage::backup_order> backup_order_of(const std::vector<json_member>& members, const limits& bounds) {
  storage::backup_order order{{}, 0, bounds.backup_bytes_per_s_default, {}};
  for (const auto& each : members) {
    const auto number = json_unsigned(each.raw);
    if (each.name == "directory") {
      order.directory = json_string(each.raw).value_or(std::string());
      if (!std::filesystem::path(order.directory).is_absolute()) return must_be(each, "an absolute path on the server's machine");
    } else if (each.name == "keep") {
      if (!number || *number == 0 || *number > 1'000'000) return must_be(each, "how many backups stay: 1 to 1000000");
      order.keep = static_cast<std::size_t>(*number);
    } else {
      if (!number || (*number > 0 && *number < 65'536)) return must_be(each, "bytes a second from 65536, or 0 for as fast as it goes");
      order.bytes_per_s = static_cast<std::size_t>(*number);
    }
  }
  if (order.directory.empty()) return fail(errc::bad_request, "/directory: is missing");
  return order;
}

result<export_order> export_order_of(const std::vector<json_member>& members) {
  export_order order;
  bool chosen = false;
  for (const auto& each : members) {
    const auto text = json_string(each.raw);
    if (each.name == "room" || each.name == "prefix") {
      if (!text || text->empty()) return must_be(each, "a name, or its beginning");
      if (std::exchange(chosen, true)) return fail(errc::bad_request, "a room excludes a prefix");
      order.rooms = {*text, each.name == "prefix"};
    } else if (each.name == "history") {
      const auto flag = json_boolean(each.raw);
      if (!flag) return must_be(each, "true or false");
      order.history = *flag;
    } else {
      const auto moment = text ? api::parse_moment(*text) : fail(errc::bad_request, "/at: must be a string");
      if (!moment) return tl::unexpected(moment.error());
      order.at = storage::past_moment{moment->offset, moment->time_ms};
    }
  }
  return order;
}

}  // namespace

bool operator_jobs::take(const transport::http_request& request, const transport::http_responder_ptr& responder) {
  const auto target = api::split_target(request.target);
  if (!target) return false;
  const auto& path = target->segments;
  if (path.size() < 3 || path[0] != "api" || path[1] != "v1") return false;
  const auto& method = request.method;
  if (path.size() == 3 && path[2] == "backups") {
    if (method == "POST") return begin_backup(request, responder), true;
    std::string body;
    write_backup_report(body, backups_.report());
    return responder->answer(json_response(std::move(body))), true;
  }
  if (path.size() == 3 && path[2] == "exports") {
    return begin_export(request, responder), true;
  }
  if (path.size() == 4 && path[2] == "exports") {
    const auto* cursor = target->find("cursor");
    if (method == "GET") return exports_.read(path[3], cursor ? *cursor : std::string(), responder), true;
    return exports_.end(path[3], responder), true;
  }
  return false;
}

void operator_jobs::begin_backup(const transport::http_request& request, const transport::http_responder_ptr& responder) {
  std::string kept;
  const auto members = read_body(request, {"directory", "keep", "bytes_per_s"}, options_.limit, kept);
  if (!members) return refuse(responder, members.error());
  auto order = backup_order_of(*members, options_.limit);
  if (!order) return refuse(responder, order.error());
  const auto begun = backups_.begin(std::move(*order));
  if (!begun) return refuse(responder, begun.error());
  std::string body;
  write_backup_report(body, *begun);
  responder->answer(json_response(std::move(body), 202));
}

void operator_jobs::begin_export(const transport::http_request& request, const transport::http_responder_ptr& responder) {
  std::string kept;
  const auto members = read_body(request, {"room", "prefix", "history", "at"}, options_.limit, kept);
  if (!members) return refuse(responder, members.error());
  auto order = export_order_of(*members);
  if (!order) return refuse(responder, order.error());
  exports_.begin(std::move(*order), responder);
}

}  // namespace tidewire
