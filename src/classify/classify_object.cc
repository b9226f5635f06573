#include "classify/classify_object.h"

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>
#include <vector>

#include "base/hmac.h"
#include "classify/file_facts.h"
#include "classify/redact.h"
#include "classify/summary.h"

namespace assay {
namespace {

constexpr size_t kMaxValueBytes = 4096;        // of Occurrence::value
constexpr size_t kLanguageSampleBytes = 4096;  // enough for a language to show

// Passes everything through and notes how much of the object was read.
class CountingSource final : public ByteSource {
 public:
  explicit CountingSource(ByteSource* inner) : inner_(*inner) {}

  Result<std::string_view> Head(size_t n) override {
    auto head = inner_.Head(n);
    if (head.ok()) front_ = std::max<uint64_t>(front_, head->size());
    return head;
  }
  Result<std::string_view> Next(size_t max) override {
    auto bytes = inner_.Next(max);
    if (bytes.ok()) position_ += bytes->size();
    return bytes;
  }
  Result<std::string_view> All(size_t max) override {
    auto bytes = inner_.All(max);
    if (bytes.ok()) front_ = std::max<uint64_t>(front_, bytes->size());
    return bytes;
  }
  bool seekable() const override { return inner_.seekable(); }
  Result<size_t> ReadAt(uint64_t offset, char* out, size_t n) override {
    auto got = inner_.ReadAt(offset, out, n);
    if (got.ok()) scattered_ += *got;
    return got;
  }
  std::optional<uint64_t> size() const override { return inner_.size(); }
  bool truncated() const override { return inner_.truncated(); }

  uint64_t bytes_read() const {
    const uint64_t whole = inner_.size().value_or(std::numeric_limits<uint64_t>::max());
    return std::min(std::max(front_, position_) + scattered_, whole);
  }

 private:
  ByteSource& inner_;
  uint64_t front_ = 0;      // by Head and All
  uint64_t position_ = 0;   // by Next
  uint64_t scattered_ = 0;  // by ReadAt
};

void SetEnd(Outcome outcome, OutcomeReason reason, Classification* result) {
  result->outcome = outcome;
  result->reason = reason;
}

// The outcome that an extraction's Status stands for.
void SetOutcome(const Status& status, Classification* result) {
  switch (status.code()) {
    case StatusCode::kOk:
    case StatusCode::kResourceExhausted:  // a limit was reached: what came before it counts
      return SetEnd(Outcome::kClassified, OutcomeReason::kNone, result);
    case StatusCode::kUnimplemented:
      return SetEnd(Outcome::kSkipped, OutcomeReason::kUnsupportedFormat, result);
    case StatusCode::kDataLoss:
    case StatusCode::kInvalidArgument:
      return SetEnd(Outcome::kFailed, OutcomeReason::kDamaged, result);
    case StatusCode::kDeadlineExceeded:
      return SetEnd(Outcome::kFailed, OutcomeReason::kTimeout, result);
    case StatusCode::kUnavailable:
      return SetEnd(Outcome::kFailed, OutcomeReason::kStoreUnavailable, result);
    case StatusCode::kNotFound:
    case StatusCode::kAborted:
      return SetEnd(Outcome::kFailed, OutcomeReason::kVanished, result);
    case StatusCode::kPermissionDenied:
      return SetEnd(Outcome::kFailed, OutcomeReason::kAccessDenied, result);
    case StatusCode::kCancelled:
    case StatusCode::kInternal:
      return SetEnd(Outcome::kFailed, OutcomeReason::kExtractorCrashed, result);
  }
}

}  // namespace

// Takes the pieces of one object at a time and gathers what the scanner finds in them.
struct ObjectClassifier::Impl final : TextSink, DetectionSink {
  Impl(std::shared_ptr<const Ruleset> rules, ClassifyOptions given)
      : ruleset(std::move(rules)),
        options(std::move(given)),
        disabled{{options.disabled_content_types.begin(), options.disabled_content_types.end()},
                 {options.disabled_extensions.begin(), options.disabled_extensions.end()}},
        scanner(ruleset),
        hmac(options.hash_key),
        counts(ruleset->identifiers().size()),
        occurrences(ruleset->identifiers().size()) {}

