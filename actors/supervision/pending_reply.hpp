// Replies that come back as mail. A request between actors is a one-way message that carries a reply (actors/reply.hpp); its answer
// reaches the requester as the mail (ticket, result<T>), exactly once. If the last reference goes without an answer (the receiver threw,
// died with the request in its mailbox or in its state, was dead already, refused it, or forgot it), that mail says errc::unavailable.
//
//   ask:     caf::anon_send(journal, append{…, make_reply<committed>(this, ticket)});
//   answer:  request.reply->answer(committed{offset});
//   hear:    [this](ticket which, result<committed>& outcome) { … }
#pragma once

#include <atomic>
#include <caf/actor_cast.hpp>
#include <caf/infer_handle.hpp>
#include <caf/send.hpp>
#include <cstdint>
#include <memory>
#include <utility>

#include "actors/reply.hpp"

namespace tidewire {

// `Mail` is what the answer is wrapped in.
template <class T, class Mail, class Handle>
class pending_reply final : public reply<T> {
 public:
  pending_reply(Handle requester, std::uint64_t number) : requester_(std::move(requester)), ticket_(number) {}
  pending_reply(const pending_reply&) = delete;
  pending_reply& operator=(const pending_reply&) = delete;
  ~pending_reply() override { answer_once(fail(errc::unavailable, "the part that was asked is restarting or overloaded")); }

  void answer(result<T> outcome) override { answer_once(std::move(outcome)); }

 private:
  // The first caller alone touches the handle, and lets go of it: a reply that is kept for long keeps nobody alive.
  void answer_once(result<T> outcome) {
    if (answered_.exchange(true, std::memory_order_acq_rel)) return;
    const auto requester = std::move(requester_);
    caf::anon_send(requester, ticket_, Mail(std::move(outcome)));
  }

  Handle requester_;
  const std::uint64_t ticket_;
  std::atomic<bool> answered_{false};
};

// A reply that answers the actor `requester`, a handle, under its own number for this request.
template <class T, class Mail = result<T>, class Handle>
reply_ptr<T> make_reply(const Handle& requester, std::uint64_t number) {
  return std::make_shared<pending_reply<T, Mail, Handle>>(requester, number);
}

// The same from inside the requester.
template <class T, class Mail = result<T>, class Self>
reply_ptr<T> make_reply(Self* self, std::uint64_t number) {
  return make_reply<T, Mail>(caf::actor_cast<caf::infer_handle_from_class_t<Self>>(self->ctrl()), number);
}

}  // namespace tidewire
