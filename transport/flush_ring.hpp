// Who has frames to write on one I/O thread, in turn. Fan-out only queues frames and enters the connection here; the thread writes a
// few connections at a time and looks for new work in between. A connection that waits for its turn takes everything with it that was
// queued meanwhile: the busier the thread, the more frames a write has, and nobody waits longer than one round.
#pragma once

#include <boost/intrusive/list.hpp>
#include <cstddef>

namespace tidewire::transport {

class flush_ring {
 public:
  // Leaves the ring when it is destroyed.
  class member : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
   public:
    // Writes all that is queued.
    virtual void take_turn() = 0;

   protected:
    ~member() = default;
  };

  bool empty() const noexcept { return waiting_.empty(); }
  // Behind all the others; who waits already keeps its place.
  void enter(member& who) {
    if (!who.is_linked()) waiting_.push_back(who);
  }
  // Lets that many of those who wait longest write.
  void turn(std::size_t count) {
    for (; count > 0 && !waiting_.empty(); --count) {
      auto& next = waiting_.front();
      waiting_.pop_front();
      next.take_turn();
    }
  }

 private:
  boost::intrusive::list<member, boost::intrusive::constant_time_size<false>> waiting_;
};

}  // namespace tidewire::transport
