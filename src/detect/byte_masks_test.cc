#include "detect/byte_masks.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

namespace assay {
namespace {

TEST(ByteMasksTest, AllKernelsAreEqual) {
  std::string text;
  for (int round = 0; round < 4; ++round) {
    for (int byte = 0; byte < 256; ++byte) {
      text.push_back(static_cast<char>(byte * (round * 2 + 1) + round));
    }
  }
  const size_t blocks = text.size() / 64;
  std::vector<ByteMasks> expected(blocks);
  kMaskKernelTable[kMaskKernels - 1].compute(text.data(), blocks, expected.data());
  int compared = 0;
  for (const MaskKernel& kernel : kMaskKernelTable) {
    if (!kernel.supported()) continue;
    std::vector<ByteMasks> masks(blocks);
    kernel.compute(text.data(), blocks, masks.data());
    EXPECT_EQ(std::memcmp(masks.data(), expected.data(), blocks * sizeof(ByteMasks)), 0)
        << kernel.name;
    ++compared;
  }
  EXPECT_GE(compared, 1);
}

TEST(ByteMasksTest, ClassesAndEnds) {
  ByteMasks masks[2];
  const std::string text = "aZ9_+:\xC3" + std::string(60, '7');
  ComputeMasks(text.data(), text.size(), masks);
  EXPECT_EQ(masks[0].upper, 2u);
  EXPECT_EQ(masks[0].digit & 0x7F, 4u);
  EXPECT_EQ(masks[0].word & 0x7F, 15u);
  EXPECT_EQ(masks[0].token & 0x7F, 31u);
  EXPECT_EQ(masks[0].colon, 32u);
  EXPECT_EQ(masks[0].under, 8u);
  EXPECT_EQ(masks[0].high, 64u);
  EXPECT_EQ(masks[0].anchor, 0u);
  EXPECT_EQ(masks[0].gap, 0u);
  EXPECT_EQ(masks[1].digit, 7u) << "nothing behind the end";
  EXPECT_EQ(masks[1].word, 7u);
  ComputeMasks(" ',-./+*", 8, masks);
  EXPECT_EQ(masks[0].gap, 31u);
}

}  // namespace
}  // namespace assay
