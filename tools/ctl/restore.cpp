// tidectl restore: makes a database from a backup, while no server uses it.
#include <CLI/CLI.hpp>
#include <memory>

#include "schemas/protocol/json_object.hpp"
#include "storage/backup.hpp"
#include "tools/ctl/commands.hpp"
#include "tools/ctl/help.hpp"
#include "tools/ctl/progress.hpp"

namespace tidewire::ctl {

namespace {

std::string_view text_of(storage::restore_step step) {
  switch (step) {
    case storage::restore_step::verifying: return "verifying the checksums …";
    case storage::restore_step::copying: return "copying …";
    case storage::restore_step::marking: return "marking the database …";
  }
  return {};
}

exit_code restore(const session& with, const storage::restore_order& order) {
  progress line(with.shows_progress());
  const auto restored = storage::restore_backup(order, [&](storage::restore_step step) {
    line.clear();
    line.show(0, 0, text_of(step));
  });
  line.clear();
  if (!restored) return with.fail_with(restored.error());
  std::string body;
  {
    protocol::json_object object(body);
    protocol::json_object row(object.name("restored"));
    row.number("id", restored->id);
    row.number("bytes", restored->bytes);
    row.string("data", order.data);
  }
  with.say("backup " + std::to_string(restored->id) + " is restored into " + order.data + ": " + bytes_text(restored->bytes) +
               "\nWhen it is served next, every room begins a new epoch, and clients start from a snapshot.\n",
           body);
  return exit_code::done;
}

}  // namespace

command add_restore(CLI::App& root, const session& with) {
  const auto order = std::make_shared<storage::restore_order>();
  auto* app = root.add_subcommand("restore", "Make a database from a backup; no server may use it");
  app->add_option("directory", order->directory, "of the backups")->required();
  app->add_option("--data", order->data, "directory of the database: absent or empty")->required();
  app->add_option("--id", order->id, "which backup (default: the newest); `tidectl backup --list` says which there are");
  describe(*app,
           "All checksums are verified before anything is written. Every room begins a new epoch, so clients start from a snapshot. An\n"
           "interrupted restore leaves a directory that no server opens: run the same command again.",
           {{"restore /var/backups/tidewire --data /var/lib/tidewire", ""}});
  return {app, [order, &with] { return restore(with, *order); }};
}

}  // namespace tidewire::ctl
