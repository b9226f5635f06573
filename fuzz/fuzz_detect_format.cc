#include <string>

#include "extract/formats.h"
#include "fuzz_extract.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const size_t name_size = size > 0 ? data[0] % 16 : 0;
  const std::string_view name = bytes.substr(0, name_size);
  const assay::Format format = assay::DetectFormat(bytes.substr(name.size()), name);
  assay::FuzzRequire(format.content_type.find('/') != std::string_view::npos);
  return 0;
}
