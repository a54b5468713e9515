#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "schemas/document.hpp"
#include "schemas/json.hpp"
#include "schemas/json_cursor.hpp"
#include "schemas/limit_hits.hpp"

namespace tidewire {
namespace {

enum class step_kind : unsigned char { add, remove, replace, move, copy, test };

constexpr std::array<std::pair<std::string_view, step_kind>, 6> step_names{{{"add", step_kind::add},
                                                                            {"remove", step_kind::remove},
                                                                            {"replace", step_kind::replace},
                                                                            {"move", step_kind::move},
                                                                            {"copy", step_kind::copy},
                                                                            {"test", step_kind::test}}};

using pointer = std::vector<std::string>;  // its tokens

struct step {
  step_kind what = step_kind::test;
  pointer path;
  pointer from;            // of move and copy
  std::string_view value;  // of add, replace and test
};

bool takes_value(step_kind what) noexcept { return what == step_kind::add || what == step_kind::replace || what == step_kind::test; }
bool takes_from(step_kind what) noexcept { return what == step_kind::move || what == step_kind::copy; }

// RFC 6901 §3.
std::optional<pointer> read_pointer(std::string_view text) {
  if (!text.empty() && text.front() != '/') return std::nullopt;
  pointer tokens;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '/') {
      tokens.emplace_back();
    } else if (text[at] != '~') {
      tokens.back().push_back(text[at]);
    } else {
      ++at;
      if (at == text.size() || (text[at] != '0' && text[at] != '1')) return std::nullopt;
      tokens.back().push_back(text[at] == '0' ? '~' : '/');
    }
  }
  return tokens;
}

std::string write_pointer(const pointer& tokens) {
  constexpr std::size_t shown_bytes_max = 128;
  std::string text;
  for (const auto& token : tokens) {
    text += '/';
    for (const char c : token) c == '~' ? text.append("~0") : c == '/' ? text.append("~1") : text.append(1, c);
    if (text.size() > shown_bytes_max) return text.substr(0, shown_bytes_max) + "…";
  }
  return text;
}

// What is wrong with a member of step `number`; without a member, with all of it.
tl::unexpected<failure> fail_in(std::size_t number, errc code, std::string_view what, std::string_view member = {}) {
  std::string place = "/" + std::to_string(number);
  if (!member.empty()) place.append("/").append(member);
  return fail(code, place.append(": ").append(what));
}

result<step> read_step(std::size_t number, std::string_view raw) {
  const auto members = json_members(raw);
  if (!members) return fail_in(number, errc::bad_request, "must be an object");
  const auto find = [&](std::string_view name) {
    const auto found = std::ranges::find(*members, name, &json_member::name);
    return found == members->end() ? std::string_view{} : found->raw;
  };
  const auto name = json_string(find("op"));
  const auto known = std::ranges::find_if(step_names, [&](const auto& each) { return name == each.first; });
  if (known == step_names.end())
    return fail_in(number, errc::bad_request, R"(must be "add", "remove", "replace", "move", "copy" or "test")", "op");
  step made;
  made.what = known->second;
  const auto read = [&](std::string_view member, pointer& into) -> result<void> {
    const auto text = json_string(find(member));
    auto tokens = text ? read_pointer(*text) : std::nullopt;
    if (!tokens) return fail_in(number, errc::bad_request, "must be a JSON pointer", member);
    into = std::move(*tokens);
    return {};
  };
  if (const auto path = read("path", made.path); !path) return tl::unexpected(path.error());
  if (takes_from(made.what)) {
    if (const auto from = read("from", made.from); !from) return tl::unexpected(from.error());
  }
  if (takes_value(made.what)) {
    made.value = find("value");
    if (made.value.empty()) return fail_in(number, errc::bad_request, "is missing", "value");
  }
  if (made.what == step_kind::remove && made.path.empty())
    return fail_in(number, errc::bad_request, "a patch cannot remove the whole document", "path");
  if (made.what == step_kind::move && made.from.size() < made.path.size() &&
      std::equal(made.from.begin(), made.from.end(), made.path.begin()))
    return fail_in(number, errc::bad_request, "must not lead into what is moved", "path");
  return made;
}

