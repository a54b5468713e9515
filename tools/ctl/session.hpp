// What all commands of tidectl have in common: whom they ask, how they say what happened, and what the process returns.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "schemas/result.hpp"
#include "transport/http_client.hpp"

namespace CLI {
class App;
}

namespace tidewire::ctl {

enum class exit_code : int {
  done = 0,
  failed = 1,     // refused, or gone wrong: trying again will not help
  usage = 2,      // the command line is wrong
  temporary = 3,  // the server cannot be reached, or is busy: try again
  partly = 4,     // done, but for what was refused and reported
};

// The options of every command.
struct session {
  std::string admin = "127.0.0.1:8001";
  std::string server = "127.0.0.1:8000";
  std::string token;
  std::string admin_token;
  bool json = false;
  bool public_only = false;  // rooms are asked for at the public listener (listeners.hpp)

  // Says why, with cause and remedy, and what to return. `aside` as below.
  exit_code fail_with(const failure& why, bool aside = false) const;
  // The result as one JSON object where --json was given, else as text for people, which ends with a line break unless it is empty.
  // `aside`: standard output is taken by data, so it goes to standard error.
  void say(std::string_view text, std::string_view json_object, bool aside = false) const;
  // Whether somebody watches standard error.
  bool shows_progress() const;
  // Of the terminal that standard output is; 0: it is none, so nothing has to be cut.
  std::size_t columns() const;
};

// Whether the same may succeed a little later.
bool is_temporary(errc code);

// The body of a problem (RFC 9457) as the failure that it tells of.
failure read_problem(std::string_view body, std::uint16_t status);

// Asks a server; an answer that is a problem (RFC 9457) is a failure of the same table.
result<std::string> ask(transport::http_client& server, const transport::client_request& request);

// One command: its part of the command line, and what it does.
struct command {
  CLI::App* app = nullptr;
  std::function<exit_code()> run;
};

}  // namespace tidewire::ctl
