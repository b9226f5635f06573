// compile_rules_tool IDENTIFIERS_DIR OUT: makes the rule blob from identifiers/*.yaml at build.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "detect/compile_rules.h"
#include "detect/keywords.h"
#include "detect/rule_yaml.h"
#include "detect/validators.h"

namespace assay {
namespace {

Result<CompileInput> ReadInput(const std::filesystem::path& directory) {
  CompileInput input;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  for (const auto& file : files) {
    ASSAY_ASSIGN_OR_RETURN(RuleFile rules, ReadRuleFile(file.string()));
    std::move(rules.identifiers.begin(), rules.identifiers.end(),
              std::back_inserter(input.definitions.identifiers));
    std::move(rules.themes.begin(), rules.themes.end(),
              std::back_inserter(input.definitions.themes));
  }
  std::set<std::string> ids;
  for (const Identifier& id : input.definitions.identifiers) {
    if (!ids.insert(id.id).second) return InvalidArgument(id.id + ": defined twice");
    if (!id.validator.empty() && FindValidator(id.validator) == nullptr) {
      return InvalidArgument(id.id + ": unknown validator " + id.validator);
    }
    for (const std::string& keyword : id.keywords) {
      if (keyword.empty() || keyword.size() > kMaxKeywordBytes) {
        return InvalidArgument(id.id + ": keywords must be 1 to 100 bytes long");
      }
    }
    if (id.keyword_required && id.keywords.empty()) {
      return InvalidArgument(id.id + ": requires a keyword but lists none");
    }
  }
  input.lexicon_directory = (directory / "lexicons").string();
  std::ifstream values(directory / "well-known-values.txt");
  for (std::string line; std::getline(values, line);) {
    if (!line.empty() && line[0] != '#') input.well_known.push_back(line);
  }
  return input;
}

int Run(const char* directory, const char* out) {
  auto input = ReadInput(directory);
  if (!input.ok()) {
    std::fprintf(stderr, "compile_rules: %s\n", input.status().message().c_str());
    return 1;
  }
  const auto blob = CompileRules(*input);
  if (!blob.ok()) {
    std::fprintf(stderr, "compile_rules: %s\n", blob.status().message().c_str());
    return 1;
  }
  std::ofstream file(out, std::ios::binary);
  file.write(blob->data(), static_cast<std::streamsize>(blob->size()));
  file.close();
  return file.good() ? 0 : 1;
}

}  // namespace
}  // namespace assay

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: %s IDENTIFIERS_DIR OUT\n", argv[0]);
    return 2;
  }
  return assay::Run(argv[1], argv[2]);
}
