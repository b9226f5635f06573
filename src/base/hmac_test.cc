#include "base/hmac.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

// Test cases 2 and 6 of RFC 4231.
TEST(HmacSha256, PublishedVectors) {
  EXPECT_EQ(DigestHex(HmacSha256("Jefe").Sign("what do ya want for nothing?"), 32),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(DigestHex(HmacSha256(std::string(131, '\xaa'))
                          .Sign("Test Using Larger Than Block-Size Key - Hash Key First"),
                      32),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(HmacSha256, KeyIsReusable) {
  const HmacSha256 hmac("key");
  const std::string first = DigestHex(hmac.Sign("a"), 16);
  EXPECT_EQ(first.size(), 32u);
  EXPECT_NE(first, DigestHex(hmac.Sign("b"), 16));
  EXPECT_EQ(first, DigestHex(hmac.Sign("a"), 16));
  EXPECT_NE(first, DigestHex(HmacSha256("other").Sign("a"), 16));
}

}  // namespace
}  // namespace assay
