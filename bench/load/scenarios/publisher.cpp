#include "bench/load/scenarios/publisher.hpp"

#include "bench/load/core/client.hpp"
#include "bench/load/core/http_client.hpp"
#include "bench/load/dialects/dialects.hpp"
#include "bench/load/parts/http_publications.hpp"

namespace tidewire::load {
namespace {

constexpr std::size_t quoted_bytes_max = 300;

// A request is a POST, whose answer says where each publication stands.
class http_publisher final : public publisher, private http_observer {
 public:
  http_publisher(event_loop& loop, const endpoint& target, bool in_arrays, unsigned number, publisher_observer& observer)
      : client_(loop, target, *this), in_arrays_(in_arrays), number_(number), observer_(observer) {}

  void connect() override { client_.connect(); }
  void flush() override { client_.flush(); }

  void publish(std::span<const publication> all) override {
    body_.clear();
    for (const auto& each : all) {
      if (in_arrays_) body_ += body_.empty() ? '[' : ',';
      append_http_publication(body_, each.key, each.payload);
    }
    if (in_arrays_) body_ += ']';
    path_ = "/api/v1/rooms/" + room_name(all.front().room) + "/events";
    client_.post(path_, "application/json", body_);
  }

 private:
  void connected(http_client&) override { observer_.became_ready(); }
  void ended(http_client&, const std::string& why) override { observer_.refused(why); }

  void answered(http_client&, const http_response& response, std::int64_t now) override {
    const auto nth = answered_++;
    if (response.status == 200 && read_http_places(response.body, places_))
      return observer_.answered(number_, {nth, places_.offsets, places_.room}, now);
    observer_.refused("answer " + std::to_string(response.status) + ": " + std::string(response.body.substr(0, quoted_bytes_max)));
  }

  http_client client_;
  const bool in_arrays_;
  const unsigned number_;
  publisher_observer& observer_;
  std::uint64_t answered_ = 0;
  http_places places_;
  std::string path_;
  std::string body_;
};

// A request is one publication in the dialect.
class dialect_publisher final : public publisher, private client_observer {
 public:
  dialect_publisher(event_loop& loop, const endpoint& target, const dialect& speech, std::size_t payload_bytes, unsigned number,
                    publisher_observer& observer)
      : among_{loop, target, speech, *this, payload_bytes, nullptr},
        client_(among_, role::publisher, number, 0),
        number_(number),
        observer_(observer) {}

  void connect() override { client_.connect(); }
  void flush() override { client_.flush(); }

  void publish(std::span<const publication> all) override {
    for (const auto& each : all) client_.publish(each);
  }

 private:
  void became_ready(client&) override { observer_.became_ready(); }
  void ended(client&, const std::string& why) override { observer_.refused(why.substr(0, quoted_bytes_max)); }
  void received(client&, std::size_t, std::int64_t) override { flush(); }

  void taken(client&, std::uint64_t nth, std::uint64_t place, std::int64_t now) override {
    answer what{nth, {}, {}};
    if (place != 0) what.places = std::span(&place, 1);
    observer_.answered(number_, what, now);
  }

  const surroundings among_;
  client client_;
  const unsigned number_;
  publisher_observer& observer_;
};

}  // namespace

publishers::publishers(const options& told, event_loop& loop, publisher_observer& observer)
    : told_(told), loop_(loop), observer_(observer), target_(resolve(told.connect)) {
  if (told.how == "ws") speech_ = make_dialect(told.peer, told.payload_bytes);
  if (told.how == "xadd") speech_ = make_resp_streams();
}

std::unique_ptr<publisher> publishers::make(unsigned number) const {
  if (speech_) return std::make_unique<dialect_publisher>(loop_, target_, *speech_, told_.payload_bytes, number, observer_);
  return std::make_unique<http_publisher>(loop_, target_, told_.how == "http-batch", number, observer_);
}

}  // namespace tidewire::load
