// InventoryCsv: the CSV of inventory reports, and of rows of their ORC and Parquet files. Every
// field is quoted there, and none holds a line end; both are taken as RFC 4180 has them all the
// same.
#include <algorithm>
#include <charconv>

#include "aws/aws_time.h"
#include "inventory/inventory_report.h"

namespace assay {
namespace {

// A key is at most 1,024 bytes, three times that when encoded; the rest is short.
constexpr size_t kMaxRowBytes = size_t{32} << 10;

std::string_view EncryptionName(std::string_view status) {
  if (status == "NOT-SSE") return "none";
  if (status == "SSE-S3") return "AES256";
  if (status == "SSE-KMS") return "aws:kms";
  if (status == "DSSE-KMS") return "aws:kms:dsse";
  return status.empty() ? std::string_view("unknown") : status;
}

// "2026-11-20T00:00:00.000Z"; from ORC and Parquet also "2026-11-20 00:00:00.000", which is UTC
// too. 0 when it is no time.
int64_t ModifiedMs(std::string_view text) {
  std::string time(text);
  if (time.size() > 10 && time[10] == ' ') time[10] = 'T';
  if (!time.empty() && !time.ends_with('Z')) time += 'Z';
  return ParseIsoTime(time).value_or(0);
}

}  // namespace

Result<InventoryCsv> InventoryCsv::Make(const std::vector<std::string>& columns,
                                        std::string bucket) {
  InventoryCsv csv;
  csv.bucket_ = std::move(bucket);
  csv.columns_ = columns.size();
  const auto find = [&](std::string_view name) {
    const auto found = std::find(columns.begin(), columns.end(), name);
    return found == columns.end() ? -1 : static_cast<int>(found - columns.begin());
  };
  csv.bucket_column_ = find("Bucket");
  csv.size_ = find("Size");
  csv.modified_ = find("LastModifiedDate");
  csv.class_ = find("StorageClass");
  csv.encryption_ = find("EncryptionStatus");
  csv.latest_ = find("IsLatest");
  csv.delete_marker_ = find("IsDeleteMarker");
  csv.tier_ = find("IntelligentTieringAccessTier");
  if (csv.bucket_column_ < 0 || csv.size_ < 0 || csv.class_ < 0) {
    return InvalidArgument("the inventory report has no Bucket, Size or StorageClass");
  }
  csv.row_.reserve(csv.columns_);
  return csv;
}

std::string_view InventoryCsv::Field(int column) const {
  return column < 0 ? std::string_view() : row_[static_cast<size_t>(column)];
}

Status InventoryCsv::TakeRow() {
  if (row_.size() != columns_) return DataLoss("the inventory report has a row of another length");
  Status status;
  const bool current = Field(latest_) != "false" && Field(delete_marker_) != "true";
  if (current) {
    if (Field(bucket_column_) != bucket_) {
      return DataLoss("the inventory report has a row of another bucket");
    }
    const std::string_view text = Field(size_);
    uint64_t size = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
    if (error != std::errc() || end != text.data() + text.size()) {
      return DataLoss("the inventory report has a row without a size");
    }
    // An object in an archive tier must be restored, whatever its class (C3).
    const std::string_view tier = Field(tier_);
    const std::string_view storage_class = IsArchiveStorageClass(tier) ? tier : Field(class_);
    const int64_t modified = ModifiedMs(Field(modified_));
    status = contents_.Add(size, storage_class, EncryptionName(Field(encryption_)), modified);
  }
  row_.clear();
  row_bytes_ = 0;
  return status;
}

Status InventoryCsv::EndField() {
  if (row_.size() == columns_) return DataLoss("the inventory report has a row of another length");
  row_.push_back(std::move(field_));
  field_.clear();
  state_ = State::kFieldStart;
  return Status::Ok();
}

Status InventoryCsv::Take(std::string_view piece) {
  for (const char c : piece) {
    if (state_ == State::kQuoted ? c != '"' : (c != ',' && c != '\n' && c != '\r' && c != '"')) {
      if (state_ == State::kQuoteInQuoted) return DataLoss("the inventory report is no CSV");
      if (++row_bytes_ > kMaxRowBytes) return DataLoss("the inventory report has a row too long");
      if (state_ == State::kFieldStart) state_ = State::kPlain;
      field_ += c;
    } else if (c == '"') {
      if (state_ == State::kPlain) return DataLoss("the inventory report is no CSV");
      if (state_ == State::kQuoteInQuoted) {
        if (++row_bytes_ > kMaxRowBytes) return DataLoss("the inventory report has a row too long");
        field_ += c;
      }
      state_ = state_ == State::kQuoted ? State::kQuoteInQuoted : State::kQuoted;
    } else if (c == ',') {
      ASSAY_RETURN_IF_ERROR(EndField());
    } else if (c == '\n') {
      // An empty line is no row.
      if (row_.empty() && field_.empty() && state_ == State::kFieldStart) continue;
      ASSAY_RETURN_IF_ERROR(EndField());
      ASSAY_RETURN_IF_ERROR(TakeRow());
    }
  }
  return Status::Ok();
}

Status InventoryCsv::Finish() {
  if (state_ == State::kQuoted) return DataLoss("the inventory report ends within a field");
  return Take("\n");
}

}  // namespace assay
