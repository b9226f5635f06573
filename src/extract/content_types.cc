#include "extract/content_types.h"

#include <algorithm>
#include <charconv>
#include <unordered_map>

#include "content_types_data.h"
#include "file_extensions_data.h"

namespace assay {
namespace {

using RiskByName = std::unordered_map<std::string_view, uint32_t>;

constexpr size_t kLongestExtension = 15;

std::string_view TakeField(std::string_view* line, char end) {
  const size_t at = std::min(line->find(end), line->size());
  const std::string_view field = line->substr(0, at);
  line->remove_prefix(std::min(at + 1, line->size()));
  return field;
}

std::vector<ArtifactType> ParseTable(std::string_view tsv) {
  std::vector<ArtifactType> rows;
  TakeField(&tsv, '\n');  // the header
  while (!tsv.empty()) {
    std::string_view line = TakeField(&tsv, '\n');
    if (line.empty()) continue;
    ArtifactType row;
    row.name = TakeField(&line, '\t');
    row.description = TakeField(&line, '\t');
    row.classification = TakeField(&line, '\t');
    std::from_chars(line.data(), line.data() + line.size(), row.risk);
    rows.push_back(row);
  }
  return rows;
}

RiskByName IndexRisks(const std::vector<ArtifactType>& rows) {
  RiskByName risks;
  for (const ArtifactType& row : rows) risks.emplace(row.name, row.risk);
  return risks;
}

uint32_t Find(const RiskByName& risks, std::string_view name) {
  const auto found = risks.find(name);
  return found == risks.end() ? 0 : found->second;
}

}  // namespace

const std::vector<ArtifactType>& ContentTypes() {
  static const std::vector<ArtifactType> rows = ParseTable(kContentTypesTsv);
  return rows;
}

const std::vector<ArtifactType>& FileExtensions() {
  static const std::vector<ArtifactType> rows = ParseTable(kFileExtensionsTsv);
  return rows;
}

uint32_t ContentTypeRisk(std::string_view mime) {
  static const RiskByName risks = IndexRisks(ContentTypes());
  return Find(risks, mime);
}

uint32_t ExtensionRisk(std::string_view extension) {
  static const RiskByName risks = IndexRisks(FileExtensions());
  return Find(risks, extension);
}

std::vector<std::string> ExtensionsOf(std::string_view key) {
  key = key.substr(key.rfind('/') + 1);
  std::string tail(key.substr(key.size() - std::min(key.size(), kLongestExtension + 1)));
  for (char& c : tail) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  // From the longest candidate to the shortest.
  for (size_t dot = tail.find('.'); dot != std::string::npos; dot = tail.find('.', dot + 1)) {
    const std::string_view extension = std::string_view(tail).substr(dot + 1);
    if (ExtensionRisk(extension) > 0) return {std::string(extension)};
  }
  return {};
}

}  // namespace assay
