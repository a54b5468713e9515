// One random history from a seed: a server, publishers, clients, faults, and at the end peace, in which everything must come to rest.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/actors/sim/client.hpp"
#include "tests/actors/sim/counts.hpp"
#include "tests/actors/sim/publisher.hpp"
#include "tests/actors/sim/world.hpp"

namespace tidewire::test {

class history {
 public:
  explicit history(std::uint64_t seed);
  ~history();
  history(const history&) = delete;
  history& operator=(const history&) = delete;

  // Throws violation.
  void run();
  const sim_counts& counts() const noexcept { return counts_; }

 private:
  std::vector<wish> some_wishes();
  void live();
  void quieten();
  void desert();
  std::string why_not_quiet() const;
  void rest(const char* promise, const std::function<std::string()>& why_not, const std::function<void()>& act);

  chance by_;
  const server_options options_;
  sim_counts counts_;
  std::vector<std::string> rooms_;
  std::unique_ptr<sim_world> world_;
  std::vector<std::unique_ptr<sim_publisher>> publishers_;
  std::vector<std::unique_ptr<sim_client>> clients_;
};

}  // namespace tidewire::test
