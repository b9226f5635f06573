// What the command line of `assay scan` asks for.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/fail_on.h"
#include "cli/report.h"
#include "cli/scan_target.h"

namespace assay {

enum class When { kAuto, kAlways, kNever };

struct ScanOptions {
  std::vector<std::string> targets;
  ReportFormat format = ReportFormat::kHuman;
  std::string output;  // "" or "-": standard output
  uint32_t jobs = 1;
  std::vector<std::string> include;
  std::vector<std::string> exclude;
  uint32_t min_risk = 0;
  uint64_t max_object_bytes = 20ull << 20;  // 0 = all
  uint32_t object_timeout_s = 120;
  std::vector<std::string> enable;
  std::vector<std::string> disable;
  std::string identifiers_file;
  std::vector<std::string> allow_files;
  bool report_examples = false;
  bool show_values = false;
  std::string hash_key_file;
  std::string baseline;
  std::string resume;
  FailOn fail_on;
  bool fail_on_scan_errors = false;
  When progress = When::kAuto;
  bool quiet = false;
  bool verbose = false;
  bool no_color = false;
  S3StoreOptions s3;
};

}  // namespace assay
