// Requests of an HTTP/1.1 client. The first two bytes seed how the rest is cut: however that is, the same requests come out, and the
// same refusal, bodies that are taken as they come are the same, and what the headers negotiate is in order. What is accepted has one Host,
// one way to say its length, a target in origin form and a body within the limit.
#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "transport/content_coding.hpp"
#include "transport/deflate_offer.hpp"
#include "transport/http_text.hpp"
#include "transport/request_reader.hpp"

namespace {

using namespace tidewire::transport;
using progress = request_reader::progress;

struct heard {
  std::vector<http_request> requests;
  std::optional<std::uint16_t> refused;
};

constexpr std::size_t body_bytes_max = 200;

// `streamed`: bodies are taken as they come.
template <class NextSize>
heard read(std::string_view bytes, std::size_t header_bytes_max, NextSize next_size, bool streamed = false) {
  request_reader reader(header_bytes_max, body_bytes_max, [streamed](const http_request&) { return streamed; });
  heard result;
  std::string body;
  while (!bytes.empty()) {
    auto input = bytes.substr(0, next_size());
    bytes.remove_prefix(input.size());
    for (;;) {
      const auto state = reader.feed(input);
      assert(!reader.streamed() || streamed);
      if (reader.streamed()) body += std::exchange(reader.request().body, {});
      if (state == progress::more) {
        assert(input.empty());
        break;
      }
      if (state == progress::refused) {
        assert(reader.refusal().status >= 400 && is_sendable(reader.refusal()) && !reader.keep_alive());
        result.refused = reader.refusal().status;
        return result;
      }
      if (state == progress::complete) {
        if (streamed) reader.request().body = std::exchange(body, {});
        result.requests.push_back(reader.request());
        reader.reset();
        assert(reader.idle());
      }
    }
  }
  return result;
}

void check(const http_request& request) {
  const auto count = [&](std::string_view name) {
    return std::count_if(request.headers.begin(), request.headers.end(), [&](const header& field) { return field.name == name; });
  };
  assert(!request.method.empty() && request.method != "HEAD");
  assert(request.target.starts_with('/') || (request.target == "*" && request.method == "OPTIONS"));
  assert(std::all_of(request.target.begin(), request.target.end(), [](char c) { return c > 0x20 && c < 0x7F; }));
  assert(count("host") <= 1 && count("content-length") + count("transfer-encoding") <= 1);
  assert(request.body.size() <= body_bytes_max);
  assert(request.body.empty() || count("content-length") + count("transfer-encoding") == 1);
  for (const auto& field : request.headers) {
    assert(!field.name.empty() && field.name.find_first_of(" \t\r\n:") == std::string::npos);
    assert(std::none_of(field.name.begin(), field.name.end(), [](char c) { return c >= 'A' && c <= 'Z'; }));
    assert(field.value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos);
  }
}

// There are bodies that are too long only for who takes them as a whole.
bool begins_with(const heard& longer, const heard& shorter) {
  return longer.requests.size() >= shorter.requests.size() &&
         std::equal(shorter.requests.begin(), shorter.requests.end(), longer.requests.begin(), [](const auto& a, const auto& b) {
           return a.method == b.method && a.target == b.target && a.body == b.body && a.head == b.head &&
                  std::equal(a.headers.begin(), a.headers.end(), b.headers.begin(), b.headers.end(),
                             [](const header& x, const header& y) { return x.name == y.name && x.value == y.value; });
         });
}

// What else is read from its headers: what is agreed to about compression, and entity tags of compressed forms.
void check_negotiation(http_request request) {
  if (const auto extension = choose_deflate(request); extension && !extension->empty())
    assert(extension->starts_with("permessage-deflate; ") && extension->find(',') == std::string::npos);
  const auto terms = take_coding_terms(request);
  assert(terms.reads || !terms.takes_gzip);
  http_response page{.status = 200, .content_type = "text/plain", .headers = {{"etag", "\"e\""}}, .body = std::string(2'000, 'x')};
  encode_content(page, terms, {.enabled = true, .min_size = 1'000, .level = 1});
  assert(is_sendable(page) && (terms.takes_gzip ? page.body.size() < 1'000 : page.body.size() == 2'000));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2 || size > 8'192) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  std::minstd_rand random(static_cast<unsigned>(data[0]) << 8 | data[1]);
  const auto at_random = [&] { return 1 + random() % 9; };

  const auto whole = read(bytes, 16'384, [&] { return bytes.size(); });
  for (const auto& request : whole.requests) {
    check(request);
    check_negotiation(request);
  }
  const auto cut = read(bytes, 16'384, at_random);
  assert(whole.refused == cut.refused && whole.requests.size() == cut.requests.size());
  assert(begins_with(cut, whole));
  assert(begins_with(read(bytes, 16'384, at_random, true), whole));

  // Under a limit that bites.
  for (const auto& request : read(bytes, 64, at_random).requests) check(request);
  return 0;
}
