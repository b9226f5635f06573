// RunWorker: one `assay worker`: takes units of work from the queue until a signal ends it.
//
// Thread rule: once, from main, before any other thread was started.
#pragma once

#include <map>
#include <string>

namespace assay {

// `flags`: settings given on the command line, by key. Returns an ExitCode.
int RunWorker(const std::string& directory_flag, const std::map<std::string, std::string>& flags);

}  // namespace assay
