// The bare WebSocket server of bench/peers: the path names the room, /room/NAME to listen and /publish/NAME to send; messages are payloads.
#include "bench/load/dialects/dialects.hpp"

namespace tidewire::load {
namespace {

class plain final : public dialect {
 public:
  transport carried_by() const override { return transport::text_messages; }
  std::string path(const session& of) const override {
    return (of.kind == role::subscriber ? "/room/" : of.kind == role::publisher ? "/publish/" : "/idle/") + room_name(of.home);
  }
  bool publishes_at_home() const override { return true; }

  void begin(session& with) const override { with.ready = true; }
  std::size_t hear(session&, std::string_view text, bool) const override { return text.size(); }
  void append_publish(std::string& out, session&, const publication& what) const override { out += what.payload; }
};

}  // namespace

std::unique_ptr<dialect> make_plain() { return std::make_unique<plain>(); }

}  // namespace tidewire::load
