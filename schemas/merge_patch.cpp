#include <algorithm>
#include <cstddef>
#include <forward_list>
#include <unordered_map>
#include <vector>

#include "schemas/document.hpp"
#include "schemas/json.hpp"
#include "schemas/json_cursor.hpp"
#include "schemas/limit_hits.hpp"

namespace tidewire {
namespace {

constexpr std::size_t linear_changes_max = 8;  // up to here a search beats a hash table
constexpr std::string_view null = "null";

// One member of a patch, and what it meets in the document.
struct change {
  std::string_view name;    // unescaped
  std::string_view quoted;  // as it is to be written
  std::string_view value;
  std::string_view base;  // the document's value; empty if absent
};

// The members of a patch by name; of a repeated name the last value counts.
class change_set {
 public:
  bool read(std::string_view patch) {
    json_cursor cursor(patch, '{');
    for (json_cursor::item item; cursor.next(item);) {
      const auto name = own(item.name);
      if (auto* known = find(name)) {
        known->value = item.value;
        continue;
      }
      if (changes_.size() >= linear_changes_max) index_all();
      changes_.push_back({name, item.name, item.value, {}});
      if (!index_.empty()) index_.emplace(name, changes_.size() - 1);
    }
    return cursor.ok();
  }

  // By the name as it stands in the document. The pointer holds until the next read.
  change* find_quoted(std::string_view quoted) {
    if (quoted.find('\\') == std::string_view::npos) return find(quoted.substr(1, quoted.size() - 2));
    return find(json_string(quoted).value_or(std::string()));
  }

  std::vector<change>& all() noexcept { return changes_; }

 private:
  std::string_view own(std::string_view quoted) {
    if (quoted.find('\\') == std::string_view::npos) return quoted.substr(1, quoted.size() - 2);
    return unescaped_.emplace_front(json_string(quoted).value_or(std::string()));
  }

  void index_all() {
    for (auto at = index_.size(); at < changes_.size(); ++at) index_.emplace(changes_[at].name, at);
  }

  change* find(std::string_view name) {
    if (index_.empty()) {
      const auto at = std::find_if(changes_.begin(), changes_.end(), [&](const change& each) { return each.name == name; });
      return at == changes_.end() ? nullptr : &*at;
    }
    const auto at = index_.find(name);
    return at == index_.end() ? nullptr : &changes_[at->second];
  }

  std::vector<change> changes_;
  std::forward_list<std::string> unescaped_;
  std::unordered_map<std::string_view, std::size_t> index_;
};

// A stretch of the document's members: either untouched ones, with the commas between them, or a changed one.
struct stretch {
  std::string_view untouched;
  change* changed = nullptr;
};

class merger {
 public:
  explicit merger(std::string& out) : out_(out) {}

  // Appends MergePatch(base, patch). False: an argument is broken or nested deeper than `levels`.
  bool merge(std::string_view base, std::string_view patch, std::size_t levels) {
    if (patch.empty()) return false;
    if (kind_of(patch) != json_kind::object) {
      out_ += patch;
      return true;
    }
    change_set changes;
    std::vector<stretch> stretches;
    if (levels == 0 || !changes.read(patch) || !split(base, changes, stretches)) return false;
    out_ += '{';
    bool first = true;
    for (const auto& each : stretches) {
      if (each.changed) {
        if (!write(*each.changed, first, levels)) return false;
      } else {
        comma(first);
        out_ += each.untouched;
      }
    }
    for (const auto& each : changes.all()) {
      if (each.base.empty() && !write(each, first, levels)) return false;
    }
    out_ += '}';
    return true;
  }

 private:
  // Cuts the members of `base` into stretches and tells the changes what they meet. Another value than an object has no members.
  static bool split(std::string_view base, change_set& changes, std::vector<stretch>& stretches) {
    if (base.empty() || kind_of(base) != json_kind::object) return true;
    json_cursor cursor(base, '{');
    bool untouched_so_far = false;  // the member before this one ends the last stretch
    for (json_cursor::item item; cursor.next(item);) {
      if (auto* changed = changes.find_quoted(item.name)) {
        if (changed->base.empty()) {
          changed->quoted = item.name;
          stretches.push_back({{}, changed});
        }
        changed->base = item.value;
        untouched_so_far = false;
      } else if (untouched_so_far) {
        stretches.back().untouched = joined(stretches.back().untouched, item.value);
      } else {
        stretches.push_back({joined(item.name, item.value), nullptr});
        untouched_so_far = true;
      }
    }
    return cursor.ok();
  }

  // From the first byte of one slice to the last of a later one of the same text.
  static std::string_view joined(std::string_view from, std::string_view to) noexcept {
    return {from.data(), static_cast<std::size_t>(to.data() + to.size() - from.data())};
  }

  bool write(const change& each, bool& first, std::size_t levels) {
    if (each.value == null) return true;
    comma(first);
    out_ += each.quoted;
    out_ += ':';
    return merge(each.base, each.value, levels - 1);
  }

  void comma(bool& first) {
    if (!first) out_ += ',';
    first = false;
  }

  std::string& out_;
};

}  // namespace

result<std::string> merge_patch(std::string_view document, std::string_view patch, const limits& bounds) {
  std::string merged;
  merged.reserve(document.size() + patch.size());
  if (!merger(merged).merge(document, patch, bounds.json_depth_max + 1)) {
    return fail(errc::bad_request, "the document or the patch is no JSON or nested too deeply");
  }
  if (exceeds<"document_bytes_max">(merged.size() > bounds.document_bytes_max)) {
    return fail(errc::payload_too_large, "the document would be longer than " + std::to_string(bounds.document_bytes_max) + " bytes");
  }
  return merged;
}

}  // namespace tidewire
