#include "inventory/inventory_report.h"

#include <openssl/evp.h>
#include <rapidjson/document.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <memory>

#include "base/rfc3339.h"
#include "classify/classifier_process.h"
#include "classify/columnar_rows.h"
#include "extract/inflate.h"

namespace assay {
namespace {

constexpr size_t kMaxManifest = size_t{16} << 20;
constexpr size_t kMaxFiles = 100'000;
constexpr uint64_t kMaxColumnarFile = uint64_t{1} << 30;
constexpr size_t kReadBytes = size_t{1} << 20;
constexpr size_t kPlainBytes = size_t{256} << 10;
// Deflate gives at most 1,032 times its input; rows of a report, 50 at best.
constexpr uint64_t kMaxExpansion = 500;
constexpr uint64_t kExpansionSlack = uint64_t{1} << 20;

// Members of a manifest as texts: Amazon S3 writes its numbers as texts too.
std::string Text(const rapidjson::Value& object, const char* name) {
  const auto member = object.FindMember(name);
  if (member == object.MemberEnd()) return "";
  const rapidjson::Value& value = member->value;
  if (value.IsUint64()) return std::to_string(value.GetUint64());
  return value.IsString() ? std::string(value.GetString(), value.GetStringLength()) : "";
}

template <typename T>
bool ParseNumber(const std::string& text, T* value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *value);
  return error == std::errc() && end == text.data() + text.size();
}

// "Bucket, Key, Size" -> its names.
std::vector<std::string> SplitSchema(const std::string& schema) {
  std::vector<std::string> columns;
  std::string column;
  for (const char c : schema + ',') {
    if (c == ',') {
      columns.push_back(std::move(column));
      column.clear();
    } else if (c != ' ') {
      column += c;
    }
  }
  return columns;
}

// A column of a report: its name in CSV, and in ORC and Parquet.
struct ColumnNames {
  std::string_view csv;
  std::string_view columnar;
};
constexpr std::array kColumnNames = {
    ColumnNames{"Bucket", "bucket"},
    ColumnNames{"Size", "size"},
    ColumnNames{"StorageClass", "storage_class"},
    ColumnNames{"LastModifiedDate", "last_modified_date"},
    ColumnNames{"EncryptionStatus", "encryption_status"},
    ColumnNames{"IsLatest", "is_latest"},
    ColumnNames{"IsDeleteMarker", "is_delete_marker"},
    ColumnNames{"IntelligentTieringAccessTier", "intelligent_tiering_access_tier"}};

// Whether a schema ("struct<bucket:string,key:string>", "message s3.inventory { required binary
// bucket (UTF8); }") has this word.
bool HasWord(std::string_view schema, std::string_view word) {
  const auto in_word = [](char c) {
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  };
  for (size_t at = schema.find(word); at != std::string_view::npos;
       at = schema.find(word, at + 1)) {
    const size_t end = at + word.size();
    if ((at == 0 || !in_word(schema[at - 1])) && (end == schema.size() || !in_word(schema[end]))) {
      return true;
    }
  }
  return false;
}

std::vector<std::string> KnownColumns(const std::string& schema) {
  std::vector<std::string> columns;
  for (const ColumnNames& names : kColumnNames) {
    if (HasWord(schema, names.columnar)) columns.emplace_back(names.csv);
  }
  return columns;
}

std::vector<std::string> ColumnarNames(const std::vector<std::string>& columns) {
  std::vector<std::string> columnar;
  for (const std::string& column : columns) {
    for (const ColumnNames& names : kColumnNames) {
      if (names.csv == column) columnar.emplace_back(names.columnar);
    }
  }
  return columnar;
}

std::optional<InventoryFormat> FormatOf(std::string_view name) {
  if (name == "CSV") return InventoryFormat::kCsv;
  if (name == "ORC") return InventoryFormat::kOrc;
  if (name == "Parquet") return InventoryFormat::kParquet;
  return std::nullopt;
}

class Md5 {
 public:
  Md5() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
    ok_ = context_ != nullptr && EVP_DigestInit_ex(context_.get(), EVP_md5(), nullptr) == 1;
  }
  void Take(std::string_view bytes) {
    ok_ = ok_ && EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1;
  }
  // "" where the system forbids MD5.
  std::string Hex() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    if (!ok_ || EVP_DigestFinal_ex(context_.get(), digest.data(), &size) != 1) return "";
    std::string hex;
    for (unsigned i = 0; i < size; ++i) {
      hex += "0123456789abcdef"[digest[i] >> 4];
      hex += "0123456789abcdef"[digest[i] & 15];
    }
    return hex;
  }

 private:
  std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context_;
  bool ok_ = false;
};

