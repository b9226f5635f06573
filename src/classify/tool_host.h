// ToolHost: runs the separate programs that read formats Assay links no reader for, on behalf of a
// classifier. Their input and output go through memfds that this process never looks into. Each run
// is a fresh `assay-classifier --tool NAME`, which locks itself in and becomes the program.
//
// Thread rule: one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "classify/classifier_process.h"
#include "extract/extractor.h"

namespace assay {

class ToolHost {
 public:
  // `program`: path of assay-classifier. A run may take `timeout_ms`.
  ToolHost(std::string program, uint32_t timeout_ms)
      : program_(std::move(program)), timeout_ms_(timeout_ms) {}

  // Starts collecting the input of a run. The number comes from a classifier, so it may be no Tool.
  Status Begin(uint64_t tool, uint64_t input_size);
  Status Input(std::string_view part);
  struct Output {
    uint64_t size = 0;
    bool truncated = false;
  };
  // Errors as of ToolRunner::Run; kCancelled soon after `cancelled` (may be empty) became true.
  Result<Output> Run(uint64_t max_output, const std::function<bool()>& cancelled = {});
  // Copies from the last output; returns how many bytes there were.
  uint64_t Read(uint64_t offset, char* out, uint64_t length) const;

 private:
  // Waits for the end of `pid`; kDeadlineExceeded or kCancelled after killing it.
  Result<int> Await(int pid, const std::function<bool()>& cancelled) const;

  std::string program_;
  uint32_t timeout_ms_;
  Tool tool_ = Tool::kPdfToText;
  UniqueFd input_;
  uint64_t input_room_ = 0;
  UniqueFd output_;
  uint64_t output_size_ = 0;
};

}  // namespace assay
