// Rows of a map's state as replies show them. A page that many clients ask for is read once and handed to all of them; so is its text, made
// once for each form of text and way to look at it. Copies are cheap and mean the same rows.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "schemas/publication.hpp"

namespace tidewire::protocol {

// What a text of rows is part of.
enum class row_text : std::uint8_t { json, msgpack, events };

struct view;
using view_ptr = std::shared_ptr<const view>;

class state_rows {
 public:
  static constexpr std::size_t texts_max = 4;  // kept of the same rows; further ones are made each time

  using iterator = std::vector<entity_ptr>::const_iterator;

  state_rows() = default;
  state_rows(std::vector<entity_ptr> rows);  // NOLINT(google-explicit-constructor): a list of rows is what it is

  const std::vector<entity_ptr>& all() const noexcept;
  operator const std::vector<entity_ptr>&() const noexcept { return all(); }  // NOLINT(google-explicit-constructor)
  iterator begin() const noexcept { return all().begin(); }
  iterator end() const noexcept { return all().end(); }
  std::size_t size() const noexcept { return all().size(); }
  bool empty() const noexcept { return all().empty(); }
  const entity_ptr& operator[](std::size_t at) const { return all()[at]; }

  // Appends what make(out) appends in this form for this view, and keeps it for the next one, if others hold these rows too. Any thread.
  template <class Make>
  void append_text(row_text as, const view_ptr& through, std::string& out, Make make) const {
    if (!all_ || all_.use_count() == 1) return make(out);
    const std::lock_guard lock(all_->mutex);
    if (const auto* known = find(as, through)) {
      out += *known;
      return;
    }
    const auto before = out.size();
    make(out);
    keep(as, through, out.substr(before));
  }

  // What is kept of texts. Any thread.
  std::size_t text_bytes() const noexcept { return all_ ? all_->text_bytes.load(std::memory_order_relaxed) : 0; }

 private:
  struct text {
    row_text as;
    view_ptr through;
    std::string bytes;
  };
  struct shared {
    std::vector<entity_ptr> rows;
    std::mutex mutex{};
    std::vector<text> texts{};
    std::atomic<std::size_t> text_bytes{0};
  };

  // REQUIRES: the lock is held.
  const std::string* find(row_text as, const view_ptr& through) const;
  void keep(row_text as, const view_ptr& through, std::string made) const;

  std::shared_ptr<shared> all_;
};

}  // namespace tidewire::protocol
