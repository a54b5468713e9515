// The log, by components: each has a level of its own, which operators change while the server runs. The last lines are kept for them.
#pragma once

#include <spdlog/logger.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tidewire {

// The logger of that component ("storage"), made at its first mention. It writes where the default logger does. Any thread.
spdlog::logger& log_of(std::string_view component);

// Components so far, and their levels.
std::vector<std::pair<std::string, spdlog::level::level_enum>> log_levels();

// Has lines written as JSON (schemas/log_line.hpp) from now on, one a line.
void write_log_as_json();

// One line for every request: so much that it is switched on by its name alone. With all others together it gets no lower than "warn".
inline constexpr std::string_view access_component = "access";

// "trace" to "off", as in the configuration; the library says "warning".
std::string_view log_level_name(spdlog::level::level_enum level) noexcept;
std::optional<spdlog::level::level_enum> log_level_of(std::string_view name) noexcept;

// Of that component, or with an empty name of all and of those to come. False: there is none of that name.
bool set_log_level(std::string_view component, spdlog::level::level_enum level);

struct log_line {
  std::uint64_t id = 0;  // they count up
  std::int64_t time_ms = 0;
  spdlog::level::level_enum level = spdlog::level::info;
  std::string component;
  std::string message;
};

// From now on the last lines of all components are kept, the default logger among them: so many, and so many bytes.
void keep_log_lines(std::size_t lines_max, std::size_t bytes_max);

struct log_question {
  std::uint64_t after = 0;  // lines with a greater id
  spdlog::level::level_enum at_least = spdlog::level::trace;
  std::string component{};  // empty: all
  std::size_t max = 200;
};
struct log_page {
  std::vector<log_line> lines;  // of those that fit, the newest, in order
  std::uint64_t last = 0;       // id of the newest line of all
};
log_page read_log(const log_question& asked);

}  // namespace tidewire
