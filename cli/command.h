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
void AddVersionCommand(CLI::App& app, CommandBody* chosen);

// The whole program: parses, runs, and turns mistakes on the command line into advice.
int RunAssay(int argc, char** argv);

}  // namespace assay
