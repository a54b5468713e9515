// What the simulated store has ever been given, checked as it comes: the truth that everybody else is held against. It never trims, so it
// knows the state at every offset.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "actors/messages.hpp"
#include "schemas/limits.hpp"

namespace tidewire::test {

// One request as its publisher sent it. The publications it makes carry its number as info.client.
struct attempt {
  std::uint64_t number = 0;
  std::vector<operation> operations;
  std::uint64_t sent_at = 0;  // the top then
};

class ledger {
 public:
  ledger(const limits& limit, std::uint32_t key_ttl_s) : limit_(limit), key_ttl_s_(key_ttl_s) {}

  void sent(attempt made);

  // An append has become durable: dense, one epoch, every publication what its operation makes of the state before, no id twice.
  void record(const storage::append& changes);
  // Acknowledged: stored, at these offsets.
  void check_answer(std::uint64_t number, const published& answer) const;
  // Refused: justified by a state between its sending and now; and if nothing was to be changed, nothing is, ever.
  void check_refusal(std::uint64_t number, errc why);

  const std::string& epoch() const { return epoch_; }
  std::uint64_t top() const { return stream_.size(); }
  publication_ptr at(std::uint64_t offset) const { return stream_.at(offset - 1); }
  bool keyed_between(std::uint64_t after, std::uint64_t before) const;  // both excluded
  std::map<std::string, entity_document> state_at(std::uint64_t offset) const;

 private:
  struct applied {
    std::uint64_t offset = 0;
    std::string fingerprint;
  };

  void record_attempt(const attempt& made, std::vector<publication_ptr> publications);
  void add(const publication_ptr& next);
  void check_expiry(const operation& what, const publication& told) const;
  bool applied_by(const operation& what, std::uint64_t offset) const;
  entity_ptr entity_at(const std::string& key, std::uint64_t offset) const;
  std::optional<errc> refusal_at(const attempt& made, std::uint64_t offset) const;

  const limits& limit_;
  const std::uint32_t key_ttl_s_;  // of the namespace
  std::string epoch_;
  std::vector<publication_ptr> stream_;
  std::map<std::string, std::vector<std::pair<std::uint64_t, entity_ptr>>> entities_;  // every version
  std::map<std::uint64_t, attempt> attempts_;
  std::map<std::uint64_t, std::vector<std::uint64_t>> recorded_;  // attempt → offset of each operation
  std::set<std::uint64_t> denied_;                                // attempts that were told that nothing was changed
  std::map<std::string, applied> ids_;
};

}  // namespace tidewire::test
