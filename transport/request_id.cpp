#include "transport/request_id.hpp"

#include <sys/random.h>

#include <algorithm>
#include <cstdint>

namespace tidewire::transport {
namespace {

bool is_id_char(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         std::string_view("-._~:/+=@").find(c) != std::string_view::npos;
}

// splitmix64 from a random beginning: never the same twice on a thread, and no secret.
std::uint64_t next_number() {
  thread_local std::uint64_t state = [] {
    std::uint64_t begin = 0;
    if (::getrandom(&begin, sizeof begin, 0) != static_cast<ssize_t>(sizeof begin)) begin = reinterpret_cast<std::uintptr_t>(&begin);
    return begin;
  }();
  state += 0x9E3779B97F4A7C15U;
  auto mixed = (state ^ (state >> 30U)) * 0xBF58476D1CE4E5B9U;
  mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBU;
  return mixed ^ (mixed >> 31U);
}

std::string make_request_id() {
  static constexpr char digits[] = "0123456789abcdef";
  std::string id(16, '0');
  auto rest = next_number();
  for (auto& each : id) {
    each = digits[rest & 0xFU];
    rest >>= 4U;
  }
  return id;
}

}  // namespace

std::string request_id_of(const http_request& request) {
  const auto given = request.find(request_id_header);
  const bool good = !given.empty() && given.size() <= request_id_bytes_max && std::all_of(given.begin(), given.end(), is_id_char);
  return good ? std::string(given) : make_request_id();
}

std::string settle_request_id(http_request& request) {
  auto id = request_id_of(request);
  const auto given = std::ranges::find(request.headers, request_id_header, &header::name);
  if (given == request.headers.end())
    request.headers.push_back({std::string(request_id_header), id});
  else
    given->value = id;
  return id;
}

}  // namespace tidewire::transport
