// S3 Inventory reports: the daily or weekly lists of a bucket that Amazon S3 writes into another.
//
// Reports as CSV are added up as they stream in. Files of reports as ORC or Parquet are turned into
// the same CSV by a sandboxed process (classify/columnar_rows.h): no such format is parsed here.
// Source: "Cataloging and analyzing your data with S3 Inventory" of the Amazon S3 user guide.
//
// Thread rule: functions may run in several threads at once.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "inventory/bucket_contents.h"
#include "objectstore/object_store.h"
#include "objectstore/s3_bucket_documents.h"

namespace assay {

// Whether reports of this configuration can serve for a snapshot: enabled, of the whole bucket, in
// a format that is read.
bool IsUsableInventory(const InventoryConfiguration& configuration);

enum class InventoryFormat { kCsv, kOrc, kParquet };

struct InventoryManifest {
  int64_t created_ms = 0;  // when the listing behind the report began
  InventoryFormat format = InventoryFormat::kCsv;
  struct File {
    std::string key;
    uint64_t size = 0;  // bytes, as stored
    std::string md5;    // lower-case hex
  };
  std::vector<File> files;
  // "Bucket", "Key", "Size" ...: of CSV all there are, else those that are known here.
  std::vector<std::string> columns;
};
// kDataLoss: no manifest, or of another bucket; kUnimplemented: of a format that is not read.
Result<InventoryManifest> ParseInventoryManifest(std::string_view json,
                                                 const std::string& source_bucket);

// Adds up the rows of one CSV file as its pieces come.
class InventoryCsv {
 public:
  // kInvalidArgument: a column that is needed is missing.
  static Result<InventoryCsv> Make(const std::vector<std::string>& columns, std::string bucket);

  // kDataLoss: not of the form of a report.
  Status Take(std::string_view piece);
  Status Finish();
  const BucketContents& contents() const { return contents_; }

 private:
  InventoryCsv() = default;
  Status TakeRow();
  Status EndField();
  std::string_view Field(int column) const;

  std::string bucket_;
  size_t columns_ = 0;
  int bucket_column_ = -1, size_ = -1, modified_ = -1, class_ = -1, encryption_ = -1;
  int latest_ = -1, delete_marker_ = -1, tier_ = -1;
  enum class State { kFieldStart, kPlain, kQuoted, kQuoteInQuoted };
  State state_ = State::kFieldStart;
  std::vector<std::string> row_;
  std::string field_;
  size_t row_bytes_ = 0;
  BucketContents contents_;
};

struct InventoryReport {
  int64_t created_ms = 0;
  BucketContents contents;
};

// How reports are read.
struct InventoryReading {
  int64_t oldest_ms = 0;                      // older reports do not count
  std::string classifier_program;             // "" = beside this program
  const std::atomic<bool>* cancel = nullptr;  // may be null
  std::function<void(uint64_t)> on_progress;  // the number of objects so far; may be empty
};
// The newest whole report of the configuration; empty when there is none.
Result<std::optional<InventoryReport>> ReadInventoryReport(
    ObjectStore* store, const std::string& source_bucket,
    const InventoryConfiguration& configuration, const InventoryReading& reading);

}  // namespace assay
