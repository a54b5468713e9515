#include "tools/ctl/publication_line.hpp"

#include "tools/ctl/json_row.hpp"
#include "tools/ctl/shown.hpp"

namespace tidewire::ctl {

std::string publication_line(std::string_view row) {
  const json_row of(row);
  std::string line = std::to_string(of.number("offset")) + "  " + shown(of.text("time")) + "  ";
  line += of.has("key") ? shown(of.text("key")) : "-";
  line += "  ";
  return line += of.flag("removed") ? "(removed)" : shown_json(of.raw("data"));
}

}  // namespace tidewire::ctl
