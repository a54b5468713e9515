#include "actors/store/journal.hpp"

#include <chrono>
#include <utility>

#include "actors/engine.hpp"
#include "actors/supervision/pending_reply.hpp"
#include "schemas/statistics/publish_trace.hpp"

namespace tidewire {

namespace {

constexpr std::chrono::seconds sweep_interval{1};

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

journal::journal(caf::actor_config& config, storage::store& store, const limits& limit, std::optional<role_ref<writer_actor>> writer)
    : actor_base(config, {.kind = "journal"}), writer_(std::move(writer)), state_(std::make_shared<journal_state>(store, limit)) {}

journal::behavior_type journal::make_behavior() {
  delayed_send(this, sweep_interval, tick_atom::value);
  // A journal before this one may have left work under way: nothing is written before the writer is through with it.
  if (writer_) hand_over();
  return {
      [this](const open_room_ptr& request) { take(request); },
      [this](const append_request_ptr& request) {
        if (const auto& news = request->changes.publications; publish_trace::on())
          publish_trace::pass(request->changes.room, news.front()->offset, news.back()->offset, "take");
        take(request);
      },
      [this](const trim_room& request) { take(request); },
      [this](const close_room& request) { take(request); },
      [this](const forget_room& request) { take(request); },
      [this](const keep_note& request) { take(request); },
      [this](ticket, const result<journal_done>& outcome) {
        if (!outcome) return;  // the writer died, and with it this journal will be started again
        handed_over_ = false;
        run();
      },
      [this](flush_atom) {
        flush_on_its_way_ = false;
        run();
      },
      [this](tick_atom) {
        delayed_send(this, sweep_interval, tick_atom::value);
        take(sweep_store{now_ms()});
      },
      [this](const change_dead_ptr& request) { take(request); },
  };
}

void journal::drop_state() {
  tasks_.clear();
  state_.reset();
}

void journal::take(journal_task task) {
  tasks_.push_back(std::move(task));
  if (handed_over_ || std::exchange(flush_on_its_way_, true)) return;
  send(this, flush_atom::value);
}

void journal::run() {
  if (handed_over_ || tasks_.empty()) return;
  if (!writer_) return state_->run(std::exchange(tasks_, {}), clock().now());
  if (!state_->run_at_once(tasks_)) hand_over();
}

void journal::hand_over() {
  handed_over_ = true;
  mail(*writer_, std::make_shared<journal_work>(journal_work{state_, std::exchange(tasks_, {}), make_reply<journal_done>(this, 0)}));
}

}  // namespace tidewire
