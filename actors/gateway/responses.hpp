// Ready HTTP responses.
#pragma once

#include <string>
#include <string_view>

#include "schemas/result.hpp"
#include "transport/application.hpp"

namespace tidewire {

transport::http_response json_response(std::string body, std::uint16_t status = 200);
transport::http_response text_response(std::string body, std::uint16_t status = 200);
transport::http_response problem_response(const failure& why);
// What a type of problem means; 404 if there is none of that name.
transport::http_response problem_page_response(std::string_view slug);

inline void refuse(const transport::http_responder_ptr& responder, const failure& why) { responder->answer(problem_response(why)); }

}  // namespace tidewire
