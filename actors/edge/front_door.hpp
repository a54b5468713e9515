// What every request and connection passes before anybody looks at it: the rate of its address, pages of other origins, and API keys of
// connections. On the I/O threads.
#pragma once

#include <optional>

#include "actors/engine.hpp"
#include "schemas/access/api_key.hpp"
#include "transport/application.hpp"

namespace tidewire {

// One more request or connection of that address, under [rate_limit.address]. Nothing: it is refused, with `refusal`. Otherwise the headers
// that its response gets. The probes and the page's files do not count.
std::optional<std::vector<transport::header>> take_turn_of_address(engine& own, const transport::http_request& request,
                                                                   transport::http_response& refusal);

// The headers of a response for the page that asks. Nothing: it is of another origin and may not. The probes and the page's files are for
// all.
std::optional<std::vector<transport::header>> admit_page(engine& own, const transport::http_request& request);

// The API key that a connection of a client comes with. False: it is nobody's, and `refusal` says so.
bool find_key_of(engine& own, const transport::http_request& request, api_key_ptr& key, transport::http_response& refusal);

}  // namespace tidewire
