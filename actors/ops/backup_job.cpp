#include "actors/ops/backup_job.hpp"

#include <array>
#include <chrono>
#include <utility>

#include "actors/supervision/log.hpp"
#include "schemas/api/problem.hpp"
#include "schemas/protocol/json_object.hpp"
#include "schemas/rfc3339.hpp"

namespace tidewire {

namespace {

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string time_text(std::int64_t unix_ms) {
  std::string text;
  append_rfc3339(text, unix_ms);
  return text;
}

}  // namespace

result<backup_report> backup_job::begin(storage::backup_order order) {
  const std::lock_guard lock(mutex_);
  if (report_.is == backup_report::state::running)
    return fail(errc::conflict, "a backup into " + report_.directory + " is under way: wait for its end");
  report_ = {.is = backup_report::state::running,
             .job = report_.job + 1,
             .directory = order.directory,
             .started_ms = now_ms(),
             .made = {},
             .why = {}};
  watch_.copied_bytes = 0;
  watch_.database_bytes = 0;
  if (!thread_) thread_.emplace();
  static_cast<void>(thread_->post([this, order = std::move(order)] { run(order); }));  // nothing else waits there
  return report_;
}

void backup_job::run(const storage::backup_order& order) {
  log_of("operations").info("backup begins: directory={}", order.directory);
  auto made = disk_.back_up(order, watch_);
  const std::lock_guard lock(mutex_);
  report_.is = made ? backup_report::state::done : backup_report::state::failed;
  report_.ended_ms = now_ms();
  report_.copied_bytes = made ? made->copied_bytes : watch_.copied_bytes.load();
  report_.database_bytes = watch_.database_bytes;
  if (made) {
    report_.made = std::move(*made);
    log_of("operations")
        .info("backup made: directory={} id={} bytes={} copied={} ms={}", order.directory, report_.made.id, report_.made.bytes,
              report_.made.copied_bytes, report_.ended_ms - report_.started_ms);
  } else {
    report_.why = std::move(made.error());
    log_of("operations").error("backup failed: directory={} why={}", order.directory, report_.why.detail);
  }
}

backup_report backup_job::report() const {
  const std::lock_guard lock(mutex_);
  auto now = report_;
  if (now.is == backup_report::state::running) {
    now.copied_bytes = watch_.copied_bytes;
    now.database_bytes = watch_.database_bytes;
  }
  return now;
}

void write_backup_report(std::string& out, const backup_report& report) {
  constexpr std::array<std::string_view, 4> states{"none", "running", "done", "failed"};
  protocol::json_object body(out);
  body.number("job", report.job);
  body.string("state", states[static_cast<std::size_t>(report.is)]);
  if (report.is == backup_report::state::none) return;
  body.string("directory", report.directory);
  body.string("started_at", time_text(report.started_ms));
  if (report.ended_ms != 0) body.string("ended_at", time_text(report.ended_ms));
  body.number("copied_bytes", report.copied_bytes);
  body.number("database_bytes", report.database_bytes);
  if (report.is == backup_report::state::done) {
    protocol::json_object made(body.name("backup"));
    made.number("id", report.made.id);
    made.string("time", time_text(report.made.time_s * 1000));
    made.number("bytes", report.made.bytes);
    made.number("files", report.made.files);
    made.number("copied_bytes", report.made.copied_bytes);
  }
  if (report.is == backup_report::state::failed) body.name("problem") += api::problem_body(report.why);
}

}  // namespace tidewire
