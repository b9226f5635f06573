#include "detect/rule_yaml.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>
#include <utility>

namespace assay {
namespace {

constexpr size_t kMaxFileBytes = 4u << 20;

// Carries a Status out of the recursive readers below; never leaves this file.
struct YamlError {
  Status status;
};

class Reader {
 public:
  explicit Reader(std::string_view file_name) : file_name_(file_name) {}

  [[noreturn]] void Fail(const YAML::Node& node, const std::string& what) const {
    const int line = node.Mark().line;
    throw YamlError{InvalidArgument(std::string(file_name_) + ":" +
                                    (line >= 0 ? std::to_string(line + 1) : "?") + ": " + what)};
  }

  std::string Text(const YAML::Node& node, std::string_view key) const {
    if (node.IsNull()) return {};
    if (!node.IsScalar()) Fail(node, std::string(key) + " must be a text");
    return node.Scalar();
  }

  uint64_t Number(const YAML::Node& node, std::string_view key, uint64_t low, uint64_t high) const {
    uint64_t value = 0;
    if (!node.IsScalar() || !YAML::convert<uint64_t>::decode(node, value) || value < low ||
        value > high) {
      Fail(node, std::string(key) + " must be a number from " + std::to_string(low) + " to " +
                     std::to_string(high));
    }
    return value;
  }

  bool Flag(const YAML::Node& node, std::string_view key) const {
    bool value = false;
    if (!node.IsScalar() || !YAML::convert<bool>::decode(node, value)) {
      Fail(node, std::string(key) + " must be true or false");
    }
    return value;
  }

  std::vector<std::string> Texts(const YAML::Node& node, std::string_view key) const {
    std::vector<std::string> texts;
    if (node.IsNull()) return texts;
    if (!node.IsSequence()) Fail(node, std::string(key) + " must be a list: [a, b]");
    for (const YAML::Node& item : node) texts.push_back(Text(item, key));
    return texts;
  }

  using Handlers = std::map<std::string, std::function<void(const YAML::Node&)>, std::less<>>;
  void Map(const YAML::Node& node, std::string_view what, const Handlers& handlers) const {
    if (!node.IsMap()) Fail(node, std::string(what) + " must be a map of keys and values");
    for (const auto& pair : node) {
      const std::string key = Text(pair.first, "a key");
      const auto handler = handlers.find(key);
      if (handler == handlers.end()) {
        std::string known;
        for (const auto& [name, unused] : handlers) known += (known.empty() ? "" : ", ") + name;
        Fail(pair.first, "unknown key '" + key + "' in " + std::string(what) + "; known: " + known);
      }
      handler->second(pair.second);
    }
  }

  std::vector<IdentifierExample> ExampleList(const YAML::Node& node) const {
    std::vector<IdentifierExample> examples;
    if (node.IsNull()) return examples;
    if (!node.IsSequence()) Fail(node, "examples must be lists");
    for (const YAML::Node& item : node) {
      IdentifierExample example;
      if (item.IsMap()) {
        Map(item, "an example",
            {{"text", [&](const YAML::Node& n) { example.text = Text(n, "text"); }},
             {"match", [&](const YAML::Node& n) { example.match = Text(n, "match"); }}});
      } else {
        example.text = Text(item, "an example");
      }
      examples.push_back(std::move(example));
    }
    return examples;
  }

  void Examples(const YAML::Node& node, std::vector<IdentifierExample>* positive,
                std::vector<IdentifierExample>* negative) const {
    Map(node, "examples",
        {{"positive", [&](const YAML::Node& n) { *positive = ExampleList(n); }},
         {"negative", [&](const YAML::Node& n) { *negative = ExampleList(n); }}});
  }

  Boundary ReadBoundary(const YAML::Node& node) const {
    const std::string name = Text(node, "boundary");
    if (name == "none") return Boundary::kNone;
    if (name == "digit") return Boundary::kDigit;
    if (name == "word") return Boundary::kWord;
    if (name == "token") return Boundary::kToken;
    Fail(node, "boundary must be none, digit, word or token");
  }

  std::vector<SeverityLevel> Severities(const YAML::Node& node) const {
    std::vector<SeverityLevel> levels;
    if (!node.IsSequence()) Fail(node, "severities must be a list of {at_least, severity}");
    for (const YAML::Node& item : node) {
      SeverityLevel level;
      Map(item, "a severity",
          {{"at_least",
            [&](const YAML::Node& n) { level.at_least = Number(n, "at_least", 1, 1000000000); }},
           {"severity", [&](const YAML::Node& n) { level.severity = Text(n, "severity"); }}});
      if (level.severity != "LOW" && level.severity != "MEDIUM" && level.severity != "HIGH") {
        Fail(item, "severity must be LOW, MEDIUM or HIGH");
      }
      levels.push_back(std::move(level));
    }
    return levels;
  }

