// A reply (reply.hpp) that answers an actor by mail: (ticket, result<T>). If the last reference goes unanswered, the mail says errc::unavailable.
#pragma once

#include <atomic>
#include <caf/actor.hpp>
#include <caf/send.hpp>
#include <memory>
#include <utility>

#include "actors/interfaces.hpp"

namespace tidewire {

template <class T>
class mail_reply final : public reply<T> {
 public:
  mail_reply(caf::actor requester, ticket which) : requester_(std::move(requester)), which_(which) {}
  mail_reply(const mail_reply&) = delete;
  mail_reply& operator=(const mail_reply&) = delete;
  ~mail_reply() override { answer(fail(errc::unavailable, "the part that should have answered has failed; the outcome is unknown")); }

  void answer(result<T> outcome) override {
    if (!answered_.exchange(true, std::memory_order_relaxed)) caf::anon_send(requester_, which_, std::move(outcome));
  }

 private:
  const caf::actor requester_;
  const ticket which_;
  std::atomic<bool> answered_{false};
};

// REQUIRES: the requester's interface has answers<T>.
template <class T, class Actor>
reply_ptr<T> make_reply(Actor* requester, ticket which) {
  return std::make_shared<mail_reply<T>>(caf::actor_cast<caf::actor>(requester), which);
}

}  // namespace tidewire
