// What was looked at, what was found, and what to do about it: the lines of `tidectl doctor` and `tidectl status`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tools/ctl/session.hpp"

namespace tidewire::ctl {

// note: worth knowing; it changes nothing about the exit status.
enum class verdict : std::uint8_t { ok, note, warn, fail };

std::string_view name_of(verdict of) noexcept;  // "OK", …

struct finding {
  verdict is = verdict::ok;
  std::string what;    // "open files"
  std::string says{};  // what was found
  std::string do_{};   // what to change, or what to look at; empty: nothing
};

// One line each, and below it what to do.
std::string findings_text(const std::vector<finding>& all);
// As elements of an array: {"verdict","what","says","do"?}.
std::string findings_json(const std::vector<finding>& all);
// The worst first; those of the same verdict keep their order.
void put_worst_first(std::vector<finding>& all);

// 1 with a FAIL, 4 with a WARN, else 0.
exit_code exit_code_of(const std::vector<finding>& all);

}  // namespace tidewire::ctl
