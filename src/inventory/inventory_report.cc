#include "inventory/inventory_report.h"

#include <openssl/evp.h>
#include <rapidjson/document.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>

#include "base/rfc3339.h"
#include "extract/inflate.h"

namespace assay {
namespace {

constexpr size_t kMaxManifest = size_t{16} << 20;
constexpr size_t kMaxFiles = 100'000;
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

Status ReadReportFile(ObjectStore* store, const std::string& bucket,
                      const InventoryManifest::File& file, const std::atomic<bool>* cancel,
                      InventoryCsv* csv) {
  ASSAY_ASSIGN_OR_RETURN(ObjectInfo object, store->Head(bucket, file.key));
  if (object.size != file.size) return DataLoss("a file of the inventory report has another size");
  ReportFile report(csv);
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
    ASSAY_RETURN_IF_ERROR(report.Take(piece, at >= object.size));
  }
  const std::string sum = md5.Hex();
  if (!file.md5.empty() && !sum.empty() && sum != file.md5) {
    return DataLoss("a file of the inventory report has another checksum");
  }
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
  return configuration.enabled && configuration.format == "CSV" &&
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
  if (Text(document, "fileFormat") != "CSV") {
    return Unimplemented("the inventory report is no CSV");
  }
  InventoryManifest manifest;
  if (!ParseNumber(Text(document, "creationTimestamp"), &manifest.created_ms)) {
    return DataLoss("the inventory manifest has no time");
  }
  manifest.columns = SplitSchema(Text(document, "fileSchema"));
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
    const InventoryConfiguration& configuration, int64_t oldest_ms, const std::atomic<bool>* cancel,
    const std::function<void(uint64_t)>& on_progress) {
  std::string prefix = configuration.destination_prefix;
  if (!prefix.empty() && !prefix.ends_with('/')) prefix += '/';
  prefix += source_bucket + '/' + configuration.id + '/';
  const std::string& bucket = configuration.destination_bucket;
  ASSAY_ASSIGN_OR_RETURN(const std::vector<std::string> folders,
                         ReportFolders(store, bucket, prefix, oldest_ms));
  for (const std::string& folder : folders) {
    const Result<std::string> text =
        ReadSmall(store, bucket, folder + "manifest.json", kMaxManifest);
    // The manifest is written last: without it the report is not whole yet.
    if (text.status().code() == StatusCode::kNotFound) continue;
    if (!text.ok()) return text.status();
    ASSAY_ASSIGN_OR_RETURN(const InventoryManifest manifest,
                           ParseInventoryManifest(*text, source_bucket));
    if (manifest.created_ms < oldest_ms) return std::optional<InventoryReport>();
    InventoryReport report;
    report.created_ms = manifest.created_ms;
    for (const InventoryManifest::File& file : manifest.files) {
      ASSAY_ASSIGN_OR_RETURN(InventoryCsv csv, InventoryCsv::Make(manifest.columns, source_bucket));
      ASSAY_RETURN_IF_ERROR(ReadReportFile(store, bucket, file, cancel, &csv));
      ASSAY_RETURN_IF_ERROR(report.contents.Add(csv.contents()));
      if (on_progress) on_progress(report.contents.totals().objects);
    }
    return std::optional<InventoryReport>(std::move(report));
  }
  return std::optional<InventoryReport>();
}

}  // namespace assay
