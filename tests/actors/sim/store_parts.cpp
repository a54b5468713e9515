#include "tests/actors/sim/store_parts.hpp"

#include <chrono>

namespace tidewire::test {

namespace {

constexpr std::int64_t sweep_ms = 1'000;

journal_state::time_point now_in(const post_office& office) {
  return journal_state::time_point(std::chrono::milliseconds(office.now_ms()));
}

}  // namespace

void writer_part::handle(const journal_work_ptr& work) {
  work->state->run(std::move(work->tasks), now_in(office()));
  work->reply->answer(journal_done{});
}

journal_part::journal_part(process& in, sim_disk& store, bool has_writer)
    : part(in, &in.around.faults.journal), has_writer_(has_writer), state_(std::make_shared<journal_state>(store, in.limit())) {
  office().wake(me(), sweep_ms, [this] { tick(); });
  if (has_writer_) hand_over();
}

void journal_part::tick() {
  office().wake(me(), sweep_ms, [this] { tick(); });
  take(sweep_store{office().now_ms()});
}

void journal_part::take(journal_task task) {
  tasks_.push_back(std::move(task));
  if (handed_over_ || std::exchange(flush_on_its_way_, true)) return;
  office().post(me(), [this] {
    flush_on_its_way_ = false;
    run();
  });
}

void journal_part::run() {
  if (handed_over_ || tasks_.empty()) return;
  if (!has_writer_) return state_->run(std::exchange(tasks_, {}), now_in(office()));
  if (!state_->run_at_once(tasks_)) hand_over();
}

void journal_part::hand_over() {
  handed_over_ = true;
  auto reply = answer_to<journal_done>(this, 0, [](journal_part& self, ticket, const result<journal_done>& outcome) {
    if (!outcome) return;  // the writer died, and with it this journal will be started again
    self.handed_over_ = false;
    self.run();
  });
  auto work = std::make_shared<journal_work>(journal_work{state_, std::exchange(tasks_, {}), std::move(reply)});
  // Behind what the journal before this one has handed over: a mailbox keeps the order of what was sent one after the other.
  if (auto* writer = in_.writer) office().post(writer->me(), [writer, work = std::move(work)] { writer->handle(work); });
}

}  // namespace tidewire::test
