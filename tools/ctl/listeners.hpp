// The two listeners of a server, as commands ask them.
//
// About rooms both may be asked. The rule, in this order:
//   1. With --token, or with --server and without --admin (on the command line, else in the environment): the public one, with that token.
//   2. Else the operators' one, with an operator's rights.
//   3. If that says that it has no such path, it is of an older server: then the public one, from there on.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "tools/ctl/session.hpp"

namespace tidewire::ctl {

// The operators' listener.
class admin_listener {
 public:
  admin_listener(const session& with, std::chrono::milliseconds answer_timeout);

  // As ask() of session.hpp.
  result<std::string> ask(transport::client_request request);

 private:
  transport::http_client client_;
  const std::string token_;
};

// The listener that is asked about rooms.
class room_listener {
 public:
  room_listener(const session& with, std::chrono::milliseconds answer_timeout);

  result<std::string> ask(transport::client_request request);

  // For those who ask over a connection of their own: where, and the request as it must be.
  const std::string& address() const noexcept { return public_ ? with_.server : with_.admin; }
  transport::client_request authorised(transport::client_request request) const;
  // Whether the refusal is that of an older server; then the public listener is asked from here on, and the same request may succeed.
  bool gives_way(const failure& why);
  // With what to do, where credentials are missing.
  failure explain(failure why) const;

 private:
  const session& with_;
  const std::chrono::milliseconds answer_timeout_;
  bool public_;
  transport::http_client client_;
  std::unique_ptr<transport::http_client> public_client_;
};

// The path of a room, or of what is below it.
std::string room_path(std::string_view room, std::string_view below = {});

// A query, member by member; empty values are left out.
class query {
 public:
  explicit query(std::string path) : target_(std::move(path)) {}
  query& add(std::string_view name, std::string_view value);
  const std::string& target() const noexcept { return target_; }

 private:
  std::string target_;
  bool first_ = true;
};

// Asks for page after page of a listing and calls `each` with the raw JSON of every row, until there is no further one or it has returned
// false. `on_page` is given each page, before its rows.
struct listing {
  query from;
  std::size_t page_rows = 1'000;
  std::function<bool(std::string_view row)> each{};
  std::function<void(std::string_view page)> on_page{};
};
using asker = std::function<result<std::string>(transport::client_request)>;
result<void> walk(const asker& ask, const listing& what);

}  // namespace tidewire::ctl