// Inflates what comes and hands it to the rows.
class ReportFile {
 public:
  explicit ReportFile(InventoryCsv* csv)
      : csv_(csv), decoder_(NewInflateDecoder(DeflateWrapper::kGzip)), plain_(kPlainBytes) {}

  Status Take(std::string_view compressed, bool last) {
    taken_ += compressed.size();
    held_.append(compressed);
    while (!ended_) {
      ASSAY_ASSIGN_OR_RETURN(const Decoder::Step step,
                             decoder_->Decode(held_, last, plain_.data(), plain_.size()));
      held_.erase(0, step.consumed);
      made_ += step.produced;
      if (made_ > taken_ * kMaxExpansion + kExpansionSlack) {
        return ResourceExhausted("the inventory report expands too much");
      }
      ASSAY_RETURN_IF_ERROR(csv_->Take({plain_.data(), step.produced}));
      ended_ = step.ended;
      if (step.consumed == 0 && step.produced == 0) break;
    }
    if (last && !ended_) return DataLoss("the inventory report ends too early");
    return Status::Ok();
  }

 private:
  InventoryCsv* const csv_;
  const std::unique_ptr<Decoder> decoder_;
  std::vector<char> plain_;
  std::string held_;
  uint64_t taken_ = 0;
  uint64_t made_ = 0;
  bool ended_ = false;
};

Result<std::string> ReadSmall(ObjectStore* store, const std::string& bucket, const std::string& key,
                              size_t max) {
  ASSAY_ASSIGN_OR_RETURN(ObjectInfo object, store->Head(bucket, key));
  if (object.size > max) return ResourceExhausted("the inventory manifest is too large");
  std::string bytes(object.size, '\0');
  ASSAY_ASSIGN_OR_RETURN(const uint64_t got, store->Read(&object, 0, bytes.data(), bytes.size()));
  bytes.resize(got);
  return bytes;
}

// Reads a file of a report in pieces, for `take`, and checks its size and checksum. `take` also
// learns whether the piece is the last.
Status ReadPieces(ObjectStore* store, const std::string& bucket,
                  const InventoryManifest::File& file, const std::atomic<bool>* cancel,
                  const std::function<Status(std::string_view, bool)>& take) {
  ASSAY_ASSIGN_OR_RETURN(ObjectInfo object, store->Head(bucket, file.key));
  if (object.size != file.size) return DataLoss("a file of the inventory report has another size");
  Md5 md5;
  std::vector<char> buffer(static_cast<size_t>(std::min<uint64_t>(kReadBytes, object.size)));
  for (uint64_t at = 0; at < object.size;) {
    if (cancel != nullptr && *cancel) return Cancelled("reading the inventory was cancelled");
    ASSAY_ASSIGN_OR_RETURN(const uint64_t got,
                           store->Read(&object, at, buffer.data(),
                                       std::min<uint64_t>(buffer.size(), object.size - at)));
    if (got == 0) return DataLoss("a file of the inventory report is shorter than it says");
    at += got;
    const std::string_view piece(buffer.data(), static_cast<size_t>(got));
    md5.Take(piece);
    ASSAY_RETURN_IF_ERROR(take(piece, at >= object.size));
  }
  const std::string sum = md5.Hex();
  if (!file.md5.empty() && !sum.empty() && sum != file.md5) {
    return DataLoss("a file of the inventory report has another checksum");
  }
  return Status::Ok();
}

