#include "tools/ctl/text_table.hpp"

#include <algorithm>

#include "tools/ctl/shown.hpp"

namespace tidewire::ctl {

namespace {

constexpr std::size_t name_width = 14;

}  // namespace

text_table::text_table(std::initializer_list<std::string_view> headings) {
  for (const auto each : headings) head(each);
}

text_table::text_table(const std::vector<std::string>& headings) {
  for (const auto& each : headings) head(each);
}

void text_table::head(std::string_view heading) {
  const bool numbers = heading.starts_with('>');
  if (numbers) heading.remove_prefix(1);
  columns_.push_back({std::string(heading), numbers});
}

std::vector<std::string> text_table::lines(std::size_t width) const {
  std::vector<std::size_t> widths;
  std::vector<std::string> headings;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    auto widest = width_of(columns_[i].heading);
    for (const auto& each : rows_) widest = std::max(widest, width_of(each[i]));
    widths.push_back(widest);
    headings.push_back(columns_[i].heading);
  }
  std::vector<std::string> out{line_of(headings, widths)};
  for (const auto& each : rows_) out.push_back(line_of(each, widths));
  if (width > 0)
    for (auto& each : out) each = cut_to(each, width);
  return out;
}

std::string text_table::line_of(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths) const {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) line += "  ";
    const auto missing = widths[i] - width_of(cells[i]);
    if (columns_[i].numbers) line.append(missing, ' ');
    line += cells[i];
    if (!columns_[i].numbers && i + 1 < cells.size()) line.append(missing, ' ');
  }
  return line;
}

std::string text_table::text(std::size_t width) const {
  std::string out;
  for (const auto& each : lines(width)) (out += each) += '\n';
  return out;
}

std::string fact_line(std::string_view name, std::string_view shown_value) {
  std::string line(name);
  line.append(name.size() < name_width ? name_width - name.size() : 1, ' ');
  return (line += shown_value) += '\n';
}

}  // namespace tidewire::ctl
