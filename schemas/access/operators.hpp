// Who comes in by the operators' listener, and the rooms that the server tells them in. They are for nobody else, whatever a token or an
// API key allows, and with --dev too.
#pragma once

#include <string_view>

#include "schemas/access/permissions.hpp"

namespace tidewire {

// What may be done with such rooms, and what they are: memory only, without a past. To be added to the namespaces of the configuration,
// which has no way to name it.
inline constexpr std::string_view operators_namespace = "$sys";
namespace_options options_of_operators_rooms();

// "$sys:overview"; also patterns and what else begins so. The room "$sys" is none of them.
bool is_for_operators(std::string_view room) noexcept;

// To do everything everywhere; and to look at everything.
rights rights_of_operators();
rights rights_of_watching_operators();
// No other rights are so, neither of a token nor of an API key.
bool is_operator(const rights& whose) noexcept;

// Whether the token of this hash (as of an API key) is shown. An empty hash asks for none.
bool shows_operators_token(std::string_view hash, std::string_view shown);

}  // namespace tidewire
