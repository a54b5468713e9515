#include "actors/supervision/actor_guard.hpp"

#include <atomic>
#include <caf/mailbox_element.hpp>
#include <caf/message_view.hpp>
#include <caf/result.hpp>
#include <caf/scheduled_actor.hpp>
#include <caf/sec.hpp>
#include <caf/system_messages.hpp>
#include <exception>
#include <stdexcept>
#include <string>
#include <typeinfo>

#include "actors/supervision/actor_error.hpp"
#include "actors/supervision/fault_switch.hpp"
#include "actors/supervision/log.hpp"

namespace tidewire {
namespace {

// The types alone: content does not belong in logs.
std::string types_of(const caf::type_erased_tuple& content) {
  std::string types;
  for (std::size_t i = 0; i < content.size(); ++i) {
    const auto [number, info] = content.type(i);
    types.append(i == 0 ? "" : ", ").append(number != 0 ? caf::numbered_type_names[number] : info->name());
  }
  return types;
}

caf::error on_exception(caf::scheduled_actor* self, const std::exception_ptr& cause, actor_kind& kind) {
  auto reason = crash_reason(cause);
  kind.crashed.fetch_add(1, std::memory_order_relaxed);
  log_of("actors").error("actor crashed: actor=\"{}\" id={} reason=\"{}\"", self->name(), self->id(), describe(reason));
  return reason;
}

caf::result<caf::message> on_unexpected(caf::scheduled_actor* self, caf::message_view& mail) {
  log_of("actors").warn("unexpected mail dropped: actor=\"{}\" id={} types=\"{}\"", self->name(), self->id(), types_of(mail.content()));
  return caf::sec::unexpected_message;
}

void on_error(caf::scheduled_actor* self, caf::error& error) {
  log_of("actors").warn("stray error dropped: actor=\"{}\" id={} error=\"{}\"", self->name(), self->id(), describe(error));
}

void on_down(caf::scheduled_actor* self, caf::down_msg& down) {
  log_of("actors").warn("unexpected down message dropped: actor=\"{}\" id={} reason=\"{}\"", self->name(), self->id(),
                        describe(down.reason));
}

}  // namespace

void install_guards(caf::scheduled_actor& self, actor_kind& kind) {
  self.set_exception_handler([&kind](caf::scheduled_actor* actor, std::exception_ptr& cause) { return on_exception(actor, cause, kind); });
  self.set_default_handler(on_unexpected);
  self.set_error_handler(on_error);
  self.set_down_handler(on_down);
}

bool must_be_taken(const caf::mailbox_element& mail) {
  const auto token = mail.content().type_token();
  return token == caf::make_type_token<caf::exit_msg>() || token == caf::make_type_token<caf::down_msg>();
}

void tell_slow(const caf::scheduled_actor& self, const caf::mailbox_element& mail, std::uint64_t ns) {
  log_of("actors").warn("slow handler: actor=\"{}\" id={} ms={} types=\"{}\"", self.name(), self.id(), ns / 1'000'000,
                        types_of(mail.content()));
}

void maybe_fail(actor_kind& kind, const caf::mailbox_element& mail) {
  if (!must_be_taken(mail) && fault_switch::take(kind)) throw std::runtime_error("injected fault in " + kind.name);
}

}  // namespace tidewire
