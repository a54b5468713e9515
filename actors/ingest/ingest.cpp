#include "actors/ingest/ingest.hpp"

#include <chrono>
#include <string>
#include <utility>

#include "actors/supervision/pending_reply.hpp"
#include "schemas/statistics/publish_trace.hpp"

namespace tidewire {

namespace {

constexpr std::chrono::seconds tick_interval{1};

// Travels with the wish to start the actor. If the wish is lost, or the actor dies before it has started, the request is answered.
class ingest_birth {
 public:
  explicit ingest_birth(std::shared_ptr<ingest_link> link) : link_(std::move(link)) {}
  ingest_birth(const ingest_birth&) = delete;
  ingest_birth& operator=(const ingest_birth&) = delete;
  ~ingest_birth() {
    if (link_) link_->ended();
  }
  std::shared_ptr<ingest_link> take() { return std::exchange(link_, nullptr); }

 private:
  std::shared_ptr<ingest_link> link_;
};

}  // namespace

ingest::ingest(caf::actor_config& config, engine& own, std::shared_ptr<ingest_link> link, ingest_wish wish)
    : actor_base(config, {.kind = "ingest"}),
      own_(own),
      link_(std::move(link)),
      wish_(std::move(wish)),
      directory_(own.roles.ref<directory_actor>(role::directory)) {}

ingest::behavior_type ingest::make_behavior() {
  state_ = std::make_unique<ingest_state>(std::move(wish_), own_.options, static_cast<ingest_port&>(*this));
  link_->started(caf::actor_cast<ingest_actor>(this));
  delayed_send(this, tick_interval, ingest_mail(ingest_tick{}));
  return {
      [this](const ingest_mail& mail) {
        std::visit([this](const auto& each) { hear(each); }, mail);
        end_if_over();
      },
      [this](ticket which, const result<published>& outcome) {
        publish_trace::answer(id(), which);
        state_->on_published(which, outcome);
        end_if_over();
      },
  };
}

void ingest::drop_state() {
  state_.reset();
  held_.forget();
  link_->ended();
  link_.reset();
}

void ingest::hear(ingest_tick) {
  state_->tick();
  delayed_send(this, tick_interval, ingest_mail(ingest_tick{}));
}

void ingest::end_if_over() {
  if (state_->over()) quit();
}

std::int64_t ingest::now_s() const {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::int64_t ingest::steady_ms() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void ingest::publish(ticket which, const std::string& room, publish_request request) {
  request.reply = make_reply<published>(this, which);
  const auto command = std::make_shared<const room_command>(room_command{room, std::move(request)});
  publish_trace::begin(command, room, id(), which);
  mail(directory_, command);
}

void start_ingest(engine& own, const std::shared_ptr<ingest_link>& link, ingest_wish wish) {
  child_spec spec;
  spec.id = "ingest-" + std::to_string(own.next_number());
  spec.kind = restart_kind::temporary;
  spec.start = [&own, wish = std::move(wish), birth = std::make_shared<ingest_birth>(link)](const start_context& at) {
    return caf::actor_cast<caf::actor>(at.system.spawn<ingest>(own, birth->take(), wish));
  };
  auto sessions = own.roles.ref<supervisor_actor>(role::sessions);
  mail(sessions, start_child{std::move(spec), nullptr});
}

}  // namespace tidewire