  void Begin() {
    scanner.BeginObject();
    for (const uint32_t identifier : found) {
      counts[identifier] = 0;
      occurrences[identifier].clear();
    }
    found.clear();
    sample.clear();
  }

  bool OnText(const TextPiece& piece) override {
    if (sample.size() < kLanguageSampleBytes) {
      sample += piece.text.substr(0, kLanguageSampleBytes - sample.size());
    }
    scanner.Scan(piece, *this);
    return true;
  }

  void OnDetections(const TextPiece& piece, const std::vector<Detection>& detections) override {
    for (const Detection& detection : detections) {
      if (counts[detection.identifier]++ == 0) found.push_back(detection.identifier);
      std::vector<Occurrence>& kept = occurrences[detection.identifier];
      if (kept.size() < options.max_occurrences) kept.push_back(Describe(piece, detection));
    }
  }

  Occurrence Describe(const TextPiece& piece, const Detection& detection) {
    Occurrence occurrence;
    // A locator that knows better (decoded JSON strings, entities) puts in the object's own
    // offsets.
    occurrence.location.start = piece.base_offset + detection.begin;
    occurrence.location.end = piece.base_offset + detection.end;
    piece.locator->Locate(detection.begin, detection.end, &occurrence.location);
    occurrence.member = piece.member;
    const std::string_view value =
        piece.text.substr(detection.begin, detection.end - detection.begin);
    occurrence.redacted = Redact(ruleset->identifiers()[detection.identifier], value);
    occurrence.hash = DigestHex(hmac.Sign(value), kHashBytes);
    if (options.show_values) occurrence.value = value.substr(0, kMaxValueBytes);
    return occurrence;
  }

  void Collect(Classification* result) {
    std::sort(found.begin(), found.end());
    for (const uint32_t index : found) {
      const Identifier& identifier = ruleset->identifiers()[index];
      DetectionGroup group;
      group.id = identifier.id;
      group.name = identifier.name;
      group.category = identifier.category;
      group.count = counts[index];
      group.occurrences = std::move(occurrences[index]);
      result->detections.push_back(std::move(group));
    }
    Summarise(ruleset->identifiers(), ruleset->themes(), counts, scanner.Themes(), result);
    result->language_code = LanguageOf(sample);
  }

  std::shared_ptr<const Ruleset> ruleset;
  ClassifyOptions options;
  DisabledTypes disabled;
  Scanner scanner;
  HmacSha256 hmac;
  std::vector<uint64_t> counts;  // by identifier
  std::vector<std::vector<Occurrence>> occurrences;
  std::vector<uint32_t>
      found;           // identifiers with a count, so that the next object clears only them
  std::string sample;  // beginning of the object's text
  bool needs_columnar = false;
};

ObjectClassifier::ObjectClassifier(std::shared_ptr<const Ruleset> ruleset, ClassifyOptions options)
    : impl_(std::make_unique<Impl>(std::move(ruleset), std::move(options))) {}

ObjectClassifier::~ObjectClassifier() = default;

void ObjectClassifier::Classify(ByteSource& source, const std::string& key, ToolRunner* tools,
                                Classification* result) {
  impl_->Begin();
  CountingSource counted(&source);
  ExtractReport report;
  const Status status = ExtractObject(counted, key, impl_->options.extract, tools, *impl_, &report);
  impl_->needs_columnar = report.needs_columnar;
  SetOutcome(status, result);
  SetFileFacts(key, report, impl_->disabled, result);
  if (result->outcome != Outcome::kClassified) return;
  PartialReason partial = report.partial;
  if (partial == PartialReason::kNone && !status.ok()) {
    partial = PartialReason::kArchiveExceedsSizeLimit;
  }
  result->partial = partial != PartialReason::kNone;
  result->status_reason = PartialReasonCode(partial);
  result->bytes_classified = counted.bytes_read();
  impl_->Collect(result);
  result->dlp_risk = std::max(
      {result->mimetype_risk, result->filetype_risk, result->theme_risk, result->regex_risk, 1u});
}

bool ObjectClassifier::needs_columnar() const { return impl_->needs_columnar; }

}  // namespace assay
