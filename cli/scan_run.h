// RunScan: what `assay scan` does once its command line is understood.
#pragma once

#include "cli/scan_options.h"

namespace assay {

// Scans, writes the report, tells what happened on standard error. Returns an ExitCode.
int RunScan(const ScanOptions& options);

}  // namespace assay
