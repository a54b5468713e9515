#include "actors/edge/metrics.hpp"

#include <cstdint>
#include <utility>

#include "actors/edge/performance.hpp"
#include "schemas/limit_hits.hpp"

namespace tidewire {

namespace {

// Families one after the other, each with its samples behind it. Names and labels are our own words: nothing has to be escaped.
class metric_text {
 public:
  void family(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    text_.append("# HELP ").append(name).append(" ").append(help).append("\n# TYPE ").append(name).append(" ").append(type).append("\n");
  }
  void sample(std::uint64_t value, std::string_view labels = {}) {
    text_.append(name_).append(labels).append(" ").append(std::to_string(value)).append("\n");
  }
  void gauge(std::string_view name, std::string_view help, std::uint64_t value) {
    family(name, "gauge", help);
    sample(value);
  }
  std::string take() { return std::move(text_); }

 private:
  std::string_view name_;
  std::string text_;
};

std::string part_label(std::size_t part) {
  std::string label = "{part=\"";
  label.append(name_of(static_cast<memory_part>(part))).append("\"}");
  return label;
}

void add_memory(metric_text& to, const engine& own) {
  const auto held = held_by_part(own);
  to.family("memory_usage_bytes", "gauge", "Held by a part of the memory budget.");
  for (std::size_t i = 0; i < memory_parts; ++i) to.sample(held[i], part_label(i));
  to.family("memory_limit_bytes", "gauge", "The share of a part of the memory budget.");
  for (std::size_t i = 0; i < memory_parts; ++i) to.sample(own.held[static_cast<memory_part>(i)].limit, part_label(i));
  to.gauge("process_resident_memory_bytes", "What the kernel has given the process.", resident_bytes());
}

void add_cache(metric_text& to, const cache_counters& counted) {
  to.family("cache_operations_total", "counter", "Reads by level; each level is asked for the misses of the one before.");
  for (std::size_t type = 0; type < cache_counters::type_names.size(); ++type) {
    for (std::size_t level = 0; level < cache_counters::level_names.size(); ++level) {
      const auto& at = counted.at(static_cast<cache_type>(type), static_cast<cache_level>(level));
      std::string labels = "{type=\"";
      labels.append(cache_counters::type_names[type]).append("\",level=\"").append(cache_counters::level_names[level]);
      to.sample(at.hits.load(std::memory_order_relaxed), labels + "\",result=\"hit\"}");
      to.sample(at.misses.load(std::memory_order_relaxed), labels + "\",result=\"miss\"}");
    }
  }
}

void add_limits(metric_text& to) {
  to.family("limit_exceeded_total", "counter", "Times that something was refused, cut or ended because of a limit.");
  for (const auto& [limit, hits] : limit_hits()) to.sample(hits, std::string("{limit=\"").append(limit).append("\"}"));
}

void add_warm_up(metric_text& to, const warm_up_progress& warmed) {
  to.gauge("warm_up_rooms", "Rooms to bring back into memory after the start.", warmed.rooms);
  to.gauge("warm_up_rooms_done", "Of these, those that are back.", warmed.rooms_done);
  to.gauge("warm_up_read_bytes", "Read for them.", warmed.bytes);
  to.gauge("warm_up_over", "1 when the warm-up has ended, done or out of time.", warmed.over ? 1 : 0);
}

}  // namespace

std::string metrics_body(const engine& own) {
  metric_text text;
  text.gauge("server_ready", "1 while /readyz answers 200: not while it starts and drains.", own.ready ? 1 : 0);
  add_memory(text, own);
  add_cache(text, own.held.cache);
  add_limits(text);
  add_warm_up(text, own.warmed);
  return text.take();
}

}  // namespace tidewire
