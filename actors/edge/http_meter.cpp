#include "actors/edge/http_meter.hpp"

#include <algorithm>
#include <utility>

#include "actors/edge/access_log.hpp"
#include "actors/gateway/http_route.hpp"
#include "schemas/statistics/cycle_clock.hpp"

namespace tidewire {

namespace {

constexpr std::array<std::string_view, 7> method_names{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "other"};

// In the order of enum class endpoint; behind them what the edge serves by itself.
constexpr std::array<std::string_view, 23> endpoint_names{
    "other",
    "/livez",
    "/readyz",
    "/api/v1/events",
    "/api/v1/batch",
    "/api/v1/ingest",
    "/api/v1/entities",
    "/api/v1/rooms",
    "/api/v1/rooms/{room}",
    "/api/v1/rooms/{room}/events",
    "/api/v1/rooms/{room}/entities",
    "/api/v1/rooms/{room}/entities/{key}",
    "/api/v1/rooms/{room}/history",
    "/api/v1/rooms/{room}/presence",
    "/api/v1/rooms/{room}/messages",
    "/api/v1/openapi.json",
    "/api/{method}",
    "/problems/{slug}",
    "page",
    "/api/v1/rooms/{room}/stream",
    "/connection/uni_sse",
    "/connection/{transport}",
    "/emulation",
};
constexpr std::size_t room_stream_place = static_cast<std::size_t>(endpoint::asset) + 1;
static_assert(endpoint_names[room_stream_place] == "/api/v1/rooms/{room}/stream");

constexpr std::array<std::string_view, 26> status_names{"200", "201", "202", "204", "206", "301", "304", "400",  "401",
                                                        "403", "404", "405", "406", "408", "409", "412", "413",  "414",
                                                        "415", "422", "429", "431", "500", "501", "503", "other"};

template <std::size_t Size>
std::size_t place_in(const std::array<std::string_view, Size>& names, std::string_view wanted) {
  return static_cast<std::size_t>(std::ranges::find(names.begin(), names.end() - 1, wanted) - names.begin());
}

std::size_t endpoint_place(std::string_view target) {
  const auto path = target.substr(0, target.find('?'));
  if (path.starts_with("/api/v1/rooms/") && path.ends_with("/stream") && std::ranges::count(path, '/') == 5) return room_stream_place;
  if (path == "/connection/uni_sse") return room_stream_place + 1;
  if (path.starts_with("/connection/")) return room_stream_place + 2;
  if (path == "/emulation") return room_stream_place + 3;
  return static_cast<std::size_t>(endpoint_of_path(path));
}

}  // namespace

class metered_responder final : public transport::http_responder {
 public:
  metered_responder(transport::http_responder_ptr inner, const http_meter& meter, http_meter::cell& into, request_note note)
      : inner_(std::move(inner)), meter_(meter), into_(into), note_(std::move(note)) {}
  ~metered_responder() override {
    if (!told_) tell(503, {});  // nobody answered: transport does
  }

  void answer(transport::http_response response) override {
    tell(response.status, response.body.size());
    inner_->answer(std::move(response));
  }
  void stream(transport::stream_terms terms, const transport::listener_maker& listen) override {
    count(200);
    if (access_log::is_on()) {  // it is over when its terms go
      auto life = std::make_shared<stream_life>(note_, end(200), begun_);
      terms.farewell = [said = std::move(terms.farewell), life = std::move(life)](close_code code) {
        return said ? said(code) : std::string();
      };
    }
    inner_->stream(std::move(terms), listen);
  }

 private:
  struct stream_life {
    stream_life(request_note of, request_end at_end, std::uint64_t since) : note(std::move(of)), with(at_end), begun(since) {}
    stream_life(const stream_life&) = delete;
    stream_life& operator=(const stream_life&) = delete;
    ~stream_life() {
      with.ns = cycle_clock::ns(begun, cycle_clock::now());
      note.ended(with);
    }

    const request_note note;
    request_end with;
    const std::uint64_t begun;
  };

  void tell(std::uint16_t status, std::optional<std::size_t> bytes) {
    const auto ns = count(status);
    if (!ns || !(access_log::is_on() || *ns >= access_log::slow_ns.load(std::memory_order_relaxed))) return;
    auto with = end(status);
    with.ns = *ns;
    with.bytes = bytes;
    note_.answered(with);
  }
  // How long it took; nothing: it is counted already.
  std::optional<std::uint64_t> count(std::uint16_t status) {
    if (std::exchange(told_, true)) return std::nullopt;
    const auto ns = cycle_clock::ns(begun_, cycle_clock::now());
    into_.by_status[place_in(status_names, std::to_string(status))].fetch_add(1, std::memory_order_relaxed);
    into_.times.add(ns);
    return ns;
  }
  // Its method and endpoint are those of the counters.
  request_end end(std::uint16_t status) const {
    const auto& all = meter_.cells_;
    const auto place =
        static_cast<std::size_t>(std::ranges::find_if(all, [&](const auto& each) { return each.load() == &into_; }) - all.begin());
    return {method_names[place % method_names.size()], endpoint_names[place / method_names.size()], status};
  }

  const transport::http_responder_ptr inner_;
  const http_meter& meter_;
  http_meter::cell& into_;
  const request_note note_;
  const std::uint64_t begun_ = cycle_clock::now();
  bool told_ = false;
};

http_meter::cell& http_meter::at(std::string_view method, std::string_view target) {
  static_assert(method_names.size() == methods && endpoint_names.size() <= endpoints && status_names.size() == statuses);
  auto& place = cells_[endpoint_place(target) * methods + place_in(method_names, method)];
  auto* found = place.load(std::memory_order_acquire);
  if (found != nullptr) return *found;
  auto made = std::make_unique<cell>();
  if (place.compare_exchange_strong(found, made.get(), std::memory_order_acq_rel)) return *made.release();
  return *found;  // somebody was faster
}

transport::http_responder_ptr http_meter::measured(const transport::http_request& request, transport::http_responder_ptr responder) {
  auto& into = at(request.head ? "HEAD" : request.method, request.target);
  return std::make_shared<metered_responder>(std::move(responder), *this, into, request_note(request));
}

void http_meter::for_each(const std::function<void(const line&)>& tell) const {
  for (std::size_t i = 0; i < endpoint_names.size() * methods; ++i) {
    const auto* found = cells_[i].load(std::memory_order_acquire);
    if (found == nullptr) continue;
    tell({method_names[i % methods], endpoint_names[i / methods], found->times, [found](const auto& each) {
            for (std::size_t status = 0; status < status_names.size(); ++status)
              if (const auto count = found->by_status[status].load(std::memory_order_relaxed); count > 0) each(status_names[status], count);
          }});
  }
}

}  // namespace tidewire
