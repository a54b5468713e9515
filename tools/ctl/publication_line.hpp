// A publication as one line for people.
#pragma once

#include <string>
#include <string_view>

namespace tidewire::ctl {

// `row`: of a history, or of a room's events: {"offset","time","key"?,"data" or "removed":true,"tags"}.
std::string publication_line(std::string_view row);

}  // namespace tidewire::ctl
