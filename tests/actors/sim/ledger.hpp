// What the store has been given of one room, checked as it comes: the truth that everybody else is held against. It never trims, so it
// knows the state at every offset.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "actors/messages.hpp"
#include "schemas/options.hpp"

namespace tidewire::test {

// One request as its publisher sent it. The publications it makes carry its number as info.client, or as the member "n" of what a client of
// the protocol publishes.
struct attempt {
  std::uint64_t number = 0;
  std::vector<operation> operations;
  std::uint64_t sent_at = 0;  // the top then
};

class ledger {
 public:
  ledger(const limits& limit, const namespace_options& options) : limit_(limit), options_(options) {}

  void sent(attempt made);

  // An append has become durable: dense, one epoch, every publication what its operation makes of the state before, no id twice.
  void record(const storage::append& changes);
  // Acknowledged: stored, at these offsets.
  void check_answer(std::uint64_t number, const published& answer);
  // Refused: one of its operations could not be applied to a state between its sending and now. If nothing was to be changed, nothing is,
  // ever.
  void check_refusal(std::uint64_t number, errc why);
  // A client of the protocol hears less: that its one operation was applied, or that nothing has happened.
  void check_acknowledged(std::uint64_t number);

  // A crash has left this much, under that epoch. Nothing is gone that must not be.
  void cut_to(const storage::room_record& left, bool power_lost);
  // Somebody was shown that offset: a crash must not take it back, or give the room a new epoch.
  void shown(std::uint64_t offset) { shown_ = std::max(shown_, offset); }
  void trim_asked(std::uint64_t first) { trim_asked_ = std::max(trim_asked_, first); }
  std::uint64_t trim_asked() const noexcept { return trim_asked_; }

  const namespace_options& options() const noexcept { return options_; }
  const std::string& epoch() const { return epoch_; }
  std::uint64_t top() const { return stream_.size(); }
  publication_ptr at(std::uint64_t offset) const { return stream_.at(offset - 1); }
  entity_ptr entity_at(const std::string& key, std::uint64_t offset) const;
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
  std::set<errc> refusals_at(const attempt& made, std::uint64_t offset) const;

  const limits& limit_;
  const namespace_options& options_;
  std::string epoch_;
  std::vector<publication_ptr> stream_;
  std::map<std::string, std::vector<std::pair<std::uint64_t, entity_ptr>>> entities_;  // every version
  std::map<std::uint64_t, attempt> attempts_;
  std::map<std::uint64_t, std::vector<std::uint64_t>> recorded_;  // attempt → offset of each operation
  std::set<std::uint64_t> denied_;                                // attempts that were told that nothing was changed
  std::map<std::string, applied> ids_;
  std::uint64_t acknowledged_ = 0;  // the highest offset, as for shown_
  std::uint64_t shown_ = 0;
  std::uint64_t trim_asked_ = 1;
};

}  // namespace tidewire::test
