// Publishes into rooms with many subscribers, either with a fixed number of publications on their way or at a fixed rate.
#include <algorithm>
#include <stdexcept>
#include <string>

#include "bench/load/core/clock.hpp"
#include "bench/load/scenarios/crowd.hpp"
#include "bench/load/scenarios/measure.hpp"
#include "bench/load/scenarios/scenarios.hpp"

namespace tidewire::load {
namespace {

constexpr std::int64_t grace_ns = ns_per_s;        // what was published late may still arrive so much later
constexpr std::int64_t silence_ns = 5 * ns_per_s;  // after so long without a delivery nothing comes any more
constexpr std::int64_t drain_ns = 60 * ns_per_s;   // nor do we wait longer than that
constexpr std::int64_t longest_wait_ns = ns_per_s / 20;

// Publications of one lane that may be on their way.
std::size_t outstanding_max(const options& told) {
  constexpr std::size_t ring_places = 4'000'000;  // 64 MB for all lanes together
  const auto lanes = std::size_t{told.rooms} * told.publishers;
  const auto wanted = told.in_flight > 0 ? std::size_t{told.in_flight} : std::size_t{1} << 20;
  return std::max<std::size_t>(16, std::min(wanted, ring_places / lanes));
}

class fan_out {
 public:
  explicit fan_out(const options& told)
      : told_(told),
        speech_(make_dialect(told.peer, told.payload_bytes)),
        homes_(speech_->publishes_at_home() ? told.rooms : 1),
        account_({told.rooms, told.publishers, told.subscribers, outstanding_max(told)}),
        crowd_(told.connect, *speech_, told.payload_bytes, &account_),
        payload_(make_payload(told.payload_bytes)),
        keys_(entity_names(told.keys)) {
    crowd_.on_received = [this](client&, std::int64_t now) { publish_due(now); };
  }

  outcome run() {
    const auto before = read_meters(told_.pid);
    connect();
    const auto connected = read_meters(told_.pid);
    start_ = now_ns();
    open_ = true;
    const auto begin = run_until(start_ + to_ns(told_.warm_up_s));
    account_.count_from(begin.at, std::int64_t{told_.slice_ms} * ns_per_ms);
    const auto end = run_until(begin.at + to_ns(told_.seconds));
    open_ = false;
    drain(end.at);
    return report_on({before, connected, begin, end});
  }

 private:
  void connect() {
    for (unsigned number = 0; number < account_.subscribers(); ++number) crowd_.add(role::subscriber, number, account_.room_of(number));
    for (unsigned number = 0; number < told_.publishers; ++number)
      for (unsigned home = 0; home < homes_; ++home) crowd_.add(role::publisher, number, home);
    crowd_.connect("connecting");
  }

  client& publisher(unsigned number, unsigned room) {
    return crowd_.at(account_.subscribers() + std::size_t{number} * homes_ + room % homes_);
  }

  reading run_until(std::int64_t end) {
    for (auto now = now_ns(); now < end; now = now_ns()) {
      publish_due(now);
      publish_completed(now);
      flush();
      crowd_.turn(std::clamp<std::int64_t>(std::min(end, next_due()) - now_ns(), 0, longest_wait_ns));
      watch_silence();
    }
    auto all = read_meters(told_.pid);
    all.published = account_.published();
    all.arrived = account_.arrived();
    all.received_bytes = crowd_.received_bytes();
    show_progress(std::to_string(all.published) + " published, " + std::to_string(all.arrived) + " delivered");
    return all;
  }

  // Waits for what is on its way; notes when the last of it came.
  void drain(std::int64_t end) {
    auto arrived = account_.arrived();
    kept_up_ = !held_back_;
    for (auto last = end; account_.completed() < account_.published() || awaits_replies();) {
      crowd_.turn(longest_wait_ns);
      const auto now = now_ns();
      if (arrived != account_.arrived()) last = now;
      arrived = account_.arrived();
      if (now - end > grace_ns && account_.completed() < account_.published()) kept_up_ = false;
      if (now - last > silence_ns || now - end > drain_ns) break;
    }
    end_progress();
    if (awaits_replies()) trouble_ = "not every publication was acknowledged";
  }

  bool awaits_replies() {
    std::uint64_t acknowledged = 0;
    for (auto number = account_.subscribers(); number < crowd_.size(); ++number) acknowledged += crowd_.at(number).acknowledged;
    return speech_->acknowledges() && acknowledged < account_.published();
  }

  void watch_silence() {
    const auto now = now_ns();
    if (account_.arrived() != last_arrived_ || account_.completed() == account_.published()) last_delivery_ = now;
    last_arrived_ = account_.arrived();
    if (now - last_delivery_ > silence_ns)
      throw std::runtime_error("no delivery for 5 s: " + std::to_string(account_.published()) + " published, " +
                               std::to_string(account_.completed()) + " arrived everywhere, " + std::to_string(account_.arrived()) +
                               " deliveries");
  }

