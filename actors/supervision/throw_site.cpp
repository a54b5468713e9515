#include "actors/supervision/throw_site.hpp"

#include <cxxabi.h>
#include <dlfcn.h>
#include <execinfo.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>

namespace tidewire {
namespace {

constexpr int frames_max = 48;

struct noted_throw {
  const void* thrown = nullptr;
  std::array<void*, frames_max> frames{};
  int count = 0;
};
thread_local noted_throw last_throw;

// The exception object: all that an exception_ptr holds (libstdc++).
const void* object_of(const std::exception_ptr& cause) {
  static_assert(sizeof cause == sizeof(void*));
  const void* object = nullptr;
  std::memcpy(&object, &cause, sizeof object);
  return object;
}

std::string hexadecimal(std::uintptr_t number) {
  std::array<char, 2 * sizeof number> digits;
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number, 16);
  return "0x" + std::string(digits.data(), end);
}

std::string demangled(const char* symbol) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> name(abi::__cxa_demangle(symbol, nullptr, nullptr, &status), std::free);
  return name ? name.get() : symbol;
}

// `frame` is where it returns to: the call is one byte before.
std::string describe_frame(void* frame) {
  const auto address = reinterpret_cast<std::uintptr_t>(frame) - 1;
  Dl_info found{};
  if (dladdr(reinterpret_cast<void*>(address), &found) == 0 || found.dli_fname == nullptr) return hexadecimal(address);
  const std::string_view path = found.dli_fname;
  std::string line = found.dli_sname != nullptr ? demangled(found.dli_sname) + " at " : std::string{};
  line.append(path.substr(path.rfind('/') + 1));
  return line + "+" + hexadecimal(address - reinterpret_cast<std::uintptr_t>(found.dli_fbase));
}

}  // namespace

std::string throw_site(const std::exception_ptr& cause) {
  if (!cause || object_of(cause) != last_throw.thrown) return {};
  std::string lines;
  for (int i = 1; i < last_throw.count; ++i) {  // the first is the noting itself
    if (!lines.empty()) lines.push_back('\n');
    lines.append(describe_frame(last_throw.frames[static_cast<std::size_t>(i)]));
  }
  return lines;
}

}  // namespace tidewire

// Under a name of its own, for compilers have different ideas of how they declare __cxa_throw by themselves.
extern "C" void tidewire_cxa_throw(void* thrown, void* type, void (*destroy)(void*)) __asm__("__cxa_throw");

extern "C" void tidewire_cxa_throw(void* thrown, void* type, void (*destroy)(void*)) {
  using thrower = void (*)(void*, void*, void (*)(void*));
  static const auto real = reinterpret_cast<thrower>(dlsym(RTLD_NEXT, "__cxa_throw"));
  auto& note = tidewire::last_throw;
  note.thrown = thrown;
  note.count = backtrace(note.frames.data(), tidewire::frames_max);
  real(thrown, type, destroy);
  std::abort();  // the real one does not come back
}
