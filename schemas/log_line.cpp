#include "schemas/log_line.hpp"

#include <algorithm>

#include "schemas/json.hpp"
#include "schemas/rfc3339.hpp"

namespace tidewire {

void append_json_log_line(std::string& out, const log_words& of) {
  out += R"({"time":")";
  append_rfc3339(out, std::clamp<std::int64_t>(of.time_ms, 0, rfc3339_ms_max));
  out += R"(","level":)";
  append_json_string(out, of.level);
  out += R"(,"component":)";
  append_json_string(out, of.component);
  out += R"(,"message":)";
  append_json_string(out, of.message);
  out += '}';
}

}  // namespace tidewire
