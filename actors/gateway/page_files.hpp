// Files of the pages over HTTP: the public page's, and those of the operators' console, which the public listener does not serve.
#pragma once

#include <string_view>

#include "actors/gateway/gateway_port.hpp"
#include "transport/application.hpp"

namespace tidewire {

// The file with its tag; 304 if the request has it already. The policy is that of its Content-Security-Policy.
transport::http_response file_response(const static_file& file, const transport::http_request& request, std::string_view policy);

// Whether that file is the console's alone.
bool is_of_console(std::string_view file) noexcept;

// The file that a path of the operators' listener means: the console, or what it is made of. Empty if it is none of these.
std::string_view console_file(std::string_view path) noexcept;

}  // namespace tidewire
