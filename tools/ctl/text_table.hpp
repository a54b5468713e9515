// Rows of cells under headings, in columns as wide as what stands in them.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace tidewire::ctl {

class text_table {
 public:
  // A heading that begins with ">" is of numbers, which end at the same column.
  explicit text_table(std::initializer_list<std::string_view> headings);
  explicit text_table(const std::vector<std::string>& headings);

  // The cells are fit to be shown; as many as headings.
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  std::size_t rows() const noexcept { return rows_.size(); }

  // Lines of at most so many columns (0: any), each without its line break; the first one has the headings.
  std::vector<std::string> lines(std::size_t width = 0) const;
  std::string text(std::size_t width = 0) const;

 private:
  struct column {
    std::string heading;
    bool numbers = false;
  };
  void head(std::string_view heading);
  std::string line_of(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths) const;

  std::vector<column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// "name         value" lines.
std::string fact_line(std::string_view name, std::string_view shown_value);

}  // namespace tidewire::ctl
