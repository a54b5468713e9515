#include "schemas/rfc3339.hpp"

#include <algorithm>
#include <cassert>
#include <chrono>

namespace tidewire {

namespace {

void append_digits(std::string& out, std::uint64_t number, unsigned width) {
  const auto end = out.size() + width;
  out.resize(end);
  for (auto at = end; at > end - width; number /= 10) out[--at] = static_cast<char>('0' + number % 10);
}

// Takes exactly `width` digits from the front; -1 if they are not there.
int take_digits(std::string_view& text, unsigned width) noexcept {
  if (text.size() < width) return -1;
  int number = 0;
  for (const char c : text.substr(0, width)) {
    if (c < '0' || c > '9') return -1;
    number = number * 10 + (c - '0');
  }
  text.remove_prefix(width);
  return number;
}

bool take(std::string_view& text, std::string_view one_of) noexcept {
  if (text.empty() || one_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

bool take_date(std::string_view& text) noexcept {
  const int year = take_digits(text, 4);
  if (year < 0 || !take(text, "-")) return false;
  const int month = take_digits(text, 2);
  if (month < 0 || !take(text, "-")) return false;
  const int day = take_digits(text, 2);
  if (day < 0) return false;
  return std::chrono::year_month_day(std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                     std::chrono::day(static_cast<unsigned>(day)))
      .ok();
}

bool take_hour_and_minute(std::string_view& text) noexcept {
  const int hour = take_digits(text, 2);
  if (hour < 0 || hour > 23 || !take(text, ":")) return false;
  const int minute = take_digits(text, 2);
  return minute >= 0 && minute <= 59;
}

bool take_time(std::string_view& text) noexcept {
  if (!take_hour_and_minute(text) || !take(text, ":")) return false;
  const int second = take_digits(text, 2);
  if (second < 0 || second > 60) return false;
  if (!take(text, ".")) return true;
  const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
  text.remove_prefix(digits);
  return digits > 0;
}

}  // namespace

void append_rfc3339(std::string& out, std::int64_t unix_ms) {
  using namespace std::chrono;
  const sys_time<milliseconds> at{milliseconds(unix_ms)};
  const auto midnight = floor<days>(at);
  const year_month_day date(midnight);
  const auto of_day = static_cast<std::uint64_t>((at - midnight).count());
  const int year = static_cast<int>(date.year());
  assert(year >= 0 && year <= 9999);
  append_digits(out, static_cast<std::uint64_t>(year), 4);
  out.push_back('-');
  append_digits(out, static_cast<unsigned>(date.month()), 2);
  out.push_back('-');
  append_digits(out, static_cast<unsigned>(date.day()), 2);
  out.push_back('T');
  append_digits(out, of_day / 3'600'000, 2);
  out.push_back(':');
  append_digits(out, of_day / 60'000 % 60, 2);
  out.push_back(':');
  append_digits(out, of_day / 1'000 % 60, 2);
  out.push_back('.');
  append_digits(out, of_day % 1'000, 3);
  out.push_back('Z');
}

bool valid_rfc3339(std::string_view text) noexcept {
  if (!take_date(text) || !take(text, "Tt") || !take_time(text)) return false;
  if (take(text, "Zz")) return text.empty();
  return take(text, "+-") && take_hour_and_minute(text) && text.empty();
}

}  // namespace tidewire
