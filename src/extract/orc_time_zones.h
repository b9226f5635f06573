// Time zones of ORC files: part of the columnar plug-in.
//
// A stripe with times names the zone of its writer, and the ORC library reads that zone's rules
// from the system's files when the first such column is read. A process that is locked in has no
// files, so every zone is loaded before. Source: the ORC specification v1 (stripe footer,
// writerTimezone).
#pragma once

namespace assay {

// Makes the ORC library load all zones the system has; they stay in its cache. Zones that are not
// there stay unknown: files that name one are kDamaged to the reader.
void LoadOrcTimeZones();

}  // namespace assay
