// What `assay` tells its caller. Part of the interface: scripts branch on these numbers.
#pragma once

namespace assay {

enum ExitCode : int {
  kExitDone = 0,
  kExitError = 1,          // could not do (all of) what was asked; stderr says why
  kExitUsage = 2,          // the command line makes no sense
  kExitFindings = 3,       // --fail-on matched an object
  kExitIncomplete = 4,     // --fail-on-scan-errors, and an object could not be classified
  kExitInterrupted = 130,  // ended by Ctrl-C or SIGTERM after writing what was found
};

}  // namespace assay