result<std::vector<step>> read_steps(std::string_view patch) {
  const auto elements = json_elements(patch);
  if (!elements) return fail(errc::bad_request, "a JSON patch is an array of steps");
  std::vector<step> steps;
  steps.reserve(elements->size());
  for (const auto raw : *elements) {
    auto read = read_step(steps.size(), raw);
    if (!read) return tl::unexpected(std::move(read.error()));
    steps.push_back(std::move(*read));
  }
  return steps;
}

bool is_named(std::string_view quoted, std::string_view name) {
  if (quoted.find('\\') == std::string_view::npos) return quoted.substr(1, quoted.size() - 2) == name;
  return json_string(quoted) == name;
}

// RFC 6901 §4: no sign, no zero in front.
std::optional<std::size_t> read_index(std::string_view token) noexcept {
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), index);
  if (error != std::errc{} || end != token.data() + token.size() || (token.size() > 1 && token.front() == '0')) return std::nullopt;
  return index;
}

bool is_container(std::string_view raw) { return kind_of(raw) == json_kind::object || kind_of(raw) == json_kind::array; }

// The members or elements between which a step works, as slices of the document.
struct place {
  std::size_t count = 0;         // of the container's items up to the one that was found, or all of them
  std::size_t hits = 0;          // members of that name
  std::string_view item;         // what was found, with its name; empty: nothing
  std::string_view value;        // without
  const char* before = nullptr;  // end of the item in front of it; null: it is the first
  const char* after = nullptr;   // begin of the item behind it; null: it is the last
};

place look(std::string_view container, std::string_view token) {
  place at;
  const bool object = kind_of(container) == json_kind::object;
  const auto index = object ? std::nullopt : read_index(token);
  json_cursor cursor(container, object ? '{' : '[');
  const char* last_end = nullptr;
  bool just_found = false;
  for (json_cursor::item item; cursor.next(item);) {
    const auto* begin = object ? item.name.data() : item.value.data();
    const auto* end = item.value.data() + item.value.size();
    if (std::exchange(just_found, false)) at.after = begin;
    if (object ? is_named(item.name, token) : index == at.count) {
      ++at.hits;
      at.item = {begin, static_cast<std::size_t>(end - begin)};
      at.value = item.value;
      at.before = last_end;
      at.after = nullptr;
      just_found = true;
    }
    last_end = end;
    ++at.count;
  }
  return at;
}

// The document while it is changed. Positions are found anew for each step: they are slices of `text`.
class patched {
 public:
  patched(std::string_view document, const limits& bounds) : text_(document), bounds_(bounds) {}

  result<void> apply(std::size_t number, const step& next) {
    number_ = number;
    // Each step walks over the document and may copy it.
    work_ += (takes_from(next.what) ? 2 : 1) * (text_.size() + 1);
    if (exceeds<"patch_work_bytes_max">(work_ > bounds_.patch_work_bytes_max))
      return refuse(errc::limit_exceeded, "so many steps on so long a document are more than patch_work_bytes_max");
    auto done = take(next);
    if (done && exceeds<"document_bytes_max">(text_.size() > bounds_.document_bytes_max))
      return refuse(errc::payload_too_large, "the document would be longer than " + std::to_string(bounds_.document_bytes_max) + " bytes");
    return done;
  }

  std::string& text() noexcept { return text_; }

 private:
  tl::unexpected<failure> refuse(errc code, std::string_view what) const { return fail_in(number_, code, what); }
  tl::unexpected<failure> nothing_at(const pointer& path) const {
    return refuse(errc::conflict, "the path \"" + write_pointer(path) + "\" leads to nothing");
  }

  result<void> take(const step& next) {
    switch (next.what) {
      case step_kind::add: return add(next.path, next.value);
      case step_kind::remove: return remove(next.path);
      case step_kind::replace: return replace(next.path, next.value);
      case step_kind::test: return test(next.path, next.value);
      case step_kind::copy:
      case step_kind::move: break;
    }
    const auto found = find(next.from, next.from.size());
    if (found.empty()) return nothing_at(next.from);
    const std::string value(found);
    if (next.what == step_kind::move && next.from == next.path) return {};
    if (next.what == step_kind::move) {
      if (const auto removed = remove(next.from); !removed) return removed;
    }
    return add(next.path, value);
  }

