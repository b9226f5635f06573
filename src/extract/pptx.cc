#include "extract/format_list.h"
#include "extract/ooxml.h"

namespace assay {
namespace {

// Collects the relationship ids of the slides in the order they are shown.
class SlideListHandler final : public XmlHandler {
 public:
  void Start(std::string_view name, const XmlAttributes& attributes) override {
    if (name != "sldId" || ids.size() >= 100'000) return;
    ids.emplace_back(attributes.GetPrefixed("id"));
  }
  void End(std::string_view) override {}
  void Text(std::string_view) override {}
  std::vector<std::string> ids;
};

// The slide parts in the order of the presentation, or of their numbers when it does not say.
Result<std::vector<std::string>> SlideParts(OfficePackage& package) {
  constexpr std::string_view kPresentation = "ppt/presentation.xml";
  SlideListHandler handler;
  ASSAY_RETURN_IF_ERROR(package.Parse(kPresentation, handler));
  ASSAY_ASSIGN_OR_RETURN(const auto relationships, package.Relationships(kPresentation));
  std::vector<std::string> parts;
  for (const std::string& id : handler.ids) {
    const auto found = relationships.find(id);
    if (found != relationships.end() && package.Has(found->second.target)) {
      parts.push_back(found->second.target);
    }
  }
  if (!parts.empty()) return parts;
  for (const std::string_view part : package.Parts("ppt/slides/slide", ".xml")) {
    parts.emplace_back(part);
  }
  return parts;
}

Status WriteSlide(const std::string& part, OfficePackage& package, DocumentWriter& writer,
                  uint32_t* tables) {
  ASSAY_RETURN_IF_ERROR(WriteTextPart(part, package, writer, tables));
  ASSAY_ASSIGN_OR_RETURN(const auto relationships, package.Relationships(part));
  for (const auto& [id, relationship] : relationships) {
    if (relationship.external) {
      writer.Field("Link", relationship.target);
    } else if (relationship.type == "notesSlide" || relationship.type == "comments" ||
               relationship.type == "diagramData") {
      ASSAY_RETURN_IF_ERROR(WriteTextPart(relationship.target, package, writer, tables));
    }
  }
  return Status::Ok();
}

}  // namespace

Status ExtractPptx(ByteSource& source, ExtractContext& context) {
  ASSAY_ASSIGN_OR_RETURN(OfficePackage package, OfficePackage::Open(source, context));
  ASSAY_ASSIGN_OR_RETURN(const std::vector<std::string> slides, SlideParts(package));
  DocumentWriter writer(context);
  uint32_t tables = 0;
  uint32_t page = 0;
  for (const std::string& part : slides) {
    writer.BeginPage(++page);
    ASSAY_RETURN_IF_ERROR(WriteSlide(part, package, writer, &tables));
  }
  writer.EndPage();
  ASSAY_RETURN_IF_ERROR(WriteOoxmlProperties(package, writer));
  ASSAY_RETURN_IF_ERROR(writer.Finish());
  return package.ExtractParts("ppt/embeddings/");
}

}  // namespace assay
