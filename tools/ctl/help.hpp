// What --help of a command says beyond its options.
#pragma once

#include <initializer_list>
#include <string_view>

namespace CLI {
class App;
}

namespace tidewire::ctl {

struct example {
  std::string_view command;  // without "tidectl"
  std::string_view does;
};

// `more`: what there is to know, in lines as they are shown; may be empty.
void describe(CLI::App& command, std::string_view more, std::initializer_list<example> examples);

}  // namespace tidewire::ctl
