// The time of day, moved; and the boot id.
#include <pthread.h>
#include <sys/time.h>
#include <time.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "tests/support/injector/control.hpp"

namespace {

constexpr std::int64_t second_ns = 1'000'000'000;

timespec moved(const timespec& from, std::int64_t by_ns) {
  const auto all = from.tv_sec * second_ns + from.tv_nsec + by_ns;
  return {all / second_ns, all % second_ns};
}

// Whoever waits on the time of day says a moment of decades ago or later; who waits on the time since boot does not.
bool is_time_of_day(const timespec& moment) { return moment.tv_sec > 500'000'000; }

const char* instead_of(const char* path) {
  const char* other = std::getenv("INJECT_BOOT_ID");
  return other != nullptr && std::strcmp(path, "/proc/sys/kernel/random/boot_id") == 0 ? other : path;
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* now) noexcept {
  INJECT_NEXT(clock_gettime);
  const int done = clock_gettime_(clock, now);
  if (done == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) *now = moved(*now, inject::settings().clock_offset_ns);
  return done;
}

int gettimeofday(timeval* now, void*) noexcept {
  timespec exact{};
  const int done = clock_gettime(CLOCK_REALTIME, &exact);
  *now = {exact.tv_sec, exact.tv_nsec / 1'000};
  return done;
}

time_t time(time_t* also) noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  if (also != nullptr) *also = now.tv_sec;
  return now.tv_sec;
}

int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex, const timespec* until) {
  INJECT_NEXT(pthread_cond_timedwait);
  const auto real = is_time_of_day(*until) ? moved(*until, -inject::settings().clock_offset_ns) : *until;
  return pthread_cond_timedwait_(condition, mutex, &real);
}

FILE* fopen(const char* path, const char* mode) {
  INJECT_NEXT(fopen);
  return fopen_(instead_of(path), mode);
}

FILE* fopen64(const char* path, const char* mode) {
  INJECT_NEXT(fopen64);
  return fopen64_(instead_of(path), mode);
}

}  // extern "C"
