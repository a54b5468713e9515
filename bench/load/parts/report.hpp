// A result: named values in order, some of them results themselves; as JSON for machines and as a table for people.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tidewire::load {

class report {
 public:
  report& number(std::string_view name, double value);
  report& count(std::string_view name, std::uint64_t value);
  report& text(std::string_view name, std::string_view value);
  report& flag(std::string_view name, bool value);
  report& nothing(std::string_view name);
  report& part(std::string_view name, const report& inner);
  report& parts(std::string_view name, const std::vector<report>& inner);  // a list; in the table, its length

  std::string json() const;
  std::string table() const;  // one line for each value, "latency_ms.p50   0.812"

 private:
  void add_to_table(std::string& out, const std::string& prefix) const;

  struct row {
    std::string name;
    std::string json;           // of a list what stands in the table
    std::vector<report> inner;  // of a part, one
    bool list;

    std::string value() const;
  };
  std::vector<row> rows_;
};

}  // namespace tidewire::load
