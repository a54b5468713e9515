// Backups of the open database, one at a time, on a thread of their own; how one is going can be asked at any time.
#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "actors/ops/work_thread.hpp"
#include "storage/store.hpp"

namespace tidewire {

// Of the newest backup of this process.
struct backup_report {
  enum class state : std::uint8_t { none, running, done, failed };
  state is = state::none;
  std::uint64_t job = 0;  // which one: 1, 2, …
  std::string directory;
  std::int64_t started_ms = 0;
  std::int64_t ended_ms = 0;
  std::uint64_t copied_bytes = 0;
  std::uint64_t database_bytes = 0;
  storage::backup_record made;  // when done
  failure why;                  // when failed
};

class backup_job {
 public:
  // `disk` outlives the job.
  explicit backup_job(storage::store& disk) : disk_(disk) {}
  // A backup under way is given up.
  ~backup_job() { watch_.stop = true; }
  backup_job(const backup_job&) = delete;
  backup_job& operator=(const backup_job&) = delete;

  // Begins one and says so. Errors: conflict while one is under way. Any thread.
  result<backup_report> begin(storage::backup_order order);
  backup_report report() const;

 private:
  void run(const storage::backup_order& order);

  storage::store& disk_;
  mutable std::mutex mutex_;
  backup_report report_;
  storage::backup_watch watch_;
  std::optional<work_thread> thread_;  // the last member: it ends before what its work uses
};

// {"job","state","directory","started_at","ended_at"?,"copied_bytes","database_bytes","backup"?,"problem"?}
void write_backup_report(std::string& out, const backup_report& report);

}  // namespace tidewire
