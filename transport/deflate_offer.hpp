// What a client offers in Sec-WebSocket-Extensions and what we take of it (RFC 6455 §9.1, RFC 7692 §5 and §7.1). Pure.
#pragma once

#include <optional>
#include <string>

#include "transport/application.hpp"

namespace tidewire::transport {

// The extension for our answer, empty if no offer can be taken: the first offer of permessage-deflate whose parameters are known and
// valid. We always ask for messages that do not depend on each other. A smaller window than ours (15 bits) for what we send is declined:
// frames are compressed once for everybody. None: the header is not a list of extensions.
std::optional<std::string> choose_deflate(const http_request& upgrade);

}  // namespace tidewire::transport