Status ReadCsvFile(ObjectStore* store, const std::string& bucket,
                   const InventoryManifest::File& file, const InventoryReading& reading,
                   InventoryCsv* csv) {
  ReportFile report(csv);
  return ReadPieces(store, bucket, file, reading.cancel,
                    [&](std::string_view piece, bool last) { return report.Take(piece, last); });
}

// These formats are read from their end, so the whole file is held; the rows stream.
Status ReadColumnarFile(ObjectStore* store, const std::string& bucket,
                        const InventoryManifest::File& file, const InventoryManifest& manifest,
                        const InventoryReading& reading, InventoryCsv* csv) {
  if (file.size > kMaxColumnarFile) {
    return ResourceExhausted("a file of the inventory report is too large");
  }
  ASSAY_ASSIGN_OR_RETURN(const UniqueFd held, MakeMemfd("assay-inventory", 0));
  const auto hold = [&](std::string_view piece, bool /*last*/) -> Status {
    while (!piece.empty()) {
      const ssize_t done = write(held.get(), piece.data(), piece.size());
      if (done < 0 && errno == EINTR) continue;
      if (done <= 0) return ResourceExhausted("no memory for a file of the inventory report");
      piece.remove_prefix(static_cast<size_t>(done));
    }
    return Status::Ok();
  };
  ASSAY_RETURN_IF_ERROR(ReadPieces(store, bucket, file, reading.cancel, hold));
  ColumnarRowsRequest request;
  request.program = reading.classifier_program;
  request.format =
      manifest.format == InventoryFormat::kOrc ? ColumnarFormat::kOrc : ColumnarFormat::kParquet;
  request.columns = ColumnarNames(manifest.columns);
  request.file = held.get();
  request.cancel = reading.cancel;
  return ReadColumnarRows(request, [&](std::string_view piece) { return csv->Take(piece); });
}

Status ReadReportFile(ObjectStore* store, const std::string& bucket,
                      const InventoryManifest::File& file, const InventoryManifest& manifest,
                      const InventoryReading& reading, InventoryCsv* csv) {
  ASSAY_RETURN_IF_ERROR(manifest.format == InventoryFormat::kCsv
                            ? ReadCsvFile(store, bucket, file, reading, csv)
                            : ReadColumnarFile(store, bucket, file, manifest, reading, csv));
  return csv->Finish();
}

// "2026-11-24T01-00Z/": the folder of one report.
bool IsReportFolder(std::string_view name) {
  static constexpr std::string_view kShape = "0000-00-00T00-00Z/";
  if (name.size() != kShape.size()) return false;
  for (size_t i = 0; i < name.size(); ++i) {
    const bool digit = name[i] >= '0' && name[i] <= '9';
    if (kShape[i] == '0' ? !digit : name[i] != kShape[i]) return false;
  }
  return true;
}

// Folders of reports, the newest first.
Result<std::vector<std::string>> ReportFolders(ObjectStore* store, const std::string& bucket,
                                               const std::string& prefix, int64_t oldest_ms) {
  std::string from = FormatRfc3339(oldest_ms).substr(0, 16);
  from[13] = '-';  // "2026-11-24T01:00" -> "2026-11-24T01-00"
  ASSAY_ASSIGN_OR_RETURN(LevelPage page, store->ListLevel(bucket, prefix, prefix + from, 1000));
  std::vector<std::string> folders;
  for (const std::string& name : page.names) {
    if (name.starts_with(prefix) && IsReportFolder(name.substr(prefix.size()))) {
      folders.push_back(name);
    }
  }
  std::reverse(folders.begin(), folders.end());
  return folders;
}

}  // namespace

