#include "storage/dead_rows.hpp"

#include "storage/envelope.hpp"
#include "storage/keys.hpp"
#include "storage/rules.hpp"

namespace tidewire::storage {

result<void> dead_rows::count() {
  const auto view = db_.view();
  const auto rows = view->scan(family::dead, {});
  dead_usage now;
  for (; rows->valid(); rows->next()) {
    ++now.records;
    now.bytes += rows->value().size();
  }
  if (auto ended = rows->status(); !ended) return ended;
  set(now);
  return {};
}

result<void> dead_rows::keep(const dead_record& record, dead_usage most, bool sync) {
  const auto before = db_.view()->get(family::dead, record.id);
  if (!before) return tl::unexpected(before.error());
  const auto row = encode(record);
  auto now = kept();
  if (*before) {
    --now.records;
    now.bytes -= (*before)->size();
  }
  ++now.records;
  now.bytes += row.size();
  if (const auto full = check_dead(now, most); !full) return full;
  const auto batch = db_.batch();
  batch->put(family::dead, record.id, row);
  auto done = db_.write(*batch, sync);
  if (done) set(now);
  return done;
}

result<bool> dead_rows::discard(std::string_view id) {
  const auto before = db_.view()->get(family::dead, id);
  if (!before) return tl::unexpected(before.error());
  if (!*before) return false;
  const auto batch = db_.batch();
  batch->erase(family::dead, id);
  if (auto done = db_.write(*batch, true); !done) return tl::unexpected(done.error());
  const auto now = kept();
  set({now.records - 1, now.bytes - (*before)->size()});
  return true;
}

result<std::optional<dead_record>> dead_rows::get(std::string_view id) const {
  const auto row = db_.view()->get(family::dead, id);
  if (!row) return tl::unexpected(row.error());
  if (!*row) return std::nullopt;
  return decode_dead(id, **row);
}

result<dead_page> dead_rows::list(std::string_view after, page_limit limit) const {
  const auto view = db_.view();
  const auto rows = view->scan(family::dead, {after.empty() ? std::string{} : keys::next_to(after), {}});
  dead_page page;
  page_meter meter(limit);
  for (; rows->valid(); rows->next()) {
    auto record = decode_dead(rows->key(), rows->value());
    if (!record) return tl::unexpected(record.error());
    if (!meter.admits(*record)) {
      page.more = true;
      return page;
    }
    page.rows.push_back(std::move(*record));
  }
  if (auto ended = rows->status(); !ended) return tl::unexpected(ended.error());
  return page;
}

void dead_rows::set(dead_usage now) {
  records_.store(now.records, std::memory_order_relaxed);
  bytes_.store(now.bytes, std::memory_order_relaxed);
}

}  // namespace tidewire::storage
