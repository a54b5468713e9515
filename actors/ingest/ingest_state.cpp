#include "actors/ingest/ingest_state.hpp"

#include <algorithm>
#include <utility>

#include "actors/gateway/access.hpp"
#include "actors/gateway/responses.hpp"
#include "schemas/api/batch_body.hpp"
#include "schemas/api/problem.hpp"
#include "schemas/api/views.hpp"
#include "schemas/json.hpp"
#include "schemas/limit_hits.hpp"

namespace tidewire {

namespace {

// Not the line's fault: the same line may do well later.
bool is_ours(errc code) {
  switch (code) {
    case errc::storage_refused:
    case errc::unavailable:
    case errc::timeout:
    case errc::internal:
    case errc::too_many_requests: return true;
    default: return false;
  }
}

bool is_blank(std::string_view line) { return line.find_first_not_of(" \t\r") == std::string_view::npos; }

void append_count(std::string& out, std::string_view name, std::uint64_t count) {
  out.append(",\"").append(name).append("\":");
  append_json_unsigned(out, count);
}

}  // namespace

ingest_state::ingest_state(ingest_wish wish, const server_options& options, ingest_port& port)
    : wish_(std::move(wish)), options_(options), port_(port) {}

void ingest_state::on_bytes(std::string_view bytes) {
  if (phase_ != phase::open) return;  // it waits for its answer, and nothing more is read
  text_.append(bytes);
  pump();
}

void ingest_state::on_end(transport::body_end how) {
  if (phase_ == phase::over) return;
  switch (how) {
    case transport::body_end::whole: whole_ = true; return pump();
    case transport::body_end::stalled: return stop({errc::timeout, "the stream did not go on in time"}, 408);
    case transport::body_end::stopped: return stop({errc::unavailable, "the server ends"});
    case transport::body_end::lost: break;
  }
  // What is on its way is applied all the same.
  silent_ = true;
  phase_ = phase::over;
}

// Takes as many lines as may be on their way.
void ingest_state::pump() {
  const auto room_left = [&] { return flying_.size() < options_.limit.ingest_lines_in_flight_max; };
  while (phase_ == phase::open && room_left()) {
    const auto end = text_.find('\n', std::max(begin_, searched_));
    if (end == std::string::npos) {
      searched_ = text_.size();
      break;
    }
    const auto bytes = end + 1 - begin_;
    const auto line = std::string_view(text_).substr(begin_, bytes - 1);
    begin_ = end + 1;
    take_line(line, bytes - std::exchange(let_go_, 0));
  }
  if (phase_ != phase::open) return end_if_settled();
  if (room_left() && whole_) return take_rest();
  if (room_left()) skip_overlong();
  if (!port_.hold(let_go_)) return stop({errc::unavailable, "the bodies of others fill requests_bytes_max: go on behind the last line"});
  if (begin_ < text_.size() / 2) return;  // what is taken away costs as much as what stays
  text_.erase(0, begin_);
  searched_ -= std::min(searched_, std::exchange(begin_, 0));
}

// The beginning of a line is here: more must come, however much of the line that is, but a line has its bound.
void ingest_state::skip_overlong() {
  const auto come = text_.size() - begin_;
  let_go(come - std::exchange(let_go_, come));
  if (!skipping_ && exceeds<"ingest_line_bytes_max">(come > options_.limit.ingest_line_bytes_max)) skipping_ = true;
  if (!skipping_) return;
  text_.resize(begin_);
  searched_ = begin_;
  let_go_ = 0;
}

void ingest_state::take_rest() {
  if (begin_ < text_.size() || skipping_) {
    const auto line = std::string_view(text_).substr(begin_);
    begin_ = text_.size();
    take_line(line, line.size() - std::exchange(let_go_, 0));
  }
  if (phase_ == phase::open) phase_ = phase::ending;
  end_if_settled();
}

// `bytes` are still to be released.
void ingest_state::take_line(std::string_view line, std::size_t bytes) {
  const auto number = ++lines_;
  if (std::exchange(skipping_, false)) {
    note(number, {errc::payload_too_large, "the line is longer than " + std::to_string(options_.limit.ingest_line_bytes_max) + " bytes"});
    return let_go(bytes);
  }
  if (is_blank(line)) return let_go(bytes);
  auto room = wish_.room;
  auto read = api::parse_line(line, wish_.may.user, room, options_.limit);
  if (!read) {
    note(number, read.error());
    return let_go(bytes);
  }
  if (wish_.room.empty()) {
    if (const auto checked = check_may(options_, wish_.may, room_action::publish, room); !checked) {
      port_.note_refusal(checked.error().code);
      ++denied_;
      note(number, checked.error());
      return let_go(bytes);
    }
  }
  flying_.emplace(number, flying{port_.steady_ms() + std::int64_t{options_.limit.request_timeout_s} * 1000, bytes, room});
  publish_request change;
  change.operations.push_back(std::move(*read));
  port_.publish(number, room, std::move(change));
}

void ingest_state::on_published(ticket which, const result<published>& outcome) {
  const auto found = flying_.extract(which);
  if (found.empty()) return;
  let_go(found.mapped().bytes);
  if (outcome) {
    ++applied_;
    if (!wish_.room.empty() && outcome->changes.back().offset > offset_) {
      offset_ = outcome->changes.back().offset;
      epoch_ = outcome->epoch;
    }
  } else if (!is_ours(outcome.error().code)) {
    note(which, outcome.error());
  } else if (!stopped_by_) {
    settled_through_ = which - 1;
    stop({outcome.error().code, "line " + std::to_string(which) + ": " + outcome.error().detail});
  } else {
    settled_through_ = std::min(*settled_through_, which - 1);
  }
  pump();
}

void ingest_state::note(std::uint64_t number, const failure& why) {
  ++refused_;
  if (exceeds<"ingest_errors_max">(errors_.size() >= options_.limit.ingest_errors_max)) return;
  errors_.push_back({number, why});
}

// Takes no further line. `status`: of the answer, if not that of the failure.
void ingest_state::stop(failure why, std::uint16_t status) {
  if (phase_ != phase::open) return;
  phase_ = phase::ending;
  stopped_by_ = std::move(why);
  status_ = status;
  if (!settled_through_) settled_through_ = lines_;
  text_.clear();
  begin_ = 0;
  port_.hold(let_go_ = 0);
  end_if_settled();
}

void ingest_state::end_if_settled() {
  if (phase_ != phase::ending || !flying_.empty()) return;
  phase_ = phase::over;
  if (!silent_) port_.answer(summary());
}

void ingest_state::tick() {
  if (phase_ == phase::open && wish_.expires_at_s != 0 && wish_.expires_at_s <= port_.now_s()) {
    port_.note_refusal(errc::token_expired);
    stop({errc::token_expired, "the credentials have expired"});
  }
  const auto now = port_.steady_ms();
  while (!flying_.empty() && exceeds<"request_timeout_s">(flying_.begin()->second.due_ms <= now))
    on_published(flying_.begin()->first, fail(errc::timeout, "the outcome is unknown; retry with the same id"));
}

void ingest_state::let_go(std::size_t bytes) {
  if (bytes > 0) port_.release(bytes);
}

// {"lines","applied","refused","acknowledged","errors":[{"line", …problem}]}, with the room's position; as members of a problem when the
// stream was stopped.
transport::http_response ingest_state::summary() const {
  const bool all_denied = applied_ == 0 && denied_ > 0 && denied_ == refused_;
  std::optional<failure> why = stopped_by_;
  if (!why && all_denied) why = failure{errc::permission_denied, "these credentials may not change any of the rooms"};
  transport::http_response response = why ? problem_response(*why) : json_response("{}");
  if (status_ != 0) {
    response.status = status_;
    response.body = R"({"type":"about:blank","title":"Request Timeout","status":408})";
  }
  auto& body = response.body;
  body.pop_back();
  if (body.size() > 1) body += ',';
  body.append(R"("lines":)");
  append_json_unsigned(body, lines_);
  append_count(body, "applied", applied_);
  append_count(body, "refused", refused_);
  append_count(body, "acknowledged", settled_through_.value_or(lines_));
  if (!epoch_.empty()) {
    body.append(",\"room\":");
    append_json_string(body, wish_.room);
    body.append(",\"epoch\":");
    append_json_string(body, epoch_);
    append_count(body, "offset", offset_);
  }
  body.append(",\"errors\":");
  api::array_writer rows(body);
  for (const auto& each : errors_) {
    auto& row = rows.row();
    row.append("{\"line\":");
    append_json_unsigned(row, each.number);
    row.append(1, ',').append(api::problem_body(each.why).substr(1));
  }
  rows.close();
  body += '}';
  return response;
}

}  // namespace tidewire
