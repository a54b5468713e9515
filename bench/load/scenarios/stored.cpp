#include "bench/load/scenarios/stored.hpp"

#include <stdexcept>
#include <string>

#include "bench/load/core/client.hpp"
#include "bench/load/core/clock.hpp"
#include "bench/load/core/http_client.hpp"
#include "bench/load/dialects/dialects.hpp"
#include "bench/load/parts/http_publications.hpp"

namespace tidewire::load {
namespace {

constexpr std::int64_t patience_ns = 30 * ns_per_s;  // for each answer

// What both peers have in common: the server is asked and its answers are added up.
class counting {
 public:
  virtual ~counting() = default;

  std::uint64_t run() {
    for (connect(); !done_; loop_.turn(ns_per_s / 20)) {
      if (!trouble_.empty()) throw std::runtime_error("asking for the rooms: " + trouble_);
      if (now_ns() - last_answer_ > patience_ns) throw std::runtime_error("asking for the rooms: no answer in 30 s");
    }
    return sum_;
  }

 protected:
  virtual void connect() = 0;
  void add(std::uint64_t publications) {
    sum_ += publications;
    last_answer_ = now_ns();
  }
  void finish() { done_ = true; }
  void stop(const std::string& why) { trouble_ = why; }

  event_loop loop_;

 private:
  std::uint64_t sum_ = 0;
  bool done_ = false;
  std::int64_t last_answer_ = now_ns();
  std::string trouble_;
};

// Page by page.
class http_counting final : public counting, private http_observer {
 public:
  explicit http_counting(const options& told) : target_(resolve(told.connect)), client_(loop_, target_, *this) {}

 private:
  void connect() override { client_.connect(); }
  void connected(http_client&) override { client_.get(first_page); }
  void ended(http_client&, const std::string& why) override { stop(why); }

  void answered(http_client&, const http_response& response, std::int64_t) override {
    const auto page = response.status == 200 ? read_rooms_page(response.body) : std::nullopt;
    if (!page) return stop("answer " + std::to_string(response.status) + ": " + std::string(response.body));
    add(page->publications);
    if (page->next_cursor.empty()) return finish();
    client_.get(std::string(first_page).append("&cursor=").append(page->next_cursor));
  }

  static constexpr std::string_view first_page = "/api/v1/rooms?prefix=bench:&limit=1000";
  const endpoint target_;
  http_client client_;
};

// Room by room, all asked for at once.
class stream_counting final : public counting, private client_observer {
 public:
  explicit stream_counting(const options& told)
      : rooms_(told.rooms),
        speech_(make_resp_streams()),
        among_{loop_, resolve(told.connect), *speech_, *this, told.payload_bytes, nullptr},
        client_(among_, role::bystander, 0, 0) {}

 private:
  void connect() override { client_.connect(); }
  void ended(client&, const std::string& why) override { stop(why); }

  void became_ready(client&) override {
    for (unsigned room = 0; room < rooms_; ++room) client_.send(stream_length_command(room));
  }

  void taken(client&, std::uint64_t nth, std::uint64_t place, std::int64_t) override {
    add(place);
    if (nth + 1 == rooms_) finish();
  }

  const unsigned rooms_;
  const std::unique_ptr<dialect> speech_;
  const surroundings among_;
  client client_;
};

}  // namespace

std::optional<std::uint64_t> count_stored(const options& told) {
  if (told.peer == "tidewire") return http_counting(told).run();
  if (told.peer == "redis") return stream_counting(told).run();
  return std::nullopt;
}

}  // namespace tidewire::load
