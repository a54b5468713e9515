#include "bench/load/parts/http_publications.hpp"

#include <charconv>

namespace tidewire::load {
namespace {

// Moves behind the next `name` and the number that follows it.
template <class Number>
bool take_number_behind(std::string_view& text, std::string_view name, Number& value) {
  const auto at = text.find(name);
  if (at == std::string_view::npos) return false;
  text.remove_prefix(at + name.size());
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
  return read.ec == std::errc();
}

}  // namespace

void append_http_publication(std::string& out, std::string_view key, std::string_view payload) {
  if (key.empty()) {
    out.append(R"({"data":)");
  } else {
    out.append(R"({"op":"set","key":")").append(key).append(R"(","data":)");
  }
  out.append(payload) += '}';
}

bool read_http_places(std::string_view body, http_places& into) {
  constexpr std::string_view start = R"({"room":"bench:)";
  into.offsets.clear();
  while (body.find(start) != std::string_view::npos) {
    unsigned room = 0;
    std::uint64_t offset = 0;
    if (!take_number_behind(body, start, room) || !take_number_behind(body, R"("offset":)", offset)) return false;
    if (!into.offsets.empty() && room != into.room) return false;
    into.room = room;
    into.offsets.push_back(offset);
  }
  return !into.offsets.empty();
}

std::optional<rooms_page> read_rooms_page(std::string_view body) {
  constexpr std::string_view cursor = R"("next_cursor":")";
  if (body.substr(0, 9) != R"({"data":[)") return std::nullopt;
  rooms_page page;
  const auto at = body.find(cursor);
  if (at != std::string_view::npos) {
    page.next_cursor = body.substr(at + cursor.size());
    page.next_cursor = page.next_cursor.substr(0, page.next_cursor.find('"'));
  }
  for (std::uint64_t offset = 0; take_number_behind(body, R"("offset":)", offset);) page.publications += offset;
  return page;
}

}  // namespace tidewire::load
