// Completion for shells, made of the command line itself, so that it knows every command and option there is.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace tidewire::ctl {

struct completed_option {
  std::string name;  // "--json"
  std::string help;
  bool takes_value = false;
  std::vector<std::string> choices;  // of the value; empty: any
};

struct completed_command {
  std::string name;
  std::string help;
  std::vector<completed_option> options;
  std::vector<std::string> choices;  // of its first argument; empty: any
  std::vector<completed_command> commands;
  bool takes_file = false;  // its argument is the name of a file or a directory
};

completed_command read_command_line(const CLI::App& root);

// Scripts for the shell; `root` has the options that every command takes.
std::string bash_completion(const completed_command& root);
std::string zsh_completion(const completed_command& root);
std::string fish_completion(const completed_command& root);

}  // namespace tidewire::ctl
