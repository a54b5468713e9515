#include "transport/stream_connection.hpp"

#include "transport/http_text.hpp"

namespace tidewire::transport {
namespace {

constexpr std::string_view last_chunk = "0\r\n\r\n";

frame_ptr make_first(const stream_terms& terms) {
  return std::make_shared<const frame>(frame{make_stream_head(terms.content_type, terms.headers)});
}

}  // namespace

stream_connection::stream_connection(shard& home, stream_terms terms)
    : outbox_connection(home, terms.form, make_first(terms)), farewell_(std::move(terms.farewell)) {}

frame_ptr stream_connection::last_frame(close_code code) {
  const auto said = farewell_ ? farewell_(code) : std::string();
  std::string bytes = said.empty() ? std::string() : make_stream_frame(form(), said)->bytes;
  return std::make_shared<const frame>(frame{bytes.append(last_chunk)});
}

}  // namespace tidewire::transport
