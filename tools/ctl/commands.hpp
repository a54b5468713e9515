// The commands of tidectl, each in a file of its name. A new one is a line here and one in main.cpp.
#pragma once

#include "tools/ctl/session.hpp"

namespace tidewire::ctl {

// Adds the command to the command line. `with` outlives it.
command add_backup(CLI::App& root, const session& with);
command add_restore(CLI::App& root, const session& with);
command add_export(CLI::App& root, const session& with);
command add_import(CLI::App& root, const session& with);
command add_quarantine(CLI::App& root, const session& with);

}  // namespace tidewire::ctl
