// Publishes into rooms that nobody is subscribed to: each connection keeps some requests on their way. Every answer is checked, and in the
// end the server is asked what it has.
#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/load/core/clock.hpp"
#include "bench/load/scenarios/crowd.hpp"
#include "bench/load/scenarios/measure.hpp"
#include "bench/load/scenarios/publisher.hpp"
#include "bench/load/scenarios/scenarios.hpp"
#include "bench/load/scenarios/stored.hpp"

namespace tidewire::load {
namespace {

constexpr std::size_t connecting_max = 256;
constexpr std::int64_t patience_ns = 30 * ns_per_s;  // for connecting, and for each answer
constexpr std::int64_t after_refusal_ns = ns_per_s;  // for other answers when one was a refusal
constexpr std::int64_t longest_wait_ns = ns_per_s / 20;

class publishing final : private publisher_observer {
 public:
  explicit publishing(const options& told)
      : told_(told),
        batch_(told.how == "http-batch" ? told.batch : 1),
        account_({told.connections, told.rooms, told.pipeline}),
        ways_(told, loop_, *this),
        payloads_(batch_, make_payload(told.payload_bytes)),
        sequences_(told.rooms) {
    keys_ = entity_names(told.keys);
    for (const auto& each : payloads_) publications_.push_back({0, each});
    for (unsigned number = 0; number < told.connections; ++number) publishers_.push_back(ways_.make(number));
  }

  outcome run() {
    const auto stored_before = count_stored(told_);
    const auto before = read_meters(told_.pid);
    connect();
    const auto connected = read_meters(told_.pid);
    open_ = true;
    for (unsigned number = 0; number < told_.connections; ++number) {
      publish(number);
      publishers_[number]->flush();
    }
    const auto begin = run_until(connected.at + to_ns(told_.warm_up_s));
    account_.count_from(begin.at);
    const auto end = run_until(begin.at + to_ns(told_.seconds));
    open_ = false;
    drain();
    return report_on({before, connected, begin, end}, stored_before);
  }

 private:
  void became_ready() override { ++ready_; }

  void answered(unsigned number, const answer& what, std::int64_t now) override {
    account_.answered(number, what, now);
    if (!account_.complaint().empty()) return refused(account_.complaint());
    publish(number);
  }

  void refused(const std::string& why) override {
    ++errors_;
    open_ = false;
    if (trouble_.empty()) trouble_ = why;
  }

  void connect() {
    allow_connections(publishers_.size());
    const auto begin = now_ns();
    for (std::size_t next = 0; ready_ < publishers_.size(); loop_.turn(longest_wait_ns)) {
      for (; next < publishers_.size() && next - ready_ < connecting_max; ++next) publishers_[next]->connect();
      if (!trouble_.empty()) throw std::runtime_error(trouble_);
      if (now_ns() - begin > patience_ns)
        throw std::runtime_error("only " + std::to_string(ready_) + " of " + std::to_string(publishers_.size()) +
                                 " connections are ready, and the server says nothing");
    }
  }

  // As many requests as may be on their way.
  void publish(unsigned number) {
    for (; open_ && account_.has_place(number); ++requests_) {
      const auto room = static_cast<unsigned>(requests_ % told_.rooms);
      for (std::size_t i = 0; i < batch_; ++i) prepare(i, number, room);
      account_.begin(number, room, batch_, now_ns());
      publishers_[number]->publish(publications_);
    }
  }

  void prepare(std::size_t nth, unsigned number, unsigned room) {
    const auto sequence = sequences_[room]++;
    stamp(payloads_[nth].data(), {number, room, sequence});
    publications_[nth].room = room;
    if (!keys_.empty()) publications_[nth].key = keys_[sequence % keys_.size()];
  }

  reading run_until(std::int64_t end) {
    auto last_answer = now_ns();
    auto acknowledged = account_.acknowledged();
    for (auto now = last_answer; now < end && trouble_.empty(); now = now_ns()) {
      loop_.turn(std::min(end - now, longest_wait_ns));
      if (account_.acknowledged() != acknowledged) last_answer = now;
      acknowledged = account_.acknowledged();
      if (now - last_answer > patience_ns) throw std::runtime_error("no answer for 30 s" + unanswered());
    }
    auto all = read_meters(told_.pid);
    all.published = account_.acknowledged();
    show_progress(std::to_string(all.published) + " acknowledged");
    return all;
  }

  void drain() {
    const auto begin = now_ns();
    while (account_.unanswered() > 0 && now_ns() - begin < (trouble_.empty() ? patience_ns : after_refusal_ns)) loop_.turn(longest_wait_ns);
    end_progress();
    if (account_.unanswered() > 0 && trouble_.empty()) trouble_ = "not every request was answered" + unanswered();
  }

  std::string unanswered() const { return ": " + std::to_string(account_.unanswered()) + " are open"; }

  // What the server has that nobody was told of counts as doubled, what it does not have as missing. After a refusal nobody knows.
  violations compare(std::optional<std::uint64_t> stored_before, std::optional<std::uint64_t> stored) const {
    auto bad = account_.found();
    if (!stored || !stored_before) return bad;
    const auto expected = *stored_before + account_.acknowledged();
    if (*stored > expected) bad.duplicates += *stored - expected;
    if (*stored < expected) bad.missing = expected - *stored;
    return bad;
  }

  outcome report_on(const course& of, std::optional<std::uint64_t> stored_before) {
    const auto stored = trouble_.empty() ? count_stored(told_) : std::nullopt;
    const auto bad = compare(stored_before, stored);
    const auto& [before, connected, begin, end] = of;
    const auto seconds = to_s(end.at - begin.at);
    const auto publishes = end.published - begin.published;
    outcome out;
    auto& result = out.result;
    result.text("scenario", "publish").text("peer", told_.peer).part("parameters", parameters()).number("seconds", seconds);
    result.count("publishes", publishes).number("publishes_per_s", static_cast<double>(publishes) / seconds);
    result.part("latency_ms", latency_report(account_.latency()));
    add_server(result, of, publishers_.size());
    result.number("load_cpu_share", (end.own_cpu_s - begin.own_cpu_s) / seconds).count("errors", errors_);
    report total;  // with warm-up and what came afterwards
    total.count("publishes", account_.acknowledged());
    if (stored && stored_before) total.count("stored", *stored - *stored_before);
    result.part("total", total);
    add_violations(result, bad);
    out.trouble = trouble_.empty() && bad.any() ? "publications were lost, doubled or exchanged: see violations" : trouble_;
    return out;
  }

  report parameters() const {
    report all;
    all.text("connect", told_.connect).text("how", told_.how).count("rooms", told_.rooms).count("connections", told_.connections);
    all.count("pipeline", told_.pipeline).count("batch", batch_).count("keys", told_.keys);
    return all.number("warm_up_s", told_.warm_up_s).count("payload_bytes", told_.payload_bytes);
  }

  const options& told_;
  const unsigned batch_;  // publications in a request
  event_loop loop_;
  requests account_;
  const publishers ways_;
  std::vector<std::unique_ptr<publisher>> publishers_;
  std::vector<std::string> payloads_;      // of a request
  std::vector<publication> publications_;  // the same, with their keys
  std::vector<std::string> keys_;
  std::vector<std::uint64_t> sequences_;  // by room: what was published so far
  std::uint64_t requests_ = 0;
  std::size_t ready_ = 0;
  bool open_ = false;  // publications may go out
  std::uint64_t errors_ = 0;
  std::string trouble_;
};

}  // namespace

outcome run_publish(const options& told) { return publishing(told).run(); }

}  // namespace tidewire::load
