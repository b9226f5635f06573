#include "extract/format_list.h"
#include "extract/line_locator.h"
#include "extract/text_windows.h"

namespace assay {

Status ExtractText(ByteSource& source, ExtractContext& context) {
  PlainWindows format;
  return ExtractWindows(source, context, format);
}

}  // namespace assay
