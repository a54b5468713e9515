// Profiles of the running server, one at a time, on a thread of their own (docs/operating.md):
//
//   GET /debug/pprof/profile?seconds=   where CPU time goes, by gperftools: 100 samples for each second of it, in the format of its pprof
//   POST /api/v1/performance/profile/cpu?seconds=   the same
//   GET /debug/pprof/heap?seconds=      what was allocated meanwhile and is still there, by jemalloc: one of each 512 KiB, for jeprof
//   GET /api/v1/performance/trace?seconds=&sample=   the way of publishes through the actors (schemas/statistics/publish_trace.hpp): one of
//                                       `sample` of them; for Perfetto
//
// The answer comes when the time is over. Nothing is sampled at other times.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>

#include "actors/ops/work_thread.hpp"
#include "schemas/result.hpp"
#include "transport/application.hpp"

namespace tidewire {

class profiler {
 public:
  profiler() = default;
  ~profiler();
  profiler(const profiler&) = delete;
  profiler& operator=(const profiler&) = delete;

  // False: the path is none of these. Any thread.
  bool take(const transport::http_request& request, const transport::http_responder_ptr& responder);

 private:
  enum class subject : std::uint8_t { cpu, heap, trace };
  struct wish {
    subject what = subject::cpu;
    std::uint64_t seconds = 10;
    std::uint64_t sample = 1;
  };

  static result<wish> read(const transport::http_request& request, subject what);
  transport::http_response measure(const wish& asked);
  transport::http_response trace(const wish& asked);
  // False: the server ends.
  bool wait(std::uint64_t seconds);

  std::mutex mutex_;
  std::condition_variable changed_;
  bool busy_ = false;
  bool ending_ = false;
  std::optional<work_thread> thread_;  // the last member: it ends before what its work uses
};

}  // namespace tidewire
