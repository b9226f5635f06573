#include "extract/office_package.h"

#include <expat.h>

#include <algorithm>
#include <charconv>
#include <memory>

namespace assay {
namespace {

std::string_view LocalName(const char* name) {
  const std::string_view whole(name);
  const size_t colon = whole.rfind(':');
  return colon == whole.npos ? whole : whole.substr(colon + 1);
}

struct Parsing {
  XML_Parser parser;
  XmlHandler& handler;
  uint32_t max_depth;
  uint32_t depth = 0;
  bool too_deep = false;
  bool has_doctype = false;
};

void XMLCALL OnStart(void* data, const XML_Char* name, const XML_Char** attributes) {
  auto& parsing = *static_cast<Parsing*>(data);
  if (++parsing.depth > parsing.max_depth) {
    parsing.too_deep = true;
    XML_StopParser(parsing.parser, XML_FALSE);
    return;
  }
  parsing.handler.Start(LocalName(name), XmlAttributes(attributes));
}

void XMLCALL OnEnd(void* data, const XML_Char* name) {
  auto& parsing = *static_cast<Parsing*>(data);
  --parsing.depth;
  if (parsing.too_deep) return;
  parsing.handler.End(LocalName(name));
  if (parsing.handler.done()) XML_StopParser(parsing.parser, XML_FALSE);
}

void XMLCALL OnText(void* data, const XML_Char* text, int length) {
  auto& parsing = *static_cast<Parsing*>(data);
  parsing.handler.Text({text, static_cast<size_t>(length)});
}

void XMLCALL OnDoctype(void* data, const XML_Char*, const XML_Char*, const XML_Char*, int) {
  auto& parsing = *static_cast<Parsing*>(data);
  parsing.has_doctype = true;
  XML_StopParser(parsing.parser, XML_FALSE);
}

// The folder part of a part name, with its slash.
std::string_view Folder(std::string_view part) {
  const size_t slash = part.rfind('/');
  return slash == part.npos ? std::string_view() : part.substr(0, slash + 1);
}

// Resolves a relationship target against the part it belongs to: "../comments1.xml".
std::string ResolveTarget(std::string_view part, std::string_view target) {
  if (target.starts_with('/')) return std::string(target.substr(1));
  std::string folder(Folder(part));
  while (target.starts_with("../")) {
    target.remove_prefix(3);
    if (!folder.empty()) folder.pop_back();
    folder.resize(Folder(folder).size());
  }
  return folder + std::string(target);
}

// Orders "slide2.xml" before "slide10.xml".
bool NumberedLess(std::string_view a, std::string_view b) {
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

class RelationshipHandler final : public XmlHandler {
 public:
  explicit RelationshipHandler(std::string_view part) : part_(part) {}
  void Start(std::string_view name, const XmlAttributes& attributes) override {
    if (name != "Relationship" || found.size() >= 100'000) return;
    OfficePackage::Relationship relationship;
    relationship.id = attributes.Get("Id");
    const std::string_view type = attributes.Get("Type");
    relationship.type = type.substr(type.rfind('/') + 1);
    relationship.external = attributes.Get("TargetMode") == "External";
    const std::string_view target = attributes.Get("Target");
    relationship.target = relationship.external ? target : ResolveTarget(part_, target);
    found.emplace(relationship.id, relationship);
  }
  void End(std::string_view) override {}
  void Text(std::string_view) override {}
  std::map<std::string, OfficePackage::Relationship, std::less<>> found;

 private:
  std::string_view part_;
};

class PropertyHandler final : public XmlHandler {
 public:
  explicit PropertyHandler(DocumentWriter& writer) : writer_(writer) {}
  void Start(std::string_view name, const XmlAttributes& attributes) override {
    text_.clear();
    // Custom properties carry their name in an attribute, their value in a child element.
    if (name == "property" || name == "user-defined") custom_ = attributes.Get("name");
  }
  void End(std::string_view name) override {
    if (text_.find_first_not_of(" \t\r\n") != text_.npos) {
      writer_.Field(custom_.empty() ? name : custom_, text_);
    }
    text_.clear();
    if (name == "property" || name == "user-defined") custom_.clear();
  }
  void Text(std::string_view text) override {
    if (text_.size() < 64 * 1024) text_ += text;
  }
  bool done() const override { return writer_.stopped(); }

 private:
  DocumentWriter& writer_;
  std::string text_;
  std::string custom_;
};

}  // namespace

std::string_view XmlAttributes::Get(std::string_view local_name) const {
  for (const char** pair = pairs_; *pair != nullptr; pair += 2) {
    if (LocalName(pair[0]) == local_name) return pair[1];
  }
  return {};
}

std::string_view XmlAttributes::GetPrefixed(std::string_view local_name) const {
  for (const char** pair = pairs_; *pair != nullptr; pair += 2) {
    const std::string_view local = LocalName(pair[0]);
    if (local == local_name && local.data() != pair[0]) return pair[1];
  }
  return {};
}

uint32_t XmlAttributes::Number(std::string_view local_name, uint32_t fallback, uint32_t max) const {
  const std::string_view text = Get(local_name);
  uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || text.empty()) return fallback;
  return std::min(number, max);
}

Status ParseXml(std::string_view xml, uint32_t max_depth, XmlHandler& handler) {
  const std::unique_ptr<XML_ParserStruct, decltype(&XML_ParserFree)> parser(
      XML_ParserCreate(nullptr), &XML_ParserFree);
  if (parser == nullptr) return ResourceExhausted("no memory for an XML parser");
  Parsing parsing{parser.get(), handler, max_depth};
  XML_SetUserData(parser.get(), &parsing);
  XML_SetElementHandler(parser.get(), OnStart, OnEnd);
  XML_SetCharacterDataHandler(parser.get(), OnText);
  XML_SetStartDoctypeDeclHandler(parser.get(), OnDoctype);
  constexpr size_t kChunk = 1 << 20;
  while (true) {
    const std::string_view chunk = xml.substr(0, kChunk);
    xml.remove_prefix(chunk.size());
    const XML_Status status = XML_Parse(parser.get(), chunk.data(), static_cast<int>(chunk.size()),
                                        xml.empty() ? XML_TRUE : XML_FALSE);
    if (parsing.too_deep) return ResourceExhausted("XML nested too deeply");
    if (handler.done()) return Status::Ok();
    if (parsing.has_doctype) return DataLoss("XML with a document type declaration");
    if (status != XML_STATUS_OK) return DataLoss("XML is not well-formed");
    if (xml.empty()) return Status::Ok();
  }
}

Result<OfficePackage> OfficePackage::Open(ByteSource& source, ExtractContext& context) {
  ASSAY_ASSIGN_OR_RETURN(const std::string_view bytes,
                         source.All(context.limits().max_document_bytes));
  ASSAY_ASSIGN_OR_RETURN(ZipReader zip, ZipReader::Open(bytes, context.limits().max_members));
  if (source.truncated()) {
    context.Partial(PartialReason::kFileExceedsSizeLimit);
  } else if (!zip.complete()) {
    context.Partial(PartialReason::kMalformedFile);
  }
  return OfficePackage(std::move(zip), context);
}

std::vector<std::string_view> OfficePackage::Parts(std::string_view prefix,
                                                   std::string_view suffix) const {
  std::vector<std::string_view> parts;
  for (const ZipMember& member : zip_.members()) {
    if (member.name.starts_with(prefix) && member.name.ends_with(suffix) &&
        !member.is_directory()) {
      parts.push_back(member.name);
    }
  }
  std::sort(parts.begin(), parts.end(), NumberedLess);
  parts.erase(std::unique(parts.begin(), parts.end()), parts.end());
  return parts;
}

Result<std::string> OfficePackage::Read(std::string_view part) {
  const ZipMember* member = zip_.Find(part);
  if (member == nullptr) return std::string();
  bool cut = false;
  Result<std::string> content = zip_.Read(*member, context_->limits().max_document_bytes, &cut);
  if (!content.ok()) {
    const bool encrypted = content.status().code() == StatusCode::kPermissionDenied;
    context_->Partial(encrypted ? PartialReason::kEncrypted : PartialReason::kUnparsableMember);
    return std::string();
  }
  ASSAY_RETURN_IF_ERROR(context_->Charge(content->size(), member->compressed_size));
  if (cut) {
    context_->Partial(content->size() >= context_->limits().max_document_bytes
                          ? PartialReason::kArchiveExceedsSizeLimit
                          : PartialReason::kMalformedFile);
  }
  return content;
}

Status OfficePackage::Parse(std::string_view part, XmlHandler& handler) {
  const ZipMember* member = zip_.Find(part);
  if (member == nullptr || !parsed_.insert(member->name).second) return Status::Ok();
  ASSAY_ASSIGN_OR_RETURN(const std::string xml, Read(part));
  if (xml.empty()) return Status::Ok();
  const Status status = ParseXml(xml, context_->limits().max_nesting, handler);
  if (status.code() == StatusCode::kResourceExhausted) {
    context_->Partial(PartialReason::kNestingLevelOverLimit);
  } else if (!status.ok()) {
    context_->Partial(PartialReason::kMalformedFile);
  }
  return Status::Ok();
}

Result<std::map<std::string, OfficePackage::Relationship, std::less<>>>
OfficePackage::Relationships(std::string_view part) {
  const std::string_view folder = Folder(part);
  const std::string name =
      std::string(folder) + "_rels/" + std::string(part.substr(folder.size())) + ".rels";
  RelationshipHandler handler(part);
  ASSAY_RETURN_IF_ERROR(Parse(name, handler));
  return std::move(handler.found);
}

Status OfficePackage::ExtractParts(std::string_view prefix) {
  for (const std::string_view part : Parts(prefix, "")) {
    ASSAY_ASSIGN_OR_RETURN(const std::string content, Read(part));
    if (content.empty()) continue;
    MemorySource member(content);
    ASSAY_RETURN_IF_ERROR(context_->ExtractMember(part, member));
  }
  return Status::Ok();
}

Status OfficePackage::WriteProperties(std::string_view part, DocumentWriter& writer) {
  PropertyHandler handler(writer);
  return Parse(part, handler);
}

Status OfficePackage::WriteLinks(std::string_view part, DocumentWriter& writer) {
  ASSAY_ASSIGN_OR_RETURN(const auto relationships, Relationships(part));
  for (const auto& [id, relationship] : relationships) {
    if (relationship.external) writer.Field("Link", relationship.target);
  }
  return Status::Ok();
}

}  // namespace assay
