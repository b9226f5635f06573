// Macie Classic's content types and file extensions with their risks, from
// identifiers/content-types.tsv and identifiers/file-extensions.tsv (embedded at build).
//
// Thread rule: pure functions over immutable tables.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace assay {

struct ArtifactType {
  std::string_view name;  // "text/csv" or "tar.gz"
  std::string_view description;
  std::string_view classification;  // "Data records"
  uint32_t risk = 0;                // 1-10
};

// All rows, in the order of the file.
const std::vector<ArtifactType>& ContentTypes();
const std::vector<ArtifactType>& FileExtensions();

// Risk 1-10 of a MIME type; of "application/unknown"'s kin nothing is assumed: 0 when not listed.
uint32_t ContentTypeRisk(std::string_view mime);

// The listed extension `key` ends with, in lower case; the longest wins ("tar.gz" over "gz").
// At most one: an object has one extension. Empty when there is none on the list.
std::vector<std::string> ExtensionsOf(std::string_view key);
// Risk 1-10 of an extension given in lower case; 0 when not listed.
uint32_t ExtensionRisk(std::string_view extension);

}  // namespace assay
