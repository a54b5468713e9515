// The answer to a batch: what became of each of its operations, once the last of them is settled. Pure.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "actors/messages.hpp"

namespace tidewire {

class batch_answer {
 public:
  // One room for each operation, in their order.
  batch_answer(transport::http_responder_ptr responder, std::vector<std::string> rooms);

  // The outcome of one request, of these operations. Each operation is settled once.
  void settle(std::span<const std::size_t> items, const result<published>& outcome);

 private:
  void answer();

  transport::http_responder_ptr responder_;
  std::vector<std::string> rooms_;
  std::vector<std::string> rows_;  // JSON
  std::size_t applied_ = 0;
  std::size_t left_;
};

}  // namespace tidewire