  // The value that the first `count` tokens lead to; empty: there is none.
  std::string_view find(const pointer& path, std::size_t count) const {
    std::string_view at = text_;
    for (std::size_t i = 0; i < count && !at.empty(); ++i) at = is_container(at) ? look(at, path[i]).value : std::string_view{};
    return at;
  }

  void splice(const char* from, const char* to, std::string_view with) {
    text_.replace(static_cast<std::size_t>(from - text_.data()), static_cast<std::size_t>(to - from), with);
  }

  result<void> add(const pointer& path, std::string_view value) {
    if (path.empty()) return text_.assign(value), result<void>{};
    const auto container = find(path, path.size() - 1);
    if (container.empty() || !is_container(container)) return nothing_at({path.begin(), path.end() - 1});
    const auto& token = path.back();
    const auto at = look(container, token);
    if (kind_of(container) == json_kind::object) {
      if (at.hits > 0) return splice(at.value.data(), at.value.data() + at.value.size(), value), result<void>{};
      std::string member;
      append_json_string(member, token);
      return append(container, at.count == 0, member.append(1, ':').append(value)), result<void>{};
    }
    if (at.hits > 0) return splice(at.value.data(), at.value.data(), std::string(value).append(1, ',')), result<void>{};
    if (token != "-" && read_index(token) != at.count) return nothing_at(path);
    return append(container, at.count == 0, std::string(value)), result<void>{};
  }

  void append(std::string_view container, bool empty, std::string item) {
    if (!empty) item.insert(0, 1, ',');
    const auto* closing = container.data() + container.size() - 1;
    splice(closing, closing, item);
  }

  result<void> remove(const pointer& path) {
    const auto container = find(path, path.size() - 1);
    if (container.empty() || !is_container(container)) return nothing_at(path);
    const auto at = look(container, path.back());
    if (at.hits == 0) return nothing_at(path);
    if (at.hits > 1) return remove_all(container, path.back()), result<void>{};
    if (at.after != nullptr) return splice(at.item.data(), at.after, {}), result<void>{};
    return splice(at.before != nullptr ? at.before : at.item.data(), at.item.data() + at.item.size(), {}), result<void>{};
  }

  // A name that stands several times: an earlier member must not come to light.
  void remove_all(std::string_view object, std::string_view name) {
    std::string rest = "{";
    json_cursor cursor(object, '{');
    for (json_cursor::item item; cursor.next(item);) {
      if (is_named(item.name, name)) continue;
      if (rest.size() > 1) rest += ',';
      rest.append(item.name).append(1, ':').append(item.value);
    }
    splice(object.data(), object.data() + object.size(), rest.append(1, '}'));
  }

  result<void> replace(const pointer& path, std::string_view value) {
    const auto found = find(path, path.size());
    if (found.empty()) return nothing_at(path);
    return splice(found.data(), found.data() + found.size(), value), result<void>{};
  }

  result<void> test(const pointer& path, std::string_view value) const {
    const auto found = find(path, path.size());
    if (found.empty()) return nothing_at(path);
    if (json_equal(found, value)) return {};
    return refuse(errc::conflict, "the test of \"" + write_pointer(path) + "\" fails: it has another value");
  }

  std::string text_;
  const limits& bounds_;
  std::size_t number_ = 0;
  std::size_t work_ = 0;
};

}  // namespace

result<void> check_json_patch(std::string_view patch) {
  return read_steps(patch).map([](const auto&) {});
}

result<std::string> json_patch(std::string_view document, std::string_view patch, const limits& bounds) {
  const auto steps = read_steps(patch);
  if (!steps) return tl::unexpected(steps.error());
  patched made(document, bounds);
  for (std::size_t i = 0; i < steps->size(); ++i)
    if (const auto applied = made.apply(i, (*steps)[i]); !applied) return tl::unexpected(applied.error());
  if (const auto valid = validate_json(made.text(), bounds); !valid) return fail(errc::unprocessable, valid.error().detail);
  return std::move(made.text());
}

}  // namespace tidewire
