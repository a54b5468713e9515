#include "transport/thread_pulse.hpp"

#include <cstddef>
#include <future>
#include <memory>
#include <vector>

namespace tidewire::transport {

std::string silent_thread(io_threads& threads, std::chrono::steady_clock::time_point deadline) {
  std::vector<std::future<void>> ran;
  for (std::size_t i = 0; i < threads.size(); ++i) {
    auto job = std::make_shared<std::promise<void>>();
    ran.push_back(job->get_future());
    threads.post(i, [job] { job->set_value(); });
  }
  for (std::size_t i = 0; i < ran.size(); ++i)
    if (ran[i].wait_until(deadline) != std::future_status::ready) return "I/O thread " + std::to_string(i);
  return {};
}

}  // namespace tidewire::transport
