// `assay completion bash|zsh|fish`: scripts made from the commands themselves, so that they cannot
// fall behind.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/exit_code.h"

namespace assay {
namespace {

// Options whose values are a fixed list.
const std::map<std::string, std::string>& Choices() {
  static const std::map<std::string, std::string> choices = {
      {"--format", "human jsonl json csv sarif html"},
      {"--progress", "auto always never"},
      {"--addressing-style", "auto path virtual"},
  };
  return choices;
}

std::vector<CLI::App*> Subcommands(const CLI::App& app) {
  return const_cast<CLI::App&>(app).get_subcommands([](CLI::App*) { return true; });
}

std::vector<std::string> LongOptions(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

// What can follow the commands typed so far, as "path words...": "scan --format --output".
void CollectWords(const CLI::App& app, const std::string& path,
                  std::vector<std::pair<std::string, std::string>>* words) {
  std::vector<std::string> here = LongOptions(app);
  for (const CLI::App* command : Subcommands(app)) {
    here.insert(here.begin(), command->get_name());
    CollectWords(*command, path.empty() ? command->get_name() : path + " " + command->get_name(),
                 words);
  }
  words->emplace_back(path, fmt::format("{}", fmt::join(here, " ")));
}

std::string BashScript(const CLI::App& app) {
  std::vector<std::pair<std::string, std::string>> words;
  CollectWords(app, "", &words);
  std::string script =
      "# Completion of assay for bash: source it, or put it into bash-completion's folder.\n"
      "_assay() {\n"
      "  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} path= i\n"
      "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
      "    case ${COMP_WORDS[i]} in\n"
      "      -*) ;;\n"
      "      *) case \" scan identifiers completion version list show check test \" in\n"
      "           *\" ${COMP_WORDS[i]} \"*) path=\"${path:+$path }${COMP_WORDS[i]}\" ;;\n"
      "         esac ;;\n"
      "    esac\n"
      "  done\n"
      "  case $previous in\n";
  for (const auto& [option, choices] : Choices()) {
    script += fmt::format("    {}) COMPREPLY=($(compgen -W '{}' -- \"$current\")); return ;;\n",
                          option, choices);
  }
  script += "  esac\n  local words=\n  case $path in\n";
  for (const auto& [path, list] : words) {
    script += fmt::format("    '{}') words='{}' ;;\n", path, list);
  }
  script +=
      "  esac\n"
      "  if [[ $current == -* || $path != scan* ]]; then\n"
      "    COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
      "  fi\n"
      "  [[ ${#COMPREPLY[@]} -gt 0 ]] || COMPREPLY=($(compgen -f -- \"$current\"))\n"
      "}\n"
      "complete -o filenames -F _assay assay\n";
  return script;
}

// `text` for the inside of single quotes of zsh's _arguments: no quote, bracket or colon.
std::string ZshText(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\'') {
      out += "’";
    } else if (c == '[' || c == ']' || c == ':') {
      out += fmt::format("\\{}", c);
    } else {
      out.push_back(c);
    }
  }
  return out;
}

std::string ZshArguments(const CLI::App& app) {
  std::string out;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& lname : option->get_lnames()) {
      const std::string name = "--" + lname;
      const bool takes_value = option->get_items_expected_max() > 0;
      const auto choices = Choices().find(name);
      std::string value;
      if (takes_value && choices != Choices().end()) value = ":value:(" + choices->second + ")";
      if (takes_value && choices == Choices().end()) value = ":value:_files";
      out +=
          fmt::format("        '{}[{}]{}' \\\n", name, ZshText(option->get_description()), value);
    }
  }
  return out + "        '*:target:_files'\n";
}

std::string ZshScript(const CLI::App& app) {
  std::string commands;
  std::string cases;
  for (const CLI::App* command : Subcommands(app)) {
    commands +=
        fmt::format("    '{}:{}'\n", command->get_name(), ZshText(command->get_description()));
    std::string body = "      _arguments \\\n" + ZshArguments(*command);
    if (const auto inner = Subcommands(*command); !inner.empty()) {
      std::string names;
      for (const CLI::App* sub : inner) names += " " + sub->get_name();
      body = "      compadd --" + names + "\n";
    }
    cases += fmt::format("    {})\n{}      ;;\n", command->get_name(), body);
  }
  return "#compdef assay\n_assay() {\n  local -a commands\n  commands=(\n" + commands +
         "  )\n  if (( CURRENT == 2 )); then\n    _describe command commands\n    return\n  fi\n"
         "  local command=$words[2]\n  shift words; (( CURRENT-- ))\n  case $command in\n" +
         cases + "  esac\n}\n_assay \"$@\"\n";
}

std::string FishText(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\'' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  return out;
}

void AppendFish(const CLI::App& app, const std::string& condition, std::string* out) {
  for (const CLI::App* command : Subcommands(app)) {
    *out += fmt::format("complete -c assay -f -n '{}' -a {} -d '{}'\n", condition,
                        command->get_name(), FishText(command->get_description()));
    AppendFish(*command, "__fish_seen_subcommand_from " + command->get_name(), out);
  }
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      *out += fmt::format("complete -c assay -n '{}' -l {} -d '{}'", condition, name,
                          FishText(option->get_description()));
      if (option->get_items_expected_max() > 0) *out += " -r";
      if (const auto choices = Choices().find("--" + name); choices != Choices().end()) {
        *out += " -f -a '" + choices->second + "'";
      }
      *out += "\n";
    }
  }
}

}  // namespace

void AddCompletionCommand(CLI::App& app, CommandBody* chosen) {
  CLI::App* completion = app.add_subcommand("completion", "Print the completion script of a shell");
  completion->footer(
      "Examples:\n"
      "  source <(assay completion bash)\n"
      "  assay completion zsh > ~/.zfunc/_assay\n"
      "  assay completion fish > ~/.config/fish/completions/assay.fish");
  const auto shell = std::make_shared<std::string>();
  completion->add_option("shell", *shell, "bash, zsh or fish")
      ->required()
      ->type_name("SHELL")
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  completion->callback([&app, shell, chosen] {
    *chosen = [&app, shell] {
      std::string script;
      if (*shell == "bash") script = BashScript(app);
      if (*shell == "zsh") script = ZshScript(app);
      if (*shell == "fish") AppendFish(app, "__fish_use_subcommand", &script);
      std::fputs(script.c_str(), stdout);
      return kExitDone;
    };
  });
}

}  // namespace assay
