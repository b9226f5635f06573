#include <map>
#include <vector>

#include "extract/format_list.h"
#include "extract/office_package.h"

namespace assay {
namespace {

// META-INF/container.xml: where the package document is.
class ContainerHandler final : public XmlHandler {
 public:
  void Start(std::string_view name, const XmlAttributes& attributes) override {
    if (name == "rootfile" && package.empty()) package = attributes.Get("full-path");
  }
  void End(std::string_view) override {}
  void Text(std::string_view) override {}
  std::string package;
};

// The package document: the manifest's parts in the order of the spine.
class SpineHandler final : public XmlHandler {
 public:
  void Start(std::string_view name, const XmlAttributes& attributes) override {
    if (name == "item" && targets_.size() < 100'000) {
      targets_.emplace(attributes.Get("id"), attributes.Get("href"));
    } else if (name == "itemref" && chapters.size() < 100'000) {
      const auto found = targets_.find(attributes.Get("idref"));
      if (found != targets_.end()) {
        chapters.push_back(found->second);
        targets_.erase(found);  // each chapter once, however often the spine names it
      }
    }
  }
  void End(std::string_view) override {}
  void Text(std::string_view) override {}
  std::vector<std::string> chapters;

 private:
  std::map<std::string, std::string, std::less<>> targets_;
};

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// A reference of the manifest as a part name: relative to `folder`, percent-decoded.
std::string PartName(std::string_view folder, std::string_view reference) {
  std::string name(folder);
  for (size_t i = 0; i < reference.size() && reference[i] != '#'; ++i) {
    if (reference[i] == '%' && i + 2 < reference.size() && HexValue(reference[i + 1]) >= 0 &&
        HexValue(reference[i + 2]) >= 0) {
      name += static_cast<char>(HexValue(reference[i + 1]) * 16 + HexValue(reference[i + 2]));
      i += 2;
    } else {
      name += reference[i];
    }
  }
  return name;
}

}  // namespace

Status ExtractEpub(ByteSource& source, ExtractContext& context) {
  ASSAY_ASSIGN_OR_RETURN(OfficePackage package, OfficePackage::Open(source, context));
  if (package.Has("META-INF/rights.xml")) context.Partial(PartialReason::kEncrypted);
  ContainerHandler container;
  ASSAY_RETURN_IF_ERROR(package.Parse("META-INF/container.xml", container));
  DocumentWriter writer(context);
  ASSAY_RETURN_IF_ERROR(package.WriteProperties(container.package, writer));
  ASSAY_RETURN_IF_ERROR(writer.Finish());
  SpineHandler spine;
  ASSAY_ASSIGN_OR_RETURN(const std::string document, package.Read(container.package));
  if (!ParseXml(document, context.limits().max_nesting, spine).ok()) {
    context.Partial(PartialReason::kMalformedFile);
  }
  const std::string folder = container.package.substr(0, container.package.rfind('/') + 1);
  std::vector<std::string> parts;
  parts.reserve(spine.chapters.size());
  for (const std::string& chapter : spine.chapters) parts.push_back(PartName(folder, chapter));
  if (parts.empty()) {  // no spine to go by: everything that looks like a chapter
    for (const char* ending : {".xhtml", ".html", ".htm"}) {
      for (const std::string_view part : package.Parts("", ending)) parts.emplace_back(part);
    }
  }
  for (const std::string& part : parts) {
    ASSAY_ASSIGN_OR_RETURN(const std::string content, package.Read(part));
    if (content.empty()) continue;
    MemorySource member(content);
    ASSAY_RETURN_IF_ERROR(context.ExtractMember(part, member));
  }
  return Status::Ok();
}

}  // namespace assay
