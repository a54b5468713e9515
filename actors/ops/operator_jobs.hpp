// The long work that operators ask for over the admin listener. Every request is answered at once, or by the thread that does the work; so
// it never keeps an I/O thread.
//
//   GET    /api/v1/backups                                           how the newest backup is going
//   POST   /api/v1/backups {"directory","keep"?,"bytes_per_s"?}      begins one: 202; 409 while one is under way
//   POST   /api/v1/exports {"room" or "prefix"?,"history"?,"at"?}    keeps a moment: {"id","time"}
//   GET    /api/v1/exports/{id}?cursor=                              a page of its lines
//   DELETE /api/v1/exports/{id}                                      lets go of it
//
// A POST must be application/json: so no page of another origin can send one without asking first, and nobody answers that question.
#pragma once

#include "actors/ops/backup_job.hpp"
#include "actors/ops/export_desk.hpp"
#include "schemas/options.hpp"
#include "transport/application.hpp"

namespace tidewire {

class operator_jobs {
 public:
  struct parts {
    const server_options& options;
    storage::store& disk;
    storage::store& memory;
  };
  // All parts outlive it.
  explicit operator_jobs(parts from) : options_(from.options), backups_(from.disk), exports_(from.options, from.disk, from.memory) {}

  // False: the path is none of these. Any thread.
  bool take(const transport::http_request& request, const transport::http_responder_ptr& responder);

 private:
  void begin_backup(const transport::http_request& request, const transport::http_responder_ptr& responder);
  void begin_export(const transport::http_request& request, const transport::http_responder_ptr& responder);

  const server_options& options_;
  backup_job backups_;
  export_desk exports_;
};

}  // namespace tidewire
