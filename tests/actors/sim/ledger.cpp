#include "tests/actors/sim/ledger.hpp"

#include <array>
#include <limits>

#include "schemas/apply.hpp"
#include "schemas/json.hpp"
#include "schemas/names.hpp"
#include "tests/actors/sim/chance.hpp"
#include "tests/actors/sim/trace.hpp"

namespace tidewire::test {

namespace {

// A document made earlier in the same request has no version yet.
entity_ptr made_by(const operation& what, const change_outcome& outcome) {
  if (outcome.removed) return nullptr;
  return std::make_shared<const entity_document>(
      entity_document{*what.key, std::numeric_limits<std::uint64_t>::max(), 0, outcome.data, outcome.tags, 0});
}

// For the trace.
std::string told_of(const operation& what) {
  static constexpr std::array kinds{"merge", "set", "remove", "increment"};
  static constexpr std::array demands{"", " if absent", " if it exists", " if version"};
  auto text = std::string(kinds.at(static_cast<std::size_t>(what.kind))) + ' ' + what.key.value_or("-") + ' ' + what.data;
  if (what.once) text += " once " + what.once->id;
  text += demands.at(static_cast<std::size_t>(what.only_if.wants));
  for (const auto& each : what.only_if.tags) text += ' ' + each.epoch + ':' + std::to_string(each.version);
  return text;
}

std::uint64_t number_of(const publication& told) {
  must(told.info.has_value(), "a publication says who made it");
  if (std::isdigit(static_cast<unsigned char>(told.info->client.front())) != 0) return std::stoull(told.info->client);
  const auto members = json_members(told.data);
  for (const auto& each : members.value())
    if (each.name == "n") return json_unsigned(each.raw).value();
  throw violation("a publication has the number of its request");
}

}  // namespace

void ledger::sent(attempt made) {
  made.sent_at = top();
  for (const auto& what : made.operations) trace("  request ", made.number, " at ", made.sent_at, ": ", told_of(what));
  attempts_.emplace(made.number, std::move(made));
}

void ledger::record(const storage::append& changes) {
  must(!changes.epoch.empty(), "an append has an epoch");
  if (epoch_.empty()) epoch_ = changes.epoch;
  must(changes.epoch == epoch_, "the epoch stays");
  std::size_t done = 0;
  while (done < changes.publications.size()) {
    if (is_kept_by_server(changes.room)) {  // whatever the server has to say
      must(changes.publications[done]->offset == top() + 1, "offsets are dense");
      add(changes.publications[done++]);
      continue;
    }
    const auto number = number_of(*changes.publications[done]);
    std::vector<publication_ptr> together;
    for (; done < changes.publications.size() && number_of(*changes.publications[done]) == number; ++done)
      together.push_back(changes.publications[done]);
    record_attempt(attempts_.at(number), std::move(together));
  }
}

void ledger::record_attempt(const attempt& made, std::vector<publication_ptr> publications) {
  const auto name = "request " + std::to_string(made.number);
  must(!recorded_.contains(made.number), name + " is stored once");
  must(!denied_.contains(made.number), name + " was refused and changed nothing");
  std::map<std::string, entity_ptr> base;
  auto& offsets = recorded_[made.number];
  auto next = publications.begin();
  for (const auto& what : made.operations) {
    if (what.once && ids_.contains(what.once->id)) {
      must(ids_[what.once->id].fingerprint == what.once->fingerprint, name + " uses an id with its own payload");
      offsets.push_back(ids_[what.once->id].offset);
      continue;
    }
    must(next != publications.end(), name + " is stored as a whole");
    const auto& told = **next++;
    must(told.offset == top() + 1, "offsets are dense");
    must(told.key == what.key, name + " keeps its order");
    must(told.epoch == (told.offset == 1 ? epoch_ : std::string{}), "offset 1 carries the epoch");
    if (what.key) {
      const auto before = base.contains(*what.key) ? base[*what.key] : entity_at(*what.key, top());
      const auto outcome = apply(what, before.get(), epoch_, limit_);
      must(outcome.has_value(), name + " applies");
      must(*outcome == change_outcome{told.removed, told.data, told.tags}, name + " builds on the change before");
      must(told.tags_before == (before ? before->tags : tag_map{}), "tags before are those of the change before");
      base[*what.key] = made_by(what, *outcome);
      check_expiry(what, told);
    } else {
      must(told.data == what.data, name + " is told as it was published");
    }
    if (what.once) ids_[what.once->id] = {told.offset, what.once->fingerprint};
    offsets.push_back(told.offset);
    add(*(next - 1));
  }
  must(next == publications.end(), name + " makes one publication for each operation");
}

void ledger::add(const publication_ptr& next) {
  trace("  ", epoch_, " has ", next->offset, ' ', next->key.value_or("-"), ' ', next->removed ? "removed" : next->data);
  stream_.push_back(next);
  if (!next->key) return;
  entities_[*next->key].emplace_back(
      next->offset, next->removed ? nullptr
                                  : std::make_shared<const entity_document>(entity_document{*next->key, next->offset, next->time_ms,
                                                                                            next->data, next->tags, next->expires_ms}));
}

void ledger::check_expiry(const operation& what, const publication& told) const {
  const auto before = entity_at(*what.key, top());
  const auto ttl_s = told.removed ? 0 : what.ttl_s.value_or(options_.key_ttl_s);
  must(told.expires_before_ms == (before ? before->expires_ms : 0), "the expiry before is that of the change before");
  must(told.expires_ms == (ttl_s == 0 ? 0 : told.time_ms + std::int64_t{ttl_s} * 1000), "every change sets the expiry anew");
  if (told.info->user == "expirer")
    must(told.expires_before_ms != 0 && told.expires_before_ms <= told.time_ms, "nothing expires before its time");
}

void ledger::check_answer(std::uint64_t number, const published& answer) {
  const auto& made = attempts_.at(number);
  const auto name = "request " + std::to_string(number);
  must(answer.epoch == epoch_, name + " is answered with the room's epoch");
  must(answer.changes.size() == made.operations.size(), name + " is answered one by one");
  const auto stored = recorded_.find(number);
  for (std::size_t i = 0; i < made.operations.size(); ++i) {
    const auto& what = made.operations[i];
    const auto& done = answer.changes[i];
    must(done.keyed == what.key.has_value(), name + " knows its keys");
    acknowledged_ = std::max(acknowledged_, done.offset);
    if (stored != recorded_.end()) {
      must(stored->second[i] == done.offset, name + " is acknowledged at the offset where it is stored");
    } else {
      must(what.once && ids_.contains(what.once->id), name + " is acknowledged after it is stored");
      must(ids_.at(what.once->id).offset == done.offset, name + " gets the first answer again");
      must(ids_.at(what.once->id).fingerprint == what.once->fingerprint, name + " gets no answer to another payload");
    }
  }
}

void ledger::check_refusal(std::uint64_t number, errc why) {
  const auto name = "request " + std::to_string(number);
  trace("  ", name, " is refused: ", describe(why).slug);
  switch (why) {
    case errc::storage_refused:
    case errc::unavailable: return;  // outcome unknown
    case errc::version_conflict:
    case errc::conflict:
    case errc::unprocessable: {
      const auto& made = attempts_.at(number);
      bool justified = false;
      for (auto offset = made.sent_at; offset <= top() && !justified; ++offset) justified = refusals_at(made, offset).contains(why);
      must(justified, name + " is refused for a state that was committed");
      break;
    }
    case errc::internal:
    case errc::quarantined:
    case errc::timeout:
    case errc::too_many_requests:
    case errc::idempotency_in_flight:
    case errc::idempotency_mismatch: break;
    default: must(false, name + " is refused with an error that fits, not " + std::string(describe(why).slug));
  }
  must(!recorded_.contains(number), name + " was refused and changed nothing");
  denied_.insert(number);
}

void ledger::check_acknowledged(std::uint64_t number) {
  const auto found = recorded_.find(number);
  must(found != recorded_.end(), "request " + std::to_string(number) + " is acknowledged after it is stored");
  acknowledged_ = std::max(acknowledged_, found->second.back());
}

void ledger::cut_to(const storage::room_record& left, bool power_lost) {
  const bool keeps = options_.kept == durability::fsync || (options_.kept == durability::wal && !power_lost);
  must(left.top <= top(), "a crash adds nothing");
  if (keeps) must(left.top >= std::max(acknowledged_, shown_), "a crash takes nothing that was acknowledged or shown");
  if (left.top < std::max(acknowledged_, shown_))
    must(left.epoch != epoch_, "offsets that were told are not used again under the same epoch");
  if (keeps && left.top > 0) must(left.epoch == epoch_, "a crash that takes nothing leaves the epoch");
  if (left.epoch != epoch_) acknowledged_ = shown_ = 0;
  epoch_ = left.epoch;
  stream_.resize(left.top);
  if (!stream_.empty()) {
    auto first = std::make_shared<publication>(*stream_.front());
    first->epoch = epoch_;
    stream_.front() = std::move(first);
  }
  for (auto& [key, versions] : entities_) std::erase_if(versions, [&](const auto& each) { return each.first > left.top; });
  std::erase_if(recorded_,
                [&](const auto& each) { return std::ranges::any_of(each.second, [&](auto offset) { return offset > left.top; }); });
  std::erase_if(ids_, [&](const auto& each) { return each.second.offset > left.top; });
}

std::map<std::string, entity_document> ledger::state_at(std::uint64_t offset) const {
  std::map<std::string, entity_document> state;
  for (const auto& [key, versions] : entities_)
    if (const auto found = entity_at(key, offset)) state.emplace(key, *found);
  return state;
}

bool ledger::applied_by(const operation& what, std::uint64_t offset) const {
  if (!what.once) return false;
  const auto found = ids_.find(what.once->id);
  return found != ids_.end() && found->second.offset <= offset;
}

entity_ptr ledger::entity_at(const std::string& key, std::uint64_t offset) const {
  entity_ptr newest;
  if (const auto found = entities_.find(key); found != entities_.end()) {
    for (const auto& [at, document] : found->second) {
      if (at > offset) break;
      newest = document;
    }
  }
  return newest;
}

// Keys are asked side by side: of a request with several faults, whichever is found first is the answer. Of one key it is the first.
std::set<errc> ledger::refusals_at(const attempt& made, std::uint64_t offset) const {
  std::map<std::string, entity_ptr> base;
  std::map<std::string, errc> refused;
  for (const auto& what : made.operations) {
    if (!what.key || applied_by(what, offset) || refused.contains(*what.key)) continue;
    const auto before = base.contains(*what.key) ? base[*what.key] : entity_at(*what.key, offset);
    const auto outcome = apply(what, before.get(), epoch_, limit_);
    if (outcome)
      base[*what.key] = made_by(what, *outcome);
    else
      refused.emplace(*what.key, outcome.error().code);
  }
  std::set<errc> codes;
  for (const auto& [key, code] : refused) codes.insert(code);
  return codes;
}

}  // namespace tidewire::test
