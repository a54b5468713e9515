#include "tools/ctl/completion.hpp"

#include <functional>

namespace tidewire::ctl {

namespace {

// One argument of the shell, whatever stands in it.
std::string shell_word(std::string_view text) {
  std::string out = "'";
  for (const char each : text) each == '\'' ? out += "'\\''" : out += each;
  return out += '\'';
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& each : words) (out += out.empty() ? "" : " ") += each;
  return out;
}

using visitor = std::function<void(const std::string& path, const completed_command&)>;

void walk(const completed_command& from, const std::string& path, const visitor& each) {
  each(path, from);
  for (const auto& inner : from.commands) walk(inner, path + ' ' + inner.name, each);
}

std::string names_of(const std::vector<completed_option>& options) {
  std::vector<std::string> names;
  for (const auto& each : options) names.push_back(each.name);
  return joined(names);
}

// With a backslash before what zsh's _arguments and _describe would take as theirs.
std::string zsh_text(std::string_view text) {
  std::string out;
  for (const char each : text) {
    if (each == ':' || each == '[' || each == ']' || each == '\\') out += '\\';
    out += each;
  }
  return out;
}

std::string zsh_arguments(const std::vector<completed_option>& options) {
  std::string out;
  for (const auto& each : options) {
    // With "=" the value may stand in the same word or in the next one.
    const auto* const equals = each.takes_value && each.name.starts_with("--") ? "=" : "";
    auto spec = "*" + each.name + equals + '[' + zsh_text(each.help) + ']';
    if (each.takes_value) spec += each.choices.empty() ? ":value:_files" : ":value:(" + joined(each.choices) + ')';
    out += " \\\n    " + shell_word(spec);
  }
  return out;
}

std::string identifier(std::string path) {
  for (auto& each : path)
    if (each == ' ' || each == '-') each = '_';
  return '_' + path;
}

}  // namespace

std::string bash_completion(const completed_command& root) {
  std::string steps;
  std::string words;
  std::string values;
  std::string taking;
  const auto shared = names_of(root.options);
  walk(root, root.name, [&](const std::string& path, const completed_command& at) {
    std::vector<std::string> inner;
    for (const auto& each : at.commands) {
      inner.push_back(each.name);
      steps += "      " + shell_word(path + ' ' + each.name) + ") path+=\" $word\" ;;\n";
    }
    if (inner.empty()) inner = at.choices;
    const auto own = &at == &root ? "" : names_of(at.options);
    words += "    " + shell_word(path) + ") words=" + shell_word(joined(inner)) +
             " options=" + shell_word(own + (own.empty() ? "" : " ") + shared) + " ;;\n";
    for (const auto& each : at.options) {
      const auto pattern = &at == &root ? "*' " + each.name + "'" : shell_word(path + ' ' + each.name);
      if (!each.choices.empty()) values += "    " + pattern + ") words=" + shell_word(joined(each.choices)) + " options= valued=1 ;;\n";
      if (!each.choices.empty() || !each.takes_value) continue;
      values += "    " + pattern + ") return ;;\n";
    }
    for (const auto& each : at.options)
      if (each.takes_value)
        taking += "      " + (&at == &root ? "*' " + each.name + "'" : shell_word(path + ' ' + each.name)) + ") skip=1 ;;\n";
  });
  return "# bash completion of " + root.name + ", made by: " + root.name + " completion bash\n" + identifier(root.name) +
         "() {\n"
         "  local cur=${COMP_WORDS[COMP_CWORD]} path=" +
         root.name +
         " word prev= skip= words= options= valued= i\n"
         "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
         "    word=${COMP_WORDS[i]}\n"
         "    [[ $word == = ]] && continue\n"
         "    if [[ $skip ]]; then skip=; prev=; continue; fi\n"
         "    prev=$word\n"
         "    case \"$path $word\" in\n" +
         steps +
         "    esac\n"
         "    case \"$path $word\" in\n" +
         taking +
         "    esac\n"
         "  done\n"
         "  COMPREPLY=()\n"
         "  [[ $cur == = ]] && cur=\n"
         "  case \"$path\" in\n" +
         words +
         "  esac\n"
         "  [[ $skip ]] && case \"$path $prev\" in\n" +
         values +
         "  esac\n"
         "  if [[ $cur == -* && ! $valued ]]; then words=$options; fi\n"
         "  COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
         "}\n"
         "complete -o bashdefault -o default -F " +
         identifier(root.name) + ' ' + root.name + '\n';
}

