// The side of columnar_rows.h that runs in the new process: `assay-classifier --rows FORMAT SECONDS
// COLUMN,COLUMN...`, with the file (a memfd) as standard input and CSV as standard output.
#pragma once

#include <string>
#include <vector>

namespace assay {

inline constexpr int kExitRowsDone = 0;
inline constexpr int kExitRowsDamaged = 1;
inline constexpr int kExitRowsUsage = 2;
inline constexpr int kExitRowsUnsupported = 120;  // or there is no plug-in, or no sandbox
inline constexpr int kExitRowsMemory = 121;

// Locks the process in and reads the file. Returns the exit code. REQUIRES: ColumnarPluginLoaded()
// where it can be: nothing can be loaded afterwards.
int RunColumnarRowsProgram(const std::vector<std::string>& arguments);

}  // namespace assay
