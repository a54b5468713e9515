// The JSON dialect (Centrifuge client protocol v2, JSON): dialect.hpp for one encoding. Objects of one message are separated by a newline,
// so no newline ever stands inside one. Zero values are left out, except where the official clients read them unconditionally.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/limits.hpp"
#include "schemas/protocol/dialect.hpp"
#include "schemas/result.hpp"

namespace tidewire::protocol {

// null counts as absent, but stays the payload of publish, rpc and send. Raw members of a command are valid JSON without a line break.
result<std::vector<command>> decode_json(std::string_view message, const limits& bounds);

// One of them. REQUIRES: valid JSON without a line break or space around it.
result<command> decode_json_command(std::string_view text);

void encode_json_reply(std::uint32_t id, const any_result& what, std::string& out, shared_parts* parts);
void encode_json_pushed_reply(const any_result& what, std::string& out);
void encode_json_error(std::uint32_t id, errc code, std::string_view detail, std::string& out);
// {"push":{…}}, or what stands in it alone.
enum class push_style : std::uint8_t { wrapped, bare };

run_part encode_json_run(push_style style, const view& through, channel_ref channel, std::span<const change> told, publication_ptr& last,
                         std::size_t bytes_max, std::string& out);
void encode_json_unsubscribe(push_style style, std::string_view channel, std::uint32_t code, std::string_view reason, std::string& out);
void encode_json_disconnect(push_style style, std::uint32_t code, std::string_view reason, std::string& out);
void encode_json_announcement(push_style style, channel_ref channel, const announcement& what, std::string& out);
void encode_json_message(push_style style, std::string_view data, std::string& out);
void encode_json_ping(std::string& out);

}  // namespace tidewire::protocol
