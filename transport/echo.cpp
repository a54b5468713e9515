#include "transport/echo.hpp"

#include <utility>

namespace tidewire::transport {
namespace {

class echo final : public websocket_listener {
 public:
  explicit echo(outbox_ptr out) : out_(std::move(out)) {}

  void on_message(std::string message, bool text) override {
    out_->push(make_frame(text ? frame_opcode::text : frame_opcode::binary, message));
    out_->flush();
    out_->release(1);
  }
  void on_close() override {}

 private:
  outbox_ptr out_;
};

}  // namespace

std::unique_ptr<websocket_listener> make_echo(outbox_ptr out) { return std::make_unique<echo>(std::move(out)); }

}  // namespace tidewire::transport
