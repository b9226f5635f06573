#include "objectstore/s3_xml.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <pugixml.hpp>

#include "aws/aws_time.h"
#include "aws/uri.h"
#include "objectstore/xml_document.h"

namespace assay {
namespace {

// Elements of one object in a listing, generously, and of everything around them.
constexpr size_t kTagsPerKey = 80;
constexpr size_t kTagsAround = 2000;
constexpr size_t kMaxBuckets = 20000;
constexpr size_t kMaxErrorBody = size_t{64} << 10;

bool IsTrue(const char* text) { return std::strcmp(text, "true") == 0; }

std::string WithoutQuotes(std::string text) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
    return text.substr(1, text.size() - 2);
  }
  return text;
}

Result<ObjectInfo> ParseObject(const pugi::xml_node& node, bool url_encoded) {
  ObjectInfo object;
  const char* key = node.child_value("Key");
  object.key = url_encoded ? UriDecode(key, true) : key;
  if (object.key.empty()) return DataLoss("the store listed an object without a key");
  const std::string_view size = node.child_value("Size");
  const auto [end, error] = std::from_chars(size.data(), size.data() + size.size(), object.size);
  if (error != std::errc() || end != size.data() + size.size()) {
    return DataLoss("the store listed an object without a size");
  }
  object.etag = WithoutQuotes(node.child_value("ETag"));
  object.last_modified_ms = ParseIsoTime(node.child_value("LastModified")).value_or(0);
  object.storage_class = node.child_value("StorageClass");
  const pugi::xml_node owner = node.child("Owner");
  object.owner_id = owner.child_value("ID");
  object.owner_name = owner.child_value("DisplayName");
  return object;
}

}  // namespace

Result<S3Listing> ParseS3Listing(std::string_view xml, uint32_t max_keys) {
  pugi::xml_document document;
  ASSAY_RETURN_IF_ERROR(LoadXml(xml, kTagsAround + kTagsPerKey * max_keys, &document));
  const pugi::xml_node root = document.child("ListBucketResult");
  if (!root) return DataLoss("the store's reply is no listing");
  const bool url_encoded = std::strcmp(root.child_value("EncodingType"), "url") == 0;
  S3Listing listing;
  for (const pugi::xml_node& node : root.children("Contents")) {
    if (listing.objects.size() == max_keys) {
      return DataLoss("the store listed more keys than it was asked for");
    }
    ASSAY_ASSIGN_OR_RETURN(ObjectInfo object, ParseObject(node, url_encoded));
    listing.objects.push_back(std::move(object));
  }
  listing.truncated = IsTrue(root.child_value("IsTruncated"));
  listing.next_token = root.child_value("NextContinuationToken");
  return listing;
}

Result<S3Level> ParseS3Level(std::string_view xml, uint32_t max_keys) {
  pugi::xml_document document;
  ASSAY_RETURN_IF_ERROR(LoadXml(xml, kTagsAround + kTagsPerKey * max_keys, &document));
  const pugi::xml_node root = document.child("ListBucketResult");
  if (!root) return DataLoss("the store's reply is no listing");
  const bool url_encoded = std::strcmp(root.child_value("EncodingType"), "url") == 0;
  S3Level level;
  const auto take = [&](const pugi::xml_node& node, const char* member) {
    const char* name = node.child_value(member);
    level.names.push_back(url_encoded ? UriDecode(name, true) : name);
  };
  for (const pugi::xml_node& node : root.children("Contents")) take(node, "Key");
  for (const pugi::xml_node& node : root.children("CommonPrefixes")) take(node, "Prefix");
  if (level.names.size() > max_keys) {
    return DataLoss("the store listed more keys than it was asked for");
  }
  std::sort(level.names.begin(), level.names.end());
  level.truncated = IsTrue(root.child_value("IsTruncated"));
  return level;
}

Result<S3BucketPage> ParseS3Buckets(std::string_view xml) {
  pugi::xml_document document;
  ASSAY_RETURN_IF_ERROR(LoadXml(xml, kTagsAround + 10 * kMaxBuckets, &document));
  const pugi::xml_node root = document.child("ListAllMyBucketsResult");
  if (!root) return DataLoss("the store's reply is no list of buckets");
  S3BucketPage page;
  for (const pugi::xml_node& node : root.child("Buckets").children("Bucket")) {
    page.buckets.push_back(
        {.name = node.child_value("Name"),
         .region = node.child_value("BucketRegion"),
         .created_ms = ParseIsoTime(node.child_value("CreationDate")).value_or(0)});
  }
  page.next_token = root.child_value("ContinuationToken");
  return page;
}

S3ErrorBody ParseS3Error(std::string_view xml) {
  S3ErrorBody error;
  pugi::xml_document document;
  if (!LoadXml(xml.substr(0, kMaxErrorBody), kTagsAround, &document).ok()) return error;
  const pugi::xml_node root = document.child("Error");
  for (const char c : std::string_view(root.child_value("Code")).substr(0, 100)) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.';
    if (plain) error.code += c;
  }
  for (const char c : std::string_view(root.child_value("Message")).substr(0, 300)) {
    error.message += (c >= ' ' && c <= '~') ? c : '?';
  }
  error.region = root.child_value("Region");
  error.server_time = root.child_value("ServerTime");
  return error;
}

}  // namespace assay
