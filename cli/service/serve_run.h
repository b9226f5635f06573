// RunServe: puts the parts of the service together and runs them until a signal ends it.
//
// Thread rule: once, from main, before any other thread was started.
#pragma once

#include <map>
#include <string>

namespace assay {

// `flags`: settings given on the command line, by key. Returns an ExitCode.
int RunServe(const std::string& directory_flag, const std::map<std::string, std::string>& flags);

}  // namespace assay
