#include "schemas/api/fingerprint.hpp"

#include <cstdint>

#include "schemas/digest.hpp"

namespace tidewire::api {

namespace {

// Everything that makes two requests the same, each part with its length in front so that no two mean the same bytes.
class fingerprint {
 public:
  void add(std::string_view part) {
    append_length(part.size());
    text_.append(part);
  }
  void add(std::uint64_t number) { append_length(number); }
  std::string digest() const { return sha256_hex(text_); }

 private:
  void append_length(std::uint64_t number) { text_.append(std::to_string(number)).push_back(':'); }
  std::string text_;
};

}  // namespace

std::string fingerprint_of(const operation& what) {
  fingerprint print;
  print.add(static_cast<std::uint64_t>(what.kind));
  print.add(std::uint64_t{what.key.has_value()});
  print.add(what.key.value_or(""));
  print.add(what.data);
  print.add(std::uint64_t{what.tags.has_value()});
  for (const auto& [name, value] : what.tags.value_or(tag_map{})) {
    print.add(name);
    print.add(value);
  }
  print.add(static_cast<std::uint64_t>(what.only_if.wants));
  for (const auto& tag : what.only_if.tags) {
    print.add(tag.version);
    if (!tag.epoch.empty()) print.add(tag.epoch);
  }
  if (what.ttl_s) {
    print.add("ttl");
    print.add(std::uint64_t{*what.ttl_s});
  }
  if (what.expires_ms) {
    print.add("expires");
    print.add(static_cast<std::uint64_t>(*what.expires_ms));
  }
  return print.digest();
}

std::string fingerprint_of(std::string_view form, std::span<const operation> operations) {
  fingerprint print;
  print.add(form);
  for (const auto& each : operations) print.add(fingerprint_of(each));
  return print.digest();
}

}  // namespace tidewire::api
