// Who asks over HTTP: by a token or an API key. Pure.
//   Authorization: Bearer TOKEN  |  Authorization: apikey KEY  |  X-API-Key: KEY
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "schemas/access/api_key.hpp"
#include "schemas/access/permissions.hpp"
#include "schemas/options.hpp"
#include "schemas/result.hpp"
#include "transport/application.hpp"

namespace tidewire {

struct asker {
  rights may;
  std::optional<std::int64_t> expires_at_s;  // when what it began must end
  api_key_ptr key;                           // by which he is known; null: by something else
};

// What the request brings; empty: nothing of that kind.
std::string_view bearer_token(const transport::http_request& request) noexcept;
std::string_view api_key_of(const transport::http_request& request) noexcept;

// With --dev nobody is asked who he is. `query_token` stands in for the header where there is none. `now_s` is Unix time.
// Errors: unauthorized, token_expired; unavailable while the key of a token is being looked for.
result<asker> identify(const server_options& options, const transport::http_request& request, std::string_view query_token,
                       std::int64_t now_s);

// Refuses who may not do that there: permission_denied.
result<void> check_may(const server_options& options, const rights& whose, room_action what, const std::string& room);

}  // namespace tidewire