  // At a fixed rate: the schedule does not wait for the server.
  std::int64_t due(std::uint64_t nth) const { return start_ + to_ns(static_cast<double>(nth / told_.burst * told_.burst) / told_.rate); }
  std::int64_t next_due() const { return told_.rate > 0 && !held_back_ ? due(scheduled_) : INT64_MAX; }

  void publish_due(std::int64_t now) {
    if (told_.rate <= 0 || !open_) return;
    auto when = due(scheduled_);
    if (when > now) return;
    for (; when <= now; when = due(++scheduled_)) {
      if (publish(scheduled_, when)) continue;
      held_back_ = true;
      break;
    }
    flush();
  }

  // With a fixed number on their way: as many as have arrived everywhere go out.
  void publish_completed(std::int64_t now) {
    if (told_.rate > 0) return;
    while (account_.published() < account_.completed() + told_.in_flight && publish(scheduled_, now)) ++scheduled_;
  }

  bool publish(std::uint64_t nth, std::int64_t when) {
    const auto room = static_cast<unsigned>(nth % told_.rooms);
    const auto by = static_cast<unsigned>(nth % told_.publishers);
    if (!account_.has_place(room, by)) return false;
    stamp(payload_.data(), account_.begin(room, by, when));
    auto& out = publisher(by, room);
    out.publish({room, payload_, keys_.empty() ? std::string_view() : keys_[nth / told_.rooms % keys_.size()]});
    unwritten_.push_back(&out);
    return true;
  }

  void flush() {
    for (auto* each : unwritten_) each->flush();
    unwritten_.clear();
  }

  outcome report_on(const course& of) {
    const auto& [before, connected, begin, end] = of;
    const auto seconds = to_s(end.at - begin.at);
    const auto publishes = end.published - begin.published;
    const auto arrived = end.arrived - begin.arrived;
    const auto bad = account_.found();
    outcome out;
    auto& result = out.result;
    result.text("scenario", "fan-out").text("peer", told_.peer).part("parameters", parameters()).number("seconds", seconds);
    result.count("publishes", publishes).number("publishes_per_s", static_cast<double>(publishes) / seconds);
    result.count("deliveries", arrived).number("deliveries_per_s", static_cast<double>(arrived) / seconds);
    result.part("latency_ms", latency_report(account_.latency()));
    if (told_.slice_ms > 0) result.count("began_ms", to_ms(begin.at)).parts("slices", slices());
    add_server(result, of, crowd_.size());
    result.number("bytes_per_delivery",
                  arrived == 0 ? 0 : static_cast<double>(end.received_bytes - begin.received_bytes) / static_cast<double>(arrived));
    result.number("load_cpu_share", (end.own_cpu_s - begin.own_cpu_s) / seconds);
    if (told_.rate > 0) result.flag("kept_up", kept_up_);
    report total;  // with warm-up and what came afterwards
    result.part("total", total.count("publishes", account_.published()).count("deliveries", account_.arrived()));
    add_violations(result, bad);
    out.trouble = bad.any() ? violations_text : trouble_;
    return out;
  }

  // What was due in each stretch of the measuring time, from its beginning.
  std::vector<report> slices() const {
    std::vector<report> all;
    for (const auto& each : account_.slices()) all.push_back(latency_report(each).count("deliveries", each.count()));
    return all;
  }

  report parameters() const {
    report all;
    all.text("connect", told_.connect).count("rooms", told_.rooms).count("subscribers", told_.subscribers);
    all.count("publishers", told_.publishers);
    if (told_.rate > 0) {
      all.number("rate", told_.rate).count("burst", told_.burst);
    } else {
      all.count("in_flight", told_.in_flight);
    }
    if (told_.slice_ms > 0) all.count("slice_ms", told_.slice_ms);
    return all.number("warm_up_s", told_.warm_up_s).count("payload_bytes", told_.payload_bytes).count("keys", told_.keys);
  }

  const options& told_;
  std::unique_ptr<dialect> speech_;
  const unsigned homes_;  // connections of each publisher
  deliveries account_;
  crowd crowd_;
  std::string payload_;
  std::vector<std::string> keys_;   // of the entities that are published to; none: publications of the stream
  std::vector<client*> unwritten_;  // publishers that have something to write, some more than once
  bool open_ = false;               // publications may go out
  bool held_back_ = false;          // the schedule had to wait: too much is on its way
  bool kept_up_ = true;
  std::uint64_t scheduled_ = 0;
  std::int64_t start_ = 0;
  std::uint64_t last_arrived_ = 0;
  std::int64_t last_delivery_ = now_ns();
  std::string trouble_;
};

}  // namespace

outcome run_fan_out(const options& told) { return fan_out(told).run(); }

}  // namespace tidewire::load