  Identifier ReadIdentifier(const YAML::Node& node) const {
    Identifier id;
    const auto text = [this](const char* key, std::string* to) {
      return std::pair<const std::string, std::function<void(const YAML::Node&)>>(
          key, [this, key, to](const YAML::Node& n) { *to = Text(n, key); });
    };
    const auto texts = [this](const char* key, std::vector<std::string>* to) {
      return std::pair<const std::string, std::function<void(const YAML::Node&)>>(
          key, [this, key, to](const YAML::Node& n) { *to = Texts(n, key); });
    };
    const auto number = [this](const char* key, uint32_t* to, uint64_t low, uint64_t high) {
      return std::pair<const std::string, std::function<void(const YAML::Node&)>>(
          key, [this, key, to, low, high](const YAML::Node& n) {
            *to = static_cast<uint32_t>(Number(n, key, low, high));
          });
    };
    Handlers handlers;
    handlers.insert(
        {text("id", &id.id), text("name", &id.name), text("description", &id.description),
         text("category", &id.category), text("classic_regex", &id.classic_regex),
         text("pii_type", &id.pii_type), text("macie2", &id.macie2), text("pattern", &id.pattern),
         text("validator", &id.validator), text("source", &id.source), texts("words", &id.words),
         texts("anchors", &id.anchors), texts("keywords", &id.keywords),
         texts("ignore_words", &id.ignore_words), number("proximity", &id.proximity, 1, 300),
         number("min_matches", &id.min_matches, 1, 1000000), number("risk", &id.risk, 1, 10)});
    handlers["case_insensitive"] = [&](const YAML::Node& n) {
      id.case_insensitive = Flag(n, "case_insensitive");
    };
    handlers["keyword_required"] = [&](const YAML::Node& n) {
      id.keyword_required = Flag(n, "keyword_required");
    };
    handlers["boundary"] = [&](const YAML::Node& n) { id.boundary = ReadBoundary(n); };
    handlers["severities"] = [&](const YAML::Node& n) { id.severities = Severities(n); };
    handlers["examples"] = [&](const YAML::Node& n) { Examples(n, &id.positive, &id.negative); };
    Map(node, "an identifier", handlers);
    if (id.id.empty()) Fail(node, "an identifier needs an id: UPPER_SNAKE_CASE");
    if (id.name.empty()) id.name = id.id;
    return id;
  }

  Theme ReadTheme(const YAML::Node& node) const {
    Theme theme;
    Map(node, "a theme",
        {{"name", [&](const YAML::Node& n) { theme.name = Text(n, "name"); }},
         {"keywords", [&](const YAML::Node& n) { theme.keywords = Texts(n, "keywords"); }},
         {"min_keyword_combinations",
          [&](const YAML::Node& n) {
            theme.min_keyword_combinations =
                static_cast<uint32_t>(Number(n, "min_keyword_combinations", 1, 1000));
          }},
         {"risk",
          [&](const YAML::Node& n) {
            theme.risk = static_cast<uint32_t>(Number(n, "risk", 1, 10));
          }},
         {"source", [&](const YAML::Node& n) { theme.source = Text(n, "source"); }},
         {"examples",
          [&](const YAML::Node& n) { Examples(n, &theme.positive, &theme.negative); }}});
    if (theme.name.empty()) Fail(node, "a theme needs a name");
    return theme;
  }

  RuleFile Read(const YAML::Node& root) const {
    RuleFile file;
    Map(root, "the file",
        {{"identifiers",
          [&](const YAML::Node& n) {
            if (!n.IsSequence())
              Fail(n, "identifiers must be a list: each begins with '- id: ...'");
            for (const YAML::Node& item : n) file.identifiers.push_back(ReadIdentifier(item));
          }},
         {"themes",
          [&](const YAML::Node& n) {
            if (!n.IsSequence()) Fail(n, "themes must be a list: each begins with '- name: ...'");
            for (const YAML::Node& item : n) file.themes.push_back(ReadTheme(item));
          }},
         {"allow_words", [&](const YAML::Node& n) { file.allow_words = Texts(n, "allow_words"); }},
         {"allow_patterns",
          [&](const YAML::Node& n) { file.allow_patterns = Texts(n, "allow_patterns"); }}});
    return file;
  }

 private:
  std::string_view file_name_;
};

}  // namespace

Result<RuleFile> ParseRuleYaml(std::string_view text, std::string_view file_name) {
  if (text.size() > kMaxFileBytes) {
    return InvalidArgument(std::string(file_name) + ": larger than 4 MiB; split it");
  }
  // Anchors and aliases could expand without bound; rules need none.
  try {
    return Reader(file_name).Read(YAML::Load(std::string(text)));
  } catch (const YamlError& error) {
    return error.status;
  } catch (const YAML::Exception& error) {
    return InvalidArgument(std::string(file_name) + ":" + std::to_string(error.mark.line + 1) +
                           ": not valid YAML: " + error.msg);
  } catch (const std::exception& error) {
    return InvalidArgument(std::string(file_name) + ": " + error.what());
  }
}

Result<RuleFile> ReadRuleFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return NotFound(path + ": cannot be opened; check the path and its permissions");
  std::string text(kMaxFileBytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(in.gcount()));
  return ParseRuleYaml(text, path);
}

}  // namespace assay
