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
command add_backup(CLI::App& root, const session& with);
command add_restore(CLI::App& root, const session& with);
command add_export(CLI::App& root, const session& with);
command add_import(CLI::App& root, const session& with);
command add_quarantine(CLI::App& root, const session& with);

// In the order of --help.
inline constexpr std::array all_commands{
    add_rooms,    add_room,   add_entities, add_entity, add_publish, add_tail,       add_history,
    add_presence, add_backup, add_restore,  add_export, add_import,  add_quarantine,
};

}  // namespace tidewire::ctl
