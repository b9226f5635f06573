#include "detect/identifier_probe.h"

#include <algorithm>
#include <utility>

namespace assay {
namespace {

// A text on its own has no places that people would name otherwise.
class PlainLocator final : public Locator {
 public:
  void Locate(size_t /*begin*/, size_t /*end*/, Location* /*location*/) const override {}
};

class MatchCollector final : public DetectionSink {
 public:
  MatchCollector(const Ruleset& ruleset, const std::vector<std::string>& ids)
      : ruleset_(ruleset), ids_(ids) {}
  void OnDetections(const TextPiece& /*piece*/, const std::vector<Detection>& found) override {
    for (const Detection& detection : found) {
      const std::string& id = ruleset_.identifiers()[detection.identifier].id;
      if (std::find(ids_.begin(), ids_.end(), id) == ids_.end()) continue;
      matches.push_back({id, detection.begin, detection.end});
    }
  }
  std::vector<ProbeMatch> matches;

 private:
  const Ruleset& ruleset_;
  const std::vector<std::string>& ids_;
};

}  // namespace

IdentifierProbe::IdentifierProbe(std::shared_ptr<const Ruleset> ruleset,
                                 std::vector<std::string> ids)
    : ruleset_(std::move(ruleset)),
      scanner_(std::make_unique<Scanner>(ruleset_)),
      ids_(std::move(ids)) {}

Result<IdentifierProbe> IdentifierProbe::Make(const std::vector<std::string>& ids,
                                              const std::vector<Identifier>& custom) {
  RulesetOptions options;
  options.enabled = ids;
  options.custom = custom;
  options.report_example_values = true;
  ASSAY_ASSIGN_OR_RETURN(auto ruleset, Ruleset::Load(options));
  return IdentifierProbe(std::move(ruleset), ids);
}

std::vector<ProbeMatch> IdentifierProbe::Find(std::string_view text) {
  const PlainLocator locator;
  TextPiece piece;
  piece.text = text;
  piece.own_end = text.size();
  piece.locator = &locator;
  MatchCollector collector(*ruleset_, ids_);
  scanner_->BeginObject();
  scanner_->Scan(piece, collector);
  return std::move(collector.matches);
}

}  // namespace assay
