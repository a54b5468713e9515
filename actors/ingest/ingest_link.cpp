#include "actors/ingest/ingest_link.hpp"

#include <caf/send.hpp>
#include <utility>

namespace tidewire {

ingest_link::ingest_link(transport::http_responder_ptr responder, transport::body_source_ptr source, std::atomic<std::size_t>& count)
    : source_(std::move(source)), count_(count), responder_(std::move(responder)) {
  ++count_;
}

ingest_link::~ingest_link() { --count_; }

void ingest_link::started(ingest_actor actor) {
  const std::lock_guard lock(guard_);
  actor_ = std::move(actor);
  for (auto& mail : std::exchange(early_, {})) caf::anon_send(actor_, std::move(mail));
}

void ingest_link::ended() {
  transport::http_responder_ptr unanswered;  // goes after the lock, and answers by itself
  const std::lock_guard lock(guard_);
  unanswered = std::exchange(responder_, nullptr);
  actor_ = nullptr;
  ended_ = true;
  early_.clear();
}

void ingest_link::deliver(ingest_mail what) {
  const std::lock_guard lock(guard_);
  if (actor_) {
    caf::anon_send(actor_, std::move(what));
  } else if (!ended_) {
    early_.push_back(std::move(what));
  }
}

void ingest_link::answer(transport::http_response response) {
  transport::http_responder_ptr responder;
  {
    const std::lock_guard lock(guard_);
    responder = std::exchange(responder_, nullptr);
  }
  if (responder) responder->answer(std::move(response));
}

}  // namespace tidewire
