// Walks the members or elements of JSON text without allocating. The text has been validated before (canonical_json); a cursor only
// finds the slices. On other text it stops with ok() false or yields slices that are no JSON, but stays inside its bounds.
#pragma once

#include <string_view>

namespace tidewire {

class json_cursor {
 public:
  // One member of an object, or one element of an array; then `name` is empty.
  struct item {
    std::string_view name;   // still escaped, with its quotes
    std::string_view value;  // no white space around it
  };

  // Members of an object ('{') or elements of an array ('['). `text` must outlive the cursor and its items.
  json_cursor(std::string_view text, char opening) noexcept;

  // False at the end, or when the text is broken.
  bool next(item& found) noexcept;

  // After next() gave false: the text was one complete container of the wanted kind.
  bool ok() const noexcept { return state_ == state::done; }

 private:
  enum class state : unsigned char { first, more, done, broken };

  bool stop(state why) noexcept;
  bool finish() noexcept;
  void skip_space() noexcept;
  bool skip_string() noexcept;
  bool skip_value() noexcept;

  const char* at_;
  const char* end_;
  char closing_;
  state state_ = state::first;
};

}  // namespace tidewire
