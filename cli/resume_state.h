// ResumeState: how far a scan got, for --resume. Written beside the report in this order: report
// bytes on the disk, then the state under a temporary name on the disk, then renamed; so whatever
// kills the scan, the state tells of no byte that is not there. What the report holds behind
// output_offset is cut off by the next run.
//
// The file is text: one "name value" per line, values percent-encoded, ended by "end".
//
// Thread rule: values; SaveResumeState by one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/status.h"
#include "cli/scan_summary.h"

namespace assay {

struct ResumeState {
  std::string command;         // what decides the result: targets, filters, format, output
  uint64_t output_offset = 0;  // bytes of the report that count
  bool wrote_any = false;      // whether a record is among them
  std::string target;          // label of the target being walked
  std::string page;            // continuation token that lists the page being walked
  std::string last_key;        // the last finished key of that page; "" none yet
  bool complete = false;
  ScanSummary summary;  // of everything finished so far
};

// Nothing when there is no such file. kDataLoss: not a state file, or a damaged one.
Result<std::optional<ResumeState>> LoadResumeState(const std::string& path);
Status SaveResumeState(const ResumeState& state, const std::string& path);

}  // namespace assay
