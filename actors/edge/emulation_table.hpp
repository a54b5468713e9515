// The sessions whose commands come in requests of their own, beside a connection that only tells. Free of threads.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "actors/session/session_link.hpp"

namespace tidewire {

class emulation_table {
 public:
  emulation_table();

  // This process; what is sent to another one is not for us.
  const std::string& node() const noexcept { return node_; }
  // A new name for a session, which nobody can guess: 128 random bits.
  static std::string make_name();

  void add(const std::string& name, std::shared_ptr<session_link> link);
  void remove(const std::string& name);
  std::shared_ptr<session_link> find(const std::string& name) const;

 private:
  const std::string node_;
  mutable std::mutex guard_;
  std::unordered_map<std::string, std::shared_ptr<session_link>> links_;
};

}  // namespace tidewire
