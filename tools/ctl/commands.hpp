// The commands of tidectl. A new one is a line in each of the two lists here, and a file.
#pragma once

#include <array>

#include "tools/ctl/session.hpp"

namespace tidewire::ctl {

// Adds the command to the command line. `with` outlives it.
command add_rooms(CLI::App& root, const session& with);
command add_room(CLI::App& root, const session& with);
command add_entities(CLI::App& root, const session& with);
command add_entity(CLI::App& root, const session& with);
command add_publish(CLI::App& root, const session& with);
command add_tail(CLI::App& root, const session& with);
command add_history(CLI::App& root, const session& with);
command add_presence(CLI::App& root, const session& with);
command add_status(CLI::App& root, const session& with);
command add_top(CLI::App& root, const session& with);
command add_tree(CLI::App& root, const session& with);
command add_sessions(CLI::App& root, const session& with);
command add_session(CLI::App& root, const session& with);
command add_kick(CLI::App& root, const session& with);
command add_restart(CLI::App& root, const session& with);
command add_passivate(CLI::App& root, const session& with);
command add_loglevel(CLI::App& root, const session& with);
command add_config(CLI::App& root, const session& with);
command add_doctor(CLI::App& root, const session& with);
command add_trace(CLI::App& root, const session& with);
command add_bench(CLI::App& root, const session& with);
command add_backup(CLI::App& root, const session& with);
command add_restore(CLI::App& root, const session& with);
command add_export(CLI::App& root, const session& with);
command add_import(CLI::App& root, const session& with);
command add_quarantine(CLI::App& root, const session& with);
command add_completion(CLI::App& root, const session& with);

// In the order of --help.
inline constexpr std::array all_commands{
    add_status,   add_top,      add_doctor,   add_rooms,   add_room,   add_entities, add_entity,  add_publish,   add_tail,
    add_history,  add_presence, add_sessions, add_session, add_kick,   add_tree,     add_restart, add_passivate, add_quarantine,
    add_loglevel, add_config,   add_backup,   add_restore, add_export, add_import,   add_trace,   add_bench,     add_completion,
};

}  // namespace tidewire::ctl
