#include "tests/actors/sim/broadcaster_part.hpp"

#include <utility>

#include "schemas/names.hpp"
#include "schemas/presence.hpp"
#include "schemas/room_pattern.hpp"
#include "tests/actors/sim/keeper_parts.hpp"
#include "tests/actors/sim/store_parts.hpp"

namespace tidewire::test {

void broadcaster_part::check_bounds() const {
  const auto now = state_.statistics();
  must(now.pending_bytes <= limit().pending_run_bytes_max, "what gathers in a broadcaster stays within its limit");
}

void broadcaster_part::post(std::size_t thread, std::function<void()> job) {
  office().may_throw(me());
  office().post(in_.io[thread], std::move(job));
}

std::function<void()> broadcaster_part::when_drained() {
  return [&office = office(), to = me(), this] { office.post(to, [this] { state_.drained(); }); };
}

void broadcaster_part::ask_when_told() {
  in_.under_way.when_told([&office = office(), to = me(), this] { office.post(to, [this] { state_.on_all_told(); }); });
}

void broadcaster_part::read_states(ticket which, const std::string& pattern, const std::string& after_room, const std::string& after_key,
                                   storage::page_limit limit) {
  auto reply = answer_to<storage::states_page>(this, which, [](broadcaster_part& self, ticket of, result<storage::states_page>&& page) {
    self.state_.on_states(of, std::move(page));
  });
  const auto& store = in_.store_of(options_of(in_.options(), pattern));
  mail(in_.reader_of(pattern), [&store, prefix = std::string(prefix_of_pattern(pattern)), after_room, after_key, limit,
                                reply = std::move(reply)](reader_part& reader) {
    reader.read<storage::states_page>(reply, [&] { return store.states(prefix, after_room, after_key, limit); });
  });
}

void broadcaster_part::note_occupied(const std::string& room, bool occupied) {
  if (!in_.options().lifecycle || is_kept_by_server(room) || is_room_pattern(room)) return;
  mail(in_.lifecycle,
       [event = lifecycle_event{occupied ? lifecycle_event::kind::room_occupied : lifecycle_event::kind::room_vacated, room, {}}](
           lifecycle_part& to) { to.handle(event); });
}

void broadcaster_part::note_presence(const std::string& room, const client_info& who, bool left) {
  if (is_room_pattern(room) || !keeps_presence(options_of(in_.options(), room))) return;
  mail(in_.presence, [news = presence_news{start_, room, who, left}](presence_part& to) { to.handle(news); });
}

std::chrono::steady_clock::time_point broadcaster_part::now() const noexcept {
  return std::chrono::steady_clock::time_point(std::chrono::milliseconds(office().now_ms()));
}

void broadcaster_part::wake_at(std::chrono::steady_clock::time_point when) {
  const auto in_ms = std::chrono::ceil<std::chrono::milliseconds>(when - now()).count();
  office().wake(me(), in_ms, [this] { state_.tick(); });
}

}  // namespace tidewire::test
