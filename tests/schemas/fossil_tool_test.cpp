// Our deltas, applied by the program that the format comes from.
#include <cstdlib>
#include <fstream>
#include <random>
#include <sstream>
#include <string>

#include "schemas/fossil_delta.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp_directory.hpp"

using namespace tidewire;

namespace {

class fossil_tool {
 public:
  std::string apply(const std::string& base, const std::string& delta) const {
    write("base", base);
    write("delta", delta);
    const auto at = [this](const char* name) { return (folder_.path() / name).string(); };
    const auto command = std::string(FOSSIL) + " test-delta-apply " + at("base") + ' ' + at("delta") + ' ' + at("made");
    REQUIRE(std::system(command.c_str()) == 0);
    std::ifstream made(at("made"), std::ios::binary);
    std::ostringstream text;
    text << made.rdbuf();
    return text.str();
  }

 private:
  void write(const char* name, const std::string& text) const { std::ofstream(folder_.path() / name, std::ios::binary) << text; }

  test::temp_directory folder_;
};

std::string document(std::mt19937& chance, std::size_t members) {
  static const std::string words[] = {"on", "off", "k\u00fcche", "living room", "\U0001F30A", "unavailable"};
  std::string text = "{";
  for (std::size_t i = 0; i < members; ++i)
    text +=
        "\"member" + std::to_string(i) + "\":{\"state\":\"" + words[chance() % 6] + "\",\"level\":" + std::to_string(chance() % 4) + "},";
  return text + "\"end\":true}";
}

}  // namespace

TEST_CASE("fossil makes the target of each delta") {
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 chance(seed);
  const fossil_tool tool;
  std::size_t deltas = 0;
  for (std::size_t members = 1; members < 200; members += 4) {
    const auto base = document(chance, members);
    const auto target = document(chance, members + chance() % 3);
    const auto delta = make_fossil_delta(base, target);
    if (!delta) continue;
    ++deltas;
    CHECK(tool.apply(base, *delta) == target);
  }
  CHECK(deltas > 20);
}
