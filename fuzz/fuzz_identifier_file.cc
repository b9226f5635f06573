// A user's identifier file: parsed, checked, compiled and run.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "detect/rule_yaml.h"
#include "detect/scanner.h"

namespace {

class IgnoringSink final : public assay::DetectionSink {
 public:
  void OnDetections(const assay::TextPiece&, const std::vector<assay::Detection>&) override {}
};

class NoLocator final : public assay::Locator {
 public:
  void Locate(size_t, size_t, assay::Location*) const override {}
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto file = assay::ParseRuleYaml(text, "fuzz.yaml");
  if (!file.ok()) return 0;
  assay::RulesetOptions options;
  options.custom = file->identifiers;
  const auto ruleset = assay::Ruleset::Load(options);
  if (!ruleset.ok()) return 0;
  assay::Scanner scanner(*ruleset);
  const NoLocator locator;
  IgnoringSink sink;
  assay::TextPiece piece;
  piece.text = text;
  piece.own_end = text.size();
  piece.locator = &locator;
  scanner.BeginObject();
  scanner.Scan(piece, sink);
  return 0;
}
