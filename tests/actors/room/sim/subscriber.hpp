// A simulated client: subscribes to the stream or to the map, in pages, leaves, comes back with its position, and holds everything it is
// shown against the ledger.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "tests/actors/room/sim/publisher.hpp"
#include "tests/actors/room/sim/world.hpp"

namespace tidewire::test {

class sim_subscriber final : public sim_listener {
 public:
  sim_subscriber(chance& by, sim_world& world, sim_counts& counts, const limits& limit, bool map)
      : by_(by), world_(world), counts_(counts), limit_(limit), map_(map) {}

  void act();  // comes, leaves, or takes its time
  void hurry();
  bool away() const { return stage_ == stage::away; }
  bool current() const;  // live, and shown everything

  void on_live(const protocol::subscribe_result& reply, std::uint64_t from) override;
  void on_push(const publication& told) override;
  bool slow() const override { return slow_; }
  void on_resumed(const std::vector<change>& missed, std::uint64_t up_to) override;
  void on_lost() override;

 private:
  struct position {
    std::string epoch;
    std::uint64_t offset = 0;
  };
  enum class stage : std::uint8_t { away, asking, live };

  void come();
  void leave();
  void ask(protocol::subscribe_command command);
  void hear(session_id session, const result<subscribe_step>& step);
  void next_page(const protocol::subscribe_result& page);
  void take_state(const protocol::subscribe_result& page);
  void take_missed(const protocol::subscribe_result& page, std::uint64_t upto);
  void apply(const publication& told);
  void check_reset() const;
  std::string name() const { return "subscriber " + std::to_string(session_); }

  chance& by_;
  sim_world& world_;
  sim_counts& counts_;
  const limits& limit_;
  const bool map_;
  stage stage_ = stage::away;
  session_id session_ = 0;
  std::optional<position> at_;  // what is below has been shown
  protocol::subscribe_command asked_;
  std::map<std::string, entity_document> view_;  // of a map
  bool whole_ = false;                           // the view is a state, not only pages of one
  bool slow_ = false;
};

}  // namespace tidewire::test
