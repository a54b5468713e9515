// What RFC 9112 and RFC 9110 demand of a request beyond its grammar: one Host, one way to say how long the body is, a target
// that we can serve. These are the rules that request smuggling lives on, so nothing is guessed.
#pragma once

#include <optional>
#include <string_view>

#include "transport/application.hpp"

namespace tidewire::transport {

// Of the bytes of a request's head, the empty line included: lines end in CRLF and are not folded (RFC 9112 §2.2, §5.2).
std::optional<http_response> check_head_lines(std::string_view head);

// Of the parsed head. Brings the target to origin form ("*" stays, for OPTIONS); the authority of an absolute target replaces Host.
std::optional<http_response> check_request(http_request& request, bool http_1_1);

}  // namespace tidewire::transport
