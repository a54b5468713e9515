// The library walks the bytes and calls; each call writes text, so that nothing is allocated for what only a header announces.
#include <charconv>
#include <cmath>
#include <msgpack.hpp>

#include "schemas/json.hpp"
#include "schemas/protocol/msgpack_value.hpp"
#include "schemas/utf8.hpp"

namespace tidewire::protocol {
namespace {

class json_writer : public msgpack::null_visitor {
 public:
  json_writer(std::string& out, std::size_t depth_max) : out_(out), depth_max_(depth_max) {}

  // Why it stopped; empty: the bytes ended too early, or were no MessagePack.
  const std::string& why() const noexcept { return why_; }

  bool visit_nil() { return put("null"); }
  bool visit_boolean(bool value) { return put(value ? "true" : "false"); }
  bool visit_positive_integer(std::uint64_t value) { return put_number(value); }
  bool visit_negative_integer(std::int64_t value) { return put_number(value); }
  bool visit_float32(float value) { return put_float(double{value}); }
  bool visit_float64(double value) { return put_float(value); }
  bool visit_str(const char* text, std::uint32_t size) {
    const std::string_view value(text, size);
    if (!is_utf8(value)) return refuse("a str is not UTF-8");
    append_json_string(out_, value);
    return true;
  }
  bool visit_bin(const char*, std::uint32_t) { return refuse("bin has no counterpart in JSON"); }
  bool visit_ext(const char*, std::uint32_t) { return refuse("ext has no counterpart in JSON"); }

  bool start_array(std::uint32_t items) { return open('[', items); }
  bool start_array_item() { return separate('['); }
  bool end_array() { return close(']'); }
  bool start_map(std::uint32_t members) { return open('{', members); }
  bool start_map_key() {
    in_key_ = true;
    return separate('{');
  }
  bool end_map_key() {
    in_key_ = false;
    out_ += ':';
    return true;
  }
  bool end_map() { return close('}'); }

 private:
  bool refuse(std::string_view why) {
    why_ = why;
    return false;
  }

  // What is no str.
  bool put(std::string_view text) {
    if (in_key_) return refuse("the keys of a map are str");
    out_ += text;
    return true;
  }

  template <class Number>
  bool put_number(Number value) {
    char text[32];
    return put({std::begin(text), std::to_chars(std::begin(text), std::end(text), value).ptr});
  }

  bool put_float(double value) {
    if (!std::isfinite(value)) return refuse("NaN and infinities have no counterpart in JSON");
    const auto from = out_.size();
    if (!put_number(value)) return false;
    if (out_.find_first_of(".e", from) == std::string::npos) out_ += ".0";
    return true;
  }

  bool open(char bracket, std::uint32_t elements) {
    if (elements > 0 && depth_ == depth_max_) return refuse("more than " + std::to_string(depth_max_) + " levels of maps and arrays");
    if (!put({&bracket, 1})) return false;
    empty_ = elements == 0;
    if (!empty_) ++depth_;
    return true;
  }

  // An opening bracket at the end of the text is that of this very container: a string would end in a quote.
  bool separate(char bracket) {
    if (out_.back() != bracket) out_ += ',';
    return true;
  }

  bool close(char bracket) {
    if (!empty_) --depth_;
    empty_ = false;
    out_ += bracket;
    return true;
  }

  std::string& out_;
  const std::size_t depth_max_;
  std::size_t depth_ = 0;
  bool in_key_ = false;
  bool empty_ = false;  // the container that was opened last has no elements: its end comes next
  std::string why_;
};

}  // namespace

result<std::size_t> append_json_of_msgpack(std::string& out, std::string_view bytes, std::size_t depth_max) {
  json_writer writer(out, depth_max);
  std::size_t used = 0;
  try {
    if (msgpack::parse(bytes.data(), bytes.size(), used, writer)) return used;
  } catch (const msgpack::unpack_error&) {  // an ext whose length overflows
  }
  return fail(errc::bad_request, writer.why().empty() ? "not MessagePack, or cut short" : writer.why());
}

}  // namespace tidewire::protocol
