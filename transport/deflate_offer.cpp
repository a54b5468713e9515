#include "transport/deflate_offer.hpp"

#include <algorithm>
#include <vector>

#include "transport/http_text.hpp"

namespace tidewire::transport {
namespace {

constexpr std::string_view our_extension = "permessage-deflate";
constexpr std::string_view our_window_bits = "15";

struct parameter {
  std::string_view name;
  std::optional<std::string> value;
};

struct offer {
  std::string_view extension;
  std::vector<parameter> parameters;
};

// extension-list = 1#( token *( ";" token [ "=" ( token / quoted-string ) ] ) )
class offer_parser {
 public:
  explicit offer_parser(std::string_view text) : rest_(text) {}

  // False: the text breaks the grammar.
  bool parse(std::vector<offer>& into) {
    while (skip(','), !rest_.empty()) {
      offer one{token(), {}};
      if (one.extension.empty()) return false;
      while (take(';')) {
        parameter each{token(), {}};
        if (each.name.empty()) return false;
        if (take('=') && !read_value(each.value.emplace())) return false;
        one.parameters.push_back(std::move(each));
      }
      into.push_back(std::move(one));
      skip_space();
      if (!rest_.empty() && rest_.front() != ',') return false;
    }
    return true;
  }

 private:
  void skip_space() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t"), rest_.size())); }

  bool take(char wanted) {
    skip_space();
    if (rest_.empty() || rest_.front() != wanted) return false;
    rest_.remove_prefix(1);
    return true;
  }

  void skip(char unwanted) {
    while (take(unwanted)) continue;
  }

  std::string_view token() {
    skip_space();
    const auto end = static_cast<std::size_t>(std::find_if_not(rest_.begin(), rest_.end(), is_token_char) - rest_.begin());
    const auto found = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return found;
  }

  // What a quoted string holds must be a token too.
  bool read_value(std::string& value) {
    if (!take('"')) {
      value = token();
      return !value.empty();
    }
    while (!rest_.empty() && rest_.front() != '"') {
      if (rest_.front() == '\\') rest_.remove_prefix(1);
      if (rest_.empty() || !is_token_char(rest_.front())) return false;
      value.push_back(rest_.front());
      rest_.remove_prefix(1);
    }
    return take('"') && !value.empty();
  }

  std::string_view rest_;
};

// 8 to 15, without leading zeros.
bool is_window_bits(std::string_view value) noexcept {
  return value == "8" || value == "9" || (value.size() == 2 && value[0] == '1' && value[1] >= '0' && value[1] <= '5');
}

// Our answer to one offer; empty: declined.
std::string answer(const offer& made) {
  if (!equals_ignoring_case(made.extension, our_extension)) return {};
  std::string extension(our_extension);
  extension += "; server_no_context_takeover; client_no_context_takeover";
  for (auto each = made.parameters.begin(); each != made.parameters.end(); ++each) {
    if (std::any_of(made.parameters.begin(), each, [&](const parameter& earlier) { return earlier.name == each->name; })) return {};
    if (each->name == "server_no_context_takeover" || each->name == "client_no_context_takeover") {
      if (each->value) return {};
    } else if (each->name == "client_max_window_bits") {
      if (each->value && !is_window_bits(*each->value)) return {};
    } else if (each->name == "server_max_window_bits") {
      if (!each->value || *each->value != our_window_bits) return {};
      extension.append("; server_max_window_bits=").append(our_window_bits);
    } else {
      return {};
    }
  }
  return extension;
}

}  // namespace

std::optional<std::string> choose_deflate(const http_request& upgrade) {
  std::vector<offer> offers;
  for (const auto& field : upgrade.headers)
    if (field.name == "sec-websocket-extensions" && !offer_parser(field.value).parse(offers)) return std::nullopt;
  for (const auto& each : offers)
    if (auto taken = answer(each); !taken.empty()) return taken;
  return std::string();
}

}  // namespace tidewire::transport
