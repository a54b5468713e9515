#include "transport/echo.hpp"

#include <optional>
#include <utility>

#include "schemas/deflate.hpp"

namespace tidewire::transport {
namespace {

constexpr int fastest = 1;

class echo final : public outbox_listener {
 public:
  explicit echo(outbox_ptr out) : out_(std::move(out)) {}

  void on_message(std::string message, bool text) override {
    out_->push(make_echo_frame(text ? frame_opcode::text : frame_opcode::binary, message));
    out_->flush();
    out_->release(1);
  }
  void on_close() override {}

 private:
  // Compressed whenever the client takes that, also where it does not pay.
  frame_ptr make_echo_frame(frame_opcode opcode, std::string_view message) {
    if (out_->form() != framing::deflated_websocket) return make_frame(opcode, message);
    if (!deflater_) deflater_.emplace(fastest);
    std::string compressed;
    deflater_->append_message(message, compressed);
    return make_deflated_frame(opcode, compressed);
  }

  outbox_ptr out_;
  std::optional<deflater> deflater_;
};

}  // namespace

std::unique_ptr<outbox_listener> make_echo(outbox_ptr out) { return std::make_unique<echo>(std::move(out)); }

}  // namespace tidewire::transport
