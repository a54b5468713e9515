// Completion is made of the command line itself.
#include "tools/ctl/completion.hpp"

#include <CLI/CLI.hpp>
#include <functional>

#include "tests/support/catch.hpp"
#include "tools/ctl/command_line.hpp"

using namespace tidewire::ctl;

namespace {

const completed_command* find(const completed_command& in, const std::string& name) {
  for (const auto& each : in.commands)
    if (each.name == name) return &each;
  return nullptr;
}

const completed_option* option(const completed_command& in, const std::string& name) {
  for (const auto& each : in.options)
    if (each.name == name) return &each;
  return nullptr;
}

}  // namespace

TEST_CASE("every command and every option of the command line is known") {
  command_line line;
  const auto all = read_command_line(line.app());
  for (const auto* app : line.app().get_subcommands({})) {
    INFO(app->get_name());
    const auto* command = find(all, app->get_name());
    REQUIRE(command != nullptr);
    for (const auto* each : app->get_options())
      for (const auto& name : each->get_lnames()) CHECK(option(*command, "--" + name) != nullptr);
  }
}

TEST_CASE("values with choices, flags, and arguments with choices are told apart") {
  command_line line;
  const auto all = read_command_line(line.app());
  const auto* publish = find(all, "publish");
  REQUIRE(publish != nullptr);
  CHECK(option(*publish, "--op")->choices == std::vector<std::string>{"merge", "set", "remove", "increment", "patch"});
  CHECK(option(*publish, "--key")->takes_value);
  CHECK(option(*publish, "--key")->choices.empty());
  CHECK_FALSE(option(all, "--json")->takes_value);
  CHECK(option(all, "--token")->takes_value);
  CHECK(find(all, "completion")->choices == std::vector<std::string>{"bash", "zsh", "fish"});
  CHECK(find(*find(all, "quarantine"), "replay") != nullptr);
  CHECK(find(all, "import")->takes_file);
  CHECK_FALSE(find(all, "tail")->takes_file);
}

TEST_CASE("help of every command says what it is, with an example") {
  command_line line;
  const std::function<void(const CLI::App&)> look = [&](const CLI::App& app) {
    INFO(app.get_name());
    CHECK_FALSE(app.get_description().empty());
    for (const auto* each : app.get_options())
      if (!each->get_lnames().empty()) CHECK_FALSE(each->get_description().empty());
    for (const auto* each : app.get_subcommands({})) look(*each);
  };
  look(line.app());
  for (const auto* each : line.app().get_subcommands({})) {
    INFO(each->get_name());
    CHECK(each->get_footer().find("\n  tidectl " + each->get_name()) != std::string::npos);
  }
}

TEST_CASE("what help says in quotes and brackets cannot break a script") {
  const completed_command odd{"tool", "", {{"--it", "it's [a] $(rm): `x`", true, {}}}, {}, {{"do", "isn't: it", {}, {}, {}, false}}, false};
  CHECK(zsh_completion(odd).find(R"('*--it=[it'\''s \[a\] $(rm)\: `x`]:value:_files')") != std::string::npos);
  CHECK(fish_completion(odd).find(R"(-d 'isn'\''t: it')") != std::string::npos);
}
