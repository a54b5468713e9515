// The duty to answer one request, as the pure state classes see it. However a request is lost (its receiver throws, dies with it in
// the mailbox, was dead already, or forgets it), the last reference to the reply goes, and the requester hears errc::unavailable:
// no request is lost in silence. make_reply (actors/supervision/pending_reply.hpp) makes one that answers an actor by mail.
#pragma once

#include <memory>

#include "schemas/result.hpp"

namespace tidewire {

template <class T>
class reply {
 public:
  virtual ~reply() = default;
  // Once; later calls do nothing. Free of threads.
  virtual void answer(result<T> outcome) = 0;
};

template <class T>
using reply_ptr = std::shared_ptr<reply<T>>;

}  // namespace tidewire
