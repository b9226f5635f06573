#include "api/classic_request.h"

#include <algorithm>
#include <array>

#include "api/json_io.h"
#include "api/page_token.h"

namespace assay {
namespace {

using Error = std::optional<ClassicError>;
using rapidjson::Value;

constexpr size_t kMaxBucketName = 500;
constexpr size_t kMaxPrefix = 10'000;
constexpr int64_t kMaxResults = 250;

struct OperationEntry {
  ClassicOperation operation;
  std::string_view name;
  bool changes;
};
constexpr std::array<OperationEntry, 7> kOperations = {{
    {ClassicOperation::kAssociateMemberAccount, "AssociateMemberAccount", true},
    {ClassicOperation::kDisassociateMemberAccount, "DisassociateMemberAccount", true},
    {ClassicOperation::kListMemberAccounts, "ListMemberAccounts", false},
    {ClassicOperation::kAssociateS3Resources, "AssociateS3Resources", true},
    {ClassicOperation::kUpdateS3Resources, "UpdateS3Resources", true},
    {ClassicOperation::kDisassociateS3Resources, "DisassociateS3Resources", true},
    {ClassicOperation::kListS3Resources, "ListS3Resources", false},
}};

const OperationEntry& EntryOf(ClassicOperation operation) {
  return *std::find_if(kOperations.begin(), kOperations.end(),
                       [&](const auto& entry) { return entry.operation == operation; });
}

ClassicError Invalid(std::string_view code, std::string message, std::string field) {
  return {400, "InvalidInputException", std::string(code), std::move(message), std::move(field),
          ""};
}

ClassicError WrongType(const std::string& field, std::string_view wanted) {
  return {400, "SerializationException", "", field + " must be " + std::string(wanted) + ".", "",
          ""};
}

// The member, or nullptr when it is absent or null, which mean the same.
const Value* Find(const Value& object, std::string_view name) {
  const auto found = object.FindMember(Value(rapidjson::StringRef(name.data(), name.size())));
  if (found == object.MemberEnd() || found->value.IsNull()) return nullptr;
  return &found->value;
}

// Lengths are characters, as the model counts them.
size_t Characters(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

Error ReadText(const Value& object, std::string_view name, const std::string& path, bool required,
               size_t max, std::string* text) {
  const std::string field = path + std::string(name);
  const Value* value = Find(object, name);
  if (value == nullptr) {
    if (!required) return std::nullopt;
    return Invalid("Missing", field + " is required.", field);
  }
  if (!value->IsString()) return WrongType(field, "a string");
  *text = std::string(JsonText(*value));
  if (required && text->empty()) return Invalid("Empty", field + " must not be empty.", field);
  if (Characters(*text) > max) {
    return Invalid("TooLong",
                   field + " must be at most " + std::to_string(max) + " characters long.", field);
  }
  return std::nullopt;
}

Error ReadAccount(const Value& body, bool required, std::string* account_id) {
  constexpr std::string_view kName = "memberAccountId";
  if (auto error = ReadText(body, kName, "", required, kMaxPrefix, account_id)) return error;
  if (Find(body, kName) == nullptr) return std::nullopt;
  const bool form =
      account_id->size() == 12 && account_id->find_first_not_of("0123456789") == std::string::npos;
  if (form) return std::nullopt;
  return Invalid("Pattern", "memberAccountId must be an account ID of 12 digits.",
                 std::string(kName));
}

Error ReadPage(const Value& body, ClassicRequest* request) {
  if (auto error = ReadText(body, "nextToken", "", false, kMaxPageToken, &request->next_token)) {
    return error;
  }
  const Value* count = Find(body, "maxResults");
  if (count == nullptr) return std::nullopt;
  if (!count->IsInt64()) return WrongType("maxResults", "a whole number");
  if (count->GetInt64() < 1 || count->GetInt64() > kMaxResults) {
    return Invalid("Range", "maxResults must be from 1 to 250.", "maxResults");
  }
  request->max_results = static_cast<uint32_t>(count->GetInt64());
  return std::nullopt;
}

// A classification type: FULL, and for oneTime also NONE.
Error ReadType(const Value& types, std::string_view name, const std::string& path, bool required,
               bool none_allowed, std::optional<bool>* full) {
  std::string text;
  const std::string field = path + std::string(name);
  if (auto error = ReadText(types, name, path, required, kMaxPrefix, &text)) return error;
  if (Find(types, name) == nullptr) return std::nullopt;
  if (text != "FULL" && !(none_allowed && text == "NONE")) {
    return Invalid("Enum", field + " must be " + (none_allowed ? "FULL or NONE." : "FULL."), field);
  }
  *full = text == "FULL";
  return std::nullopt;
}

Error ReadTypes(const Value& item, std::string_view name, const std::string& path, bool update,
                S3Resource* resource) {
  const std::string field = path + std::string(name);
  const Value* types = Find(item, name);
  if (types == nullptr) return Invalid("Missing", field + " is required.", field);
  if (!types->IsObject()) return WrongType(field, "an object");
  const std::string inner = field + ".";
  if (auto error = ReadType(*types, "oneTime", inner, !update, true, &resource->one_time_full)) {
    return error;
  }
  if (auto error =
          ReadType(*types, "continuous", inner, !update, false, &resource->continuous_full)) {
    return error;
  }
  if (resource->one_time_full || resource->continuous_full) return std::nullopt;
  return Invalid("Missing", field + " needs at least one of oneTime and continuous.", field);
}

// `types_name`: of the member that holds the types; "" when items have none.
Error ReadResources(const Value& body, std::string_view name, std::string_view types_name,
                    std::vector<S3Resource>* resources) {
  const std::string list(name);
  const Value* items = Find(body, name);
  if (items == nullptr) return Invalid("Missing", list + " is required.", list);
  if (!items->IsArray()) return WrongType(list, "a list");
  if (items->Empty()) return Invalid("Empty", list + " must name at least one resource.", list);
  if (items->Size() > kMaxResourcesInRequest) {
    return Invalid("TooLong", list + " may name at most 1000 resources in one request.", list);
  }
  for (rapidjson::SizeType i = 0; i < items->Size(); ++i) {
    const Value& item = (*items)[i];
    const std::string path = list + "[" + std::to_string(i) + "]";
    if (!item.IsObject()) return WrongType(path, "an object");
    S3Resource resource;
    if (auto error =
            ReadText(item, "bucketName", path + ".", true, kMaxBucketName, &resource.bucket)) {
      return error;
    }
    if (auto error = ReadText(item, "prefix", path + ".", false, kMaxPrefix, &resource.prefix)) {
      return error;
    }
    if (!types_name.empty()) {
      const bool update = types_name == "classificationTypeUpdate";
      if (auto error = ReadTypes(item, types_name, path + ".", update, &resource)) return error;
    }
    resources->push_back(std::move(resource));
  }
  return std::nullopt;
}

Error ReadMembers(const Value& body, ClassicRequest* request) {
  switch (request->operation) {
    case ClassicOperation::kAssociateMemberAccount:
    case ClassicOperation::kDisassociateMemberAccount:
      return ReadAccount(body, true, &request->member_account_id);
    case ClassicOperation::kListMemberAccounts:
      return ReadPage(body, request);
    default:
      break;
  }
  if (auto error = ReadAccount(body, false, &request->member_account_id)) return error;
  switch (request->operation) {
    case ClassicOperation::kAssociateS3Resources:
      return ReadResources(body, "s3Resources", "classificationType", &request->resources);
    case ClassicOperation::kUpdateS3Resources:
      return ReadResources(body, "s3ResourcesUpdate", "classificationTypeUpdate",
                           &request->resources);
    case ClassicOperation::kDisassociateS3Resources:
      return ReadResources(body, "associatedS3Resources", "", &request->resources);
    default:
      return ReadPage(body, request);
  }
}

}  // namespace

std::optional<ClassicOperation> ClassicOperationFromTarget(std::string_view target) {
  constexpr std::string_view kPrefix = "MacieService.";
  if (!target.starts_with(kPrefix)) return std::nullopt;
  for (const OperationEntry& entry : kOperations) {
    if (entry.name == target.substr(kPrefix.size())) return entry.operation;
  }
  return std::nullopt;
}

std::string_view ClassicOperationName(ClassicOperation operation) {
  return EntryOf(operation).name;
}

bool ClassicOperationChanges(ClassicOperation operation) { return EntryOf(operation).changes; }

std::variant<ClassicRequest, ClassicError> DecodeClassicRequest(ClassicOperation operation,
                                                                std::string_view body) {
  const Result<rapidjson::Document> document = ParseJsonObject(body);
  if (!document.ok()) {
    return ClassicError{400, "SerializationException", "", document.status().message(), "", ""};
  }
  ClassicRequest request;
  request.operation = operation;
  if (auto error = ReadMembers(*document, &request)) return *std::move(error);
  return request;
}

}  // namespace assay
