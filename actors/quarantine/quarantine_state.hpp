// Commands that kill their actor whenever they are tried are kept here for an operator, and whoever sent them is told. The operator's half
// answers on the admin listener (docs/quarantine.md): list, look, try again, discard. Pure; quarantine.cpp is the actor around it.
//
// A command that is tried again goes the way of every other one. Each of its operations has an idempotency id by then, so what was applied
// although the answer was lost is not applied twice. If it fails, the record stays; if it kills again, the record is renewed. So it is when
// its sender tries again, if that can be told.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "actors/quarantine/quarantine_port.hpp"
#include "schemas/api/uri.hpp"
#include "schemas/options.hpp"

namespace tidewire {

class quarantine_state {
 public:
  static constexpr std::size_t keeping_max = 1'024;  // records on their way to the store

  // Since the start. Read from any thread.
  struct counters {
    std::atomic<std::uint64_t>& kept;
    std::atomic<std::uint64_t>& refused;
  };

  // `options`, `counted` and `port` outlive it.
  quarantine_state(const server_options& options, counters counted, quarantine_port& port)
      : options_(options), counted_(counted), port_(port) {}

  void handle(const deadly_command_ptr& deadly);
  void on_request(const transport::http_request& request, transport::http_responder_ptr responder);

  void on_changed(ticket which, const result<dead_changed>& outcome);
  void on_found(ticket which, const result<std::optional<found_dead>>& found);
  void on_listed(ticket which, const result<dead_listing>& listed);
  void on_published(ticket which, const result<published>& outcome);
  void tick();

 private:
  struct keeping {
    deadly_command_ptr deadly;
    replayed_record as;  // that has been tried so often now
    std::string name;    // as of name_of()
  };
  // A request of an operator on its way.
  struct wish {
    enum class kind : std::uint8_t { list, show, discard, replay };
    kind what = kind::list;
    transport::http_responder_ptr responder;  // null: it has been told that it takes too long
    std::int64_t due_ms = 0;
    std::string id;
    std::string room;                     // of a replay
    bool in_memory = false;               // where the record is
    std::optional<published> replayed{};  // the record may go
  };

  void read_list(const api::request_target& target, transport::http_responder_ptr responder);
  void begin(wish::kind what, const std::string& id, transport::http_responder_ptr responder);
  ticket expect(wish of);
  std::optional<wish> take(ticket which);
  void refuse(const wish& of, const failure& why);
  void replay(wish of, storage::dead_record record);
  void on_kept(const keeping& what, const result<dead_changed>& outcome);
  void on_discarded(wish of, const result<dead_changed>& outcome);

  replayed_record earlier(const publish_request& request, const std::string& name) const;
  void forget(const std::string& id);

  const server_options& options_;
  const counters counted_;
  quarantine_port& port_;
  std::map<ticket, keeping> keeping_;
  std::map<std::string, replayed_record> known_;  // name → record, of this process; at most quarantine_records_max
  std::map<ticket, wish> wishes_;
  std::set<std::string> replaying_;  // ids
  ticket last_ticket_ = 0;
};

}  // namespace tidewire
