// Landlock (Linux 5.13): takes the file system, and on newer kernels TCP and signals, away from the
// calling process. System call interface: Documentation/userspace-api/landlock.rst of the kernel.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"

namespace assay {

// What may still be opened after RestrictFiles; nothing by default.
struct LandlockRules {
  std::vector<std::string> readable;  // read and execute below these directories
  std::vector<std::string> writable;  // read, create, write and remove below these
};
// kUnimplemented: this kernel has no landlock, or it is switched off. REQUIRES: no-new-privs.
Status RestrictFiles(const LandlockRules& rules);

}  // namespace assay
