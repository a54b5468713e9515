#include "actors/supervision/actor_error.hpp"

#include <cxxabi.h>
#include <caf/atom.hpp>
#include <caf/exit_reason.hpp>
#include <caf/message.hpp>
#include <caf/sec.hpp>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <typeinfo>
#include <utility>

#include "actors/supervision/throw_site.hpp"

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

std::string type_of(const std::exception& thrown) {
  const auto* symbol = typeid(thrown).name();
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> name(abi::__cxa_demangle(symbol, nullptr, nullptr, &status), std::free);
  return name ? name.get() : symbol;
}

caf::error crashed(const std::string& what, std::string error, const std::exception_ptr& cause) {
  return {static_cast<std::uint8_t>(actor_error::crashed), category, caf::make_message(what, std::move(error), throw_site(cause))};
}

}  // namespace

caf::error make_error(actor_error code, std::string detail) {
  return {static_cast<std::uint8_t>(code), category, caf::make_message(std::move(detail))};
}

caf::error crash_reason(const std::exception_ptr& cause) {
  try {
    std::rethrow_exception(cause);
  } catch (const std::exception& thrown) {
    return crashed(thrown.what(), type_of(thrown) + ": " + thrown.what(), cause);
  } catch (...) {
    return crashed("unknown exception", "unknown exception", cause);
  }
}

crash_report report_of(const caf::error& reason) {
  if (reason && reason.category() == category) {
    const auto& context = reason.context();
    if (context.match_elements<std::string, std::string, std::string>())
      return {context.get_as<std::string>(1), context.get_as<std::string>(2)};
  }
  return {describe(reason), {}};
}

std::string describe(const caf::error& reason) {
  if (!reason) return "normal";
  if (reason.category() == category) {
    std::string text(name_of(static_cast<actor_error>(reason.code())));
    const auto& context = reason.context();
    if (context.match_elements<std::string>() || context.match_elements<std::string, std::string, std::string>())
      text.append(": ").append(context.get_as<std::string>(0));
    return text;
  }
  if (reason.category() == caf::atom("exit")) return to_string(static_cast<caf::exit_reason>(reason.code()));
  return to_string(reason);
}

bool ended_normally(const caf::error& reason) {
  return !reason || reason == caf::exit_reason::normal || reason == caf::exit_reason::user_shutdown;
}

}  // namespace tidewire
