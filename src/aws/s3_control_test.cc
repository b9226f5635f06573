#include "aws/s3_control.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

TEST(S3Control, AmazonHasAHostForEachAccount) {
  const auto endpoint = [](const char* s3) { return S3ControlEndpoint(s3, "111122223333"); };
  EXPECT_EQ(endpoint("https://s3.eu-west-1.amazonaws.com"),
            "https://111122223333.s3-control.eu-west-1.amazonaws.com");
  EXPECT_EQ(endpoint("https://s3.cn-north-1.amazonaws.com.cn/"),
            "https://111122223333.s3-control.cn-north-1.amazonaws.com.cn");
  EXPECT_EQ(endpoint("http://127.0.0.1:5000"), "http://127.0.0.1:5000");
  EXPECT_EQ(endpoint("https://s3.internal"), "https://s3.internal");
  EXPECT_EQ(endpoint("no URL"), "no URL");
}

}  // namespace
}  // namespace assay
