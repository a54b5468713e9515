// Runs one scenario and tells its result: a table on standard output, JSON in a file.
#include <exception>
#include <fstream>
#include <iostream>
#include <map>
#include <stdexcept>
#include <string_view>

#include "bench/load/command_line.hpp"
#include "bench/load/scenarios/scenarios.hpp"

namespace {

using namespace tidewire::load;

const std::map<std::string_view, outcome (*)(const options&)> scenarios = {
    {"fan-out", run_fan_out}, {"fill", run_fill}, {"idle", run_idle}, {"publish", run_publish}, {"storm", run_storm},
};

void write_json(const std::string& path, const report& result) {
  std::ofstream file(path);
  file << result.json() << '\n';
  if (!file.flush()) throw std::runtime_error("--json " + path + ": cannot be written");
}

int run(const options& told) {
  try {
    const auto done = scenarios.at(told.scenario)(told);
    std::cout << done.result.table();
    if (!told.json.empty()) write_json(told.json, done.result);
    if (done.trouble.empty()) return 0;
    std::cerr << "tidewire-load: " << done.trouble << '\n';
  } catch (const std::exception& error) {
    std::cerr << "tidewire-load: " << error.what() << '\n';
  }
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  const auto asked = read_command_line(argc, argv);
  const auto* told = std::get_if<options>(&asked);
  return told != nullptr ? run(*told) : std::get<int>(asked);
}
