#include "storage/lifecycle.hpp"

#include <charconv>
#include <cstdio>
#include <random>

#include "storage/entity_count.hpp"
#include "storage/envelope.hpp"

namespace tidewire::storage {

namespace {

constexpr int first_with_entity_counts = 6;  // of the format versions
constexpr std::string_view boot_key = "boot";
constexpr std::string_view clean_key = "clean";
constexpr std::string_view restored_key = "restored";

std::string random_epoch() {
  std::random_device chance;
  char text[17];
  std::snprintf(text, sizeof text, "%08x%08x", chance(), chance());
  return text;
}

// Without a format row the database must be new: whatever else is in it, we did not write it.
result<void> check_new(const std::string& path, const kv_view& view) {
  const auto rows = view.scan(family::rooms, {});
  if (rows->valid()) return fail(errc::internal, "the database in " + path + " has rooms but no format version: restore a backup");
  return rows->status();
}

result<void> change_epochs(const kv_view& view, kv_batch& changes, const rocksdb_options& options, bool all) {
  const auto rows = view.scan(family::rooms, {});
  for (; rows->valid(); rows->next()) {
    auto room = decode_room(rows->value());
    if (!room) return tl::unexpected(std::move(room.error()));
    if (room->kept != durability::wal && !all) continue;
    room->epoch = options.make_epoch ? options.make_epoch() : random_epoch();
    changes.put(family::rooms, rows->key(), encode(*room));
  }
  return rows->status();
}

}  // namespace

result<void> check_format(const std::string& path, const std::string& stored) {
  int version = 0;
  const auto [end, error] = std::from_chars(stored.data(), stored.data() + stored.size(), version);
  if (error != std::errc() || end != stored.data() + stored.size() || version < 1) {
    return fail(errc::internal, "the database in " + path + " has an unreadable format version: restore a backup");
  }
  if (version > format_version) {
    return fail(errc::internal, "the database in " + path + " has format version " + stored + ", this program knows " +
                                    std::to_string(format_version) + ": start the newer version, or restore a backup");
  }
  return {};
}

result<last_stop> begin_use(kv& db, const rocksdb_options& options) {
  const auto view = db.view();
  const auto format = view->get(family::meta, format_row);
  const auto boot = view->get(family::meta, boot_key);
  const auto clean = view->get(family::meta, clean_key);
  if (!format) return tl::unexpected(format.error());
  if (!boot) return tl::unexpected(boot.error());
  if (!clean) return tl::unexpected(clean.error());
  const auto restored = view->get(family::meta, restored_key);
  if (!restored) return tl::unexpected(restored.error());

  if (auto known = *format ? check_format(options.path, **format) : check_new(options.path, *view); !known)
    return tl::unexpected(known.error());
  const auto before = !*format ? last_stop::none : *clean ? last_stop::clean : last_stop::unclean;

  const auto changes = db.batch();
  const bool same_kernel = !options.boot_id.empty() && *boot == options.boot_id;
  const bool all = options.recover || *restored;
  if (all || (before == last_stop::unclean && !same_kernel)) {
    if (auto changed = change_epochs(*view, *changes, options, all); !changed) return tl::unexpected(changed.error());
  }
  if (*format && std::stoi(**format) < first_with_entity_counts) {
    if (auto counted = count_entities(db); !counted) return tl::unexpected(counted.error());
  }
  changes->put(family::meta, format_row, std::to_string(format_version));
  changes->put(family::meta, boot_key, options.boot_id);
  changes->erase(family::meta, clean_key);
  changes->erase(family::meta, restored_key);
  return db.write(*changes, true).map([before] { return before; });
}

result<void> mark_restored(kv& db, std::uint32_t backup) {
  const auto changes = db.batch();
  changes->put(family::meta, restored_key, std::to_string(backup));
  return db.write(*changes, true);
}

result<void> end_use(kv& db) {
  const auto changes = db.batch();
  changes->put(family::meta, clean_key, "1");
  return db.write(*changes, true);
}

}  // namespace tidewire::storage
