#include "api/classic_api.h"

#include "api/json_io.h"
#include "base/random_bytes.h"

namespace assay {
namespace {

constexpr size_t kMaxMessage = 10'000;  // characters

std::string ErrorBody(const ClassicError& error) {
  JsonOut out;
  out.BeginObject();
  out.Text("__type", error.type);
  const std::string_view message = std::string_view(error.message).substr(0, kMaxMessage);
  out.Text("message", message);
  // The common errors of AWS carry it with a capital; clients read either.
  if (error.error_code.empty() && error.field_name.empty() && error.resource_type.empty()) {
    out.Text("Message", message);
  }
  if (!error.error_code.empty()) out.Text("errorCode", error.error_code);
  if (!error.field_name.empty()) out.Text("fieldName", error.field_name);
  if (!error.resource_type.empty()) out.Text("resourceType", error.resource_type);
  out.EndObject();
  return out.Take();
}

// An error of the whole request.
ClassicError FromStatus(const Status& status, std::string_view field,
                        std::string_view resource_type) {
  ClassicError error;
  error.message = status.message();
  switch (status.code()) {
    case StatusCode::kInvalidArgument:
    case StatusCode::kNotFound:
      error.type = "InvalidInputException";
      error.error_code = status.code() == StatusCode::kNotFound ? "NotFound" : "Invalid";
      error.field_name = std::string(field);
      return error;
    case StatusCode::kPermissionDenied:
      error.type = "AccessDeniedException";
      error.resource_type = std::string(resource_type);
      return error;
    case StatusCode::kResourceExhausted:
      error.type = "LimitExceededException";
      error.error_code = "Limit";
      error.resource_type = std::string(resource_type);
      return error;
    default:
      error.status = 500;
      error.type = "InternalException";
      error.error_code = status.code() == StatusCode::kUnavailable ? "Unavail" : "Internal";
      return error;
  }
}

// "the role is missing; launch the template". Messages that end a sentence are left as they are.
std::string WithRemedy(const std::string& message, const std::string& remedy) {
  if (remedy.empty()) return message;
  return message + (message.ends_with('.') ? " " : "; ") + remedy;
}

ClassicError FromMember(const MemberResult& result) {
  const Status status(result.status.code(), WithRemedy(result.status.message(), result.remedy));
  ClassicError error = FromStatus(status, "memberAccountId", "MemberAccount");
  if (result.limit_exceeded) {
    error.status = 400;
    error.type = "LimitExceededException";
    error.error_code = "Limit";
    error.field_name.clear();
    error.resource_type = "MemberAccount";
  } else if (error.type == "AccessDeniedException") {
    // The model gives this operation no AccessDenied: it is the account named that does not let
    // the service in, and the remedy says how it can.
    error.type = "InvalidInputException";
    error.error_code = "NoAccess";
    error.field_name = "memberAccountId";
    error.resource_type.clear();
  }
  return error;
}

std::string FailedItemsBody(const std::vector<FailedS3Resource>& failed) {
  JsonOut out;
  out.BeginObject();
  out.Name("failedS3Resources").BeginArray();
  for (const FailedS3Resource& item : failed) {
    out.BeginObject();
    out.Name("failedItem").BeginObject();
    out.Text("bucketName", item.bucket);
    if (!item.prefix.empty()) out.Text("prefix", item.prefix);
    out.EndObject();
    out.Text("errorCode", item.error_code);
    out.Text("errorMessage", item.message);
    out.EndObject();
  }
  out.EndArray();
  out.EndObject();
  return out.Take();
}

std::string_view ContinuousName(bool full) { return full ? "FULL" : "NONE"; }

std::string ListName(const ClassicRequest& request, const std::string& account_id,
                     const std::string& region) {
  return std::string(ClassicOperationName(request.operation)) + '\n' + account_id + '\n' + region;
}

ClassicError BadToken(const Status& status) {
  return {400, "InvalidInputException", "Token", status.message() + ".", "nextToken", ""};
}

HttpAnswer MakeAnswer(int status, std::string body, std::string_view request_id) {
  HttpAnswer answer;
  answer.status = status;
  answer.content_type = "application/x-amz-json-1.1";
  answer.body = std::move(body);
  answer.headers.emplace_back("x-amzn-RequestId", request_id);
  return answer;
}

}  // namespace

Result<std::vector<ResourceRow>> ListResourcesAfter(S3ResourceService* resources,
                                                    const std::string& account_id,
                                                    const std::string& region,
                                                    const PagePosition& position, uint32_t limit) {
  // A prefix too long for a token was cut: the rows from there on that were given out before come
  // again and are dropped here. An account has at most kMaxS3Resources of them.
  const uint32_t extra = position.rest_hash.empty() ? 0 : kMaxS3Resources;
  ASSAY_ASSIGN_OR_RETURN(
      std::vector<ResourceRow> rows,
      resources->List(account_id, region, position.name, position.rest, limit + extra));
  for (size_t i = 0; extra > 0 && i < rows.size(); ++i) {
    if (!IsPagePosition(position, rows[i].bucket, rows[i].prefix)) continue;
    rows.erase(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(i) + 1);
    break;
  }
  if (rows.size() > limit) rows.resize(limit);
  return rows;
}

HttpAnswer ClassicApi::Handle(const HttpCall& call) {
  const std::string request_id = RandomUuid();
  const std::string_view target = call.Header("x-amz-target");
  const std::optional<ClassicOperation> operation = ClassicOperationFromTarget(target);
  const Sigv4Use use =
      operation && ClassicOperationChanges(*operation) ? Sigv4Use::kChange : Sigv4Use::kRead;
  const std::string action =
      operation ? "macie:" + std::string(ClassicOperationName(*operation)) : "macie:Unknown";
  const auto who = authenticator_->Authenticate(call, kClassicSigningName, action, use);
  if (const auto* refusal = std::get_if<AuthenticationRefusal>(&who)) {
    const ClassicError error{refusal->status, refusal->name, "", refusal->message, "", ""};
    HttpAnswer answer = MakeAnswer(error.status, ErrorBody(error), request_id);
    answer.delay_ms = refusal->delay_ms;
    return answer;
  }
  if (!operation) {
    const ClassicError error{400, "UnknownOperationException",
                             "",  "X-Amz-Target names no operation of this service.",
                             "",  ""};
    return MakeAnswer(400, ErrorBody(error), request_id);
  }
  const auto request = DecodeClassicRequest(*operation, call.body);
  Outcome outcome;
  if (const auto* error = std::get_if<ClassicError>(&request)) {
    outcome = *error;
  } else {
    outcome = Run(std::get<ClassicRequest>(request), std::get<AuthenticatedCaller>(who));
  }
  if (const auto* error = std::get_if<ClassicError>(&outcome)) {
    return MakeAnswer(error->status, ErrorBody(*error), request_id);
  }
  return MakeAnswer(200, std::get<std::string>(std::move(outcome)), request_id);
}

ClassicApi::Outcome ClassicApi::Run(const ClassicRequest& request, const AuthenticatedCaller& who) {
  const Result<ServiceState> state = context_->accounts->State();
  if (!state.ok()) return FromStatus(state.status(), "", "");
  if (!state->enabled) {
    return ClassicError{400, "AccessDeniedException",
                        "",  "Macie is not enabled. Enable it with: assay enable",
                        "",  "Macie"};
  }
  switch (request.operation) {
    case ClassicOperation::kAssociateMemberAccount:
      return AssociateMember(request, who);
    case ClassicOperation::kDisassociateMemberAccount:
      return DisassociateMember(request, who);
    case ClassicOperation::kListMemberAccounts:
      return ListMembers(request);
    case ClassicOperation::kListS3Resources:
      return ListResources(request, who);
    default:
      return ChangeResources(request, who);
  }
}

ClassicApi::Outcome ClassicApi::AssociateMember(const ClassicRequest& request,
                                                const AuthenticatedCaller& who) {
  const std::vector<MemberResult> results =
      context_->accounts->AssociateMembers({request.member_account_id}, who.caller);
  for (const MemberResult& result : results) {
    if (!result.status.ok()) return FromMember(result);
  }
  return std::string("{}");
}

ClassicApi::Outcome ClassicApi::DisassociateMember(const ClassicRequest& request,
                                                   const AuthenticatedCaller& who) {
  const Status status =
      context_->accounts->DisassociateMember(request.member_account_id, who.caller);
  if (status.ok()) return std::string("{}");
  ClassicError error = FromStatus(status, "memberAccountId", "MemberAccount");
  if (error.type == "AccessDeniedException") {
    error = {400, "InvalidInputException", "NoAccess", error.message, "memberAccountId", ""};
  }
  return error;
}

ClassicApi::Outcome ClassicApi::ListMembers(const ClassicRequest& request) {
  const std::string list = ListName(request, "", "");
  PagePosition position;
  if (!request.next_token.empty()) {
    Result<PagePosition> read = ReadPageToken(*context_->key, list, request.next_token);
    if (!read.ok()) return BadToken(read.status());
    position = *std::move(read);
  }
  // One more than asked for tells whether there is a next page.
  Result<std::vector<AccountRow>> rows =
      context_->accounts->List(position.name, request.max_results + 1);
  if (!rows.ok()) return FromStatus(rows.status(), "", "");
  JsonOut out;
  out.BeginObject();
  out.Name("memberAccounts").BeginArray();
  for (size_t i = 0; i < rows->size() && i < request.max_results; ++i) {
    out.BeginObject();
    out.Text("accountId", (*rows)[i].account_id);
    out.EndObject();
  }
  out.EndArray();
  if (rows->size() > request.max_results) {
    const std::string& last = (*rows)[request.max_results - 1].account_id;
    out.Text("nextToken", MakePageToken(*context_->key, list, {last, "", ""}));
  }
  out.EndObject();
  return out.Take();
}

ClassicApi::Outcome ClassicApi::ChangeResources(const ClassicRequest& request,
                                                const AuthenticatedCaller& who) {
  const std::string account =
      request.member_account_id.empty() ? who.account_id : request.member_account_id;
  S3ResourceService* const service = context_->resources;
  const auto change = request.operation == ClassicOperation::kAssociateS3Resources
                          ? &S3ResourceService::Associate
                      : request.operation == ClassicOperation::kUpdateS3Resources
                          ? &S3ResourceService::Update
                          : &S3ResourceService::Disassociate;
  const Result<std::vector<FailedS3Resource>> failed =
      (service->*change)(account, who.region, request.resources, who.caller);
  if (!failed.ok()) return FromStatus(failed.status(), "memberAccountId", "S3Resources");
  // When the limit let nothing of the request through, the request as a whole exceeded it.
  bool all_limited = failed->size() == request.resources.size();
  for (const FailedS3Resource& item : *failed) all_limited = all_limited && item.limit_exceeded;
  if (all_limited && !failed->empty()) {
    return ClassicError{
        400, "LimitExceededException", "Limit", failed->front().message, "", "S3Resources"};
  }
  return FailedItemsBody(*failed);
}

ClassicApi::Outcome ClassicApi::ListResources(const ClassicRequest& request,
                                              const AuthenticatedCaller& who) {
  const std::string account =
      request.member_account_id.empty() ? who.account_id : request.member_account_id;
  const std::string list = ListName(request, account, who.region);
  PagePosition position;
  if (!request.next_token.empty()) {
    Result<PagePosition> read = ReadPageToken(*context_->key, list, request.next_token);
    if (!read.ok()) return BadToken(read.status());
    position = *std::move(read);
  }
  const Result<std::vector<ResourceRow>> rows = ListResourcesAfter(
      context_->resources, account, who.region, position, request.max_results + 1);
  if (!rows.ok()) return FromStatus(rows.status(), "memberAccountId", "S3Resources");
  JsonOut out;
  out.BeginObject();
  out.Name("s3Resources").BeginArray();
  for (size_t i = 0; i < rows->size() && i < request.max_results; ++i) {
    const ResourceRow& row = (*rows)[i];
    out.BeginObject();
    out.Text("bucketName", row.bucket);
    if (!row.prefix.empty()) out.Text("prefix", row.prefix);
    out.Name("classificationType").BeginObject();
    out.Text("oneTime", row.one_time_full ? "FULL" : "NONE");
    out.Text("continuous", ContinuousName(row.continuous_full));
    out.EndObject();
    out.EndObject();
  }
  out.EndArray();
  if (rows->size() > request.max_results) {
    const ResourceRow& last = (*rows)[request.max_results - 1];
    out.Text("nextToken", MakePageToken(*context_->key, list, {last.bucket, last.prefix, ""}));
  }
  out.EndObject();
  return out.Take();
}

}  // namespace assay
