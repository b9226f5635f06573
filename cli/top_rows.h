// TopRows: the rows of highest risk of a scan of any length, in bounded memory.
//
// Thread rule: one thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "cli/scan_summary.h"

namespace assay {

class TopRows {
 public:
  // Better(a, b): whether a is shown before b.
  using Better = bool (*)(const ScanRow& a, const ScanRow& b);
  TopRows(size_t capacity, Better better) : capacity_(capacity), better_(better) {}

  void Add(const ScanRow& row) {
    ++seen_;
    if (capacity_ == 0) return;
    const auto order = [this](const ScanRow& a, const ScanRow& b) { return better_(a, b); };
    if (rows_.size() == capacity_) {
      if (!better_(row, rows_.front())) return;  // the front of the heap is the worst one kept
      std::pop_heap(rows_.begin(), rows_.end(), order);
      rows_.pop_back();
    }
    rows_.push_back(row);
    std::push_heap(rows_.begin(), rows_.end(), order);
  }

  // The rows kept, best first. Leaves this empty.
  std::vector<ScanRow> Take() {
    std::sort(rows_.begin(), rows_.end(),
              [this](const ScanRow& a, const ScanRow& b) { return better_(a, b); });
    return std::move(rows_);
  }
  uint64_t seen() const { return seen_; }
  size_t kept() const { return rows_.size(); }

 private:
  const size_t capacity_;
  const Better better_;
  std::vector<ScanRow> rows_;
  uint64_t seen_ = 0;
};

// Risk, then PII impact, then number of detections, then name.
inline bool RiskierRow(const ScanRow& a, const ScanRow& b) {
  if (a.risk != b.risk) return a.risk > b.risk;
  if (a.pii_impact != b.pii_impact) return a.pii_impact > b.pii_impact;
  if (a.detections != b.detections) return a.detections > b.detections;
  return a.object < b.object;
}

inline bool BiggerRow(const ScanRow& a, const ScanRow& b) {
  return a.size != b.size ? a.size > b.size : a.object < b.object;
}

}  // namespace assay
