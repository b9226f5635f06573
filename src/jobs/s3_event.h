// Object events as stores send them, to a webhook or through a queue, turned into event rows.
//
// Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "store/resource_rows.h"

namespace assay {

inline constexpr size_t kMaxEventDocumentBytes = size_t{4} << 20;

// Reads one document: the S3 event notification message ("Records", as Amazon S3, MinIO, Ceph and
// Garage send it), the same inside an SNS notification ("Message"), or an EventBridge event
// ("detail"). Events that are about no object (s3:TestEvent, lifecycle, replication) give no rows.
// `deleted` is what the event says; whoever works it off looks at the object itself, because
// events arrive late, twice and out of order.
// kInvalidArgument: not JSON, none of these forms, or too large.
Result<std::vector<EventRow>> ParseS3Events(std::string_view document,
                                            const std::string& account_id, int64_t now_ms);

}  // namespace assay
