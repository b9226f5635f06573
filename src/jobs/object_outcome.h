// Turns what the store says about an object into its outcome (rule O1: every listed object has
// exactly one).
//
// Thread rule: free functions.
#pragma once

#include "base/status.h"
#include "classify/classification.h"
#include "objectstore/object_store.h"

namespace assay {

// Copies which object it is, and what the store knows of it, into *record.
void FillObjectFacts(const ObjectInfo& object, Classification* record);

// Why the object is not even to be read: unreadable entries, archived storage classes, encryption
// whose key we cannot have. kNone: read it. Also to be asked after a read, which learns more.
OutcomeReason ReasonNotToRead(const ObjectInfo& object);

// Puts the outcome for a read that failed with `status` into *record.
void SetReadFailure(const Status& status, const ObjectInfo& object, Classification* record);

// skipped(reason), or failed(reason) for reasons that are nobody's decision.
void SetNotClassified(OutcomeReason reason, Classification* record);

// Outcomes that make a scan incomplete: something that could have been classified was not.
bool IsScanError(OutcomeReason reason);

}  // namespace assay
