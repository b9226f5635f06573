#include "cli/baseline.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>

#include "base/hmac.h"

namespace assay {
namespace {

std::string ResultText(const Classification& record) {
  std::string text;
  auto out = std::back_inserter(text);
  fmt::format_to(out, "{}\n{}\n{}\n{}\n{}\n{}\n{}\n", OutcomeName(record.outcome),
                 OutcomeReasonName(record.reason), record.partial, record.status_reason,
                 record.content_type, record.dlp_risk, PiiImpactName(record.pii_impact));
  for (const std::string& theme : record.themes) fmt::format_to(out, "theme {}\n", theme);
  for (const DetectionGroup& group : record.detections) {
    fmt::format_to(out, "{} {}\n", group.id, group.count);
    std::vector<std::string> hashes;
    hashes.reserve(group.occurrences.size());
    for (const Occurrence& occurrence : group.occurrences) hashes.push_back(occurrence.hash);
    std::sort(hashes.begin(), hashes.end());
    for (const std::string& hash : hashes) fmt::format_to(out, " {}\n", hash);
  }
  return text;
}

}  // namespace

Baseline::Entry Baseline::MakeEntry(const Classification& record) {
  // The key is no secret here: the digest only has to tell objects apart.
  static const HmacSha256 digest("assay baseline");
  Entry entry{};
  const Sha256Digest object = digest.Sign(record.bucket + std::string(1, '\0') + record.key);
  const Sha256Digest result = digest.Sign(ResultText(record));
  std::memcpy(entry.object, object.data(), sizeof(entry.object));
  std::memcpy(&entry.result, result.data(), sizeof(entry.result));
  return entry;
}

Result<Baseline> Baseline::Load(const std::string& path) {
  std::ifstream file(path);
  if (!file) return NotFound("cannot read the baseline " + path);
  Baseline baseline;
  std::string line;
  for (uint64_t number = 1; std::getline(file, line); ++number) {
    if (line.empty()) continue;
    const Result<Classification> record = ClassificationFromJson(line);
    if (!record.ok()) {
      return DataLoss(
          fmt::format("{}:{}: not a line that 'assay scan --format jsonl' writes", path, number));
    }
    baseline.entries_.push_back(MakeEntry(*record));
  }
  // Of several records of one object the last one counts.
  std::stable_sort(baseline.entries_.begin(), baseline.entries_.end());
  return baseline;
}

bool Baseline::Knows(const Classification& record) const {
  const Entry entry = MakeEntry(record);
  auto behind = std::upper_bound(entries_.begin(), entries_.end(), entry);
  if (behind == entries_.begin()) return false;
  --behind;
  return !(*behind < entry) && behind->result == entry.result;
}

}  // namespace assay
