#include "jobs/event_unit.h"

#include <map>
#include <utility>

namespace assay {
namespace {

Status OpenStores(AccountAccess* access, const AccountRow& account,
                  const std::vector<std::string>& regions, WorkUnit* unit) {
  std::map<std::string, ObjectStore*> opened;
  for (size_t i = 0; i < regions.size(); ++i) {
    if (regions[i].empty()) continue;
    ObjectStore*& store = opened[regions[i]];
    if (store == nullptr) {
      ASSAY_ASSIGN_OR_RETURN(
          std::shared_ptr<ObjectStore> one,
          access->OpenStore(account.account_id, regions[i], account.service_role_arn));
      store = one.get();
      unit->stores.push_back(std::move(one));
    }
    unit->objects[i].work.store = store;
    unit->objects[i].work.remote = unit->remote;
    unit->objects[i].work.may_have_companion = true;
    unit->objects[i].work.object.bucket = unit->events[i].bucket;
  }
  return Status::Ok();
}

}  // namespace

Status LoadEventUnit(Transaction& tx, WorkUnit* unit, std::vector<std::string>* regions) {
  unit->objects.clear();
  regions->clear();
  for (const EventRow& event : unit->events) {
    UnitObject object;
    object.work.object.bucket = event.bucket;
    object.work.object.key = event.key;
    ASSAY_ASSIGN_OR_RETURN(object.mark,
                           GetObjectMark(tx, unit->account_id, event.bucket, event.key));
    ASSAY_ASSIGN_OR_RETURN(const std::vector<ResourceRow> resources,
                           ResourcesOfObject(tx, unit->account_id, event.bucket, event.key));
    bool ours = object.mark && object.mark->retryable && !resources.empty();
    for (const ResourceRow& resource : resources) {
      if (!resource.continuous_full) continue;
      ours = true;
      object.counts_always = object.counts_always || resource.one_time_full;
      const int64_t since = resource.associated_at_ms;
      if (object.counts_since_ms == 0 || since < object.counts_since_ms) {
        object.counts_since_ms = since;
      }
    }
    if (!ours) object.result = UnitObject::Result::kNothing;
    regions->push_back(ours ? resources.front().region : "");
    unit->objects.push_back(std::move(object));
  }
  return Status::Ok();
}

void OpenEventStores(AccountAccess* access, const AccountRow& account,
                     const std::vector<std::string>& regions, WorkUnit* unit) {
  unit->remote = access->ConnectionOf(account.account_id).kind != AccountKind::kDirectory;
  unit->blocked = OpenStores(access, account, regions, unit);
}

}  // namespace assay
