// What surrounds the copying of a restore: the directory is checked before and marked meanwhile, so that nobody takes a half for a whole.
//
//   <data>/RESTORE-NOT-FINISHED/  there before the first file is copied, synced; gone, synced, after all files are and the
//                                 database is marked as restored. With it the database is refused at open.
#pragma once

#include <cstdint>
#include <string>

#include "schemas/result.hpp"

namespace tidewire::storage {

// Errors: conflict unless it is absent, empty, or what a restore has left that did not finish.
result<void> check_restore_target(const std::string& data);

// Checks again, says in the directory that it is not whole, and takes away what an earlier restore has left.
// REQUIRES: it exists, and nobody else restores into it.
result<void> begin_restore(const std::string& data);

// Marks the database as restored (storage/lifecycle.hpp), syncs all its files and takes the sign away.
result<void> finish_restore(const std::string& data, std::uint32_t backup);

}  // namespace tidewire::storage
