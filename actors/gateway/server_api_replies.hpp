// What the server API answers, as JSON objects without the {"result": …} around them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "actors/gateway/server_api_port.hpp"
#include "schemas/result.hpp"

namespace tidewire::server_api {

std::string error(const failure& why);  // {"code","message"}
// The status in the error mode "transport".
std::uint16_t status_of(errc code) noexcept;

std::string position(std::string_view epoch, std::uint64_t offset);
// Without rows it is the position alone.
std::string history(const storage::stream_page& page, bool with_rows);
// The keyed ones alone.
std::string map_stream(const storage::stream_page& page, bool with_rows);
std::string map_state(std::string_view epoch, std::uint64_t offset, std::span<const entity_document> rows, std::string_view cursor);
std::string presence(const protocol::presence_result& clients);
std::string presence_stats(const protocol::presence_stats_result& stats);
std::string channels(std::span<const audience_row> rooms);
std::string info(const server_facts& facts, const audience_overview& seen);

}  // namespace tidewire::server_api
