#include "schemas/api/moment.hpp"

#include "schemas/json.hpp"
#include "schemas/rfc3339.hpp"

namespace tidewire::api {

result<moment> parse_moment(std::string_view text) {
  if (const auto offset = json_unsigned(text)) return moment{offset, 0};
  const auto time_ms = parse_rfc3339(text);
  if (!time_ms || *time_ms < 0) return fail(errc::bad_request, "\"at\" is an offset, or a time like 2024-02-29T23:59:59Z (RFC 3339)");
  return moment{std::nullopt, *time_ms};
}

}  // namespace tidewire::api
