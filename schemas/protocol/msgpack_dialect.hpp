// The MessagePack dialect: dialect.hpp for one encoding. The objects of the JSON dialect as maps with the same names, one behind the other;
// raw JSON is the MessagePack value of the same meaning (msgpack_value.hpp), and of subscriptions with deltas the bytes of its text, as
// bin.
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

// nil counts as absent, but stays the payload of publish, rpc and send. Raw members of a command are valid JSON without a line break.
result<std::vector<command>> decode_msgpack(std::string_view message, const limits& bounds);

void encode_msgpack_reply(std::uint32_t id, const any_result& what, std::string& out, shared_parts* parts);
void encode_msgpack_error(std::uint32_t id, errc code, std::string_view detail, std::string& out);
run_part encode_msgpack_run(const view& through, channel_ref channel, std::span<const change> told, publication_ptr& last,
                            std::size_t bytes_max, std::string& out);
void encode_msgpack_unsubscribe(std::string_view channel, std::uint32_t code, std::string_view reason, std::string& out);
void encode_msgpack_disconnect(std::uint32_t code, std::string_view reason, std::string& out);
void encode_msgpack_announcement(channel_ref channel, const announcement& what, std::string& out);
void encode_msgpack_message(std::string_view data, std::string& out);
void encode_msgpack_ping(std::string& out);

}  // namespace tidewire::protocol
