// One subscription of a client, as the client sees it: it asks in pages, comes back with its position, and holds everything it is shown
// against the truth.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "tests/actors/sim/counts.hpp"
#include "tests/actors/sim/json_object.hpp"
#include "tests/actors/sim/truth.hpp"
#include "tests/actors/sim/wish.hpp"

namespace tidewire::test {

class watch {
 public:
  watch(chance& by, truth& known, sim_counts& counts, const limits& limit, wish of)
      : by_(by), truth_(known), counts_(counts), limit_(limit), wish_(std::move(of)) {}
  virtual ~watch() = default;
  watch(const watch&) = delete;
  watch& operator=(const watch&) = delete;

  const std::string& channel() const noexcept { return wish_.channel; }
  bool away() const noexcept { return stage_ == stage::away; }
  bool asking() const noexcept { return stage_ == stage::asking; }
  bool live() const noexcept { return stage_ == stage::live; }
  // Since its client connected.
  bool was_live() const noexcept { return was_live_; }
  // It would be one view too many of its room.
  bool refused() const noexcept { return refused_; }

  // The subscribe command to send now: the first one, or for the next page.
  std::string ask();
  // What came of it. True: there is more to ask for.
  bool on_reply(const json_object_view& reply);
  void on_error(std::uint64_t code);
  void on_push(std::string_view pub);
  void on_message_end();
  // The subscription is over, or the connection is.
  void on_end();
  void on_closed();

  // Live, and shown everything.
  virtual bool current() const = 0;

 protected:
  virtual std::string first_command() = 0;
  virtual std::string next_command() = 0;
  virtual bool take_reply(const json_object_view& reply) = 0;
  virtual void take_push(const told_change& told) = 0;
  virtual void end_message() = 0;
  // Told that its position is of no use any more: error 112.
  virtual void take_reset() = 0;

  // What was told, a delta applied to `base`, what was shown before; null: nothing.
  std::string text_of(const told_change& told, const std::string* base);
  void must_be(bool holds, const std::string& promise) const { must(holds, name() + " " + promise); }
  std::string name() const;

  chance& by_;
  truth& truth_;
  sim_counts& counts_;
  const limits& limit_;
  const wish wish_;

 private:
  enum class stage : std::uint8_t { away, asking, live };
  stage stage_ = stage::away;
  bool paging_ = false;
  bool refused_ = false;
  bool was_live_ = false;
};

std::unique_ptr<watch> make_watch(chance& by, truth& known, sim_counts& counts, const limits& limit, wish of);

}  // namespace tidewire::test
