// The simulated server and its supervision: the actors of one process, which die one by one, are started again, or end all at once with
// their process, and come back over what the disk has kept.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tests/actors/sim/connection.hpp"
#include "tests/actors/sim/process.hpp"

namespace tidewire::test {

class expirer_part;

class sim_world {
 public:
  sim_world(chance& by, const server_options& options, sim_faults faults, std::vector<std::string> rooms);
  ~sim_world();
  sim_world(const sim_world&) = delete;
  sim_world& operator=(const sim_world&) = delete;

  // From outside.
  void publish(const std::string& room, publish_request request);
  // Null: nobody listens.
  std::shared_ptr<connection> connect(address client, peer* listens);
  const std::string& some_room() { return around.by.of(rooms_); }

  void strike();  // perhaps a fault of the whole
  void calm();    // no more faults
  // Nobody holds anything that is not needed; empty: so it is. `deserted`: all clients are gone, and nothing at all is needed.
  std::string why_not_quiet(bool deserted) const;
  // The stores have what the truth has.
  void check_stores() const;
  // Whom the rooms that say who is present should name, by room and key; empty: so they do.
  std::string why_not_present(const std::map<std::string, std::set<std::string>>& expected) const;

  std::uint64_t deaths = 0;
  std::uint64_t kills = 0;

 private:
  struct structure;

 public:
  post_office office;

 private:
  truth known_;
  sim_faults faults_;

 public:
  surroundings around;

 private:
  void start_process();
  void end_process(bool power_lost);
  void start_store(std::size_t from);
  void start_directory();
  void start_rooms();
  void start_broadcaster();
  void start_session(const std::shared_ptr<connection>& link);
  void end_session(std::uint64_t connection);
  void on_crash(address dead);
  std::string name_of(address of) const;
  bool crash_of_store(address dead);
  void later(std::function<void()> start);

  const std::vector<std::string> rooms_;
  const std::size_t wire_bytes_max_;
  const address root_;
  std::unique_ptr<sim_disk> disk_;
  std::unique_ptr<sim_disk> memory_;
  std::vector<std::unique_ptr<process>> lives_;  // the last one is the present one
  std::unique_ptr<structure> parts_;             // of the present one; null: it has ended
  std::uint64_t connections_ = 0;
};

}  // namespace tidewire::test
