// The side of the tools that runs in the new process: `assay-classifier --tool NAME MEGABYTES
// SECONDS`, with the document as standard input and its text as standard output.
#pragma once

#include <string>
#include <vector>

#include "extract/extractor.h"

namespace assay {

// How `--tool` ends when the program itself had no part in it.
inline constexpr int kExitToolMissing = 120;    // not installed
inline constexpr int kExitToolNoSandbox = 121;  // cannot be locked in here, so it is not run

// Name of a tool on the command line, "" for a number that is no Tool.
std::string ToolName(Tool tool);

// Locks the process in and becomes the program. Returns only to say that it did not work out.
// `arguments`: NAME, output limit in bytes, seconds of CPU time.
int RunToolProgram(const std::vector<std::string>& arguments);

}  // namespace assay
