#include "classify/file_facts.h"

#include "extract/content_types.h"
#include "extract/language.h"

namespace assay {

void SetFileFacts(std::string_view key, const ExtractReport& report, Classification* result) {
  result->content_type = report.content_type;
  result->mimetypes = report.content_types;
  result->encoding = report.encoding;
  result->filetypes = ExtensionsOf(key);
  // One content type counts, as in Classic: that of the object, not of what is packed inside.
  result->mimetype_risk = ContentTypeRisk(report.content_type);
  result->filetype_risk = result->filetypes.empty() ? 0 : ExtensionRisk(result->filetypes.front());
}

std::string LanguageOf(std::string_view sample) { return DetectLanguage(sample); }

}  // namespace assay
