// Test helpers of the document readers: a context that writes down every piece of text with its
// place, and a runner of the real programs.
#pragma once

#include <string>
#include <string_view>

#include "extract/extractor.h"

namespace assay {

// Writes what an extractor hands on as lines: "place | text" for every run of text between tabs
// and line ends, "member NAME" and its bytes for members, "partial CODE" for marks.
class RecordingContext final : public ExtractContext {
 public:
  explicit RecordingContext(ToolRunner* tools = nullptr) : tools_(tools) {}

  bool Emit(TextPiece piece) override;
  void Partial(PartialReason reason) override;
  void SetEncoding(std::string_view) override {}
  Status ExtractMember(std::string_view name, ByteSource& member) override;
  Status ExtractInner(std::string_view name, ByteSource& inner) override {
    return ExtractMember(name, inner);
  }
  ToolRunner* tools() override { return tools_; }
  const ExtractLimits& limits() const override { return limits_; }
  std::string_view name() const override { return "test"; }
  Status Charge(uint64_t produced, uint64_t) override;

  std::string record;
  // Emit says stop after this many pieces.
  size_t pieces_wanted = 1'000'000;

 private:
  ExtractLimits limits_;
  ToolRunner* tools_;
  uint64_t charged_ = 0;
};

// Runs the installed programs on a file of its own, without any sandbox.
class PlainToolRunner final : public ToolRunner {
 public:
  Result<std::string> Run(Tool tool, std::string_view input, uint64_t max_output,
                          bool* truncated) override;
};

}  // namespace assay
