#include "actors/gateway/batch.hpp"

#include <map>
#include <utility>

#include "actors/gateway/access.hpp"
#include "actors/gateway/gateway_state.hpp"
#include "actors/gateway/once.hpp"
#include "actors/gateway/responses.hpp"
#include "schemas/api/batch_body.hpp"
#include "schemas/api/problem.hpp"
#include "schemas/api/views.hpp"
#include "schemas/json.hpp"

namespace tidewire {

batch_answer::batch_answer(transport::http_responder_ptr responder, std::vector<std::string> rooms)
    : responder_(std::move(responder)), rooms_(std::move(rooms)), rows_(rooms_.size()), left_(rooms_.size()) {}

void batch_answer::settle(std::span<const std::size_t> items, const result<published>& outcome) {
  failure why;
  if (!outcome) {
    why = outcome.error();
    if (why.operation) why.operation = items[*why.operation];
  }
  for (std::size_t i = 0; i < items.size(); ++i) {
    auto& row = rows_[items[i]];
    if (outcome) {
      const auto& done = outcome->changes[i];
      api::write_publish_answer(row, {rooms_[items[i]], outcome->epoch, done.offset, done.keyed});
      row.insert(1, R"("status":200,)");
      ++applied_;
    } else {
      row = R"({"room":)";
      append_json_string(row, rooms_[items[i]]);
      row.append(1, ',').append(api::problem_body(why).substr(1));
    }
  }
  left_ -= items.size();
  if (left_ == 0) answer();
}

// {"results":[…],"applied","refused"}
void batch_answer::answer() {
  std::string body = R"({"results":)";
  api::array_writer rows(body);
  for (const auto& each : rows_) rows.row() += each;
  rows.close();
  body += R"(,"applied":)";
  append_json_unsigned(body, applied_);
  body += R"(,"refused":)";
  append_json_unsigned(body, rows_.size() - applied_);
  responder_->answer(json_response(body + '}'));
}

namespace {

// What becomes one request to a room.
struct part {
  std::string room;
  std::vector<std::size_t> items;
  std::vector<operation> operations;
  std::optional<failure> denied;
};

// Of an atomic batch the operations of a room go together, of another one each for itself.
std::vector<part> divide(api::batch_body& body) {
  std::vector<part> parts;
  std::map<std::string, std::size_t> of_room;
  for (std::size_t i = 0; i < body.items.size(); ++i) {
    auto& [room, what] = body.items[i];
    auto at = parts.size();
    if (body.atomic) at = of_room.try_emplace(room, at).first->second;
    if (at == parts.size()) parts.push_back({room, {}, {}, {}});
    parts[at].items.push_back(i);
    parts[at].operations.push_back(std::move(what));
  }
  return parts;
}

}  // namespace

void gateway_state::publish_batch(call& from) {
  auto body = api::parse_batch(from.request.find("content-type"), from.caller, from.request.body, options_.limit);
  if (!body) return refuse(from.responder, body.error());
  if (!body->atomic && !from.request.find("idempotency-key").empty())
    return refuse(
        from.responder,
        {errc::bad_request, "Idempotency-Key is for an atomic batch: give each operation an \"idempotency_key\", or ask for \"atomic\""});
  std::vector<std::string> rooms;
  for (const auto& each : body->items) rooms.push_back(each.room);
  auto parts = divide(*body);
  std::size_t allowed = 0;
  for (auto& each : parts) {
    if (const auto once = apply_once(from.request, "batch", from.caller, options_.limit, each.operations); !once)
      return refuse(from.responder, once.error());
    if (const auto checked = check_may(options_, from.may, room_action::publish, each.room); checked) {
      ++allowed;
    } else {
      port_.note_refusal(checked.error().code);
      each.denied = checked.error();
    }
  }
  if (allowed == 0) return refuse(from.responder, *parts.front().denied);
  const auto answer = std::make_shared<batch_answer>(std::move(from.responder), std::move(rooms));
  for (auto& each : parts) {
    if (each.denied) {
      answer->settle(each.items, fail(each.denied->code, each.denied->detail));
      continue;
    }
    pending details;
    details.room = each.room;
    details.batch = answer;
    details.items = std::move(each.items);
    const auto which = expect(from, std::move(details));
    port_.publish(which, each.room, {std::move(each.operations), std::nullopt, nullptr});
  }
}

}  // namespace tidewire
