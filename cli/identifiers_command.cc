// `assay identifiers list|show|check|test`: what Assay looks for, and trying out one's own.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.h"
#include "cli/exit_code.h"
#include "cli/json_text.h"
#include "cli/suggest.h"
#include "cli/terminal.h"
#include "detect/identifier_probe.h"
#include "detect/ruleset.h"

namespace assay {
namespace {

int Fail(const Status& status) {
  std::fprintf(stderr, "assay: %s\n", PrintableText(status.message()).c_str());
  return kExitError;
}

void Print(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stdout); }

std::string JsonLine(const Identifier& identifier) {
  std::string line = "{";
  AppendJsonMember("id", identifier.id, &line);
  AppendJsonMember("name", identifier.name, &line);
  AppendJsonMember("category", identifier.category, &line);
  line += fmt::format(R"(,"risk":{},"min_matches":{})", identifier.risk, identifier.min_matches);
  if (!identifier.classic_regex.empty()) {
    AppendJsonMember("classic_regex", identifier.classic_regex, &line);
  }
  if (!identifier.pii_type.empty()) AppendJsonMember("pii_type", identifier.pii_type, &line);
  if (!identifier.macie2.empty()) AppendJsonMember("macie2", identifier.macie2, &line);
  return line + "}\n";
}

int ListIdentifiers(bool json, bool themes_too) {
  Result<std::vector<Identifier>> identifiers = ManagedIdentifiers();
  if (!identifiers.ok()) return Fail(identifiers.status());
  std::sort(identifiers->begin(), identifiers->end(), [](const Identifier& a, const Identifier& b) {
    return a.category != b.category ? a.category < b.category : a.id < b.id;
  });
  std::string category;
  for (const Identifier& identifier : *identifiers) {
    if (json) {
      Print(JsonLine(identifier));
      continue;
    }
    if (identifier.category != category) {
      category = identifier.category;
      Print(Paint("\n" + category, Color::kBold, WantsColor(STDOUT_FILENO)) + "\n");
    }
    Print(
        fmt::format("  {:<46} risk {:>2}  {}\n", identifier.id, identifier.risk, identifier.name));
  }
  if (json || !themes_too) return kExitDone;
  const Result<std::vector<Theme>> themes = ManagedThemes();
  if (!themes.ok()) return Fail(themes.status());
  Print(Paint("\nTHEMES", Color::kBold, WantsColor(STDOUT_FILENO)) + "\n");
  for (const Theme& theme : *themes) {
    Print(fmt::format("  {:<46} risk {:>2}  from {} keyword combination{}\n", theme.name,
                      theme.risk, theme.min_keyword_combinations,
                      theme.min_keyword_combinations == 1 ? "" : "s"));
  }
  return kExitDone;
}

void PrintField(std::string_view name, const std::string& value) {
  if (!value.empty()) Print(fmt::format("{:<14} {}\n", name, value));
}

void PrintExamples(std::string_view title, const std::vector<IdentifierExample>& examples) {
  if (examples.empty()) return;
  Print(fmt::format("\n{}\n", title));
  for (const IdentifierExample& example : examples) {
    Print("  " + Shorten(PrintableText(example.text), 110) + "\n");
  }
}

void PrintIdentifier(const Identifier& identifier) {
  PrintField("id", identifier.id);
  PrintField("name", identifier.name);
  PrintField("description", identifier.description);
  PrintField("category", identifier.category);
  PrintField("risk", std::to_string(identifier.risk));
  PrintField("min matches", std::to_string(identifier.min_matches));
  PrintField("Macie Classic", identifier.classic_regex);
  PrintField("PII artifact", identifier.pii_type);
  PrintField("Macie", identifier.macie2);
  PrintField("pattern", identifier.pattern);
  PrintField("words", fmt::format("{}", fmt::join(identifier.words, ", ")));
  PrintField("validator", identifier.validator);
  if (!identifier.keywords.empty()) {
    PrintField("keywords",
               fmt::format("{} ({}, within {} bytes)", fmt::join(identifier.keywords, ", "),
                           identifier.keyword_required ? "required" : "raise confidence",
                           identifier.proximity));
  }
  PrintField("ignored", fmt::format("{}", fmt::join(identifier.ignore_words, ", ")));
  for (const SeverityLevel& level : identifier.severities) {
    PrintField("severity", fmt::format("{} from {} matches", level.severity, level.at_least));
  }
  PrintField("source", identifier.source);
  PrintExamples("Found in", identifier.positive);
  PrintExamples("Not found in", identifier.negative);
}

void PrintTheme(const Theme& theme) {
  PrintField("theme", theme.name);
  PrintField("risk", std::to_string(theme.risk));
  PrintField("combinations", fmt::format("{} at least", theme.min_keyword_combinations));
  PrintField("keywords", fmt::format("{}", fmt::join(theme.keywords, ", ")));
  PrintField("source", theme.source);
}

int ShowIdentifier(const std::string& id) {
  const Result<std::vector<Identifier>> identifiers = ManagedIdentifiers();
  if (!identifiers.ok()) return Fail(identifiers.status());
  std::vector<std::string> names;
  for (const Identifier& identifier : *identifiers) {
    names.push_back(identifier.id);
    if (identifier.id != id && identifier.classic_regex != id) continue;
    PrintIdentifier(identifier);
    return kExitDone;
  }
  const Result<std::vector<Theme>> themes = ManagedThemes();
  if (!themes.ok()) return Fail(themes.status());
  for (const Theme& theme : *themes) {
    names.push_back(theme.name);
    if (theme.name != id) continue;
    PrintTheme(theme);
    return kExitDone;
  }
  const std::string nearest = NearestWord(id, names);
  return Fail(NotFound(
      "there is no identifier or theme '" + id + "'" +
      (nearest.empty() ? "; see 'assay identifiers list'" : "; did you mean '" + nearest + "'?")));
}

// What is wrong with the examples of one identifier; "" when they hold.
std::string ExampleProblem(IdentifierProbe& probe, const Identifier& identifier) {
  for (const IdentifierExample& example : identifier.positive) {
    const std::vector<ProbeMatch> matches = probe.Find(example.text);
    const bool found = std::any_of(matches.begin(), matches.end(), [&](const ProbeMatch& match) {
      return example.match.empty() ||
             example.text.substr(match.begin, match.end - match.begin) == example.match;
    });
    if (!found) return "does not find its example '" + example.text + "'";
  }
  for (const IdentifierExample& example : identifier.negative) {
    if (!probe.Find(example.text).empty()) {
      return "finds something in its negative example '" + example.text + "'";
    }
  }
  return {};
}

int CheckFile(const std::string& path) {
  const Result<std::vector<Identifier>> identifiers = LoadIdentifierFile(path);
  if (!identifiers.ok()) return Fail(identifiers.status());
  size_t bad = 0;
  for (const Identifier& identifier : *identifiers) {
    std::string problem;
    if (const Status usable = CheckIdentifier(identifier); !usable.ok()) {
      problem = usable.message();
    } else {
      Result<IdentifierProbe> probe = IdentifierProbe::Make({identifier.id}, {identifier});
      problem = probe.ok() ? ExampleProblem(*probe, identifier) : probe.status().message();
    }
    Print(problem.empty() ? fmt::format("ok    {} ({} examples)\n", identifier.id,
                                        identifier.positive.size() + identifier.negative.size())
                          : fmt::format("FAIL  {}: {}\n", identifier.id, PrintableText(problem)));
    bad += problem.empty() ? 0 : 1;
  }
  Print(fmt::format("{} identifier{}, {} with problems\n", identifiers->size(),
                    identifiers->size() == 1 ? "" : "s", bad));
  return bad == 0 ? kExitDone : kExitError;
}

int TestText(const std::string& id, std::string text, const std::string& file) {
  std::vector<Identifier> custom;
  if (!file.empty()) {
    Result<std::vector<Identifier>> loaded = LoadIdentifierFile(file);
    if (!loaded.ok()) return Fail(loaded.status());
    custom = *std::move(loaded);
  }
  if (text == "-") {
    text.assign(std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>());
  }
  Result<IdentifierProbe> probe = IdentifierProbe::Make({id}, custom);
  if (!probe.ok()) return Fail(probe.status());
  const std::vector<ProbeMatch> matches = probe->Find(text);
  for (const ProbeMatch& match : matches) {
    Print(fmt::format(
        "{}-{}  {}\n", match.begin, match.end,
        PrintableText(std::string_view(text).substr(match.begin, match.end - match.begin))));
  }
  if (matches.empty()) Print("nothing found\n");
  return matches.empty() ? kExitError : kExitDone;
}

void AddList(CLI::App* parent, CommandBody* chosen) {
  CLI::App* list =
      parent->add_subcommand("list", "List the identifiers by category, and the themes");
  const auto json = std::make_shared<bool>(false);
  list->add_flag("--json", *json, "One JSON object a line; identifiers only");
  list->callback([json, chosen] { *chosen = [json] { return ListIdentifiers(*json, true); }; });
}

void AddShow(CLI::App* parent, CommandBody* chosen) {
  CLI::App* show = parent->add_subcommand("show", "Show all about one identifier or theme");
  const auto id = std::make_shared<std::string>();
  show->add_option("id", *id, "As 'identifiers list' names it")->required()->type_name("ID");
  show->callback([id, chosen] { *chosen = [id] { return ShowIdentifier(*id); }; });
}

void AddCheck(CLI::App* parent, CommandBody* chosen) {
  CLI::App* check = parent->add_subcommand(
      "check", "Check a file of your own identifiers, and run their examples");
  const auto file = std::make_shared<std::string>();
  check->add_option("file", *file, "YAML file, as for scan --identifiers")
      ->required()
      ->type_name("FILE");
  check->callback([file, chosen] { *chosen = [file] { return CheckFile(*file); }; });
}

void AddTest(CLI::App* parent, CommandBody* chosen) {
  struct Typed {
    std::string id;
    std::string text;
    std::string file;
  };
  CLI::App* test = parent->add_subcommand(
      "test", "Look for one identifier in a text; exit code 1 when it is not there");
  const auto typed = std::make_shared<Typed>();
  test->add_option("id", typed->id, "As 'identifiers list' names it")->required()->type_name("ID");
  test->add_option("text", typed->text, "The text; - reads standard input")
      ->required()
      ->type_name("TEXT");
  test->add_option("--identifiers", typed->file, "Your own identifiers (YAML)")->type_name("FILE");
  test->callback([typed, chosen] {
    *chosen = [typed] { return TestText(typed->id, typed->text, typed->file); };
  });
}

}  // namespace

void AddIdentifiersCommand(CLI::App& app, CommandBody* chosen) {
  CLI::App* identifiers =
      app.add_subcommand("identifiers", "See what Assay looks for, try out your own");
  identifiers->require_subcommand(1);
  identifiers->footer(
      "Examples:\n"
      "  assay identifiers list\n"
      "  assay identifiers show US_SOCIAL_SECURITY_NUMBER\n"
      "  assay identifiers test US_SOCIAL_SECURITY_NUMBER 'SSN: 512-44-7731'\n"
      "  assay identifiers check my-identifiers.yaml");
  AddList(identifiers, chosen);
  AddShow(identifiers, chosen);
  AddCheck(identifiers, chosen);
  AddTest(identifiers, chosen);
}

}  // namespace assay