std::string zsh_completion(const completed_command& root) {
  std::string out = "#compdef " + root.name + "\n# zsh completion of " + root.name + ", made by: " + root.name + " completion zsh\n";
  const auto shared = zsh_arguments(root.options);
  walk(root, root.name, [&](const std::string& path, const completed_command& at) {
    out += "\n" + identifier(path) + "() {\n";
    const auto own = &at == &root ? "" : zsh_arguments(at.options);
    if (at.commands.empty()) {
      const auto argument = at.takes_file        ? std::string("*:file:_files")
                            : at.choices.empty() ? std::string("*:argument:")
                                                 : "1:argument:(" + joined(at.choices) + ')';
      out += "  _arguments" + own + shared + " \\\n    " + shell_word(argument) + "\n}\n";
      return;
    }
    out += "  local -a commands=(";
    for (const auto& each : at.commands) out += "\n    " + shell_word(each.name + ':' + zsh_text(each.help));
    out += ")\n  local state line\n  _arguments -C -A '-*'" + own + shared +
           " \\\n    '1:command:->command' '*::argument:->argument'\n"
           "  case $state in\n    command) _describe command commands ;;\n    argument) case $line[1] in\n";
    for (const auto& each : at.commands) out += "      " + each.name + ") " + identifier(path + ' ' + each.name) + " ;;\n";
    out += "    esac ;;\n  esac\n}\n";
  });
  // As a file of fpath it is this function's body, which the first Tab runs to have its offers; by eval it only makes the functions known.
  const auto name = identifier(root.name);
  return out + "\nif [[ $funcstack[1] == " + name + " ]]; then " + name + " \"$@\"; else compdef " + name + ' ' + root.name + "; fi\n";
}

std::string fish_completion(const completed_command& root) {
  const auto at_command = "__" + root.name + "_at";
  std::string steps;
  std::string taking;
  std::string offers;
  walk(root, root.name, [&](const std::string& path, const completed_command& at) {
    const auto condition = " -n " + shell_word(at_command + ' ' + path);
    for (const auto& each : at.options) {
      // Those of the root go with every command.
      const auto everywhere = &at == &root;
      if (each.takes_value) taking += ' ' + shell_word((everywhere ? "*" : path) + ' ' + each.name);
      offers += "complete -c " + root.name + (everywhere ? "" : condition);
      offers += each.name.starts_with("--") ? " -l " + each.name.substr(2) : " -s " + each.name.substr(1);
      if (each.takes_value) offers += each.choices.empty() ? " -r" : " -x -a " + shell_word(joined(each.choices));
      offers += " -d " + shell_word(each.help) + '\n';
    }
    if (!at.takes_file) offers += "complete -c " + root.name + condition + " -f\n";
    if (!at.choices.empty()) offers += "complete -c " + root.name + condition + " -a " + shell_word(joined(at.choices)) + '\n';
    for (const auto& each : at.commands) {
      steps += ' ' + shell_word(path + ' ' + each.name);
      offers += "complete -c " + root.name + condition + " -a " + each.name + " -d " + shell_word(each.help) + '\n';
    }
  });
  return "# fish completion of " + root.name + ", made by: " + root.name + " completion fish\n\n" +
         "# Whether this is the command that is being typed.\n" + "function " + at_command +
         "\n"
         "    set -l words (commandline -opc)\n"
         "    set -l path " +
         root.name +
         "\n"
         "    set -l skip\n"
         "    set -e words[1]\n"
         "    for word in $words\n"
         "        if set -q skip[1]\n"
         "            set -e skip[1]\n"
         "            continue\n"
         "        end\n"
         "        switch \"$path $word\"\n"
         "            case" +
         taking +
         "\n"
         "                set skip yes\n"
         "            case" +
         steps +
         "\n"
         "                set path \"$path $word\"\n"
         "        end\n"
         "    end\n"
         "    test \"$path\" = \"$argv\"\n"
         "end\n\n" +
         offers;
}

}  // namespace tidewire::ctl
