#include "detect/packed.h"

#include <cstring>

namespace assay {
namespace {

class Packer {
 public:
  void operator()(uint32_t value) {
    out.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  void operator()(uint64_t value) {
    out.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  void operator()(bool value) { out.push_back(value ? 1 : 0); }
  void operator()(Boundary value) { (*this)(static_cast<uint32_t>(value)); }
  void operator()(const std::string& text) {
    (*this)(static_cast<uint32_t>(text.size()));
    out += text;
  }
  void operator()(const SeverityLevel& level) { (*this)(level.at_least), (*this)(level.severity); }
  void operator()(const IdentifierExample& example) {
    (*this)(example.text), (*this)(example.match);
  }
  template <typename T>
  void operator()(const std::vector<T>& values) {
    (*this)(static_cast<uint32_t>(values.size()));
    for (const T& value : values) (*this)(value);
  }
  std::string out;
};

class Unpacker {
 public:
  explicit Unpacker(std::string_view in) : in_(in) {}
  bool good() const { return good_; }

  void operator()(uint32_t& value) { Copy(&value, sizeof value); }
  void operator()(uint64_t& value) { Copy(&value, sizeof value); }
  void operator()(bool& value) {
    char byte = 0;
    Copy(&byte, 1);
    value = byte != 0;
  }
  void operator()(Boundary& value) {
    uint32_t number = 0;
    (*this)(number);
    value = static_cast<Boundary>(number);
  }
  void operator()(std::string& text) {
    uint32_t size = 0;
    (*this)(size);
    if (size > in_.size()) {
      good_ = false;
      return;
    }
    text.assign(in_.data(), size);
    in_.remove_prefix(size);
  }
  void operator()(SeverityLevel& level) { (*this)(level.at_least), (*this)(level.severity); }
  void operator()(IdentifierExample& example) { (*this)(example.text), (*this)(example.match); }
  template <typename T>
  void operator()(std::vector<T>& values) {
    uint32_t size = 0;
    (*this)(size);
    if (size > in_.size()) {
      good_ = false;
      return;
    }
    values.resize(size);
    for (T& value : values) (*this)(value);
  }

 private:
  void Copy(void* to, size_t size) {
    if (size > in_.size()) {
      good_ = false;
      return;
    }
    std::memcpy(to, in_.data(), size);
    in_.remove_prefix(size);
  }
  std::string_view in_;
  bool good_ = true;
};

template <typename Op, typename Id>
void EachField(Op& op, Id& id) {
  op(id.id), op(id.name), op(id.description), op(id.category), op(id.classic_regex);
  op(id.pii_type), op(id.macie2), op(id.pattern), op(id.case_insensitive), op(id.boundary);
  op(id.words), op(id.anchors), op(id.validator), op(id.keywords), op(id.keyword_required);
  op(id.proximity), op(id.ignore_words), op(id.min_matches), op(id.risk), op(id.severities);
  op(id.source);
}

template <typename Op, typename T>
void EachThemeField(Op& op, T& theme) {
  op(theme.name), op(theme.keywords), op(theme.min_keyword_combinations), op(theme.risk);
  op(theme.source);
}

}  // namespace

std::string PackDefinitions(const Definitions& definitions) {
  Packer packer;
  packer(static_cast<uint32_t>(definitions.identifiers.size()));
  for (const Identifier& id : definitions.identifiers) EachField(packer, id);
  packer(static_cast<uint32_t>(definitions.themes.size()));
  for (const Theme& theme : definitions.themes) EachThemeField(packer, theme);
  return packer.out;
}

std::string PackExamples(const Definitions& definitions) {
  Packer packer;
  for (const Identifier& id : definitions.identifiers) packer(id.positive), packer(id.negative);
  for (const Theme& theme : definitions.themes) packer(theme.positive), packer(theme.negative);
  return packer.out;
}

Result<Definitions> UnpackDefinitions(std::string_view bytes) {
  Unpacker unpacker(bytes);
  Definitions definitions;
  uint32_t count = 0;
  unpacker(count);
  if (count > bytes.size()) return DataLoss("the embedded rules are damaged; reinstall assay");
  definitions.identifiers.resize(count);
  for (Identifier& id : definitions.identifiers) EachField(unpacker, id);
  unpacker(count);
  if (count > bytes.size()) return DataLoss("the embedded rules are damaged; reinstall assay");
  definitions.themes.resize(count);
  for (Theme& theme : definitions.themes) EachThemeField(unpacker, theme);
  if (!unpacker.good()) return DataLoss("the embedded rules are damaged; reinstall assay");
  return definitions;
}

Status UnpackExamples(std::string_view bytes, Definitions* definitions) {
  Unpacker unpacker(bytes);
  for (Identifier& id : definitions->identifiers) unpacker(id.positive), unpacker(id.negative);
  for (Theme& theme : definitions->themes) unpacker(theme.positive), unpacker(theme.negative);
  return unpacker.good() ? Status::Ok()
                         : DataLoss("the embedded rules are damaged; reinstall assay");
}

}  // namespace assay
