// Everyone is cut off at once, misses some publications, and comes back: how long until all have what they missed.
#include <algorithm>
#include <stdexcept>

#include "bench/load/core/clock.hpp"
#include "bench/load/core/process.hpp"
#include "bench/load/scenarios/crowd.hpp"
#include "bench/load/scenarios/measure.hpp"
#include "bench/load/scenarios/scenarios.hpp"

namespace tidewire::load {
namespace {

constexpr std::int64_t patience_ns = 30 * ns_per_s;
constexpr std::uint64_t unanswered_max = 1024;  // publications

class storm {
 public:
  explicit storm(const options& told)
      : told_(told),
        pid_(told.pid),
        speech_(make_dialect(told.peer, told.payload_bytes)),
        account_({told.rooms, 1, told.connections / told.rooms, told.missed}),
        publishing_(told.connect, *speech_, told.payload_bytes, nullptr),
        crowd_(told.connect, *speech_, told.payload_bytes, nullptr),
        positions_(told.connections),
        keys_(entity_names(told.keys)),
        payload_(make_payload(told.payload_bytes)) {
    if (!speech_->recovers()) throw std::runtime_error("--peer " + told.peer + ": it has no recovery of what a client missed");
    if (told.connections % told.rooms != 0) throw std::runtime_error("--connections must be a multiple of --rooms");
    publishing_.add(role::publisher, 0, 0);
    for (unsigned number = 0; number < told.connections; ++number)
      crowd_.add(role::subscriber, number, told.first_room + account_.room_of(number)).watches_state = told.snapshots;
  }

  outcome run() {
    const auto before = read_meters(pid_);
    publishing_.connect("connecting");
    // So that every room has a position, and its entities.
    for (unsigned nth = 0; nth < std::max(1U, told_.keys); ++nth) publish_everywhere(nth, [&](unsigned) {});
    if (told_.snapshots) crowd_.on_ready = [this](client& who) { check_state(who); };

    const auto first = connect("connecting");
    for (unsigned number = 0; number < crowd_.size(); ++number) positions_[number] = crowd_.at(number).found;
    hold();
    const auto cut = now_ns();
    if (told_.restart.empty()) {
      for (unsigned number = 0; number < crowd_.size(); ++number) crowd_.at(number).drop();
    } else {
      begin_anew();
    }
    for (unsigned nth = 0; nth < told_.missed; ++nth)
      publish_everywhere(nth, [&](unsigned room) { stamp(payload_.data(), account_.begin(room, 0, now_ns())); });

    for (unsigned number = 0; number < crowd_.size(); ++number) crowd_.at(number).resume_from = &positions_[number];
    if (!told_.snapshots) crowd_.on_ready = [this](client& who) { check_recovered(who); };
    const auto again = connect("coming back");
    return report_on(before, first, cut, again);
  }

 private:
  struct span {
    reading begin, end;
    double seconds() const { return to_s(end.at - begin.at); }
  };

  span connect(std::string_view what) {
    const auto begin = read_meters(pid_);
    crowd_.connect(what);
    return {begin, read_meters(pid_)};
  }

  // The server is another process from here on.
  void begin_anew() {
    pid_ = process_started_by(told_.restart);
    crowd_.await_ends();
    publishing_.await_ends();
    publishing_.connect("publishing again");
  }

  // One publication into each room, the nth one; returns when the server has taken all.
  template <class Prepare>
  void publish_everywhere(unsigned nth, Prepare prepare) {
    auto& publisher = publishing_.at(0);
    for (unsigned room = 0; room < told_.rooms; ++room) {
      prepare(room);
      publisher.publish({told_.first_room + room, payload_, keys_.empty() ? std::string_view() : keys_[nth % keys_.size()]});
      ++published_;
      if (published_ - publisher.acknowledged >= unanswered_max) await_answers();
    }
    await_answers();
  }

  void hold() {
    for (const auto until = now_ns() + to_ns(told_.hold_s); now_ns() < until;) crowd_.turn(ns_per_s / 20);
  }

  void await_answers() {
    auto& publisher = publishing_.at(0);
    const auto begin = now_ns();
    for (publisher.flush(); publisher.acknowledged < published_; publishing_.turn(ns_per_s / 20))
      if (now_ns() - begin > patience_ns) throw std::runtime_error("publications are not acknowledged");
  }

  void check_recovered(client& who) {
    std::string_view text = who.recovered;
    for (auto at = find_marker(text); at != std::string_view::npos; at = find_marker(text)) {
      account_.delivered(who.number(), read_marker(text.data() + at), now_ns());
      text.remove_prefix(at + marker_bytes);
    }
    who.recovered = {};
  }

  // Every entity has a payload. A page may be from a moment ago: what has changed since then comes behind it, once more.
  void check_state(client& who) {
    std::size_t rows = 0;
    std::string_view text = who.recovered;
    for (auto at = find_marker(text); at != std::string_view::npos; at = find_marker(text), ++rows) text.remove_prefix(at + marker_bytes);
    if (rows < keys_.size() || rows > keys_.size() + told_.missed)
      throw std::runtime_error("a snapshot has " + std::to_string(rows) + " of " + std::to_string(keys_.size()) + " entities");
    who.recovered = {};
  }

  outcome report_on(const reading& before, const span& first, std::int64_t cut, const span& again) {
    const auto bad = told_.snapshots ? violations{} : account_.found();
    outcome out;
    auto& result = out.result;
    report parameters;
    parameters.text("connect", told_.connect).count("connections", told_.connections).count("rooms", told_.rooms);
    parameters.count("missed", told_.missed).count("payload_bytes", told_.payload_bytes).count("keys", told_.keys);
    parameters.flag("snapshots", told_.snapshots).flag("restart", !told_.restart.empty());
    result.text("scenario", "storm").text("peer", told_.peer).part("parameters", parameters);
    result.number("connect_s", first.seconds()).number("resume_s", again.seconds()).count("recovered", account_.arrived());
    if (pid_ != 0) result.number("connect_cpu_s", first.end.server->cpu_s - first.begin.server->cpu_s);
    add_server(result, {before, first.end, again.begin, again.end}, told_.connections);
    result.number("load_cpu_share", (again.end.own_cpu_s - again.begin.own_cpu_s) / again.seconds());
    add_violations(result, bad);
    result.count("connected_by_ms", to_ms(first.end.at)).count("cut_ms", to_ms(cut)).count("back_by_ms", to_ms(again.end.at));
    if (bad.any()) out.trouble = violations_text;
    return out;
  }

  const options& told_;
  int pid_;
  std::unique_ptr<dialect> speech_;
  deliveries account_;
  crowd publishing_;
  crowd crowd_;
  std::vector<position> positions_;  // where each subscriber was cut off
  std::vector<std::string> keys_;    // of the entities that are published to
  std::string payload_;
  std::uint64_t published_ = 0;
};

}  // namespace

outcome run_storm(const options& told) { return storm(told).run(); }

}  // namespace tidewire::load
