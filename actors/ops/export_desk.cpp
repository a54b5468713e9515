#include "actors/ops/export_desk.hpp"

#include <chrono>
#include <random>
#include <utility>

#include "actors/gateway/responses.hpp"
#include "schemas/limit_hits.hpp"
#include "schemas/protocol/json_object.hpp"
#include "schemas/rfc3339.hpp"

namespace tidewire {

namespace {

std::int64_t steady_s() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string new_id() {
  constexpr std::string_view digits = "0123456789abcdef";
  std::random_device chance;
  std::string id;
  for (int i = 0; i < 16; ++i) id += digits[chance() % digits.size()];
  return id;
}

}  // namespace

void export_desk::post(const transport::http_responder_ptr& responder, std::function<void()> job) {
  if (!thread_.post(std::move(job))) refuse(responder, {errc::too_many_requests, "too many pages of exports are asked for"});
}

void export_desk::begin(export_order order, transport::http_responder_ptr responder) {
  post(responder, [this, order = std::move(order), responder] { open(order, responder); });
}

void export_desk::read(std::string id, std::string cursor, transport::http_responder_ptr responder) {
  post(responder, [this, id = std::move(id), cursor = std::move(cursor), responder] { answer_page(id, cursor, responder); });
}

void export_desk::end(std::string id, transport::http_responder_ptr responder) {
  post(responder, [this, id = std::move(id), responder] {
    running_.erase(id);
    responder->answer({204, {}, {}, {}});
  });
}

void export_desk::open(export_order order, const transport::http_responder_ptr& responder) {
  forget_idle();
  if (exceeds<"exports_max">(running_.size() >= options_.limit.exports_max))
    return refuse(responder, {errc::too_many_requests, "exports_max exports are under way: wait for the end of one"});
  auto reader = export_reader::begin(std::move(order), options_, disk_, memory_);
  if (!reader) return refuse(responder, reader.error());
  const auto id = new_id();
  running_.emplace(id, running{std::move(*reader), steady_s()});
  std::string body;
  {
    protocol::json_object answer(body);
    answer.string("id", id);
    auto& time = answer.name("time");
    time += '"';
    append_rfc3339(time, now_ms());
    time += '"';
  }
  responder->answer(json_response(std::move(body)));
}

void export_desk::answer_page(const std::string& id, const std::string& cursor, const transport::http_responder_ptr& responder) {
  const auto found = running_.find(id);
  if (found == running_.end())
    return refuse(responder, {errc::unknown_room, "there is no such export: it was not read for export_idle_s, or has ended"});
  const auto page = found->second.reader->read(cursor);
  found->second.used_s = steady_s();
  if (!page) return refuse(responder, page.error());
  std::string body = R"({"data":[)" + page->lines + "],";
  body += page->next.empty() ? R"("next_cursor":null,"has_more":false})" : R"("next_cursor":")" + page->next + R"(","has_more":true})";
  responder->answer(json_response(std::move(body)));
}

void export_desk::forget_idle() {
  const auto oldest = steady_s() - std::int64_t{options_.limit.export_idle_s};
  std::erase_if(running_, [&](const auto& each) { return exceeds<"export_idle_s">(each.second.used_s < oldest); });
}

}  // namespace tidewire
