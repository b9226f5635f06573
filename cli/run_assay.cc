#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/exit_code.h"
#include "cli/help_format.h"
#include "cli/suggest.h"
#include "cli/terminal.h"

namespace assay {
namespace {

constexpr const char* kExamples = R"(Examples:
  assay scan ~/exports                        what sits in a folder, as a table by risk
  assay scan s3://bucket/prefix               the same for S3, with the usual AWS credentials
  assay scan . --format html -o report.html   one page with charts to hand on
  assay scan . --fail-on 'risk>=8'            exit code 3 when something risky is there
  assay identifiers list                      everything Assay looks for
  assay init --dir D --master-account ID ...  Macie of your own: then 'assay serve --dir D'

'assay COMMAND --help' explains a command. Nothing ever leaves this machine.)";

// The innermost command that was named on the command line.
const CLI::App* ActiveCommand(const CLI::App* app) {
  while (true) {
    const std::vector<CLI::App*> chosen = app->get_subcommands();
    if (chosen.empty()) return app;
    app = chosen.back();
  }
}

// "assay identifiers list".
std::string CommandPath(const CLI::App* app) {
  const CLI::App* parent = app->get_parent();
  return parent == nullptr ? app->get_name() : CommandPath(parent) + " " + app->get_name();
}

std::string HelpText(const CLI::App* app) {
  const CLI::App* parent = app->get_parent();
  std::string text = app->help(parent == nullptr ? "" : CommandPath(parent));
  for (size_t at = text.find("\n\n\n"); at != std::string::npos; at = text.find("\n\n\n", at)) {
    text.erase(at, 1);
  }
  return text;
}

std::vector<std::string> KnownWords(const CLI::App& app) {
  std::vector<std::string> words;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) words.push_back("--" + name);
  }
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    words.push_back(command->get_name());
  }
  return words;
}

// The first word of the command line that no command took.
std::string UnknownWord(const CLI::App& app, const CLI::App& active) {
  std::vector<std::string> rest = active.remaining();
  if (rest.empty()) rest = app.remaining(true);
  return rest.empty() ? "" : rest.front();
}

int ExplainMistake(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App* active = ActiveCommand(&app);
  std::string message = error.what();
  const std::string unknown = UnknownWord(app, *active);
  const bool word_is_the_mistake = dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr ||
                                   dynamic_cast<const CLI::RequiredError*>(&error) != nullptr;
  if (word_is_the_mistake && !unknown.empty()) {
    const std::string word = unknown.substr(0, unknown.find('='));
    message = (word.starts_with("-") ? "there is no option '" : "there is no command '") +
              PrintableText(word) + "'";
    const std::string nearest = NearestWord(word, KnownWords(*active));
    if (!nearest.empty()) message += "; did you mean '" + nearest + "'?";
  }
  std::fprintf(stderr, "assay: %s\nTry '%s --help'.\n", message.c_str(),
               CommandPath(active).c_str());
  return kExitUsage;
}

int ParseAndRun(int argc, char** argv) {
  CLI::App app("Finds and classifies sensitive data in files, directories and S3 buckets.",
               "assay");
  app.footer(kExamples);
  app.require_subcommand(1);
  app.formatter(std::make_shared<HelpFormat>());
  CommandBody chosen;
  app.add_flag_callback(
      "--version", [] { throw CLI::CallForVersion("assay " ASSAY_VERSION, 0); },
      "Print the version and exit");
  AddScanCommand(app, &chosen);
  AddIdentifiersCommand(app, &chosen);
  AddInitCommand(app, &chosen);
  AddServeCommand(app, &chosen);
  AddWorkerCommand(app, &chosen);
  AddStatusCommand(app, &chosen);
  AddAccountsCommand(app, &chosen);
  AddResourcesCommand(app, &chosen);
  AddQueueCommand(app, &chosen);
  AddEstimateCommand(app, &chosen);
  AddObjectsCommand(app, &chosen);
  AddCredentialsCommand(app, &chosen);
  AddUsersCommand(app, &chosen);
  AddAuditCommand(app, &chosen);
  AddEnableCommand(app, &chosen);
  AddDisableCommand(app, &chosen);
  AddConfigCommand(app, &chosen);
  AddTemplatesCommand(app, &chosen);
  AddCompletionCommand(app, &chosen);
  AddVersionCommand(app, &chosen);
  if (argc < 2) {
    std::fputs(HelpText(&app).c_str(), stderr);
    return kExitUsage;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    std::fputs(HelpText(ActiveCommand(&app)).c_str(), stdout);
    return kExitDone;
  } catch (const CLI::CallForVersion& version) {
    std::printf("%s\n", version.what());
    return kExitDone;
  } catch (const CLI::ParseError& error) {
    return ExplainMistake(app, error);
  }
  return chosen ? chosen() : kExitUsage;
}

}  // namespace

void AddVersionCommand(CLI::App& app, CommandBody* chosen) {
  app.add_subcommand("version", "Print the version")->callback([chosen] {
    *chosen = [] {
      std::puts("assay " ASSAY_VERSION);
      return kExitDone;
    };
  });
}

int RunAssay(int argc, char** argv) {
  // The only exceptions that could come here are those of the standard library.
  try {
    return ParseAndRun(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "assay: %s\n", error.what());
    return kExitError;
  }
}

}  // namespace assay
