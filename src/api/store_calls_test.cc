#include "api/store_calls.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace assay {
namespace {

HttpCall Call(const std::string& method, const std::string& path, const std::string& target = "") {
  HttpCall call;
  call.method = method;
  call.path = path;
  if (!target.empty()) call.headers.emplace_back("X-Amz-Target", target);
  return call;
}

TEST(StoreCalls, KnowsWhatAsksAStore) {
  EXPECT_TRUE(WaitsForStores(Call("POST", "/", "MacieService.AssociateS3Resources")));
  EXPECT_FALSE(WaitsForStores(Call("POST", "/", "MacieService.ListS3Resources")));
  EXPECT_TRUE(WaitsForStores(Call("GET", "/api/v1/accounts/111122223333/buckets")));
  EXPECT_TRUE(WaitsForStores(Call("POST", "/api/v1/accounts")));
  EXPECT_TRUE(WaitsForStores(Call("POST", "/api/v1/accounts/111122223333/estimate")));
  EXPECT_FALSE(WaitsForStores(Call("GET", "/api/v1/accounts")));
  EXPECT_FALSE(WaitsForStores(Call("GET", "/api/v1/accounts/111122223333/resources")));
  EXPECT_FALSE(WaitsForStores(Call("GET", "/api/v1/objects")));
  EXPECT_FALSE(WaitsForStores(Call("GET", "/healthz")));
}

TEST(StoreCalls, PlacesEndAndComeBack) {
  StoreCalls calls;
  std::vector<std::unique_ptr<StoreCalls::Place>> places;
  for (int i = 0; i < kMostStoreCalls; ++i) {
    places.push_back(std::make_unique<StoreCalls::Place>(&calls));
    EXPECT_TRUE(places.back()->ok());
  }
  EXPECT_FALSE(StoreCalls::Place(&calls).ok());
  EXPECT_FALSE(StoreCalls::Place(&calls).ok());
  places.pop_back();
  EXPECT_TRUE(StoreCalls::Place(&calls).ok());
}

TEST(StoreCalls, RefusesInTheWordsOfTheApi) {
  EXPECT_EQ(TooManyStoreCalls(Call("POST", "/api/v1/accounts")).status, 503);
  const HttpAnswer classic =
      TooManyStoreCalls(Call("POST", "/", "MacieService.AssociateS3Resources"));
  EXPECT_EQ(classic.status, 400);
  EXPECT_NE(classic.body.find("ThrottlingException"), std::string::npos);
}

}  // namespace
}  // namespace assay
