// How far changes have been acknowledged, in a small file beside the database. A log whose last records are missing looks like one that
// ends there; only who knows how far it went can tell.
//
// The file "acknowledged" holds four words of 8 bytes, least significant byte first:
//   mark   := "tidemark" kernel written synced
//   kernel, written, synced := 56 bits, above a check of 8 bits
// kernel:  digest of the boot id of the kernel under which it was written; 0: unknown
// written: sequence number of the last change that was written: what was acknowledged survives the death of the process
// synced:  of the last one that was synced, with all before it: this survives the kernel, too
//
// The file is mapped into memory, so moving a mark costs a store, and it survives the process as the log does. No mark is ahead of the log.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "schemas/result.hpp"

namespace tidewire::storage {

class commit_mark {
 public:
  // What must be in a log found by a process under that kernel: the last sequence number that was promised. Nothing if there is no mark.
  static result<std::optional<std::uint64_t>> promised(const std::string& directory, std::string_view boot_id);

  static bool is_in(const std::string& directory);

  // Begins anew: all up to this sequence number is there and synced.
  static result<std::unique_ptr<commit_mark>> begin(const std::string& directory, std::string_view boot_id, std::uint64_t sequence);

  explicit commit_mark(void* words) noexcept : words_(words) {}
  commit_mark(const commit_mark&) = delete;
  commit_mark& operator=(const commit_mark&) = delete;
  ~commit_mark();

  void advance(std::uint64_t sequence, bool synced) noexcept;

 private:
  void* words_;
};

}  // namespace tidewire::storage
