#include "actors/supervision/log.hpp"

#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <mutex>

#include "schemas/log_line.hpp"

namespace tidewire {

namespace {

constexpr std::array<std::string_view, 7> level_names{"trace", "debug", "info", "warn", "error", "critical", "off"};

std::int64_t milliseconds_of(spdlog::log_clock::time_point time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

std::string_view text_of(spdlog::string_view_t from) { return {from.data(), from.size()}; }

class json_formatter final : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& what, spdlog::memory_buf_t& into) override {
    std::string line;
    append_json_log_line(line, {milliseconds_of(what.time), log_level_name(what.level), text_of(what.logger_name), text_of(what.payload)});
    line += '\n';
    into.append(line.data(), line.data() + line.size());
  }
  std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<json_formatter>(); }
};

// Of a component that was not named, when all are given that level.
spdlog::level::level_enum level_among_all(std::string_view component, spdlog::level::level_enum level) {
  return component == access_component ? std::max(level, spdlog::level::warn) : level;
}

// Keeps the last lines. The library's ring buffer gives them no numbers, by which a reader would know what it has seen.
class line_keeper final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  line_keeper(std::size_t lines_max, std::size_t bytes_max) : lines_max_(lines_max), bytes_max_(bytes_max) {}

  log_page read(const log_question& asked) {
    const std::scoped_lock lock(mutex_);
    log_page page{{}, last_id_};
    for (auto each = lines_.rbegin(); each != lines_.rend() && each->id > asked.after && page.lines.size() < asked.max; ++each)
      if (each->level >= asked.at_least && (asked.component.empty() || each->component == asked.component)) page.lines.push_back(*each);
    std::ranges::reverse(page.lines);
    return page;
  }

 protected:
  void sink_it_(const spdlog::details::log_msg& what) override {
    lines_.push_back(
        {++last_id_, milliseconds_of(what.time), what.level, std::string(text_of(what.logger_name)), std::string(text_of(what.payload))});
    bytes_ += lines_.back().message.size();
    while (!lines_.empty() && (lines_.size() > lines_max_ || bytes_ > bytes_max_)) {
      bytes_ -= lines_.front().message.size();
      lines_.pop_front();
    }
  }
  void flush_() override {}

 private:
  const std::size_t lines_max_;
  const std::size_t bytes_max_;
  std::deque<log_line> lines_;
  std::size_t bytes_ = 0;
  std::uint64_t last_id_ = 0;
};

struct book {
  std::mutex guard;
  std::map<std::string, std::shared_ptr<spdlog::logger>, std::less<>> loggers;
  std::shared_ptr<line_keeper> keeper;
};

book& the_book() {
  static book instance;
  return instance;
}

}  // namespace

spdlog::logger& log_of(std::string_view component) {
  auto& all = the_book();
  const std::scoped_lock lock(all.guard);
  auto found = all.loggers.find(component);
  if (found == all.loggers.end()) {
    auto made = spdlog::default_logger()->clone(std::string(component));
    made->set_level(level_among_all(component, made->level()));
    found = all.loggers.emplace(component, std::move(made)).first;
  }
  return *found->second;
}

void write_log_as_json() { spdlog::set_formatter(std::make_unique<json_formatter>()); }

std::string_view log_level_name(spdlog::level::level_enum level) noexcept { return level_names[static_cast<std::size_t>(level)]; }

std::optional<spdlog::level::level_enum> log_level_of(std::string_view name) noexcept {
  const auto found = std::ranges::find(level_names, name);
  if (found == level_names.end()) return std::nullopt;
  return static_cast<spdlog::level::level_enum>(found - level_names.begin());
}

std::vector<std::pair<std::string, spdlog::level::level_enum>> log_levels() {
  auto& all = the_book();
  const std::scoped_lock lock(all.guard);
  std::vector<std::pair<std::string, spdlog::level::level_enum>> levels;
  for (const auto& [name, logger] : all.loggers) levels.emplace_back(name, logger->level());
  return levels;
}

bool set_log_level(std::string_view component, spdlog::level::level_enum level) {
  auto& all = the_book();
  const std::scoped_lock lock(all.guard);
  if (component.empty()) spdlog::set_level(level);
  bool found = component.empty();
  for (const auto& [name, logger] : all.loggers) {
    if (!component.empty() && name != component) continue;
    logger->set_level(component.empty() ? level_among_all(name, level) : level);
    found = true;
  }
  return found;
}

// REQUIRES: before other threads log.
void keep_log_lines(std::size_t lines_max, std::size_t bytes_max) {
  auto& all = the_book();
  const std::scoped_lock lock(all.guard);
  if (all.keeper) return;
  all.loggers.emplace(spdlog::default_logger()->name(), spdlog::default_logger());
  all.keeper = std::make_shared<line_keeper>(lines_max, bytes_max);
  for (const auto& [name, logger] : all.loggers) logger->sinks().push_back(all.keeper);
}

log_page read_log(const log_question& asked) {
  std::shared_ptr<line_keeper> keeper;
  {
    const std::scoped_lock lock(the_book().guard);
    keeper = the_book().keeper;
  }
  return keeper ? keeper->read(asked) : log_page{};
}

}  // namespace tidewire
