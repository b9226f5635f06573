#include "extract/sheet_number.h"

#include <gtest/gtest.h>

#include <limits>

namespace assay {
namespace {

TEST(SheetNumberTest, TellsFormatsApart) {
  EXPECT_EQ(BuiltInNumberKind(14), NumberKind::kDate);
  EXPECT_EQ(BuiltInNumberKind(21), NumberKind::kTime);
  EXPECT_EQ(BuiltInNumberKind(2), NumberKind::kPlain);
  EXPECT_EQ(CustomNumberKind("dd\\.mm\\.yyyy;@"), NumberKind::kDate);
  EXPECT_EQ(CustomNumberKind("[$-409]mmm\\ yy"), NumberKind::kDate);
  EXPECT_EQ(CustomNumberKind("[h]:mm:ss"), NumberKind::kTime);
  EXPECT_EQ(CustomNumberKind("#,##0.00 \"days\""), NumberKind::kPlain);
  EXPECT_EQ(CustomNumberKind("[Red]0.00"), NumberKind::kPlain);
  EXPECT_EQ(CustomNumberKind("General"), NumberKind::kPlain);
  EXPECT_EQ(CustomNumberKind("000\\-00\\-0000"), NumberKind::kDigitMask);
  EXPECT_EQ(CustomNumberKind("0.00"), NumberKind::kPlain);
}

TEST(SheetNumberTest, WritesDates) {
  EXPECT_EQ(SerialDateText(30753, NumberKind::kDate, false), "1984-03-12");
  EXPECT_EQ(SerialDateText(1, NumberKind::kDate, false), "1900-01-01");
  EXPECT_EQ(SerialDateText(61, NumberKind::kDate, false), "1900-03-01");
  EXPECT_EQ(SerialDateText(30753.5, NumberKind::kDate, false), "1984-03-12T12:00:00");
  EXPECT_EQ(SerialDateText(0.25, NumberKind::kTime, false), "06:00:00");
  EXPECT_EQ(SerialDateText(0, NumberKind::kDate, true), "1904-01-01");
  EXPECT_EQ(SerialDateText(-1, NumberKind::kDate, false), "");
  EXPECT_EQ(SerialDateText(1e300, NumberKind::kDate, false), "");
  EXPECT_EQ(SerialDateText(std::numeric_limits<double>::quiet_NaN(), NumberKind::kDate, false), "");
}

TEST(SheetNumberTest, WritesNumbers) {
  EXPECT_EQ(PlainNumberText(4111111111111111), "4111111111111111");
  EXPECT_EQ(PlainNumberText(12.5), "12.5");
  EXPECT_EQ(MaskedNumberText(219099999, "000\\-00\\-0000"), "219-09-9999");
  EXPECT_EQ(MaskedNumberText(501, "00000"), "00501");
  EXPECT_EQ(MaskedNumberText(1234567, "00000"), "");
  EXPECT_EQ(MaskedNumberText(1.5, "00000"), "");
}

}  // namespace
}  // namespace assay
