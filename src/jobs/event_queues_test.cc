#include "jobs/event_queues.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

namespace assay {
namespace {

TEST(RegionOfQueueUrl, IsInTheHostName) {
  EXPECT_EQ(RegionOfQueueUrl("https://sqs.eu-west-1.amazonaws.com/111122223333/q"), "eu-west-1");
  EXPECT_EQ(RegionOfQueueUrl("https://sqs.cn-north-1.amazonaws.com.cn/111122223333/q"),
            "cn-north-1");
  EXPECT_EQ(RegionOfQueueUrl("https://us-east-2.queue.amazonaws.com/111122223333/q"), "us-east-2");
  EXPECT_EQ(RegionOfQueueUrl("http://127.0.0.1:5000/111122223333/q"), "");
  EXPECT_EQ(RegionOfQueueUrl("http://localhost:5000/111122223333/sqs.a.b"), "");
  EXPECT_EQ(RegionOfQueueUrl("http://sqs:9324/queue/q"), "");
  EXPECT_EQ(RegionOfQueueUrl("sqs.eu-west-1.amazonaws.com"), "");
}

// Nothing listens on port 1: the reader says so, pauses, and ends at once all the same.
TEST(EventQueues, AQueueThatIsNotThereIsToldAndDoesNotKeepAnybody) {
  AccountConnection connection;
  connection.account_id = "111122223333";
  connection.endpoint_url = "http://127.0.0.1:1";
  connection.service_role = "Reader";
  connection.keys.access_key_id = "AKIDEXAMPLE";
  connection.keys.secret_access_key = "secret";
  AccountAccess access(connection.account_id, "eu-west-1", {connection}, nullptr);
  int events = 0;
  const auto begin = std::chrono::steady_clock::now();
  {
    EventQueues queues(&access, [&](const std::vector<EventRow>& rows) {
      events += static_cast<int>(rows.size());
      return Status::Ok();
    });
    queues.Follow({{"http://127.0.0.1:1/111122223333/q", {{"111122223333", ""}}}});
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (queues.Snapshot().last_error.empty() && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    EXPECT_NE(queues.Snapshot().last_error.find("http://127.0.0.1:1/111122223333/q"),
              std::string::npos);
    queues.Follow({});
    EXPECT_EQ(queues.Snapshot().last_error, "");
  }
  EXPECT_EQ(events, 0);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(60));
}

}  // namespace
}  // namespace assay
