// Page tokens of lists: where to go on, in a form that only this service can make.
//
// A token is good for one list (operation, account, region) and stays good over restarts and over
// changes of what is listed. It holds the last item that was given out, not a position in memory.
//
// Thread rule: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "base/sealed_secret.h"
#include "base/status.h"

namespace assay {

// nextToken may be no longer than this (Macie Classic).
inline constexpr size_t kMaxPageToken = 500;

// The last item of a page. `name` comes before `rest` in the order of the list: account ID and "",
// bucket and prefix.
struct PagePosition {
  std::string name;
  std::string rest;
  // Set by ReadPageToken when `rest` was too long for a token: it is the beginning of the real one
  // then, and this its hash. IsPagePosition tells the real one.
  std::string rest_hash;
};

// `list`: operation, account and region, as one text.
std::string MakePageToken(const SealingKey& key, std::string_view list,
                          const PagePosition& position);
// kInvalidArgument: not made by MakePageToken with this key for this list.
Result<PagePosition> ReadPageToken(const SealingKey& key, std::string_view list,
                                   std::string_view token);
// Whether (name, rest) is the item `position` stands for.
bool IsPagePosition(const PagePosition& position, std::string_view name, std::string_view rest);

}  // namespace assay
