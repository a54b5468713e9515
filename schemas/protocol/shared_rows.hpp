// Rows of a map's state, and publications that were missed, as replies show them. What many clients ask for is read once and handed to all
// of them; so is its text, made once for each form of text and way to look at it. Copies are cheap and mean the same rows.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "schemas/publication.hpp"
#include "schemas/shared_text.hpp"

namespace tidewire::protocol {

// What a text of rows is part of.
enum class row_text : std::uint8_t { json, msgpack, events };

struct view;
using view_ptr = std::shared_ptr<const view>;

// The texts that were made of some rows. Free of threads.
class row_texts {
 public:
  static constexpr std::size_t texts_max = 4;  // kept of the same rows; further ones are made each time

  // Appends what make(out) appends in this form for this view, and keeps it for the next one. Null: it is not kept.
  template <class Make>
  const shared_text* append(row_text as, const view_ptr& through, std::string& out, Make make) {
    const std::lock_guard lock(mutex_);
    if (const auto* known = find(as, through)) {
      out += known->bytes();
      return known;
    }
    const auto before = out.size();
    make(out);
    return keep(as, through, out.substr(before));
  }
  // What is kept, compressed forms too.
  std::size_t bytes() const noexcept { return bytes_.load(std::memory_order_relaxed); }

 private:
  struct text {
    text(row_text form, view_ptr view_of, std::string bytes, std::atomic<std::size_t>& kept)
        : as(form), through(std::move(view_of)), made(std::move(bytes), kept) {}

    row_text as;
    view_ptr through;
    shared_text made;
  };

  // REQUIRES: the lock is held.
  const shared_text* find(row_text as, const view_ptr& through) const;
  const shared_text* keep(row_text as, const view_ptr& through, std::string made);

  std::mutex mutex_;
  std::atomic<std::size_t> bytes_{0};
  std::list<text> texts_;  // which stay where they are
};

template <class Row>
class shared_rows {
 public:
  using iterator = typename std::vector<Row>::const_iterator;

  shared_rows() = default;
  shared_rows(std::vector<Row> rows) {  // NOLINT(google-explicit-constructor): a list of rows is what it is
    if (rows.empty()) return;
    all_ = std::make_shared<shared>();
    all_->rows = std::move(rows);
  }

  const std::vector<Row>& all() const noexcept {
    static const std::vector<Row> none;
    return all_ ? all_->rows : none;
  }
  operator const std::vector<Row>&() const noexcept { return all(); }  // NOLINT(google-explicit-constructor)
  iterator begin() const noexcept { return all().begin(); }
  iterator end() const noexcept { return all().end(); }
  std::size_t size() const noexcept { return all().size(); }
  bool empty() const noexcept { return all().empty(); }
  const Row& operator[](std::size_t at) const { return all()[at]; }
  const Row& front() const { return all().front(); }

  // Appends what make(out) appends in this form for this view, and keeps it for the next one, if others hold these rows too; then `parts`,
  // unless it is null, says so. Any thread.
  template <class Make>
  void append_text(row_text as, const view_ptr& through, std::string& out, shared_parts* parts, Make make) const {
    if (!all_ || all_.use_count() == 1) return make(out);
    const auto at = out.size();
    const auto* kept = all_->texts.append(as, through, out, make);
    if (kept != nullptr && parts != nullptr) parts->push_back({at, {all_, kept}});
  }

  // What is kept of texts. Any thread.
  std::size_t text_bytes() const noexcept { return all_ ? all_->texts.bytes() : 0; }

 private:
  struct shared {
    std::vector<Row> rows;
    row_texts texts{};
  };

  std::shared_ptr<shared> all_;
};

using state_rows = shared_rows<entity_ptr>;
using publication_rows = shared_rows<publication_ptr>;

}  // namespace tidewire::protocol
