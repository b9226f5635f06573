// Parquet, ORC and Arrow files. Arrow C++ is large and slow to load, so it lives in a module of its
// own that a process loads before it locks itself in, and only when such a file has turned up.
//
// A process without the plug-in gives kUnimplemented for these formats and sets
// ExtractReport::needs_columnar, for nested ones too; whoever drives it can then send the object to
// a process that has the plug-in.
//
// Thread rule: load once, before other threads read.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "extract/columnar_api.h"

namespace assay {

// Loads libassay-columnar.so from `directory`. kNotFound: it is not there or does not load (the
// message says why); kInvalidArgument: it is of another version of Assay.
Status LoadColumnarPlugin(const std::string& directory);
bool ColumnarPluginLoaded();

// Runs the plug-in over a file, for a host that wants rows and not text. REQUIRES:
// ColumnarPluginLoaded().
ColumnarOutcome ReadColumnarFile(ColumnarFormat format, ColumnarHost* host);

// Whether `head` starts a format that only the plug-in reads.
bool NeedsColumnarPlugin(std::string_view head);

}  // namespace assay
