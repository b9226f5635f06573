#include <vector>

#include "console_files_data.h"

namespace assay {

std::span<const ConsoleFile> EmbeddedConsole() { return ConsoleFileTable(); }

}  // namespace assay
