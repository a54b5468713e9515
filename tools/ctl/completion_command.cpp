// tidectl completion: what a shell needs to complete tidectl's commands and options.
#include <CLI/CLI.hpp>
#include <memory>

#include "schemas/protocol/json_object.hpp"
#include "tools/ctl/commands.hpp"
#include "tools/ctl/completion.hpp"
#include "tools/ctl/help.hpp"

namespace tidewire::ctl {

namespace {

// CLI11 tells them as a part of the type: "TEXT:{merge,set}".
std::vector<std::string> choices_of(const CLI::Option& option) {
  const auto type = option.get_type_name();
  const auto begin = type.find('{');
  const auto end = type.find('}', begin);
  if (begin == std::string::npos || end == std::string::npos) return {};
  return CLI::detail::split(type.substr(begin + 1, end - begin - 1), ',');
}

completed_command read_command(const CLI::App& from) {
  completed_command made{from.get_name(), from.get_description(), {}, {}, {}, false};
  for (const auto* each : from.get_options()) {
    if (each->get_positional()) made.takes_file |= each->get_name() == "file" || each->get_name() == "directory";
    if (each->get_positional() && made.choices.empty()) made.choices = choices_of(*each);
    for (const auto& name : each->get_lnames())
      made.options.push_back({"--" + name, each->get_description(), each->get_items_expected_max() > 0, choices_of(*each)});
    for (const auto& name : each->get_snames())
      made.options.push_back({"-" + name, each->get_description(), each->get_items_expected_max() > 0, choices_of(*each)});
  }
  for (const auto* each : from.get_subcommands({})) made.commands.push_back(read_command(*each));
  return made;
}

}  // namespace

completed_command read_command_line(const CLI::App& root) { return read_command(root); }

command add_completion(CLI::App& root, const session& with) {
  const auto shell = std::make_shared<std::string>();
  auto* app = root.add_subcommand("completion", "Print what a shell needs to complete commands and options");
  app->add_option("shell", *shell, "bash, zsh or fish")->required()->check(CLI::IsMember({"bash", "zsh", "fish"}));
  describe(*app, "",
           {{"completion bash > /etc/bash_completion.d/tidectl", "for all users; in one shell: eval \"$(tidectl completion bash)\""},
            {"completion zsh > /usr/local/share/zsh/site-functions/_tidectl", ""},
            {"completion fish > ~/.config/fish/completions/tidectl.fish", ""}});
  return {app, [shell, &root, &with] {
            const auto all = read_command_line(root);
            const auto script = *shell == "bash" ? bash_completion(all) : *shell == "zsh" ? zsh_completion(all) : fish_completion(all);
            std::string body;
            {
              protocol::json_object object(body);
              object.string("shell", *shell);
              object.string("script", script);
            }
            with.say(script, body);
            return exit_code::done;
          }};
}

}  // namespace tidewire::ctl
