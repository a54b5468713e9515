#include "tools/ctl/findings.hpp"

#include <algorithm>
#include <array>

#include "schemas/protocol/json_object.hpp"
#include "tools/ctl/shown.hpp"

namespace tidewire::ctl {

namespace {

constexpr std::size_t what_width = 16;

}  // namespace

std::string_view name_of(verdict of) noexcept {
  constexpr std::array<std::string_view, 4> names{"OK", "note", "WARN", "FAIL"};
  return names[static_cast<std::size_t>(of)];
}

std::string findings_text(const std::vector<finding>& all) {
  std::string out;
  for (const auto& each : all) {
    std::string head(name_of(each.is));
    head.append(6 - head.size(), ' ');
    head += each.what;
    head.append(std::max<std::size_t>(6 + what_width, head.size() + 1) - head.size(), ' ');
    ((out += head) += shown(each.says)) += '\n';
    if (!each.do_.empty()) ((out.append(6 + what_width, ' ') += "→ ") += shown(each.do_)) += '\n';
  }
  return out;
}

std::string findings_json(const std::vector<finding>& all) {
  std::string out;
  {
    protocol::json_array rows(out);
    for (const auto& each : all) {
      protocol::json_object row(rows.item());
      row.string("verdict", name_of(each.is));
      row.string("what", each.what);
      row.string("says", each.says);
      row.string_unless_empty("do", each.do_);
    }
  }
  return out;
}

void put_worst_first(std::vector<finding>& all) {
  std::stable_sort(all.begin(), all.end(), [](const auto& left, const auto& right) { return left.is > right.is; });
}

exit_code exit_code_of(const std::vector<finding>& all) {
  auto worst = verdict::ok;
  for (const auto& each : all) worst = std::max(worst, each.is);
  return worst == verdict::fail ? exit_code::failed : worst == verdict::warn ? exit_code::partly : exit_code::done;
}

}  // namespace tidewire::ctl
