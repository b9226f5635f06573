// Test helpers: scanning a text as one piece.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "detect/ruleset.h"
#include "detect/scanner.h"

namespace assay {

// Knows no places.
class NoLocator final : public Locator {
 public:
  void Locate(size_t, size_t, Location*) const override {}
  bool HasFieldNames() const override { return false; }
};

// Keeps what it is given.
class CollectingSink final : public DetectionSink {
 public:
  void OnDetections(const TextPiece& /*piece*/, const std::vector<Detection>& found) override {
    detections.insert(detections.end(), found.begin(), found.end());
  }
  std::vector<Detection> detections;
};

inline TextPiece WholePiece(std::string_view text, const Locator& locator) {
  TextPiece piece;
  piece.text = text;
  piece.own_end = text.size();
  piece.locator = &locator;
  return piece;
}

inline std::vector<Detection> ScanText(Scanner& scanner, std::string_view text) {
  const NoLocator locator;
  CollectingSink sink;
  scanner.BeginObject();
  scanner.Scan(WholePiece(text, locator), sink);
  return sink.detections;
}

}  // namespace assay
