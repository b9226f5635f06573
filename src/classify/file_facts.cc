#include "classify/file_facts.h"

#include "extract/content_types.h"
#include "extract/language.h"

namespace assay {

void SetFileFacts(std::string_view key, const ExtractReport& report, const DisabledTypes& disabled,
                  Classification* result) {
  result->content_type = report.content_type;
  result->mimetypes = report.content_types;
  result->encoding = report.encoding;
  result->filetypes = ExtensionsOf(key);
  // One content type counts, as in Classic: that of the object, not of what is packed inside.
  const bool counts = !disabled.content_types.contains(report.content_type);
  result->mimetype_risk = counts ? ContentTypeRisk(report.content_type) : 0;
  result->filetype_risk = 0;
  if (!result->filetypes.empty() && !disabled.extensions.contains(result->filetypes.front())) {
    result->filetype_risk = ExtensionRisk(result->filetypes.front());
  }
}

std::string LanguageOf(std::string_view sample) { return DetectLanguage(sample); }

}  // namespace assay
