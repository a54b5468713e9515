#include "actors/ops/profiler.hpp"

#include <gperftools/profiler.h>
#include <stdlib.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <utility>

#include "actors/gateway/responses.hpp"
#include "schemas/api/uri.hpp"
#include "schemas/json.hpp"

// jemalloc's, where the program has it.
extern "C" __attribute__((weak)) int mallctl(const char* name, void* old_value, std::size_t* old_length, void* new_value,
                                             std::size_t new_length);

namespace tidewire {

namespace {

constexpr std::uint64_t seconds_default = 10;
constexpr std::uint64_t seconds_max = 120;

// A file for what the libraries write only into files; gone with this.
class scratch_file {
 public:
  scratch_file() : path_((std::filesystem::temp_directory_path() / "tidewire-profile-XXXXXX").string()) {
    const int made = ::mkstemp(path_.data());
    if (made >= 0) ::close(made);
    usable_ = made >= 0;
  }
  scratch_file(const scratch_file&) = delete;
  scratch_file& operator=(const scratch_file&) = delete;
  ~scratch_file() {
    if (usable_) ::unlink(path_.c_str());
  }

  bool usable() const noexcept { return usable_; }
  const std::string& path() const noexcept { return path_; }
  std::string read() const {
    std::ifstream file(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

 private:
  std::string path_;
  bool usable_ = false;
};

// It may be loaded while something else allocates, such as a sanitizer.
bool allocates_here() {
  std::uint64_t before = 0;
  std::uint64_t after = 0;
  auto length = sizeof before;
  if (mallctl("thread.allocated", &before, &length, nullptr, 0) != 0) return true;  // it does not say
  void* volatile block = ::malloc(65'536);
  mallctl("thread.allocated", &after, &length, nullptr, 0);
  ::free(block);
  return after > before;
}

bool sample_heap(bool on) { return mallctl("prof.active", nullptr, nullptr, &on, sizeof on) == 0; }

transport::http_response profile_response(std::string bytes, std::string_view name) {
  return {200,
          "application/octet-stream",
          {{"cache-control", "no-store"}, {"content-disposition", "attachment; filename=\"" + std::string(name) + "\""}},
          std::move(bytes)};
}

// Without allocations of this server: 501 would say that no server has it.
failure no_heap_profile() {
  return {errc::unavailable, "this server does not run on jemalloc with profiling: it was built without, or MALLOC_CONF says prof:false"};
}

}  // namespace

profiler::~profiler() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
}

bool profiler::take(const transport::http_request& request, const transport::http_responder_ptr& responder) {
  const auto path = std::string_view(request.target).substr(0, request.target.find('?'));
  const bool alias = request.method == "POST" && path == "/api/v1/performance/profile/cpu";
  const bool cpu = alias || path == "/debug/pprof/profile";
  if ((request.method != "GET" && !alias) || (!cpu && path != "/debug/pprof/heap")) return false;
  std::uint64_t seconds = seconds_default;
  const auto target = api::split_target(request.target);
  if (!target) return refuse(responder, target.error()), true;
  for (const auto& [name, value] : target->parameters) {
    const auto given = name == "seconds" ? json_unsigned(value) : std::nullopt;
    if (!given || *given == 0 || *given > seconds_max)
      return refuse(responder, {errc::bad_request, "the query may have seconds, from 1 to 120"}), true;
    seconds = *given;
  }
  const std::lock_guard lock(mutex_);
  if (std::exchange(busy_, true)) return refuse(responder, {errc::conflict, "another profile is being made"}), true;
  if (!thread_) thread_.emplace();
  const auto what = cpu ? subject::cpu : subject::heap;
  thread_->post([this, responder, what, seconds] {
    auto made = measure(what, seconds);
    {
      const std::lock_guard done(mutex_);
      busy_ = false;
    }
    responder->answer(std::move(made));
  });
  return true;
}

bool profiler::wait(std::uint64_t seconds) {
  std::unique_lock lock(mutex_);
  return !changed_.wait_for(lock, std::chrono::seconds(seconds), [this] { return ending_; });
}

transport::http_response profiler::measure(subject what, std::uint64_t seconds) {
  const scratch_file file;
  if (!file.usable()) return problem_response({errc::unavailable, "no file could be made for the profile in the system's folder for such"});
  const failure ended{errc::unavailable, "the server ends"};
  if (what == subject::cpu) {
    if (ProfilerStart(file.path().c_str()) == 0) return problem_response({errc::conflict, "another profiler runs"});
    const bool whole = wait(seconds);
    ProfilerStop();
    return whole ? profile_response(file.read(), "tidewire-cpu.prof") : problem_response(ended);
  }
  if (mallctl == nullptr || !allocates_here() || !sample_heap(true)) return problem_response(no_heap_profile());
  const bool whole = wait(seconds);
  const char* into = file.path().c_str();
  const bool dumped = mallctl("prof.dump", nullptr, nullptr, &into, sizeof into) == 0;
  sample_heap(false);
  mallctl("prof.reset", nullptr, nullptr, nullptr, 0);
  if (!whole) return problem_response(ended);
  return dumped ? profile_response(file.read(), "tidewire-heap.prof") : problem_response(no_heap_profile());
}

}  // namespace tidewire
