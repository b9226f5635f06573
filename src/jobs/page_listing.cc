#include "jobs/page_listing.h"

#include <algorithm>
#include <cstdlib>

#include "classify/wire.h"

namespace assay {
namespace {

constexpr uint8_t kVersion = 1;

// Which members of an object are written; the others are empty, or as in the object before.
enum Members : uint8_t {
  kStorageClass = 1,  // differs from the one before
  kOwner = 2,         // the same
  kVersionId = 4,
  kAdded = 8,
  kUnreadable = 16,
  kAllMembers = 31,
};

// Moments may lie before 1970: small numbers of either sign become small ones.
uint64_t ZigZag(int64_t value) {
  return (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
}
int64_t UnZigZag(uint64_t value) {
  return static_cast<int64_t>(value >> 1) ^ -static_cast<int64_t>(value & 1);
}

size_t SharedPrefix(std::string_view a, std::string_view b) {
  return static_cast<size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first -
                             a.begin());
}

uint8_t MembersOf(const ObjectInfo& object, const ObjectInfo& before) {
  uint8_t members = 0;
  if (object.storage_class != before.storage_class) members |= kStorageClass;
  if (object.owner_id != before.owner_id || object.owner_name != before.owner_name) {
    members |= kOwner;
  }
  if (!object.version_id.empty()) members |= kVersionId;
  if (object.added_ms != 0) members |= kAdded;
  if (!object.unreadable_reason.empty()) members |= kUnreadable;
  return members;
}

ObjectInfo ReadObject(const ObjectInfo& before, WireReader* in) {
  ObjectInfo object;
  const uint8_t members = in->U8();
  const uint64_t shared = in->Var();
  if (members > kAllMembers || shared > before.key.size()) in->Fail();
  if (!in->ok()) return object;
  object.bucket = before.bucket;
  object.key.assign(before.key, 0, shared);
  object.key += in->VarStr();
  object.size = in->Var();
  object.etag = in->VarStr();
  object.last_modified_ms = UnZigZag(in->Var());
  object.storage_class = (members & kStorageClass) != 0 ? in->VarStr() : before.storage_class;
  object.owner_id = (members & kOwner) != 0 ? in->VarStr() : before.owner_id;
  object.owner_name = (members & kOwner) != 0 ? in->VarStr() : before.owner_name;
  if ((members & kVersionId) != 0) object.version_id = in->VarStr();
  if ((members & kAdded) != 0) object.added_ms = UnZigZag(in->Var());
  if ((members & kUnreadable) != 0) object.unreadable_reason = in->VarStr();
  return object;
}

}  // namespace

std::string EncodePageListing(std::span<const ObjectInfo> objects, int64_t listed_ms) {
  constexpr size_t kUsualBytes = 96;
  std::string bytes;
  bytes.reserve((objects.size() + 1) * kUsualBytes);
  WireWriter out(&bytes);
  out.U8(kVersion);
  out.Var(ZigZag(listed_ms));
  out.U32(static_cast<uint32_t>(objects.size()));
  out.VarStr(objects.empty() ? std::string_view() : objects.front().bucket);
  const ObjectInfo none;
  const ObjectInfo* before = &none;
  for (const ObjectInfo& object : objects) {
    const uint8_t members = MembersOf(object, *before);
    const size_t shared = SharedPrefix(object.key, before->key);
    out.U8(members);
    out.Var(shared);
    out.VarStr(std::string_view(object.key).substr(shared));
    out.Var(object.size);
    out.VarStr(object.etag);
    out.Var(ZigZag(object.last_modified_ms));
    if ((members & kStorageClass) != 0) out.VarStr(object.storage_class);
    if ((members & kOwner) != 0) out.VarStr(object.owner_id);
    if ((members & kOwner) != 0) out.VarStr(object.owner_name);
    if ((members & kVersionId) != 0) out.VarStr(object.version_id);
    if ((members & kAdded) != 0) out.Var(ZigZag(object.added_ms));
    if ((members & kUnreadable) != 0) out.VarStr(object.unreadable_reason);
    before = &object;
  }
  return bytes;
}

Result<PageListing> DecodePageListing(std::string_view bytes) {
  constexpr size_t kLeastBytes = 6;  // of an object
  WireReader in(bytes);
  PageListing listing;
  if (in.U8() != kVersion) return DataLoss("a listing of a page in another format");
  listing.listed_ms = UnZigZag(in.Var());
  const uint32_t count = in.Count(kLeastBytes);
  ObjectInfo none;
  none.bucket = in.VarStr();
  listing.objects.reserve(count);
  const ObjectInfo* before = &none;
  for (uint32_t i = 0; i < count && in.ok(); ++i) {
    listing.objects.push_back(ReadObject(*before, &in));
    before = &listing.objects.back();
  }
  if (!in.ok() || !in.at_end()) return DataLoss("a listing of a page is cut off or damaged");
  return listing;
}

bool IsFresh(const PageListing& listing, int64_t now_ms) {
  return std::abs(now_ms - listing.listed_ms) <= kListingFreshMs;
}

}  // namespace assay
