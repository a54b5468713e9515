#include "actors/gateway/page_files.hpp"

#include <string>

namespace tidewire {

transport::http_response file_response(const static_file& file, const transport::http_request& request, std::string_view policy) {
  transport::http_response response{200, std::string(file.content_type), {}, {}};
  response.headers.push_back({"etag", std::string(file.etag)});
  response.headers.push_back({"cache-control", file.immutable ? "public, max-age=31536000, immutable" : "no-cache"});
  response.headers.push_back({"x-content-type-options", "nosniff"});
  response.headers.push_back({"content-security-policy", std::string(policy)});
  if (request.find("if-none-match") == file.etag) {
    response.status = 304;
    response.content_type.clear();
  } else {
    response.body = file.bytes;
  }
  return response;
}

bool is_of_console(std::string_view file) noexcept { return file == "/console.html" || file.starts_with("/console/"); }

std::string_view console_file(std::string_view path) noexcept {
  if (path == "/" || path == "/console") return "/console.html";
  // Parts that both pages share stand in /assets/.
  if (is_of_console(path) || path.starts_with("/assets/") || path == "/icon.svg") return path;
  return {};
}

}  // namespace tidewire
