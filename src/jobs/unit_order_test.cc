#include "jobs/unit_order.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

UnitOrder PageOrder() {
  UnitOrder order;
  order.account_id = "111122223333";
  order.walk_id = 7;
  order.page_number = 12;
  order.attempt = 3;
  return order;
}

TEST(UnitOrderTest, APageComesBackAsItWent) {
  const std::string text = EncodeUnitOrder(PageOrder());
  EXPECT_EQ(text, R"({"v":3,"account":"111122223333","attempt":3,"walk":7,"page":12})");
  const Result<UnitOrder> back = DecodeUnitOrder(text);
  ASSERT_TRUE(back.ok()) << back.status().ToString();
  EXPECT_EQ(*back, PageOrder());
}

TEST(UnitOrderTest, WhatALeaderOfBeforePublishedIsRead) {
  const Result<UnitOrder> order =
      DecodeUnitOrder(R"({"v":1,"account":"111122223333","attempt":3,"walk":7,"page":12})");
  ASSERT_TRUE(order.ok()) << order.status().ToString();
  EXPECT_EQ(*order, PageOrder());
}

TEST(UnitOrderTest, EventsComeBackAsTheyWent) {
  UnitOrder order;
  order.account_id = "111122223333";
  order.attempt = 1;
  order.events = {{5, 1'700'000'000'000}, {6, 1'700'000'000'001}};
  const Result<UnitOrder> back = DecodeUnitOrder(EncodeUnitOrder(order));
  ASSERT_TRUE(back.ok()) << back.status().ToString();
  EXPECT_EQ(*back, order);
  EXPECT_TRUE(back->is_events());
}

TEST(UnitOrderTest, ANewerFormatIsRefusedButNotDamaged) {
  const auto back = DecodeUnitOrder(R"({"v":99,"something":"else"})");
  EXPECT_EQ(back.status().code(), StatusCode::kUnimplemented);
}

TEST(UnitOrderTest, WhatIsNoOrderIsDamaged) {
  for (const char* text :
       {"", "{", "[]", "{}", R"({"v":0})", R"({"v":"1"})", R"({"v":1})",
        R"({"v":1,"account":"1111","walk":1,"page":1,"attempt":1})",
        R"({"v":1,"account":"11112222333x","walk":1,"page":1,"attempt":1})",
        R"({"v":1,"account":"111122223333"})", R"({"v":1,"account":"111122223333","attempt":1})",
        R"({"v":1,"account":"111122223333","walk":0,"page":1,"attempt":1})",
        R"({"v":1,"account":"111122223333","walk":1,"page":-1,"attempt":1})",
        R"({"v":1,"account":"111122223333","walk":1.5,"page":1,"attempt":1})",
        R"({"v":1,"account":"111122223333","attempt":1,"events":[]})",
        R"({"v":1,"account":"111122223333","attempt":1,"events":[[1]]})",
        R"({"v":1,"account":"111122223333","attempt":1,"events":[["1",2]]})",
        R"({"v":1,"account":"111122223333","attempt":1,"events":{}})"}) {
    EXPECT_EQ(DecodeUnitOrder(text).status().code(), StatusCode::kDataLoss) << text;
  }
}

TEST(UnitOrderTest, MoreEventsThanAnyUnitHasAreDamage) {
  UnitOrder order;
  order.account_id = "111122223333";
  order.attempt = 1;
  order.events.assign(kMaxOrderEvents, {1, 2});
  EXPECT_TRUE(DecodeUnitOrder(EncodeUnitOrder(order)).ok());
  order.events.emplace_back();
  EXPECT_EQ(DecodeUnitOrder(EncodeUnitOrder(order)).status().code(), StatusCode::kDataLoss);
}

TEST(UnitOrderTest, EveryAttemptHasAnIdOfItsOwn) {
  UnitOrder again = PageOrder();
  again.attempt = 4;
  EXPECT_NE(UnitIdOf(PageOrder()), UnitIdOf(again));
  again = PageOrder();
  again.page_number = 13;
  EXPECT_NE(UnitIdOf(PageOrder()), UnitIdOf(again));
  EXPECT_EQ(UnitIdOf(PageOrder()), UnitIdOf(PageOrder()));
}

}  // namespace
}  // namespace assay
