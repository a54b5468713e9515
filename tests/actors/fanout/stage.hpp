// A broadcaster with hand-played I/O threads, and the words that its tests are written in.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "actors/fanout/broadcaster_state.hpp"
#include "tests/actors/fanout/fake_io.hpp"

namespace tidewire::test {

using json = nlohmann::json;
using protocol::plain_view;
using protocol::subscription_type;

struct listener {
  std::shared_ptr<fake_outbox> out;
  subscriber_ptr who;
  bool by_number = false;  // agrees to be told numbers of channels

  // All messages written so far, each an array of the replies and pushes in it.
  std::vector<std::vector<json>> messages() const;
  // The same without the bounds of messages.
  std::vector<json> heard() const;
  // Offsets of the publications heard from that room.
  std::vector<std::uint64_t> offsets(const std::string& room) const;
};

// A publication with a key of its own, or a keyless one.
publication_ptr keyed(std::uint64_t offset, std::size_t bytes = 8);
publication_ptr keyless(std::uint64_t offset, std::size_t bytes = 8);
// As they are told when nothing is known of what they replace.
std::vector<change> changes(const std::vector<publication_ptr>& publications);

class stage {
 public:
  static constexpr std::uint64_t start = 7;
  static constexpr std::size_t compressed_from = 200;  // bytes of a message, for those who take it

  explicit stage(std::size_t threads = 1, limits limit = {})
      : io(threads), state(io, limit, start, {.enabled = true, .min_size = compressed_from, .level = 1}, &deflated) {}

  listener connect(std::size_t thread = 0, framing form = framing::websocket, protocol::dialect dialect = protocol::dialect::json);
  // The outcome of the attach.
  result<subscribe_step> attach(const listener& who, const std::string& room, std::uint64_t from = 0,
                                subscription_type type = subscription_type::stream);
  result<subscribe_step> attach(const listener& who, const std::string& room, std::uint64_t from, const protocol::view_ptr& through);
  void detach(const listener& who, const std::string& room, bool with_reply = true);
  void tell(const std::string& room, const std::vector<publication_ptr>& publications, std::uint32_t delay_ms = 0,
            std::uint32_t batch_max = 0);
  void tell(const std::string& room, std::vector<change> news, std::uint32_t delay_ms, std::uint32_t batch_max);
  std::optional<std::uint64_t> told(const std::string& room);
  // Runs jobs and returns credits until nothing is left to do.
  void settle();

  fake_io io;
  std::atomic<std::uint64_t> deflated{0};  // bytes that were compressed
  untold under_way;
  broadcaster_state state;

 private:
  std::uint64_t sessions_ = 0;
};

}  // namespace tidewire::test
