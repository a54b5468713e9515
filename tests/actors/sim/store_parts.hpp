// Journal, writer and readers, as actors/store has them: the real journal_state over the simulated disk.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "actors/store/journal_state.hpp"
#include "tests/actors/sim/process.hpp"

namespace tidewire::test {

class writer_part final : public part {
 public:
  explicit writer_part(process& in) : part(in, &in.around.faults.writer) {}
  void handle(const journal_work_ptr& work);
};

class journal_part final : public part {
 public:
  // Without a writer it writes itself.
  journal_part(process& in, sim_disk& store, bool has_writer);

  void take(journal_task task);

 private:
  void tick();
  void run();
  void hand_over();

  const bool has_writer_;
  std::shared_ptr<journal_state> state_;
  std::vector<journal_task> tasks_;
  bool flush_on_its_way_ = false;
  bool handed_over_ = false;
};

class reader_part final : public part {
 public:
  explicit reader_part(process& in) : part(in, &in.around.faults.reader) {}

  template <class T, class Read>
  void read(const reply_ptr<T>& reply, Read read) {
    by().one_in(in_.around.faults.read) ? reply->answer(fail(errc::internal, "a read fails")) : reply->answer(read());
  }
};

}  // namespace tidewire::test
