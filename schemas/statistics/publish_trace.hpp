// The life of sampled publishes: which handlers of which actors did something for each of them, on which thread, and when. It is off but
// while somebody traces (docs/operating.md); then each call here is one relaxed load. Any thread.
//
// A publish is known by its request until it has an offset: by who owns that, so whatever points into the request will do, and no other
// request can be taken for it. From then on it is known by its room and its first offset; and its answer by who asked, under which number.
// Whoever does something for it notes that (`pass` and the others) inside a handler; when the handler is over, `handled` says whose it was,
// and one slice is kept with all that was noted in it. A handler in which nothing was noted leaves nothing behind.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tidewire {

// What was traced. Times are nanoseconds since it began.
struct publish_record {
  struct publish {  // the id of a publish is its place in the list
    std::string room;
    std::uint64_t offset = 0;  // of its first change; 0: it has none
    std::uint64_t begun_ns = 0;
    std::uint64_t answered_ns = 0;  // 0: it was not, meanwhile
  };
  struct passage {
    std::uint32_t publish = 0;
    std::uint64_t at_ns = 0;
    const char* step = "";  // a string literal
  };
  struct slice {
    std::uint32_t thread = 0;  // in the list
    std::string kind;          // of actor
    std::string actor;
    std::uint64_t from_ns = 0;
    std::uint64_t to_ns = 0;
    std::vector<passage> passages;  // in order; at least one
  };
  struct thread {
    std::int64_t id = 0;  // the system's
    std::string name;
  };

  std::uint64_t seconds = 0;
  std::uint64_t sample = 1;  // one of so many publishes
  std::uint64_t seen = 0;    // publishes
  std::uint64_t publishes_dropped = 0;
  std::uint64_t slices_dropped = 0;
  std::uint64_t passages_dropped = 0;
  std::vector<publish> publishes;
  std::vector<slice> slices;
  std::vector<thread> threads;
};

class publish_trace {
 public:
  static constexpr std::size_t publishes_max = 5'000;
  static constexpr std::size_t slices_max = 50'000;
  static constexpr std::size_t passages_max = 200'000;
  using request = std::shared_ptr<const void>;

  static bool on() noexcept { return on_.load(std::memory_order_relaxed); }

  // ---- by who traces; one at a time

  // One of `sample` publishes, which is not 0.
  static void start(std::uint64_t sample);
  static publish_record stop();

  // ---- by who handles publishes

  // A request sets out. `asker` and `number` say where its answer will arrive.
  template <class Request>
  static void begin(const std::shared_ptr<Request>& what, std::string_view room, std::uint64_t asker, std::uint64_t number) {
    if (on()) do_begin(what, room, asker, number);
  }
  template <class Request>
  static void pass(const std::shared_ptr<Request>& what, const char* step) {
    if (on()) do_pass(what, step);
  }
  // A change of the request has got this offset.
  template <class Request>
  static void order(const std::shared_ptr<Request>& what, std::string_view room, std::uint64_t offset) {
    if (on()) do_order(what, room, offset);
  }
  // Whatever has its first change among these.
  static void pass(std::string_view room, std::uint64_t first, std::uint64_t last, const char* step) {
    if (on()) do_pass(room, first, last, step);
  }
  static void answer(std::uint64_t asker, std::uint64_t number) {
    if (on()) do_answer(asker, number);
  }

  // A handler is over, since `end` (cycle_clock); it has taken so long.
  static void handled(std::string_view kind, std::string_view actor, std::uint64_t end, std::uint64_t took_ns) {
    if (on()) do_handled(kind, actor, end, took_ns);
  }

  // What travels on without room and offset.
  struct load {
    std::uint64_t trace = 0;
    std::vector<std::uint32_t> publishes;
  };
  // Adds those of the room whose first change is among these.
  static void take_along(load& into, std::string_view room, std::uint64_t first, std::uint64_t last) {
    if (on()) do_take_along(into, room, first, last);
  }

  // A job that is no handler of an actor: from here to its end it works for that load.
  class job {
   public:
    job(const load& carried, const char* kind, const char* step) : carried_(carried), kind_(kind), step_(step) {
      if (on() && !carried.publishes.empty()) begin();
    }
    job(const job&) = delete;
    job& operator=(const job&) = delete;
    ~job() {
      if (begun_ != 0) end();
    }

   private:
    void begin() noexcept;
    void end() noexcept;

    const load& carried_;
    const char* const kind_;
    const char* const step_;
    std::uint64_t begun_ = 0;
  };

 private:
  struct recorder;
  static recorder& the_recorder();

  static void do_begin(const request& what, std::string_view room, std::uint64_t asker, std::uint64_t number);
  static void do_pass(const request& what, const char* step);
  static void do_order(const request& what, std::string_view room, std::uint64_t offset);
  static void do_pass(std::string_view room, std::uint64_t first, std::uint64_t last, const char* step);
  static void do_answer(std::uint64_t asker, std::uint64_t number);
  static void do_handled(std::string_view kind, std::string_view actor, std::uint64_t end, std::uint64_t took_ns);
  static void do_take_along(load& into, std::string_view room, std::uint64_t first, std::uint64_t last);

  static inline std::atomic<bool> on_{false};
};

}  // namespace tidewire
