// The commands of `assay`, one per *_command.cc. Each adds its subcommand, options and help to the
// parser; when it is the one chosen, it leaves in *chosen what is to be run after parsing.
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace assay {

using CommandBody = std::function<int()>;  // returns an ExitCode

void AddScanCommand(CLI::App& app, CommandBody* chosen);
void AddIdentifiersCommand(CLI::App& app, CommandBody* chosen);
void AddCompletionCommand(CLI::App& app, CommandBody* chosen);
// The service, and the commands that talk to a running one.
void AddInitCommand(CLI::App& app, CommandBody* chosen);
void AddServeCommand(CLI::App& app, CommandBody* chosen);
void AddWorkerCommand(CLI::App& app, CommandBody* chosen);
void AddConfigCommand(CLI::App& app, CommandBody* chosen);
void AddTemplatesCommand(CLI::App& app, CommandBody* chosen);
void AddQueueCommand(CLI::App& app, CommandBody* chosen);
void AddStatusCommand(CLI::App& app, CommandBody* chosen);
void AddEnableCommand(CLI::App& app, CommandBody* chosen);
void AddDisableCommand(CLI::App& app, CommandBody* chosen);
void AddAccountsCommand(CLI::App& app, CommandBody* chosen);
void AddResourcesCommand(CLI::App& app, CommandBody* chosen);
void AddEstimateCommand(CLI::App& app, CommandBody* chosen);
void AddObjectsCommand(CLI::App& app, CommandBody* chosen);
void AddCredentialsCommand(CLI::App& app, CommandBody* chosen);
void AddUsersCommand(CLI::App& app, CommandBody* chosen);
void AddAuditCommand(CLI::App& app, CommandBody* chosen);
void AddVersionCommand(CLI::App& app, CommandBody* chosen);

// The whole program: parses, runs, and turns mistakes on the command line into advice.
int RunAssay(int argc, char** argv);

}  // namespace assay
