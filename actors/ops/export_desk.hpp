// Exports under way: each keeps a moment of the database until it is ended, or until nobody has read it for export_idle_s. Their pages are
// read on a thread of their own, one at a time: who wants the next page asks for it, so nothing piles up.
#pragma once

#include <map>
#include <string>

#include "actors/ops/export_reader.hpp"
#include "actors/ops/work_thread.hpp"
#include "transport/application.hpp"

namespace tidewire {

class export_desk {
 public:
  // All outlive the desk.
  export_desk(const server_options& options, const storage::store& disk, const storage::store& memory)
      : options_(options), disk_(disk), memory_(memory), thread_([this] { forget_idle(); }) {}

  // All answer later, on the thread. Any thread.
  void begin(export_order order, transport::http_responder_ptr responder);                 // {"id","time"}
  void read(std::string id, std::string cursor, transport::http_responder_ptr responder);  // a page, as of docs/http.md
  void end(std::string id, transport::http_responder_ptr responder);                       // 204

 private:
  struct running {
    std::unique_ptr<export_reader> reader;
    std::int64_t used_s = 0;
  };

  void post(const transport::http_responder_ptr& responder, std::function<void()> job);
  void open(export_order order, const transport::http_responder_ptr& responder);
  void answer_page(const std::string& id, const std::string& cursor, const transport::http_responder_ptr& responder);
  void forget_idle();

  const server_options& options_;
  const storage::store& disk_;
  const storage::store& memory_;
  std::map<std::string, running> running_;  // the thread's
  work_thread thread_;                      // the last member: it ends before what its work uses
};

}  // namespace tidewire
