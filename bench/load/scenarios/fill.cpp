// Stores many entities by HTTP, so that a restart, a snapshot or a cold read has something to be measured with.
#include <algorithm>
#include <memory>
#include <stdexcept>
#include <vector>

#include "bench/load/core/clock.hpp"
#include "bench/load/core/http_client.hpp"
#include "bench/load/scenarios/crowd.hpp"
#include "bench/load/scenarios/scenarios.hpp"

namespace tidewire::load {
namespace {

constexpr std::size_t connections = 8;

class filling final : public http_observer {
 public:
  explicit filling(const options& told) : told_(told), target_(resolve(told.connect)), document_(make_payload(told.payload_bytes)) {
    for (std::size_t i = 0; i < connections; ++i) clients_.push_back(std::make_unique<http_client>(loop_, target_, *this));
  }

  outcome run() {
    const auto begin = now_ns();
    for (auto& each : clients_) each->connect();
    while (stored_ < told_.entities) {
      loop_.turn(ns_per_s / 20);
      if (!trouble_.empty()) throw std::runtime_error(trouble_ + " (" + std::to_string(stored_) + " entities are stored)");
      show_progress(std::to_string(stored_) + " of " + std::to_string(told_.entities) + " entities");
    }
    end_progress();
    const auto seconds = to_s(now_ns() - begin);

    report parameters;
    parameters.text("connect", told_.connect).count("entities", told_.entities).count("rooms", told_.rooms);
    outcome out;
    out.result.text("scenario", "fill")
        .part("parameters", parameters.count("batch", told_.batch).count("payload_bytes", told_.payload_bytes));
    out.result.number("seconds", seconds).count("entities", stored_);
    out.result.number("entities_per_s", static_cast<double>(stored_) / seconds);
    return out;
  }

  void connected(http_client& by) override { post_next(by); }

  void answered(http_client& by, const http_response& answer, std::int64_t) override {
    if (answer.status != 200) {
      trouble_ = "answer " + std::to_string(answer.status) + ": " + std::string(answer.body.substr(0, 300));
      return;
    }
    // One object for each entity, each with its version.
    for (auto at = answer.body.find(version); at != std::string_view::npos; at = answer.body.find(version, at + version.size())) ++stored_;
    post_next(by);
  }

  void ended(http_client&, const std::string& why) override { trouble_ = why; }

 private:
  static constexpr std::string_view version = "\"version\":";

  // Entity n is in room n % rooms. A request holds entities of one room.
  std::uint64_t entities_of(std::uint64_t room) const {
    return told_.entities / told_.rooms + (room < told_.entities % told_.rooms ? 1 : 0);
  }

  void post_next(http_client& by) {
    while (room_ < told_.rooms && in_room_ >= entities_of(room_)) {
      ++room_;
      in_room_ = 0;
    }
    if (room_ >= told_.rooms) return;
    const auto end = std::min<std::uint64_t>(in_room_ + told_.batch, entities_of(room_));
    std::string body = "[";
    for (; in_room_ < end; ++in_room_) {
      if (body.size() > 1) body += ',';
      body += R"({"op":"set","key":"entity-)" + std::to_string(in_room_) + R"(","data":)" + document_ + '}';
    }
    body += ']';
    by.post("/api/v1/rooms/" + room_name(static_cast<unsigned>(room_)) + "/events", "application/json", body);
  }

  const options& told_;
  event_loop loop_;
  endpoint target_;
  std::string document_;
  std::vector<std::unique_ptr<http_client>> clients_;
  std::uint64_t room_ = 0;     // where the next entity goes
  std::uint64_t in_room_ = 0;  // its number there
  std::uint64_t stored_ = 0;
  std::string trouble_;
};

}  // namespace

outcome run_fill(const options& told) { return filling(told).run(); }

}  // namespace tidewire::load