bool IsUsableInventory(const InventoryConfiguration& configuration) {
  // Which fields there are the manifest says, report by report.
  return configuration.enabled && FormatOf(configuration.format).has_value() &&
         configuration.filter_prefix.empty() && !configuration.destination_bucket.empty() &&
         !configuration.id.empty();
}

Result<InventoryManifest> ParseInventoryManifest(std::string_view json,
                                                 const std::string& source_bucket) {
  rapidjson::Document document;
  document.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag>(
      json.data(), json.size());
  if (document.HasParseError() || !document.IsObject()) {
    return DataLoss("the inventory manifest is no JSON object");
  }
  if (Text(document, "sourceBucket") != source_bucket) {
    return DataLoss("the inventory manifest is of another bucket");
  }
  const std::optional<InventoryFormat> format = FormatOf(Text(document, "fileFormat"));
  if (!format) return Unimplemented("the inventory report is neither CSV nor ORC nor Parquet");
  InventoryManifest manifest;
  manifest.format = *format;
  if (!ParseNumber(Text(document, "creationTimestamp"), &manifest.created_ms)) {
    return DataLoss("the inventory manifest has no time");
  }
  const std::string schema = Text(document, "fileSchema");
  manifest.columns = *format == InventoryFormat::kCsv ? SplitSchema(schema) : KnownColumns(schema);
  const auto files = document.FindMember("files");
  if (files == document.MemberEnd() || !files->value.IsArray()) {
    return DataLoss("the inventory manifest names no files");
  }
  if (files->value.Size() > kMaxFiles) {
    return ResourceExhausted("the inventory manifest names too many files");
  }
  for (const rapidjson::Value& value : files->value.GetArray()) {
    InventoryManifest::File file;
    if (!value.IsObject()) return DataLoss("the inventory manifest has a file without a key");
    file.key = Text(value, "key");
    file.md5 = Text(value, "MD5checksum");
    if (file.key.empty() || !ParseNumber(Text(value, "size"), &file.size)) {
      return DataLoss("the inventory manifest has a file without a key or a size");
    }
    manifest.files.push_back(std::move(file));
  }
  return manifest;
}

Result<std::optional<InventoryReport>> ReadInventoryReport(
    ObjectStore* store, const std::string& source_bucket,
    const InventoryConfiguration& configuration, const InventoryReading& reading) {
  std::string prefix = configuration.destination_prefix;
  if (!prefix.empty() && !prefix.ends_with('/')) prefix += '/';
  prefix += source_bucket + '/' + configuration.id + '/';
  const std::string& bucket = configuration.destination_bucket;
  ASSAY_ASSIGN_OR_RETURN(const std::vector<std::string> folders,
                         ReportFolders(store, bucket, prefix, reading.oldest_ms));
  for (const std::string& folder : folders) {
    const Result<std::string> text =
        ReadSmall(store, bucket, folder + "manifest.json", kMaxManifest);
    // The manifest is written last: without it the report is not whole yet.
    if (text.status().code() == StatusCode::kNotFound) continue;
    if (!text.ok()) return text.status();
    ASSAY_ASSIGN_OR_RETURN(const InventoryManifest manifest,
                           ParseInventoryManifest(*text, source_bucket));
    if (manifest.created_ms < reading.oldest_ms) return std::optional<InventoryReport>();
    InventoryReport report;
    report.created_ms = manifest.created_ms;
    for (const InventoryManifest::File& file : manifest.files) {
      ASSAY_ASSIGN_OR_RETURN(InventoryCsv csv, InventoryCsv::Make(manifest.columns, source_bucket));
      ASSAY_RETURN_IF_ERROR(ReadReportFile(store, bucket, file, manifest, reading, &csv));
      ASSAY_RETURN_IF_ERROR(report.contents.Add(csv.contents()));
      if (reading.on_progress) reading.on_progress(report.contents.totals().objects);
    }
    return std::optional<InventoryReport>(std::move(report));
  }
  return std::optional<InventoryReport>();
}

}  // namespace assay
