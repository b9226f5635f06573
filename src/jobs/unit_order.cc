#include "jobs/unit_order.h"

#include <fmt/format.h>
#include <rapidjson/document.h>

namespace assay {
namespace {

Status Damaged(std::string_view what) {
  return DataLoss("a message of the queue is damaged: " + std::string(what));
}

Result<int64_t> PositiveMember(const rapidjson::Value& object, const char* name) {
  const auto found = object.FindMember(name);
  if (found == object.MemberEnd() || !found->value.IsInt64() || found->value.GetInt64() <= 0) {
    return Damaged(std::string(name) + " is no number above 0");
  }
  return found->value.GetInt64();
}

Status ReadEvents(const rapidjson::Value& list, UnitOrder* order) {
  if (!list.IsArray() || list.Empty() || list.Size() > kMaxOrderEvents) {
    return Damaged("events is no list of 1 to 256");
  }
  order->events.reserve(list.Size());
  for (const rapidjson::Value& item : list.GetArray()) {
    if (!item.IsArray() || item.Size() != 2 || !item[0].IsInt64() || !item[1].IsInt64()) {
      return Damaged("an event is no pair of numbers");
    }
    order->events.push_back({item[0].GetInt64(), item[1].GetInt64()});
  }
  return Status::Ok();
}

}  // namespace

std::string EncodeUnitOrder(const UnitOrder& order) {
  std::string text = fmt::format(R"({{"v":{},"account":"{}","attempt":{},)", kUnitFormat,
                                 order.account_id, order.attempt);
  if (!order.is_events()) {
    return text + fmt::format(R"("walk":{},"page":{}}})", order.walk_id, order.page_number);
  }
  text += R"("events":[)";
  for (size_t i = 0; i < order.events.size(); ++i) {
    text += fmt::format("{}[{},{}]", i == 0 ? "" : ",", order.events[i].id,
                        order.events[i].received_ms);
  }
  return text + "]}";
}

Result<UnitOrder> DecodeUnitOrder(std::string_view text) {
  rapidjson::Document document;
  document.Parse<rapidjson::kParseIterativeFlag>(text.data(), text.size());
  if (document.HasParseError() || !document.IsObject()) return Damaged("it is no JSON object");
  ASSAY_ASSIGN_OR_RETURN(const int64_t format, PositiveMember(document, "v"));
  if (format > kUnitFormat) {
    return Unimplemented(fmt::format("a unit of work has format {}, newer than this program's {}",
                                     format, kUnitFormat));
  }
  UnitOrder order;
  const auto account = document.FindMember("account");
  if (account == document.MemberEnd() || !account->value.IsString()) return Damaged("no account");
  order.account_id.assign(account->value.GetString(), account->value.GetStringLength());
  if (order.account_id.size() != 12 ||
      order.account_id.find_first_not_of("0123456789") != std::string::npos) {
    return Damaged("its account has no 12 digits");
  }
  ASSAY_ASSIGN_OR_RETURN(order.attempt, PositiveMember(document, "attempt"));
  if (const auto events = document.FindMember("events"); events != document.MemberEnd()) {
    ASSAY_RETURN_IF_ERROR(ReadEvents(events->value, &order));
    return order;
  }
  ASSAY_ASSIGN_OR_RETURN(order.walk_id, PositiveMember(document, "walk"));
  ASSAY_ASSIGN_OR_RETURN(order.page_number, PositiveMember(document, "page"));
  return order;
}

std::string UnitIdOf(const UnitOrder& order) {
  if (!order.is_events()) {
    return fmt::format("page.{}.{}.{}", order.walk_id, order.page_number, order.attempt);
  }
  return fmt::format("events.{}.{}.{}", order.account_id, order.events.front().id, order.attempt);
}

}  // namespace assay
