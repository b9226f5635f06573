// Ctrl-C and SIGTERM: the first asks the scan to end cleanly, the second ends it at once. SIGPIPE
// is ignored: writes then say EPIPE.
//
// Thread rule: InstallStopSignals once from main; the flag may be read by all.
#pragma once

#include <atomic>

namespace assay {

void InstallStopSignals();
// Becomes true at the first signal. Lives as long as the program.
const std::atomic<bool>& StopRequested();

}  // namespace assay
