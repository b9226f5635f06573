// The calls of Amazon Simple Queue Service that read object events from a queue.
// Source: Amazon SQS API Reference, AWS JSON protocol.
//
// Thread rule: an SqsClient may be used by several threads at once.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "aws/aws_service.h"
#include "base/status.h"

namespace assay {

struct SqsMessage {
  std::string message_id;
  std::string receipt_handle;
  std::string body;
};

struct SqsReceiveOptions {
  uint32_t max_messages = 10;       // 1-10
  uint32_t wait_seconds = 20;       // 0-20: long polling
  uint32_t visibility_seconds = 0;  // 0 = as the queue says
};

// Errors of every call: see StatusOfAwsError; kNotFound is "QueueDoesNotExist".
class SqsClient {
 public:
  explicit SqsClient(AwsServiceContext context) : client_(std::move(context)) {}

  // `owner_account_id` "" = the caller's own account.
  Result<std::string> GetQueueUrl(const std::string& queue_name,
                                  const std::string& owner_account_id) const;
  // None when nothing came within the wait.
  Result<std::vector<SqsMessage>> ReceiveMessage(const std::string& queue_url,
                                                 const SqsReceiveOptions& options) const;
  // Deletes at most ten messages. Returns the ids of those that could not be deleted; they come
  // again.
  Result<std::vector<std::string>> DeleteMessageBatch(
      const std::string& queue_url, const std::vector<SqsMessage>& messages) const;

 private:
  AwsServiceClient client_;
};

}  // namespace assay
