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

bool take_date(std::string_view& text, std::chrono::milliseconds& at) noexcept {
  using namespace std::chrono;
  const int of_era = take_digits(text, 4);
  if (of_era < 0 || !take(text, "-")) return false;
  const int of_year = take_digits(text, 2);
  if (of_year < 0 || !take(text, "-")) return false;
  const int of_month = take_digits(text, 2);
  if (of_month < 0) return false;
  const year_month_day date(year(of_era), month(static_cast<unsigned>(of_year)), day(static_cast<unsigned>(of_month)));
  if (!date.ok()) return false;
  at += sys_days(date).time_since_epoch();
  return true;
}

bool take_hour_and_minute(std::string_view& text, std::chrono::milliseconds& at) noexcept {
  const int hour = take_digits(text, 2);
  if (hour < 0 || hour > 23 || !take(text, ":")) return false;
  const int minute = take_digits(text, 2);
  if (minute < 0 || minute > 59) return false;
  at += std::chrono::hours(hour) + std::chrono::minutes(minute);
  return true;
}

bool take_time(std::string_view& text, std::chrono::milliseconds& at) noexcept {
  if (!take_hour_and_minute(text, at) || !take(text, ":")) return false;
  const int second = take_digits(text, 2);
  if (second < 0 || second > 60) return false;
  at += std::chrono::seconds(second);
  if (!take(text, ".")) return true;
  const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
  int worth_ms = 100;
  for (std::size_t i = 0; i < digits; ++i, worth_ms /= 10) at += std::chrono::milliseconds((text[i] - '0') * worth_ms);
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

std::optional<std::int64_t> parse_rfc3339(std::string_view text) noexcept {
  std::chrono::milliseconds at{0};
  if (!take_date(text, at) || !take(text, "Tt") || !take_time(text, at)) return std::nullopt;
  if (!take(text, "Zz")) {
    const bool east = !text.empty() && text.front() == '+';
    std::chrono::milliseconds ahead{0};
    if (!take(text, "+-") || !take_hour_and_minute(text, ahead)) return std::nullopt;
    at -= east ? ahead : -ahead;
  }
  if (!text.empty()) return std::nullopt;
  return at.count();
}

bool valid_rfc3339(std::string_view text) noexcept { return parse_rfc3339(text).has_value(); }

}  // namespace tidewire
