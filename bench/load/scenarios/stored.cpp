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

constexpr std::int64_t patience_ns = 30 * ns_per_s;
constexpr unsigned asked_max = 64;  // rooms at the same time

// What both peers have in common: rooms are asked for one after the other on one connection, and their answers added up.
class counting {
 public:
  explicit counting(unsigned rooms) : rooms_(rooms) {}
  virtual ~counting() = default;

  std::uint64_t run() {
    const auto begin = now_ns();
    for (connect(); answered_ < rooms_; loop_.turn(ns_per_s / 20)) {
      if (!trouble_.empty()) throw std::runtime_error("asking for the rooms: " + trouble_);
      if (now_ns() - begin > patience_ns) throw std::runtime_error("asking for the rooms: no answer in 30 s");
    }
    return sum_;
  }

 protected:
  virtual void connect() = 0;
  virtual void ask(unsigned room) = 0;

  void ask_next() {
    while (asked_ < rooms_ && asked_ < answered_ + asked_max) ask(asked_++);
  }
  void add(std::uint64_t publications) {
    sum_ += publications;
    ++answered_;
    ask_next();
  }
  void stop(const std::string& why) { trouble_ = why; }

  event_loop loop_;

 private:
  const unsigned rooms_;
  unsigned asked_ = 0;
  unsigned answered_ = 0;
  std::uint64_t sum_ = 0;
  std::string trouble_;
};

class http_counting final : public counting, private http_observer {
 public:
  explicit http_counting(const options& told) : counting(told.rooms), target_(resolve(told.connect)), client_(loop_, target_, *this) {}

 private:
  void connect() override { client_.connect(); }
  void ask(unsigned room) override { client_.get("/api/v1/rooms/" + room_name(room)); }
  void connected(http_client&) override { ask_next(); }
  void ended(http_client&, const std::string& why) override { stop(why); }

  void answered(http_client&, const http_response& response, std::int64_t) override {
    if (response.status == 404) return add(0);  // nothing was published to it yet
    if (response.status == 200 && read_http_places(response.body, places_)) return add(places_.offsets.front());
    stop("answer " + std::to_string(response.status) + ": " + std::string(response.body));
  }

  const endpoint target_;
  http_client client_;
  http_places places_;
};

class stream_counting final : public counting, private client_observer {
 public:
  explicit stream_counting(const options& told)
      : counting(told.rooms),
        speech_(make_resp_streams()),
        among_{loop_, resolve(told.connect), *speech_, *this, told.payload_bytes, nullptr},
        client_(among_, role::bystander, 0, 0) {}

 private:
  void connect() override { client_.connect(); }
  void ask(unsigned room) override { client_.send(stream_length_command(room)); }
  void became_ready(client&) override { ask_next(); }
  void taken(client&, std::uint64_t, std::uint64_t place, std::int64_t) override { add(place); }
  void ended(client&, const std::string& why) override { stop(why); }

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
