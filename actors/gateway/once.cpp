#include "actors/gateway/once.hpp"

#include <optional>
#include <string>
#include <utility>

#include "schemas/api/idempotency_key.hpp"

namespace tidewire {

result<void> apply_once(const transport::http_request& request, std::string_view form, std::string_view caller, const limits& bounds,
                        std::vector<operation>& operations) {
  std::optional<std::string> found;
  for (const auto& [name, value] : request.headers) {
    if (name != "idempotency-key") continue;
    if (found) return fail(errc::bad_request, "Idempotency-Key may stand once");
    auto key = api::parse_idempotency_key(value, bounds);
    if (!key) return tl::unexpected(std::move(key.error()));
    found = std::move(*key);
  }
  if (!found) return {};
  return api::make_idempotent(operations, form, caller, std::move(*found));
}

}  // namespace tidewire
