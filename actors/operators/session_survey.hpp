// One look at all connections of clients, on the I/O threads: keeps the first of those that fit, and answers when the last part of the look
// is over, which is when nobody holds it any more.
#pragma once

#include <cstddef>
#include <mutex>
#include <optional>
#include <string>

#include "actors/messages.hpp"

namespace tidewire {

class session_link;

enum class session_order : std::uint8_t { queued, missing, age, subscriptions };

struct session_question {
  std::optional<std::string> user{};  // of that user alone; the empty one is nobody in particular
  std::string client{};               // empty: all
  session_order by = session_order::queued;
  std::size_t max = 50;
  bool behind = false;                         // only those that miss something now: the others are not looked at
  bool end = false;                            // those that fit are disconnected
  reply_ptr<session_card> describe = nullptr;  // asked of the one that fits
};

class session_survey {
 public:
  session_survey(session_question asked, reply_ptr<sessions_seen> reply) : asked_(std::move(asked)), reply_(std::move(reply)) {}
  session_survey(const session_survey&) = delete;
  session_survey& operator=(const session_survey&) = delete;
  ~session_survey();

  // On the connection's thread.
  void look_at(session_link& link);

 private:
  const session_question asked_;
  const reply_ptr<sessions_seen> reply_;
  std::mutex guard_;
  sessions_seen seen_;  // the lines are a heap, with the last of the first in front
};

// Whether one comes before the other: more of what is asked for, else the older one.
bool comes_before(const session_standing& one, const session_standing& other, session_order by) noexcept;

}  // namespace tidewire
