// Replies of the simulation: answered once; forgotten, they say errc::unavailable.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string_view>
#include <typeinfo>
#include <utility>

#include "actors/reply.hpp"
#include "tests/actors/sim/post_office.hpp"

namespace tidewire::test {

// Those of this history that nobody has answered or forgotten yet, by their type.
using owed_counts = std::map<std::string_view, std::size_t>;
inline owed_counts owed_answers;

template <class T>
std::size_t& owed_of() {
  static auto& count = owed_answers[typeid(T).name()];  // rows of a map stay where they are
  return count;
}

template <class T>
class sim_reply final : public reply<T> {
 public:
  explicit sim_reply(std::function<void(result<T>)> then) : then_(std::move(then)) { ++owed_of<T>(); }
  ~sim_reply() override { answer(fail(errc::unavailable)); }
  void answer(result<T> outcome) override {
    const auto then = std::exchange(then_, nullptr);
    if (!then) return;
    --owed_of<T>();
    then(std::move(outcome));
  }

 private:
  std::function<void(result<T>)> then_;
};

// Answers by mail: hear(result<T>) at that address.
template <class T, class Hear>
reply_ptr<T> mail_reply(post_office& office, address to, Hear hear) {
  return std::make_shared<sim_reply<T>>([&office, to, hear = std::move(hear)](result<T> outcome) {
    office.post(to, [hear, outcome = std::move(outcome)]() mutable { hear(std::move(outcome)); });
  });
}

}  // namespace tidewire::test
