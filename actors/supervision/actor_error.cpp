#include "actors/supervision/actor_error.hpp"

#include <caf/atom.hpp>
#include <caf/exit_reason.hpp>
#include <caf/message.hpp>
#include <caf/sec.hpp>
#include <string_view>
#include <utility>

namespace tidewire {
namespace {

constexpr auto category = caf::atom("tidewire");

std::string_view name_of(actor_error code) {
  switch (code) {
    case actor_error::crashed: return "crashed";
    case actor_error::too_many_restarts: return "too many restarts";
  }
  return "unknown";
}

}  // namespace

caf::error make_error(actor_error code, std::string detail) {
  return {static_cast<std::uint8_t>(code), category, caf::make_message(std::move(detail))};
}

caf::error crash_reason(const std::exception_ptr& cause) {
  try {
    std::rethrow_exception(cause);
  } catch (const std::exception& thrown) {
    return make_error(actor_error::crashed, thrown.what());
  } catch (...) {
    return make_error(actor_error::crashed, "unknown exception");
  }
}

std::string describe(const caf::error& reason) {
  if (!reason) return "normal";
  if (reason.category() == category) {
    std::string text(name_of(static_cast<actor_error>(reason.code())));
    const auto& context = reason.context();
    if (context.match_elements<std::string>()) text.append(": ").append(context.get_as<std::string>(0));
    return text;
  }
  if (reason.category() == caf::atom("exit")) return to_string(static_cast<caf::exit_reason>(reason.code()));
  return to_string(reason);
}

bool ended_normally(const caf::error& reason) {
  return !reason || reason == caf::exit_reason::normal || reason == caf::exit_reason::user_shutdown;
}

}  // namespace tidewire
