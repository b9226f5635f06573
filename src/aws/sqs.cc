#include "aws/sqs.h"

#include <charconv>
#include <utility>

#include "aws/json_body.h"

namespace assay {
namespace {

constexpr const char* kVersion = "1.0";
constexpr size_t kMaxBatch = 10;

}  // namespace

Result<std::string> SqsClient::GetQueueUrl(const std::string& queue_name,
                                           const std::string& owner_account_id) const {
  JsonBody body;
  body.Text("QueueName", queue_name);
  if (!owner_account_id.empty()) body.Text("QueueOwnerAWSAccountId", owner_account_id);
  ASSAY_ASSIGN_OR_RETURN(const std::string reply,
                         client_.Json("AmazonSQS.GetQueueUrl", kVersion, body.Finish()));
  ASSAY_ASSIGN_OR_RETURN(const rapidjson::Document json, ParseJsonBody(reply, "sqs GetQueueUrl"));
  std::string url = JsonText(json, "QueueUrl");
  if (url.empty()) return DataLoss("sqs GetQueueUrl: a reply without a URL");
  return url;
}

Result<std::vector<SqsMessage>> SqsClient::ReceiveMessage(const std::string& queue_url,
                                                          const SqsReceiveOptions& options) const {
  JsonBody body;
  body.Text("QueueUrl", queue_url)
      .Number("MaxNumberOfMessages", options.max_messages)
      .Number("WaitTimeSeconds", options.wait_seconds);
  if (options.visibility_seconds > 0) body.Number("VisibilityTimeout", options.visibility_seconds);
  ASSAY_ASSIGN_OR_RETURN(const std::string reply,
                         client_.Json("AmazonSQS.ReceiveMessage", kVersion, body.Finish()));
  ASSAY_ASSIGN_OR_RETURN(const rapidjson::Document json,
                         ParseJsonBody(reply, "sqs ReceiveMessage"));
  std::vector<SqsMessage> messages;
  for (const rapidjson::Value* message : JsonObjects(json, "Messages")) {
    messages.push_back({.message_id = JsonText(*message, "MessageId"),
                        .receipt_handle = JsonText(*message, "ReceiptHandle"),
                        .body = JsonText(*message, "Body")});
  }
  return messages;
}

Result<std::vector<std::string>> SqsClient::DeleteMessageBatch(
    const std::string& queue_url, const std::vector<SqsMessage>& messages) const {
  if (messages.empty()) return std::vector<std::string>();
  if (messages.size() > kMaxBatch) return InvalidArgument("sqs: at most ten messages at a time");
  JsonBody body;
  body.Text("QueueUrl", queue_url).StartArray("Entries");
  for (size_t i = 0; i < messages.size(); ++i) {
    body.StartObject()
        .Text("Id", std::to_string(i))
        .Text("ReceiptHandle", messages[i].receipt_handle)
        .EndObject();
  }
  body.EndArray();
  ASSAY_ASSIGN_OR_RETURN(const std::string reply,
                         client_.Json("AmazonSQS.DeleteMessageBatch", kVersion, body.Finish()));
  ASSAY_ASSIGN_OR_RETURN(const rapidjson::Document json,
                         ParseJsonBody(reply, "sqs DeleteMessageBatch"));
  std::vector<std::string> failed;
  for (const rapidjson::Value* entry : JsonObjects(json, "Failed")) {
    const std::string id = JsonText(*entry, "Id");
    size_t index = 0;
    const auto parsed = std::from_chars(id.data(), id.data() + id.size(), index);
    if (parsed.ec == std::errc() && index < messages.size()) {
      failed.push_back(messages[index].message_id);
    }
  }
  return failed;
}

}  // namespace assay
