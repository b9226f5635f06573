// The filter of GET /api/v1/objects, from its query parameters: the fields of index "S3 objects".
//
// Thread rule: pure functions.
#pragma once

#include <string>

#include "api/console_request.h"
#include "store/object_rows.h"

namespace assay {

// Names of all parameters of the filter, with blanks between.
std::string ObjectFilterParameters();

// kInvalidArgument: a value that nothing can match, because it is a typing error.
Result<ObjectFilter> ReadObjectFilter(const ConsoleRequest& request);

}  // namespace assay
