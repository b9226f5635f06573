// Scanner: text pieces in, detections out. See docs/detection.md for the lanes.
//
// Thread rule: one Scanner per thread, reused for any number of objects; it shares the immutable
// Ruleset with all others.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/text_piece.h"
#include "detect/ruleset.h"

namespace assay {

// One accepted match. Borrowed: the bytes are piece.text[begin, end).
struct Detection {
  uint32_t identifier;  // index into Ruleset::identifiers()
  size_t begin;
  size_t end;
};

class DetectionSink {
 public:
  virtual ~DetectionSink() = default;
  // Called for one piece in ascending order of begin (ties: by identifier). The same bytes may be
  // reported by several identifiers; one identifier never reports overlapping spans.
  virtual void OnDetections(const TextPiece& piece, const std::vector<Detection>& detections) = 0;
};

struct ThemeHit {
  uint32_t theme;         // index into Ruleset::themes()
  uint32_t combinations;  // distinct keyword combinations found
};

class Scanner {
 public:
  explicit Scanner(std::shared_ptr<const Ruleset> ruleset);
  ~Scanner();
  Scanner(const Scanner&) = delete;
  Scanner& operator=(const Scanner&) = delete;

  // Forgets what was seen: call before the first piece of an object.
  void BeginObject();
  // Scans piece.text and reports what begins in [own_begin, own_end).
  void Scan(const TextPiece& piece, DetectionSink& sink);
  // Themes that reached their minimum in the pieces since BeginObject.
  std::vector<ThemeHit> Themes() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace assay
