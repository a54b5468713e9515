#include "schemas/api/problem.hpp"

#include "schemas/json.hpp"

namespace tidewire::api {

std::string problem_body(const failure& why) {
  const auto& row = describe(why.code);
  std::string body = R"({"type":"/problems/)";
  body.append(row.slug).append(R"(","title":)");
  append_json_string(body, row.title.empty() ? row.message : row.title);
  body.append(R"(,"status":)");
  append_json_unsigned(body, row.http_status);
  if (!why.detail.empty()) {
    body.append(R"(,"detail":)");
    append_json_string(body, why.detail);
  }
  if (why.operation) {
    body.append(R"(,"operation":)");
    append_json_unsigned(body, *why.operation);
  }
  body.push_back('}');
  return body;
}

}  // namespace tidewire::api
