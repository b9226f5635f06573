// FleetLeader: letters about units that were given up.
#include <fmt/format.h>

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "jobs/event_orders.h"
#include "jobs/fleet_leader.h"
#include "jobs/now_ms.h"
#include "jobs/page_orders.h"

namespace assay {
namespace {

constexpr uint32_t kLettersAtOnce = 100;

}  // namespace

// What was given up and has been done since, or is not wanted any more, needs nobody's attention:
// its letter goes. What the queue cannot tell now the next look shows.
Status FleetLeader::LookAtLetters() {
  const int64_t now_ms = NowMs();
  if (now_ms - letters_ms_ < options_.ack_wait_ms) return Status::Ok();
  letters_ms_ = now_ms;
  const Result<std::vector<DeadLetter>> letters =
      queue_->ListDeadLetters(letters_after_, kLettersAtOnce);
  if (!letters.ok()) return Status::Ok();
  const bool all_seen = letters->size() < kLettersAtOnce;
  if (letters_after_ == 0) lettered_.clear();
  letters_after_ = all_seen ? 0 : letters->back().sequence;
  std::vector<uint64_t> settled;
  std::map<std::string, uint64_t> letter_of;  // of an event that was given up
  ASSAY_RETURN_IF_ERROR(database_->Read([&](Transaction& tx) -> Status {
    settled.clear();
    letter_of.clear();
    for (const DeadLetter& letter : *letters) {
      const Result<UnitOrder> order = DecodeUnitOrder(letter.message.data);
      if (!order.ok()) continue;
      ASSAY_ASSIGN_OR_RETURN(const bool given_up, IsStillGivenUp(tx, *order));
      if (!given_up) settled.push_back(letter.sequence);
      if (!order->is_events()) lettered_.insert({order->walk_id, order->page_number});
      if (!given_up || order->events.size() != 1) continue;
      uint64_t& last = letter_of[fmt::format("{} {}", order->account_id, order->events[0].id)];
      if (last != 0) settled.push_back(last);  // the newest says it all
      last = letter.sequence;
    }
    return Status::Ok();
  }));
  for (const uint64_t sequence : settled) (void)queue_->DeleteDeadLetter(sequence);
  return all_seen ? WriteMissingLetters() : Status::Ok();
}

// A page that was given up holds up its walk until somebody asks for another try, and nobody does
// without a letter. The queue may have lost it (a server without replicas lost its disk). One that
// is on its way looks the same for a moment.
Status FleetLeader::WriteMissingLetters() {
  std::vector<WalkPageRow> pages;
  ASSAY_RETURN_IF_ERROR(database_->Read([&](Transaction& tx) -> Status {
    ASSAY_ASSIGN_OR_RETURN(pages, ListWalkPages(tx));
    return Status::Ok();
  }));
  std::set<std::pair<int64_t, int64_t>> missing;
  for (const WalkPageRow& page : pages) {
    const std::pair name(page.walk_id, page.number);
    if (page.state != WalkPageState::kDead || lettered_.contains(name)) continue;
    missing.insert(name);
    if (!unlettered_.contains(name)) continue;
    DeadLetter letter;
    letter.message = PageMessage(page);
    letter.reason = page.reason;
    if (queue_->PutDeadLetter(letter).ok()) missing.erase(name);
  }
  unlettered_ = std::move(missing);
  return Status::Ok();
}

}  // namespace assay
