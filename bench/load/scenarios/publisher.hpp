// A connection that publishes by requests, whatever it speaks.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "bench/load/core/event_loop.hpp"
#include "bench/load/core/socket.hpp"
#include "bench/load/dialects/dialect.hpp"
#include "bench/load/parts/requests.hpp"
#include "bench/load/scenarios/options.hpp"

namespace tidewire::load {

class publisher_observer {
 public:
  virtual ~publisher_observer() = default;
  virtual void became_ready() = 0;
  // May publish.
  virtual void answered(unsigned publisher, const answer& what, std::int64_t now) = 0;
  // A publication, or the connection as a whole; `why` quotes the server.
  virtual void refused(const std::string& why) = 0;
};

class publisher {
 public:
  virtual ~publisher() = default;
  virtual void connect() = 0;
  // One request; all publications are for the same room. Sent from answered() it goes out when all that was received has been looked
  // at; else flush() sends it.
  virtual void publish(std::span<const publication> all) = 0;
  virtual void flush() = 0;
};

// Makes the publishers of one way to publish. They share what they speak, so it must outlive them.
class publishers {
 public:
  publishers(const options& told, event_loop& loop, publisher_observer& observer);
  std::unique_ptr<publisher> make(unsigned number) const;

 private:
  const options& told_;
  event_loop& loop_;
  publisher_observer& observer_;
  endpoint target_;
  std::unique_ptr<dialect> speech_;  // none: HTTP
};

}  // namespace tidewire::load
