#include "extract/formats.h"

#include "extract/content_types.h"
#include "extract/encoding.h"
#include "extract/format_list.h"
#include "extract/language.h"
#include "extract/signatures.h"
#include "extract/text_type.h"

namespace assay {

Format DetectFormat(std::string_view head, std::string_view name) {
  std::string_view type;
  if (!head.empty()) type = MatchSignature(head, name);
  if (type.empty()) {
    type = head.empty() || LooksLikeText(head) ? TextType(head, name) : "application/octet-stream";
  }
  return {type, FindExtractor(type)};
}

Status PrepareFormatDetection() {
  // A little Shift-JIS: detector, converter and tables are loaded by being used.
  constexpr std::string_view kSample =
      "\x82\xb1\x82\xea\x82\xcd\x83\x65\x83\x58\x83\x67\x82\xc5\x82\xb7\x81\x42\n";
  MemorySource source(kSample);
  Utf8Stream stream(source, "");
  ASSAY_ASSIGN_OR_RETURN(const std::string_view text, stream.Next());
  if (text.empty()) return Internal("ICU gives no text");
  (void)DetectFormat(text, "a.txt");
  (void)ContentTypeRisk("text/plain");
  (void)ExtensionRisk("txt");
  (void)DetectLanguage("some words that are long enough to make the tables of languages load");
  return Status::Ok();
}

}  // namespace assay
