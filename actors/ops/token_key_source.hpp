// Where the public keys of tokens come from (schemas/access/key_ring.hpp): the configuration, PEM files, a JWK set in a file or behind a
// URL. A thread of its own reads and fetches, so nobody else waits: at the start, each jwks_refresh_interval, and for a token that names a
// key that is not there, but then no sooner than jwks_refresh_interval_min after the last time. A set that cannot be had leaves the one
// before in place.
//
// A key is nobody's when a look that began after it was first asked for, and went well, has not found it. Until then it may come.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>

#include "schemas/access/key_ring.hpp"
#include "schemas/options.hpp"
#include "schemas/result.hpp"

namespace tidewire {

// What the source has done since the start. Any thread.
struct key_source_counts {
  std::atomic<std::uint64_t> refreshed{0};
  std::atomic<std::uint64_t> failed{0};
};

class token_key_source {
 public:
  // Reads the files; of a URL only what it is. `options` outlive the source. Error: bad_request, a file that is no good, by its name.
  static result<std::unique_ptr<token_key_source>> open(const server_options& options);
  ~token_key_source();
  token_key_source(const token_key_source&) = delete;
  token_key_source& operator=(const token_key_source&) = delete;

  // Null when there are no public keys, and none to come.
  const std::shared_ptr<key_ring>& ring() const noexcept { return ring_; }
  const key_source_counts& counts() const noexcept { return counts_; }

  // Reads everything again, soon. Any thread.
  void refresh();

 private:
  using clock = std::chrono::steady_clock;
  explicit token_key_source(const server_options& options) : options_(options) {}

  result<key_set> read_files() const;
  result<key_set> read_set_file() const;
  result<key_set> fetch_set() const;
  bool has_set() const noexcept { return !options_.token_jwks_file.empty() || !options_.token_jwks_endpoint.empty(); }
  bool look_for(std::string_view id);
  void run();
  bool bring();
  void publish();

  const server_options& options_;
  std::shared_ptr<key_ring> ring_;
  key_source_counts counts_;
  key_set of_files_;  // the thread's own once it runs, as the next two
  key_set of_set_file_;
  key_set of_url_;
  std::mutex guard_;
  std::condition_variable changed_;
  static constexpr std::size_t ids_max = 1'024;
  std::unordered_map<std::string, std::uint64_t> asked_;  // under the guard, as what follows: id → the look that decides on it
  std::uint64_t begun_ = 0;                               // looks
  std::uint64_t good_ = 0;                                // the newest one that went well
  clock::time_point due_{};                               // the next one
  clock::time_point last_{};                              // the end of the last one
  bool at_once_ = false;                                  // somebody wants the next one without delay
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace tidewire
