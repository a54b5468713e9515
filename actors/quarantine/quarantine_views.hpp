// What operators see of the quarantine (docs/quarantine.md), as JSON.
#pragma once

#include <cstdint>
#include <string>

#include "actors/messages.hpp"

namespace tidewire {

// {"data": […], "next_cursor", "has_more", "records", "bytes", "quarantined", "refused"}; of each record what fits in a line.
std::string quarantine_page(const dead_listing& listed, std::uint64_t quarantined, std::uint64_t refused);

// One record with everything that is known of it.
std::string quarantine_record(const storage::dead_record& record);

// {"id", "changes": [the answer to each operation]}
std::string replay_answer(const std::string& id, const std::string& room, const published& answer);

}  // namespace tidewire
