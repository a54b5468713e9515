// What all actors have in common. Put it between an actor and its CAF base:
//
//   class journal : public actor_base<journal_actor::base> {
//    public:
//     journal(caf::actor_config& config, …) : actor_base(config, {.kind = "journal"}), … {}
//     behavior_type make_behavior() override;
//    private:
//     void drop_state() override;  // let go of everything that refers to other actors or requests
//   };
//
// An actor that throws ends with a reason that keeps what(); one log line says so, and its supervisor hears the same. Unexpected mail is
// logged and dropped, a stray error or an unexpected down message too: nothing but an exception or an exit message ends an actor.
#pragma once

#include <caf/actor_config.hpp>
#include <caf/invoke_message_result.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include "actors/supervision/actor_guard.hpp"
#include "actors/supervision/actor_stats.hpp"

namespace tidewire {

struct actor_options {
  const char* kind;             // a string literal
  std::string name = {};        // for logs, when the kind does not say enough: "room sensor:1"
  std::size_t mailbox_max = 0;  // messages; beyond it new ones are refused, which answers their replies "unavailable". 0: no limit
};

template <class Base>
class actor_base : public Base {
 public:
  actor_base(caf::actor_config& config, actor_options options)
      : Base(config),
        kind_(actor_kind_of(options.kind)),
        name_(options.name.empty() ? options.kind : std::move(options.name)),
        mailbox_max_(options.mailbox_max),
        stats_(std::make_shared<actor_stats>()) {
    kind_.started.fetch_add(1, std::memory_order_relaxed);
    install_guards(*this, kind_);
  }

  ~actor_base() override { note_end(); }

  const char* name() const override { return name_.c_str(); }

  std::shared_ptr<const actor_stats> stats() const { return stats_; }

  // Any thread.
  using Base::enqueue;
  void enqueue(caf::mailbox_element_ptr mail, caf::execution_unit* context) override {
    if (mailbox_max_ != 0 && stats_->depth() >= mailbox_max_ && !must_be_taken(*mail)) {
      stats_->refused.fetch_add(1, std::memory_order_relaxed);
      kind_.refused.fetch_add(1, std::memory_order_relaxed);
      return this->bounce(mail);
    }
    stats_->enqueued.fetch_add(1, std::memory_order_relaxed);
    Base::enqueue(std::move(mail), context);
  }

  using Base::consume;
  caf::invoke_message_result consume(caf::mailbox_element& mail) override {
    if (kind_.faults.load(std::memory_order_relaxed) != 0) maybe_fail(kind_, mail);
    const auto outcome = Base::consume(mail);
    if (outcome == caf::invoke_message_result::skipped) return outcome;
    stats_->handled.store(stats_->handled.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    kind_.handled.fetch_add(1, std::memory_order_relaxed);
    return outcome;
  }

  void on_exit() final {
    note_end();
    drop_state();
  }

 protected:
  // The actor has ended, though handles may keep the object. Let go of every reply, handle and request here: a reply that is still
  // held answers "unavailable" now, and cycles of handles are broken.
  virtual void drop_state() {}

 private:
  void note_end() noexcept {
    if (!stats_->ended.exchange(true)) kind_.ended.fetch_add(1, std::memory_order_relaxed);
  }

  actor_kind& kind_;
  const std::string name_;
  const std::size_t mailbox_max_;
  const std::shared_ptr<actor_stats> stats_;
};

}  // namespace tidewire
