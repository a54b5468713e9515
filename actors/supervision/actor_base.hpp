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
#include <caf/resumable.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <cstddef>
#include <string>
#include <utility>

#include "actors/supervision/actor_guard.hpp"
#include "actors/supervision/actor_record.hpp"

namespace tidewire {

struct actor_options {
  const char* kind;             // a string literal
  std::string name = {};        // for logs, when the kind does not say enough: "room sensor:1"
  std::size_t mailbox_max = 0;  // messages; beyond it new ones are refused, which answers their replies "unavailable". 0: no limit
};

template <class Base>
class actor_base : public Base, public recorded_actor {
 public:
  actor_base(caf::actor_config& config, actor_options options)
      : Base(config),
        name_(options.name.empty() ? options.kind : std::move(options.name)),
        mailbox_max_(options.mailbox_max),
        record_(actor_kind_of(options.kind), name_, this->ctrl()) {
    install_guards(*this, record_.kind());
  }

  const char* name() const override { return name_.c_str(); }

  actor_record& record() noexcept final { return record_; }

  // Any thread.
  using Base::enqueue;
  void enqueue(caf::mailbox_element_ptr mail, caf::execution_unit* context) override {
    if (mailbox_max_ != 0 && record_.depth() >= mailbox_max_ && !must_be_taken(*mail)) {
      record_.note_refused();
      return this->bounce(mail);
    }
    record_.note_enqueued();
    Base::enqueue(std::move(mail), context);
  }

  caf::resumable::resume_result resume(caf::execution_unit* context, std::size_t max_throughput) override {
    record_.note_awake();
    return Base::resume(context, max_throughput);
  }

  using Base::consume;
  caf::invoke_message_result consume(caf::mailbox_element& mail) override {
    if (record_.kind().faults.load(std::memory_order_relaxed) != 0) maybe_fail(record_.kind(), mail);
    const auto outcome = Base::consume(mail);
    if (outcome == caf::invoke_message_result::skipped) return outcome;
    if (record_.note_handled(held_bytes())) tell_slow(*this, mail, record_.last_took());
    return outcome;
  }

  void on_exit() final {
    record_.note_end();
    drop_state();
  }

 protected:
  // The actor has ended, though handles may keep the object. Let go of every reply, handle and request here: a reply that is still
  // held answers "unavailable" now, and cycles of handles are broken.
  virtual void drop_state() {}

  // About what it has beside itself. Asked behind each message, so it has to be at hand.
  virtual std::size_t held_bytes() const noexcept { return 0; }

 private:
  const std::string name_;
  const std::size_t mailbox_max_;
  actor_record record_;
};

}  // namespace tidewire
